//! Devices, as the console lists and shows them. Identities hold keys, so they never come here: twins do.

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{AuthenticationType, ConnectionState, DeviceStatus},
    direct_method::DirectMethodResponse,
    job::{JobStatus, JobType},
    twin::{Object, Twin},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Outcome;

/// A row of the devices list, and of a preview's sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Device))]
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

/// Which devices to list, in order of device id: the query of `GET /api/v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceFilter {
    /// A query condition: the text after WHERE. Absent or `*` means every device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 100: the hub's own page size.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 100>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<u32>,
}

/// Which devices to export, and which attributes of them: the query of `GET /api/v1/devices.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceExport {
    /// A query condition: the text after WHERE. Absent or `*` means every device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Tags and properties to export beside what every device has, as a query names them, with commas between:
    /// `tags.wing,properties.reported.battery`. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// What is written of each device beside what the list shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ExportContent>,
}

/// What an export has of each device beside what the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ExportContent {
    /// Its identity, without keys.
    Identities,
    /// Its desired and reported properties.
    Twins,
}

/// A device's identity in an export; keys are never exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExportedIdentity {
    /// Why it has its status, if a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When the status last changed.
    pub status_updated_time: Timestamp,
    /// How it proves itself.
    pub authentication_type: AuthenticationType,
    /// Whether it is an edge device.
    pub iot_edge: bool,
}

/// A device of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExportedDevice {
    /// The device.
    #[serde(flatten)]
    pub device: DeviceSummary,
    /// Its values of the requested columns by their names; those that it does not have are left out.
    pub values: Object,
    /// Its identity, in an export of identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<ExportedIdentity>,
    /// Its desired properties, in an export of twins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Object>,
    /// Its reported properties, in an export of twins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Object>,
}

/// A direct call's answer, timed by the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MethodAnswer {
    /// The device's answer.
    #[serde(flatten)]
    pub response: DirectMethodResponse,
    /// Milliseconds from the console to the hub to the device and back.
    pub round_trip_ms: u64,
}

/// A job that addressed a device, with the device's share of it: a row of `GET /api/v1/devices/{id}/jobs`, newest job
/// first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceJob {
    /// The job.
    pub job_id: String,
    /// Its name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub name: String,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The method's name, or the first members that a twin job writes.
    pub action: String,
    /// Dotted paths of the desired properties that a twin job sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub desired_paths: Vec<String>,
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TelemetryMessage {
    /// When the hub took it.
    pub enqueued_time_utc: Timestamp,
    /// The content type that the device gave, such as `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The device's own properties; empty for one that was sent without a value.
    pub properties: Object,
    /// JSON where the body is JSON, else its text; absent when it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The body's size, in bytes.
    pub body_size: u64,
}

/// `GET /api/v1/devices/{id}/telemetry`: the newest messages, newest first. Only the embedded hub keeps any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    /// The messages.
    pub items: Vec<TelemetryMessage>,
}
