//! What is known of the hub: its counts, and since when it cannot be reached.

use std::sync::{Mutex, PoisonError};

use hub_client::HubHealth;
use hub_wire::Timestamp;

/// The newest of each, shared.
#[derive(Debug, Default)]
pub(crate) struct HubState(Mutex<Known>);

/// What is known of the hub.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) device_count: Option<u64>,
    pub(crate) connected_count: Option<u64>,
    /// When both were read.
    pub(crate) counted_at: Option<Timestamp>,
    /// Devices that it refused lately.
    pub(crate) refused: Option<RefusedDevices>,
    /// When the first of the present failures was.
    pub(crate) failing_since: Option<Timestamp>,
}

/// The devices that the hub refused in the last hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefusedDevices {
    pub(crate) count: u64,
    /// When the last refusal was.
    pub(crate) last: Timestamp,
    /// The most frequent cause in words.
    pub(crate) cause: &'static str,
}

/// Whether the hub was lost or came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    None,
    Lost,
    Back { since: Timestamp },
}

impl HubState {
    pub(crate) fn known(&self) -> Known {
        self.update(|known| known.clone())
    }

    /// Takes over how many devices there are and how many of them are connected: always both, so that they agree.
    pub(crate) fn set_counts(&self, devices: u64, connected: u64, at: Timestamp) {
        self.update(|known| {
            known.device_count = Some(devices);
            known.connected_count = Some(connected);
            known.counted_at = Some(at);
        });
    }

    pub(crate) fn set_refused(&self, refused: Option<RefusedDevices>) {
        self.update(|known| known.refused = refused);
    }

    /// Takes over what the last calls to the hub came to.
    pub(crate) fn apply_health(&self, health: &HubHealth) -> Transition {
        self.update(|known| transition(known, health))
    }

    fn update<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps the first of consecutive failures, which the health record itself does not.
fn transition(known: &mut Known, health: &HubHealth) -> Transition {
    match (health.is_good(), &health.last_failure, known.failing_since) {
        (false, Some(failure), None) => {
            known.failing_since = Some(failure.when);
            Transition::Lost
        }
        (true, _, Some(since)) => {
            known.failing_since = None;
            Transition::Back { since }
        }
        _ => Transition::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_consecutive_failures_counts() {
        let at = Timestamp::from_unix_millis;
        let failed = |success, when| HubHealth {
            last_success: success,
            last_failure: Some(hub_client::HubFailure { when: at(when), message: "no route".into() }),
            ..HubHealth::default()
        };
        let mut known = Known::default();
        assert_eq!(transition(&mut known, &HubHealth::default()), Transition::None);
        assert_eq!(transition(&mut known, &failed(None, 5)), Transition::Lost);
        assert_eq!(transition(&mut known, &failed(None, 9)), Transition::None);
        assert_eq!(known.failing_since, Some(at(5)));
        assert_eq!(transition(&mut known, &failed(Some(at(10)), 9)), Transition::Back { since: at(5) });
        assert_eq!(transition(&mut known, &failed(Some(at(10)), 11)), Transition::Lost);
        assert_eq!(known.failing_since, Some(at(11)));
    }
}
