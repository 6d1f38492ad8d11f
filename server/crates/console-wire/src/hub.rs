//! The hub behind the console, and its state.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// Which kind of hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum HubKind {
    /// The one in this process.
    Embedded,
    /// Azure IoT Hub, or anything else behind a connection string.
    Remote,
}

/// The hub behind the console, and how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Hub))]
#[serde(rename_all = "camelCase")]
pub struct HubInfo {
    /// Its name.
    pub host_name: String,
    /// Which kind.
    pub kind: HubKind,
    /// Whether the last call reached it.
    pub reachable: bool,
    /// When a call last succeeded.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub last_success: Option<Timestamp>,
    /// Since when calls have failed, and how; absent while it is reachable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<HubFailure>,
    /// Round trip of the last call, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub round_trip_ms: Option<u64>,
    /// Devices registered; absent until known.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub device_count: Option<u64>,
    /// Devices connected; absent until known.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub connected_count: Option<u64>,
    /// When both counts were read; absent until known.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub counted_at: Option<Timestamp>,
    /// Whether a simulated pool runs here.
    pub has_simulator: bool,
    /// What is wrong with the console's or the embedded hub's store, sentences for a person; mostly none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// When this was put together.
    pub as_of: Timestamp,
}

/// Why the hub is not reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HubFailure {
    /// Since when.
    pub since: Timestamp,
    /// What happened, for a person.
    pub message: String,
}
