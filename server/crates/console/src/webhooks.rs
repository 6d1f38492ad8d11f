//! Webhooks: messages to other systems about jobs.
//!
//! A message is written in the transaction that changes the job (`store/webhooks/outbox`). `deliver` sends what is due and
//! decides when to try again; a message is sent at least once, with the same id each time. `endpoints` is what administrators
//! do; `check` says what a webhook may be, `body` writes the texts. Signing, addresses and the waits between attempts are in the
//! crate `webhook`. The questions of rollouts are sent by `rollouts/ask_webhook`, since their answers are waited for.

mod body;
mod check;
mod deliver;
mod endpoints;

pub(crate) use self::{
    body::body,
    deliver::run,
    endpoints::{create, delete, redeliver, rotate_secret, set_active, test, webhooks},
};
