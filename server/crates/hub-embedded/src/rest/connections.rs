//! What happened to a device's connections lately. Not a call of IoT Hub's, hence the path of its own: there, such events
//! go to Azure Monitor.

use axum::{Json, extract::State};
use hub_wire::Timestamp;
use serde::Serialize;

use super::{
    Rest,
    answer::Answer,
    extract::{Authorized, PathTarget, ServiceConnect},
};
use crate::{connection_history::Entry, mqtt::ConnectionEventKind};

/// A connection that began, ended or was refused.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    /// When, the last time.
    time_utc: Timestamp,
    kind: ConnectionEventKind,
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
            reason: entry.reason,
            client_address: entry.client.map(|client| client.to_string()),
            count: entry.count,
        }
    }
}
