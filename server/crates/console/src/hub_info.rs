//! The hub's state: read in the background, answered from memory.

use std::{sync::Arc, time::Duration};

use console_wire::hub::{HubFailure, HubInfo, HubKind};
use tracing::{info, warn};

use crate::{
    clock::now,
    connections,
    core::{Core, Transition},
    error::store_sentence,
};

/// The hub's state as of the last calls. Never waits for the hub.
pub(crate) fn hub_info(core: &Core) -> HubInfo {
    apply_health(core);
    let health = core.hub.health();
    let known = core.hub_state.known();
    let message = health.last_failure.as_ref().map(|failure| failure.message.clone());
    HubInfo {
        host_name: core.hub.host_name().to_owned(),
        kind: core.hub_kind,
        reachable: health.is_good(),
        last_success: health.last_success,
        failure: known.failing_since.map(|since| HubFailure { since, message: message.unwrap_or_default() }),
        round_trip_ms: health.last_round_trip.and_then(|span| u64::try_from(span.as_millis()).ok()),
        device_count: known.device_count,
        connected_count: known.connected_count,
        counted_at: known.counted_at,
        has_simulator: core.has_simulator,
        notices: notices(core),
        as_of: now(),
    }
}

/// What was lost before the start, and what keeps the store from being written now.
fn notices(core: &Core) -> Vec<String> {
    let obstacle = core.store.obstacle().map(|obstacle| store_sentence(obstacle).to_owned());
    core.notices.iter().cloned().chain(obstacle).collect()
}

/// Takes over what the last calls came to, and logs when the hub is lost or comes back.
fn apply_health(core: &Core) {
    let health = core.hub.health();
    match core.hub_state.apply_health(&health) {
        Transition::None => {}
        Transition::Lost => {
            let error = health.last_failure.map(|failure| failure.message).unwrap_or_default();
            warn!(
                hub = core.hub.host_name(),
                error, "hub not reachable; the console goes on with what it has"
            );
        }
        Transition::Back { since } => {
            let seconds = now().since(since).as_secs();
            info!(hub = core.hub.host_name(), seconds, "hub reachable again");
        }
    }
}

/// Reads the hub's counts at an interval, once for all clients.
pub(crate) async fn refresh(core: Arc<Core>) {
    let every = match core.rate_profile {
        HubKind::Embedded => Duration::from_secs(2),
        // Registry reads are counted: 1.67 a second and unit.
        HubKind::Remote => Duration::from_secs(15),
    };
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let at = now();
        let devices = core.hub.registry_statistics().await;
        apply_health(&core);
        if let Ok(devices) = devices
            && let Ok(service) = core.hub.service_statistics().await
        {
            core.hub_state.set_counts(devices.total_device_count, service.connected_device_count, at);
            if let Ok(refused) = connections::refused_devices(&core, None).await {
                core.hub_state.set_refused(refused);
            }
        }
    }
}
