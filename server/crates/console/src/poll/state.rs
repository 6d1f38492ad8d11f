//! What is polled, and what a watcher remembers between two polls.

use hub_wire::{Timestamp, job::DeviceJobStatistics};
use tokio::time::Instant;
use tracing::{debug, warn};

use super::interval::PollResult;
use crate::ConsoleError;

/// A job on the hub that is polled: a job here, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct PolledJob {
    /// The job here.
    pub(crate) job_id: String,
    /// Which part of it; `None` when it is all of it.
    pub(crate) part: Option<i64>,
    /// The job on the hub.
    pub(crate) hub_job_id: String,
    /// When the hub was given it.
    pub(crate) since: Timestamp,
    /// Since when it is watched.
    pub(crate) watched_since: Timestamp,
}

/// What a watcher remembers between two polls.
pub(crate) struct PollState {
    /// Results that changed up to this time are here.
    pub(super) read_up_to: Option<Timestamp>,
    /// Whether the hub takes conditions on status and last change.
    pub(super) hub_filters_changes: bool,
    /// Devices whose turn had come at the last poll, and when that was.
    last_started: Option<(u64, Instant)>,
    /// Readings of all results since the job ended.
    pub(super) full_readings: u32,
    /// Readings from the beginning while it ran.
    pub(super) restarts: u32,
    /// Whether the last poll failed; only the first of consecutive failures is worth a line in the log.
    is_failing: bool,
}

impl PollState {
    pub(crate) const fn new(read_up_to: Option<Timestamp>) -> Self {
        Self {
            read_up_to,
            hub_filters_changes: true,
            last_started: None,
            full_readings: 0,
            restarts: 0,
            is_failing: false,
        }
    }

    /// Devices a second whose turn came since the last poll.
    pub(super) fn start_rate(&mut self, hub: &DeviceJobStatistics, at: Instant) -> Option<f64> {
        let started = hub.device_count - hub.pending_count.min(hub.device_count);
        let (before, since) = self.last_started.replace((started, at))?;
        let devices = u32::try_from(started.saturating_sub(before)).unwrap_or(u32::MAX);
        Some(f64::from(devices) / at.duration_since(since).as_secs_f64().max(1e-3))
    }

    /// Notes how a poll went, and logs the first of consecutive failures.
    pub(crate) fn note(
        &mut self,
        hub_job_id: &str,
        polled: Result<Option<PollResult>, ConsoleError>,
    ) -> Option<PollResult> {
        match polled {
            Ok(result) => {
                self.is_failing = false;
                result
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                if self.is_failing {
                    debug!(hub_job_id, error, "could not poll the job");
                } else {
                    warn!(hub_job_id, error, "could not poll the job; going on");
                }
                self.is_failing = true;
                Some(PollResult::Failed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_start_rate_is_of_the_last_interval() {
        let mut state = PollState::new(None);
        let begin = Instant::now();
        let counts = |pending_count| DeviceJobStatistics {
            device_count: 100,
            pending_count,
            succeeded_count: 100 - pending_count,
            ..DeviceJobStatistics::default()
        };
        for (seconds, pending, rate) in
            [(0, 100, None), (1, 90, Some(10.0)), (3, 50, Some(20.0)), (4, 50, Some(0.0))]
        {
            assert_eq!(state.start_rate(&counts(pending), begin + Duration::from_secs(seconds)), rate);
        }
    }
}
