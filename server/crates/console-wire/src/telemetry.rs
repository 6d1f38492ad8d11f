//! Messages from devices as they arrive: what a live stream of one device or of a group sends.

use hub_wire::DeviceId;
use serde::{Deserialize, Serialize};

use crate::device::TelemetryMessage;

/// Event name: messages.
pub const TELEMETRY: &str = "telemetry";
/// Largest body that a stream sends whole, in bytes of its text. Of a larger one it sends the beginning.
pub const MAX_LIVE_BODY: usize = 4 * 1024;

/// A message with the device that sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LiveMessage {
    /// Its number since the hub started; a later message of any device has a higher one.
    pub sequence: u64,
    /// The device.
    pub device_id: DeviceId,
    /// Whether the body is only the beginning, as text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    /// The message.
    #[serde(flatten)]
    pub message: TelemetryMessage,
}

/// Data of [`TELEMETRY`]: at least one message, or some that were skipped.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LiveTelemetry {
    /// How many messages since the last event are not here: more came than the hub keeps or one event holds. Those that the
    /// hub dropped are counted for all devices together.
    pub skipped: u64,
    /// Oldest first.
    pub items: Vec<LiveMessage>,
}
