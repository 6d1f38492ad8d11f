//! Devices, as the console lists and shows them. Identities hold keys, so they never come here: twins do.

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{ConnectionState, DeviceStatus},
    direct_method::DirectMethodResponse,
    job::{JobStatus, JobType},
    twin::{Object, Twin},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Outcome;

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
    /// Desired values that it has not reported as such.
    #[serde(default)]
    pub differs: u64,
}

impl From<Twin> for DeviceSummary {
    fn from(twin: Twin) -> Self {
        Self {
            differs: twin.properties.differing() as u64,
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

/// A job that addressed a device, with the device's share of it: a row of `GET /api/v1/devices/{id}/jobs`, newest job
/// first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceJob {
    /// The job.
    pub job_id: String,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// What a person calls it, as [`JobSummary::action`](crate::job::JobSummary::action) says.
    pub action: String,
    /// Where the job is.
    pub job_status: JobStatus,
    /// When the job was accepted.
    pub created_time: Timestamp,
    /// The device's module that was addressed, in a job over modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Where the device is.
    pub outcome: Outcome,
    /// The status that the device answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_status: Option<i32>,
    /// The hub's error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_utc: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_utc: Option<Timestamp>,
}

/// A message that a device sent to the cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TelemetryMessage {
    /// When the hub took it.
    pub enqueued_time_utc: Timestamp,
    /// What the device said its body is, such as `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The device's own properties; null for one that was sent without a value.
    pub properties: Object,
    /// JSON where the body is JSON, else its text; absent when it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The body's size, in bytes.
    pub body_size: u64,
}

/// `GET /api/v1/devices/{id}/telemetry`: the newest messages, newest first. Only the embedded hub keeps any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    /// The messages.
    pub items: Vec<TelemetryMessage>,
}
