//! Integration tests of the client, in one program: linking is what they cost most.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chaos;
mod live_answers;
mod misbehaving;
// Beside this program, since the tests of the server use it too.
#[path = "../support/proxy.rs"]
mod proxy;
mod round_trip;
mod script;
