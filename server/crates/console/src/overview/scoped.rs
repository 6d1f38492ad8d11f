//! The figures of devices within a scope: how many there are, are connected, and were refused lately. Jobs, and what was
//! sampled of the whole fleet, are not limited: a sample of each scope would be a row a minute for each.

use std::{sync::Arc, time::Duration};

use console_wire::{
    hub::HubKind,
    overview::{Fleet, Overview},
};
use tracing::debug;

use super::attention;
use crate::{
    ConsoleError,
    clock::now,
    connections::refused_devices,
    core::{Core, RefusedDevices},
    target_query::count_devices,
};

/// How long an overview waits for the hub before it has the figures that were counted last.
const PATIENCE: Duration = Duration::from_secs(1);

/// The overview with the figures of a scope.
pub(super) async fn within(core: &Core, scope: &str, shared: &Overview) -> Arc<Overview> {
    let (fleet, refused) = futures::join!(fleet(core, scope), refused(core, scope));
    let mut overview = Overview { fleet, ..shared.clone() };
    attention::replace_refused(&mut overview.attention, &mut overview.attention_count, refused.as_ref());
    Arc::new(overview)
}

/// The devices of a scope, counted as often as all devices are, with a hub that limits its queries once a minute. While the hub
/// does not answer, as they were counted last.
async fn fleet(core: &Core, scope: &str) -> Fleet {
    let max_age = match core.rate_profile {
        HubKind::Embedded => Duration::from_secs(2),
        HubKind::Remote => Duration::from_mins(1),
    };
    let key = (scope.to_owned(), String::new());
    if let Some(fleet) = core.fleets_within.get(&key, max_age) {
        return fleet;
    }
    let counted_at = now();
    if let Some((devices, connected)) = answered(core, count_devices(core, scope)).await {
        let fleet =
            Fleet { devices: Some(devices), connected: Some(connected), counted_at: Some(counted_at) };
        core.fleets_within.insert(key, fleet);
        return fleet;
    }
    core.fleets_within.get(&key, Duration::MAX).unwrap_or_default()
}

async fn refused(core: &Core, scope: &str) -> Option<RefusedDevices> {
    answered(core, refused_devices(core, Some(scope))).await.flatten()
}

/// What the hub answers in time. One that cannot be reached is not asked: that is on the overview already.
async fn answered<T>(core: &Core, read: impl Future<Output = Result<T, ConsoleError>>) -> Option<T> {
    if core.hub_state.known().failing_since.is_some() {
        return None;
    }
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            debug!(error = &error as &dyn std::error::Error, "could not count the devices of a scope");
            None
        }
        Err(_) => None,
    }
}
