//! Payloads in JSON files, read and written back.

#![allow(
    clippy::unwrap_used,
    reason = "the whole program is a test; clippy looks for an attribute on each function"
)]

mod documented;
mod live;
