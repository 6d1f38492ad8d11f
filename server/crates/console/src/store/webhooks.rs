//! Webhooks, the messages to them, and what became of each.
//!
//! `outbox` writes a message in the transaction that changes a job, so that neither is there without the other. `queue` hands
//! out what is due and takes the results; `log` is what people see of it and do about it; `endpoints` has the webhooks
//! themselves.

mod endpoints;
mod log;
mod outbox;
mod queue;
#[cfg(test)]
mod tests;

pub(super) use self::outbox::{record_begun, record_change};
pub(crate) use self::{
    endpoints::NewEndpoint,
    outbox::NewMessage,
    queue::{AttemptEnd, Claim, NextState},
};
