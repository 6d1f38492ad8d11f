//! The hub's health, as observed by the calls. Cheap to read: a status bar polls it every second.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hub_wire::Timestamp;

use crate::{ErrorKind, HubError};

/// What the last calls saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HubHealth {
    /// When the hub last answered as a hub does, refusals of single requests included.
    pub last_success: Option<Timestamp>,
    /// The last failure of the hub or of the connection to it.
    pub last_failure: Option<HubFailure>,
    /// How long the last answered attempt took.
    pub last_round_trip: Option<Duration>,
    /// The refusals with 429 since the client was made.
    pub last_throttled: Option<Throttled>,
}

/// Calls that the hub refused because there were too many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// When the last of them was.
    pub last: Timestamp,
    /// How many there were.
    pub times: u64,
}

/// A failure and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFailure {
    /// When.
    pub when: Timestamp,
    /// For a person; holds no secret.
    pub message: String,
}

impl HubHealth {
    /// Whether the newest result is a success.
    pub fn is_good(&self) -> bool {
        match (self.last_success, &self.last_failure) {
            (Some(success), Some(failure)) => success > failure.when,
            (success, None) => success.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// Where the calls write it down.
#[derive(Debug, Default)]
pub(crate) struct Monitor(Mutex<HubHealth>);

impl Monitor {
    pub(crate) fn health(&self) -> HubHealth {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The hub answered, be it with a refusal of this one request.
    pub(crate) fn answered(&self, when: Timestamp, round_trip: Duration) {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        health.last_success = Some(when);
        health.last_round_trip = Some(round_trip);
    }

    /// An attempt failed. A refusal of one request (not found, conflict, offline) is an answer, not a failure.
    pub(crate) fn failed(&self, when: Timestamp, round_trip: Duration, error: &HubError) {
        if !is_about_the_hub(error.kind) {
            return self.answered(when, round_trip);
        }
        let failure = HubFailure { when, message: error.message() };
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        health.last_failure = Some(failure);
        if matches!(error.kind, ErrorKind::Throttled { .. }) {
            let before = health.last_throttled.map_or(0, |throttled| throttled.times);
            health.last_throttled = Some(Throttled { last: when, times: before + 1 });
        }
    }
}

const fn is_about_the_hub(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unauthorized
            | ErrorKind::Throttled { .. }
            | ErrorKind::Server
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::Malformed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_is_a_healthy_hub() {
        let (monitor, at) = (Monitor::default(), Timestamp::from_unix_millis);
        assert!(!monitor.health().is_good());
        let refused = HubError::local("x", ErrorKind::NotFound { code: None }, "gone");
        monitor.failed(at(1), Duration::from_millis(5), &refused);
        assert!(monitor.health().is_good());
        assert_eq!(monitor.health().last_round_trip, Some(Duration::from_millis(5)));
        let broken = HubError::local("x", ErrorKind::Unreachable, "no route");
        monitor.failed(at(2), Duration::ZERO, &broken);
        assert!(!monitor.health().is_good());
        assert_eq!(monitor.health().last_failure.unwrap().message, "no route");
        monitor.answered(at(3), Duration::ZERO);
        assert!(monitor.health().is_good());
    }
}
