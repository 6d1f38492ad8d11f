//! Jobs from request to last device: the scheduler over a real store, with devices and a clock that the test moves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod jobs {
    mod following;
    mod methods;
    mod starts;
    mod support;
    mod time;
    mod twins;
}
