//! What happened to a device's connections lately. Not a call of IoT Hub's, hence the path of its own: there, such events
//! go to Azure Monitor.

use axum::{Json, extract::State};
use hub_wire::{DeviceId, ModuleId, Timestamp};
use serde::Serialize;

use super::{
    Rest,
    answer::Answer,
    extract::{Authorized, PathTarget, ServiceConnect},
};
use crate::{
    connection_history::Entry,
    domain::{Target, connection_cause::ConnectionCause},
    mqtt::ConnectionEventKind,
    refused_lately::RefusedOne,
};

/// A connection that began, ended or was refused.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    /// When, the last time.
    time_utc: Timestamp,
    kind: ConnectionEventKind,
    /// Why, for programs; absent for one that began.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<ConnectionCause>,
    /// Why; absent for one that began.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// Address and port of the client, as far as they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_address: Option<String>,
    /// How often the same was refused in a row.
    count: u64,
}

/// Oldest first; the last 20 at most, and fewer when the whole fleet's need the room.
pub(super) async fn list(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer<Json<Vec<Connection>>> {
    // Refuses what is not registered.
    rest.store.device_keys(&target).await?;
    Ok(Json(rest.history.of(&target).into_iter().map(Connection::from).collect()))
}

impl From<Entry> for Connection {
    fn from(entry: Entry) -> Self {
        Self {
            time_utc: entry.at,
            kind: entry.kind,
            cause: entry.cause,
            reason: entry.reason,
            client_address: entry.client.map(|client| client.to_string()),
            count: entry.count,
        }
    }
}

/// A device, or a client that claims to be one, that was refused or disconnected by a rule.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refused {
    device_id: DeviceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_id: Option<ModuleId>,
    /// Whether it is registered.
    is_registered: bool,
    /// The last refusal; `count` is how often there was one.
    #[serde(flatten)]
    last: Connection,
}

/// Whoever was refused or disconnected by a rule in the last hour, the newest first; a thousand devices and a hundred ids
/// that are not registered at most.
pub(super) async fn refusals(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
) -> Answer<Json<Vec<Refused>>> {
    let now = rest.clock.now();
    let mut refused = Vec::new();
    for one in rest.history.refused_lately(now) {
        // One that was registered since may try again.
        if one.is_registered || rest.store.device_keys(&one.target).await.is_err() {
            refused.push(Refused::from(one));
        }
    }
    Ok(Json(refused))
}

impl From<RefusedOne> for Refused {
    fn from(one: RefusedOne) -> Self {
        let Target { device_id, module_id } = Target::clone(&one.target);
        Self { device_id, module_id, is_registered: one.is_registered, last: one.entry.into() }
    }
}
