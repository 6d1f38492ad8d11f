//! Rollouts: a job in waves that stops by itself when it goes wrong. Rules only: no I/O, no clock, no threads.
//!
//! The console does not use this crate yet.

pub mod approval;
pub mod decimal;
pub mod gate;
pub mod order;
pub mod refusal;
pub mod retry;
pub mod settings;
pub mod stop_rule;
pub mod window;

pub use self::settings::Settings;
