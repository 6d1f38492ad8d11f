//! Devices, as the console lists and shows them. Identities hold keys, so they never come here: twins do.

use hub_wire::{
    DeviceId, Timestamp,
    device::{ConnectionState, DeviceStatus},
    direct_method::DirectMethodResponse,
    twin::{Object, Twin},
};
use serde::{Deserialize, Serialize};

/// A row of the devices list, and of a preview's sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSummary {
    /// The device.
    pub device_id: DeviceId,
    /// Whether it is connected.
    pub connection_state: ConnectionState,
    /// Whether it may connect.
    pub status: DeviceStatus,
    /// When it last connected, sent, or received.
    pub last_activity_time: Timestamp,
    /// Its tags.
    pub tags: Object,
}

impl From<Twin> for DeviceSummary {
    fn from(twin: Twin) -> Self {
        Self {
            device_id: twin.device_id,
            connection_state: twin.connection_state,
            status: twin.status,
            last_activity_time: twin.last_activity_time,
            tags: twin.tags,
        }
    }
}

/// Which devices to list, in order of device id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceFilter {
    /// A query condition: the text after WHERE. Absent or `*` means every device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 100: the hub's own page size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A direct call's answer, timed by the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodAnswer {
    /// What the device said.
    #[serde(flatten)]
    pub response: DirectMethodResponse,
    /// Milliseconds from the console to the hub to the device and back.
    pub round_trip_ms: u64,
}
