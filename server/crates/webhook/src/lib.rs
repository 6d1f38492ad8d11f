//! Sends messages to receivers on the internet, in the form of Standard Webhooks: signed, and never to a private address.
//!
//! A message has an id (`webhook-id`), the time of the attempt (`webhook-timestamp`) and a signature of both and of the body
//! (`webhook-signature`). The id stays the same when a message is sent again, so a receiver can ignore the second one.
//!
//! What it is not: it knows no job, keeps nothing and decides nothing about when to send. The console keeps messages in its
//! store, sends each with a [`Sender`] and asks [`retry::next_attempt`] when to try again.
//!
//! Reading order: `secret` and `signature`; `address` (which addresses are allowed), `receiver` (which URLs), `resolver` (names to allowed
//! addresses); `sender`; `retry`.

pub mod address;
mod receiver;
mod resolver;
pub mod retry;
mod secret;
mod sender;
mod signature;

pub use address::AddressRule;
pub use receiver::{MAX_URL, Receiver, ReceiverError};
pub use secret::{InvalidSecret, NoRandomness, SigningSecret};
pub use sender::{Attempt, MAX_ANSWER, Message, Outcome, Sender, TIMEOUT};
pub use signature::{header, sign};
