//! How hard the scheduler works.

use std::time::Duration;

use crate::config::Tier;

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
    /// Device operations a second over all jobs; none means as fast as this machine goes.
    pub operations_per_second: Option<u32>,
    /// How long calls under way may still be answered when the hub stops.
    pub stop_grace: Duration,
}

impl Settings {
    /// The usual settings, with a tier's throttle if one is to be imposed.
    pub fn of(tier: Option<Tier>) -> Self {
        Self {
            calls_in_flight: 4096,
            calls_begun_together: 512,
            twins_together: 10_000,
            operations_per_second: tier.map(Tier::job_operations_per_second),
            stop_grace: Duration::from_secs(2),
        }
    }
}
