//! How hard the scheduler works.

use std::time::Duration;

use crate::domain::throttle::Rate;

/// The scheduler's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Calls of one method job under way at once. Most of them only wait, for a device to come or to answer: a tenth
    /// of 10,000 devices being silent for 30 seconds must not hold up the rest.
    pub calls_in_flight: u32,
    /// Devices of a method job begun in one transaction.
    pub calls_begun_together: u32,
    /// Twins changed in one transaction: long enough to be quick, short enough not to hold up other writes.
    pub twins_together: u32,
    /// Device operations over all jobs; none means as fast as this machine goes.
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
