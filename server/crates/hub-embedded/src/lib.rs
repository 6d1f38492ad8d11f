//! A hub in this process, for people who have no Azure account at hand.
pub mod clock;
pub mod config;
mod hub;

pub use config::{HubConfig, Tier};
pub use hub::{Addresses, Hub, StartError, connection_string};
