//! Webhooks, the messages to them, and what became of each.
//!
//! `outbox` writes a message in the transaction that changes a job, so that neither is there without the other. `queue` hands
//! out what is due and takes the results; `log` is what people see of it and do about it; `endpoints` has the webhooks
//! themselves. `gate` has the questions of rollouts, which are answered at once instead of queued.

mod endpoints;
mod gate;
mod log;
mod outbox;
mod queue;
#[cfg(test)]
mod tests;

pub(super) use self::outbox::{record_begun, record_change};
pub(crate) use self::{
    endpoints::NewEndpoint,
    gate::{GateAttempt, GateQuestion, GateReceiver},
    outbox::NewMessage,
    queue::{AttemptEnd, Claim, NextState},
};
