//! Jobs: what is asked for, and how it goes.

use hub_wire::{
    DeviceId, JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{DeviceJobStatistics, JobStatus, JobType},
    twin::TwinPatch,
};
use serde::{Deserialize, Serialize};

use crate::{
    cause::CauseKey,
    outcome::{Outcome, Outcomes},
    rerun::RerunOf,
};

/// Most device ids that a job or a preview may list.
pub const MAX_LISTED_DEVICES: usize = 100_000;

/// A job to create: the body of `POST /api/v1/jobs`. Either `queryCondition` or `deviceIds` says which devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewJob {
    /// The id; made up when absent. The same id twice is refused, so a client can repeat a request safely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// What to do.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The call, for a method job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_to_device_method: Option<DirectMethodRequest>,
    /// The change, for a twin job. Its etag is filled in with `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_twin: Option<TwinPatch>,
    /// The text after WHERE; `*` means every device. Empty (or absent) in a job on a list of devices.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query_condition: String,
    /// Exactly these devices, instead of a condition; at most [`MAX_LISTED_DEVICES`]. One that is named twice is
    /// addressed once, one that the hub does not know ends as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ids: Option<Vec<DeviceId>>,
    /// When to start; absent means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// How long the job may run, in seconds; 3600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_execution_time_in_seconds: Option<u32>,
    /// How many devices a preview told of, for a job on a condition: if the job then runs on another number, its page
    /// says so. The number at acceptance when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_devices: Option<u64>,
}

/// Who created a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// This console.
    Console,
    /// Somebody else on the same hub: an SDK, a script, another console.
    Hub,
}

/// A job as list, page, API and stream show it: one row, one truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobSummary {
    /// The id.
    pub job_id: String,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// Where it is.
    pub status: JobStatus,
    /// Which devices. Of a job on a list it only says how many, such as `37 listed devices`.
    pub query_condition: String,
    /// How many devices its list holds, for a job on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_devices: Option<u64>,
    /// How many devices were told of when it was asked for, for a job on a condition from this console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_devices: Option<u64>,
    /// Whose devices it runs again, for a rerun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RerunOf>,
    /// When it was accepted.
    pub created_time: Timestamp,
    /// When it is to start, or has started.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// How long it may run, in seconds.
    pub max_execution_time_in_seconds: Option<u32>,
    /// The call, for a method job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_to_device_method: Option<DirectMethodRequest>,
    /// The change, for a twin job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_twin: Option<TwinPatch>,
    /// Why the job itself failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// What it usually takes from start to end, in milliseconds: the median of the last 14 runs with the same action and
    /// condition that started before it and ran to their end. Absent below 3 such runs, and for jobs on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_ms: Option<u64>,
    /// The hub's five counts.
    pub device_job_statistics: DeviceJobStatistics,
    /// Our finer split; sums to `deviceCount`.
    pub outcomes: Outcomes,
    /// Who created it.
    pub origin: Origin,
    /// Sequence number of its last change; streams resume by it.
    pub sequence: u64,
    /// When the hub was last read for it.
    pub as_of: Timestamp,
}

impl JobSummary {
    /// What a person calls the action: the method's name, or the first members that a twin job writes.
    pub fn action(&self) -> String {
        if let Some(method) = &self.cloud_to_device_method {
            return method.method_name.clone();
        }
        let Some(patch) = &self.update_twin else { return self.job_type.as_str().to_owned() };
        let members = patch.desired().into_iter().chain(&patch.tags).flat_map(|object| object.keys());
        let names: Vec<_> = members.take(3).map(String::as_str).collect();
        names.join(", ")
    }

    /// Whether it ended with devices that did not do what was asked.
    pub const fn has_problems(&self) -> bool {
        self.outcomes.problems() > 0
    }
}

/// The tabs of the jobs page, and the `tab` parameter of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobTab {
    /// Queued or running.
    Running,
    /// Waiting for their start.
    Scheduled,
    /// Completed, failed, cancelled.
    Finished,
    /// Every job.
    #[default]
    All,
}

impl JobTab {
    /// All tabs in their order.
    pub const ALL: [Self; 4] = [Self::Running, Self::Scheduled, Self::Finished, Self::All];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Scheduled => "scheduled",
            Self::Finished => "finished",
            Self::All => "all",
        }
    }

    /// By the word in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == word)
    }

    /// Whether a job with this status belongs here.
    pub const fn holds(self, status: JobStatus) -> bool {
        match self {
            Self::All => true,
            Self::Scheduled => matches!(status, JobStatus::Scheduled),
            Self::Finished => status.is_terminal(),
            Self::Running => !matches!(status, JobStatus::Scheduled) && !status.is_terminal(),
        }
    }
}

/// How many jobs each tab holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobCounts {
    /// See [`JobTab::Running`].
    pub running: u64,
    /// See [`JobTab::Scheduled`].
    pub scheduled: u64,
    /// See [`JobTab::Finished`].
    pub finished: u64,
}

impl JobCounts {
    /// The count of one tab.
    pub const fn get(&self, tab: JobTab) -> u64 {
        match tab {
            JobTab::Running => self.running,
            JobTab::Scheduled => self.scheduled,
            JobTab::Finished => self.finished,
            JobTab::All => self.running + self.scheduled + self.finished,
        }
    }
}

/// The order of a list of jobs. A leading `-` in its word turns it around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum JobSort {
    /// Newest first.
    #[default]
    #[serde(rename = "-created")]
    Newest,
    /// Running jobs, longest first; then scheduled ones, soonest first; then finished ones, newest first.
    #[serde(rename = "groups")]
    Groups,
    /// By id.
    #[serde(rename = "job")]
    Id,
    /// By id, last first.
    #[serde(rename = "-job")]
    IdBackwards,
    /// Earliest start first.
    #[serde(rename = "start")]
    Earliest,
    /// Latest start first.
    #[serde(rename = "-start")]
    Latest,
    /// Shortest first; a job that has not begun has taken no time.
    #[serde(rename = "duration")]
    Shortest,
    /// Longest first.
    #[serde(rename = "-duration")]
    Longest,
}

impl JobSort {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Newest,
        Self::Groups,
        Self::Id,
        Self::IdBackwards,
        Self::Earliest,
        Self::Latest,
        Self::Shortest,
        Self::Longest,
    ];

    /// The word in addresses and cursors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "-created",
            Self::Groups => "groups",
            Self::Id => "job",
            Self::IdBackwards => "-job",
            Self::Earliest => "start",
            Self::Latest => "-start",
            Self::Shortest => "duration",
            Self::Longest => "-duration",
        }
    }

    /// By the word in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word)
    }
}

/// Which jobs to list, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFilter {
    /// A tab.
    #[serde(default)]
    pub tab: JobTab,
    /// One status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<JobStatus>,
    /// One type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// Words in the id, action or condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// A part of the action: the method's name, or a member that the job writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// A part of the condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only jobs created then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only jobs that ran, or have been running, for at least so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer_secs: Option<u64>,
    /// Only jobs with devices that did not do what was asked; or only those without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problems: Option<bool>,
    /// In which order.
    #[serde(default)]
    pub sort: JobSort,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// The order of a job's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResultOrder {
    /// By device id.
    #[default]
    Device,
    /// What changed last comes first.
    Latest,
    /// Failed, timed out, not online, interrupted, then the others; by device id within each.
    Problems,
}

impl ResultOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Device, Self::Latest, Self::Problems];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Latest => "latest",
            Self::Problems => "problems",
        }
    }

    /// By the word in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == word)
    }
}

/// Which of a job's devices to list, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultFilter {
    /// One outcome.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "status")]
    pub outcome: Option<Outcome>,
    /// One cause of failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseKey>,
    /// One cell of the landing map, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
    /// A part of the device id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// The order; cursors belong to one.
    #[serde(default)]
    pub order: ResultOrder,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many rows of this view to pass over, instead of a cursor: for a grid that scrolls to any place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Most items, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
