//! How the hub is doing: asked in the background, answered from memory.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use console_wire::hub::{HubFailure, HubInfo, HubKind};
use hub_client::HubHealth;
use hub_wire::Timestamp;
use tracing::{info, warn};

use crate::console::{Core, now};

/// What the last round found.
#[derive(Debug, Default)]
pub(crate) struct HubState(Mutex<Known>);

#[derive(Debug, Clone, Default)]
struct Known {
    device_count: Option<u64>,
    connected_count: Option<u64>,
    failing_since: Option<Timestamp>,
}

impl HubState {
    fn update<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Core {
    pub(crate) fn hub_info(&self) -> HubInfo {
        self.note_health();
        let health = self.hub.health();
        let known = self.hub_state.update(|known| known.clone());
        let message = health.last_failure.as_ref().map(|failure| failure.message.clone());
        HubInfo {
            host_name: self.hub.host_name().to_owned(),
            kind: self.hub_kind,
            reachable: health.is_good(),
            last_success: health.last_success,
            failure: known
                .failing_since
                .map(|since| HubFailure { since, message: message.unwrap_or_default() }),
            round_trip_ms: health.last_round_trip.and_then(|span| u64::try_from(span.as_millis()).ok()),
            device_count: known.device_count,
            connected_count: known.connected_count,
            has_simulator: self.has_simulator,
            as_of: now(),
        }
    }

    /// Takes note of what the calls saw, and logs when the hub goes or comes back.
    fn note_health(&self) {
        let health = self.hub.health();
        match self.hub_state.update(|known| follow(known, &health)) {
            Turn::Same => {}
            Turn::Lost => {
                let error = health.last_failure.map(|failure| failure.message).unwrap_or_default();
                warn!(
                    hub = self.hub.host_name(),
                    error, "hub not reachable; the console goes on with what it has"
                );
            }
            Turn::Back { since } => {
                let seconds = now().since(since).as_secs();
                info!(hub = self.hub.host_name(), seconds, "hub reachable again");
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Same,
    Lost,
    Back { since: Timestamp },
}

/// Follows the health record: keeps the first failure of a row, which the record itself does not.
fn follow(known: &mut Known, health: &HubHealth) -> Turn {
    match (health.is_good(), &health.last_failure, known.failing_since) {
        (false, Some(failure), None) => {
            known.failing_since = Some(failure.when);
            Turn::Lost
        }
        (true, _, Some(since)) => {
            known.failing_since = None;
            Turn::Back { since }
        }
        _ => Turn::Same,
    }
}

/// Asks for the counts every so often, one round at a time however many look at them.
pub(crate) async fn refresh(core: Arc<Core>) {
    let every = match core.paced_as {
        HubKind::Embedded => Duration::from_secs(2),
        // Registry reads are counted: 1.67 a second and unit.
        HubKind::Remote => Duration::from_secs(15),
    };
    let mut rounds = tokio::time::interval(every);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let devices = core.hub.registry_statistics().await;
        core.note_health();
        if let Ok(devices) = devices {
            core.hub_state.update(|known| known.device_count = Some(devices.total_device_count));
            if let Ok(service) = core.hub.service_statistics().await {
                core.hub_state.update(|known| known.connected_count = Some(service.connected_device_count));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_of_a_row_counts() {
        let at = Timestamp::from_unix_millis;
        let failed = |success, when| HubHealth {
            last_success: success,
            last_failure: Some(hub_client::HubFailure { when: at(when), message: "no route".into() }),
            last_round_trip: None,
        };
        let mut known = Known::default();
        assert_eq!(follow(&mut known, &HubHealth::default()), Turn::Same);
        assert_eq!(follow(&mut known, &failed(None, 5)), Turn::Lost);
        assert_eq!(follow(&mut known, &failed(None, 9)), Turn::Same);
        assert_eq!(known.failing_since, Some(at(5)));
        assert_eq!(follow(&mut known, &failed(Some(at(10)), 9)), Turn::Back { since: at(5) });
        assert_eq!(follow(&mut known, &failed(Some(at(10)), 11)), Turn::Lost);
        assert_eq!(known.failing_since, Some(at(11)));
    }
}
