//! One device's share of a job: a row of `SELECT * FROM devices.jobs`.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, ModuleId, Timestamp, direct_method::DirectMethodResponse, job::JobType};

/// Where a device job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum DeviceJobStatus {
    /// Not begun.
    Pending,
    /// Not begun, its time known.
    Scheduled,
    /// Sent, waiting for the answer.
    Running,
    /// The device answered (with any status), or the twin was written.
    Completed,
    /// It did not; see `error`.
    Failed,
    /// Cancelled. One l here, two in a job: both are the hub's.
    Canceled,
    /// A value newer than this crate.
    #[serde(other)]
    Unknown,
}

impl DeviceJobStatus {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the state is final.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceJob {
    /// The device.
    pub device_id: DeviceId,
    /// The module, for a job over modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// The job.
    pub job_id: String,
    /// What the job does.
    pub job_type: JobType,
    /// Where this device is.
    pub status: DeviceJobStatus,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_utc: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_utc: Option<Timestamp>,
    /// When the row was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_date_time_utc: Option<Timestamp>,
    /// When the row last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated_date_time_utc: Option<Timestamp>,
    /// What the device answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<DeviceJobOutcome>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeviceJobError>,
}

/// What a device job ended with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceJobOutcome {
    /// The device's answer; null in twin jobs.
    #[serde(default)]
    pub device_method_response: Option<DirectMethodResponse>,
}

/// Why a device job failed. Both members are always there: Java's client insists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceJobError {
    /// A name such as `DeviceNotOnline`.
    pub code: String,
    /// Text for a person.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub description: String,
}
