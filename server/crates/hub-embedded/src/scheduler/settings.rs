//! The scheduler's limits.

use std::time::Duration;

use crate::domain::throttle::Rate;

/// The scheduler's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Calls of one method job under way at once. Most of them only wait for a device to connect or to answer:
    /// 1,000 of 10,000 devices that are silent for 30 seconds must not delay the others.
    pub calls_in_flight: u32,
    /// Devices of a method job begun in one transaction.
    pub calls_begun_together: u32,
    /// Twins changed in one transaction: large enough to be fast, small enough not to delay other writes.
    pub twins_together: u32,
    /// Device operations over all jobs; none means no limit.
    pub device_operations: Option<Rate>,
    /// How long calls under way may still be answered when the hub stops.
    pub stop_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calls_in_flight: 4096,
            calls_begun_together: 512,
            twins_together: 10_000,
            device_operations: None,
            stop_grace: Duration::from_secs(2),
        }
    }
}
