//! Why a device is connected or not: its identity's state, and from the embedded hub what happened to its connections and who
//! was refused lately. A real hub hands that on to Azure Monitor, which this program does not read.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use console_wire::{
    connection::{
        ConnectionCause, ConnectionEvent, ConnectionEventKind, Connections, Refusals, RefusedDevice,
        listed_refused_ids, refused_ids,
    },
    hub::HubKind,
};
use hub_client::telemetry::Connection;
use hub_query::write;
use hub_wire::{DeviceId, ModuleId, device::DeviceStatus};

use crate::{
    ConsoleError,
    core::{Core, RefusedDevices},
    devices::device_error,
    modules::module_error,
    preview_list::known_among,
};

pub(crate) async fn device_connections(core: &Core, id: &DeviceId) -> Result<Connections, ConsoleError> {
    let refused = |error| device_error(id, error);
    let identity = core.hub.device(id).await.map_err(refused)?;
    let events = match core.hub_kind {
        HubKind::Embedded => Some(core.hub.connections(id).await.map_err(refused)?),
        HubKind::Remote => None,
    };
    Ok(explained(Connections {
        connection_state: identity.connection_state,
        connection_state_updated_time: identity.connection_state_updated_time,
        last_activity_time: identity.last_activity_time,
        status: identity.status,
        status_reason: identity.status_reason.filter(|reason| !reason.is_empty()),
        explanation: String::new(),
        has_events: events.is_some(),
        items: newest_first(events),
    }))
}

/// A module has no status of its own: it may connect while its device may.
pub(crate) async fn module_connections(
    core: &Core,
    id: &DeviceId,
    module_id: &ModuleId,
) -> Result<Connections, ConsoleError> {
    let refused = |error| module_error(id, module_id, error);
    let identity = core.hub.module(id, module_id).await.map_err(refused)?;
    let events = match core.hub_kind {
        HubKind::Embedded => Some(core.hub.module_connections(id, module_id).await.map_err(refused)?),
        HubKind::Remote => None,
    };
    Ok(explained(Connections {
        connection_state: identity.connection_state,
        connection_state_updated_time: identity.connection_state_updated_time,
        last_activity_time: identity.last_activity_time,
        status: DeviceStatus::Enabled,
        status_reason: None,
        explanation: String::new(),
        has_events: events.is_some(),
        items: newest_first(events),
    }))
}

/// Who was refused lately, newest first. Within a scope these are registered devices: whether another id belongs to it cannot
/// be asked.
pub(crate) async fn refusals(core: &Core, scope: Option<&str>) -> Result<Refusals, ConsoleError> {
    let Some(scope) = scope else { return all_refusals(core).await };
    let max_age = match core.rate_profile {
        // As often as those of all devices are counted.
        HubKind::Embedded => Duration::from_secs(2),
        HubKind::Remote => Duration::from_mins(1),
    };
    let key = (scope.to_owned(), String::new());
    if let Some(items) = core.refusals_within.get(&key, max_age) {
        return Ok(Refusals { items });
    }
    let mut items = all_refusals(core).await?.items;
    let ids = refused_ids(&items).into_iter().map(str::to_owned).collect();
    let inside = known_among(core, ids, Some(scope)).await?;
    items.retain(|one| one.is_registered && inside.contains(one.device_id.as_str()));
    core.refusals_within.insert(key, items.clone());
    Ok(Refusals { items })
}

async fn all_refusals(core: &Core) -> Result<Refusals, ConsoleError> {
    if core.hub_kind == HubKind::Remote {
        let detail = "Only the embedded hub keeps whom it refused; a real one sends it to Azure Monitor.";
        return Err(ConsoleError::NotHere { detail: detail.to_owned() });
    }
    let refused = core.hub.refusals().await?.into_iter();
    let items = refused.map(|one| RefusedDevice {
        device_id: one.device_id,
        module_id: one.module_id,
        is_registered: one.is_registered,
        last: event(one.last),
    });
    Ok(Refusals { items: items.collect() })
}

/// The test that selects the devices that were refused lately, within a scope if there is one, as many as a list of devices
/// shows. Without any it selects none.
pub(crate) async fn refused_condition(core: &Core, scope: Option<&str>) -> Result<String, ConsoleError> {
    let refused = refusals(core, scope).await?.items;
    Ok(match listed_refused_ids(&refused).as_slice() {
        // No device has this id, and a hub takes no empty list.
        [] => "deviceId = ''".to_owned(),
        ids => format!("deviceId IN [{}]", write::texts(ids.iter().copied())),
    })
}

/// How many devices were refused lately, within a scope if there is one; `None` while there are none, and of a hub that does
/// not keep it.
pub(crate) async fn refused_devices(
    core: &Core,
    scope: Option<&str>,
) -> Result<Option<RefusedDevices>, ConsoleError> {
    if core.hub_kind == HubKind::Remote {
        return Ok(None);
    }
    Ok(summary(&refusals(core, scope).await?.items))
}

fn summary(refused: &[RefusedDevice]) -> Option<RefusedDevices> {
    let registered = refused.iter().filter(|one| one.is_registered);
    let last = registered.clone().map(|one| one.last.time_utc).max()?;
    let mut causes = BTreeMap::<_, u64>::new();
    for one in registered {
        *causes.entry(one.last.cause.unwrap_or(ConnectionCause::Unknown).title()).or_default() += 1;
    }
    let most = causes.into_iter().max_by_key(|(title, count)| (*count, Reverse(*title)));
    let cause = most.map_or(ConnectionCause::Unknown.title(), |(title, _)| title);
    Some(RefusedDevices { count: refused_ids(refused).len() as u64, last, cause })
}

fn explained(connections: Connections) -> Connections {
    Connections { explanation: connections.explain(), ..connections }
}

fn newest_first(events: Option<Vec<Connection>>) -> Vec<ConnectionEvent> {
    events.into_iter().flatten().rev().map(event).collect()
}

fn event(event: Connection) -> ConnectionEvent {
    let kind = match event.kind.as_str() {
        "connected" => ConnectionEventKind::Connected,
        "disconnected" => ConnectionEventKind::Disconnected,
        "refused" => ConnectionEventKind::Refused,
        _ => ConnectionEventKind::Unknown,
    };
    let cause = event.cause.as_deref().map(ConnectionCause::from_wire);
    let Connection { time_utc, reason, client_address, count, .. } = event;
    ConnectionEvent { time_utc, kind, cause, reason, client_address, count }
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn refused_devices_are_summed_up() {
        let one = |id: &str, is_registered, cause, millis| RefusedDevice {
            device_id: id.parse().unwrap(),
            module_id: None,
            is_registered,
            last: ConnectionEvent {
                time_utc: Timestamp::from_unix_millis(millis),
                kind: ConnectionEventKind::Refused,
                cause: Some(cause),
                reason: String::new(),
                client_address: None,
                count: 1,
            },
        };
        let (expired, wrong) = (ConnectionCause::ExpiredToken, ConnectionCause::WrongKey);
        assert_eq!(summary(&[one("x", false, wrong, 9)]), None);
        let refused = [
            one("a", true, wrong, 3),
            one("b", true, wrong, 2),
            one("x", false, expired, 9),
            one("c", true, expired, 1),
        ];
        let last = Timestamp::from_unix_millis(3);
        assert_eq!(summary(&refused), Some(RefusedDevices { count: 3, last, cause: "Wrong key" }));
    }
}
