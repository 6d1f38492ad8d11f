//! Jobs, version 2 (`/jobs/v2`): one action on the devices that a query selects, now or later.

use serde::{Deserialize, Serialize};

use crate::{JobId, Timestamp, direct_method::DirectMethodRequest, twin::TwinPatch};

/// How far ahead a job may start. Source: live hubs answer 400 beyond it.
pub const MAX_START_AHEAD: std::time::Duration = std::time::Duration::from_hours(168);
/// Seconds a job may run when the caller does not say.
pub const DEFAULT_MAX_EXECUTION_TIME: u32 = 3600;

/// What a job does. The wire knows more; the service answers them, and this endpoint creates only the two named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum JobType {
    /// Calls a direct method.
    ScheduleDeviceMethod,
    /// Merges tags and desired properties.
    ScheduleUpdateTwin,
    /// Anything else, and the type of a job the hub does not know.
    #[serde(other)]
    Unknown,
}

impl JobType {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ScheduleDeviceMethod => "scheduleDeviceMethod",
            Self::ScheduleUpdateTwin => "scheduleUpdateTwin",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum JobStatus {
    /// Accepted; it is about to be scheduled or run.
    Queued,
    /// Waits for its start time.
    Scheduled,
    /// Runs.
    Running,
    /// Every device has an outcome, failures included, or the execution window has passed.
    Completed,
    /// The job itself could not run; see `failureReason`.
    Failed,
    /// Cancelled before it ran. Two l here, one l in a device job: both are the hub's.
    Cancelled,
    /// Belongs to import and export jobs.
    Enqueued,
    /// The hub does not know the job, or its status is newer than this crate.
    #[serde(other)]
    Unknown,
}

impl JobStatus {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Enqueued => "enqueued",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the state is final.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

macro_rules! from_wire_word {
    ($($name:ident),*) => {$(
        impl $name {
            /// Parses the wire's name in any case; an unknown one is `Unknown`.
            pub fn from_wire(word: &str) -> Self {
                crate::envelope::read_enum(word).unwrap_or(Self::Unknown)
            }
        }
    )*};
}
from_wire_word!(JobType, JobStatus);

/// Types that the contract has and `/jobs/v2` does not create: no job of it has one of these. Source: the Swagger file.
pub const OTHER_TYPES: &[&str] = &[
    "unknown",
    "export",
    "import",
    "backup",
    "readDeviceProperties",
    "writeDeviceProperties",
    "updateDeviceConfiguration",
    "rebootDevice",
    "factoryResetDevice",
    "firmwareUpdate",
    "restoreFromBackup",
    "failoverDataCopy",
];

/// States that the contract has and no job of `/jobs/v2` is in.
pub const OTHER_STATES: &[&str] = &["unknown"];

/// `PUT /jobs/v2/{jobId}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRequest {
    /// The id, also in the path.
    pub job_id: JobId,
    /// What to do.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The call, for a method job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_to_device_method: Option<DirectMethodRequest>,
    /// The change, for a twin job; its etag must be `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_twin: Option<TwinPatch>,
    /// The text after WHERE; `*` means every device. Not checked at creation: a bad one fails the job later.
    pub query_condition: String,
    /// When to start; absent or past means now, at most 168 hours ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// How long the job may run, in seconds; 3600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_execution_time_in_seconds: Option<u32>,
}

/// The three fields that creation and an unknown id answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobReceipt {
    /// The id.
    pub job_id: String,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// `queued` right after creation, even for a job hours ahead.
    pub status: JobStatus,
}

/// A job as the hub answers it. Some live answers use other formats of the times and the type; both are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The id. Text, as a hub may hold ids that we would not make.
    pub job_id: String,
    /// What it does.
    #[serde(rename = "type", alias = "jobType")]
    pub job_type: JobType,
    /// Where it is.
    pub status: JobStatus,
    /// Which devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_condition: Option<String>,
    /// When it was accepted.
    #[serde(default, alias = "createdDateTimeUtc", skip_serializing_if = "Option::is_none")]
    pub created_time: Option<Timestamp>,
    /// When it is to start, or has started.
    #[serde(default, alias = "startTimeUtc", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ended; the far future while it has not.
    #[serde(default, alias = "endTimeUtc", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// How long it may run, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_execution_time_in_seconds: Option<u32>,
    /// The call, for a method job. Live hubs echo `payload` as bytes: do not trust the echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_to_device_method: Option<DirectMethodRequest>,
    /// The change, for a twin job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_twin: Option<TwinPatch>,
    /// Why the job failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Counts; may be absent before the job has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_job_statistics: Option<DeviceJobStatistics>,
}

impl Job {
    /// When it ended, leaving out the far future that the hub writes for "not yet".
    pub fn ended(&self) -> Option<Timestamp> {
        self.end_time.filter(|at| *at < Timestamp::FAR_FUTURE && self.status.is_terminal())
    }
}

/// The hub's counts of a job's devices; the four states sum to `deviceCount`. An answer of 500 counts as succeeded
/// here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceJobStatistics {
    /// All targets, fixed at the start.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub device_count: u64,
    /// Ended badly, cancelled ones among them.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub failed_count: u64,
    /// Ended with an answer or a written twin.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub succeeded_count: u64,
    /// In progress.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub running_count: u64,
    /// Not begun.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub pending_count: u64,
}

impl DeviceJobStatistics {
    /// Whether the states sum to the targets.
    pub const fn is_consistent(&self) -> bool {
        self.device_count
            == self.failed_count + self.succeeded_count + self.running_count + self.pending_count
    }

    /// Devices that have ended.
    pub const fn finished_count(&self) -> u64 {
        self.failed_count + self.succeeded_count
    }
}
