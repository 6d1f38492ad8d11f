//! Jobs: requests, states and lists.

use hub_wire::{
    DeviceId, JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{DeviceJobStatistics, JobStatus, JobType},
    twin::TwinPatch,
};
use serde::{Deserialize, Serialize};

pub use self::{
    filter::{JobFilter, JobSort, ResultFilter, ResultOrder},
    name::{MAX_NAME, MAX_REASON, NamedTarget, action, default_name, rerun_name},
};
use crate::{
    access::PersonRef,
    outcome::Outcomes,
    reference::{GroupRef, ScheduleRef},
    rerun::RerunOf,
    rollout::{progress::RolloutSummary, settings::Settings},
};

#[cfg(feature = "openapi")]
pub(crate) use self::filter::types as job_types;

mod filter;
mod name;

/// Most device ids that a job or a preview may list.
pub const MAX_LISTED_DEVICES: usize = 100_000;

/// A job to create: the body of `POST /api/v1/jobs`. One of `queryCondition`, `deviceIds` and
/// `groupId` says which devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewJob {
    /// The id, 1 to 64 letters, digits, `-`, `_` or `'`; generated when absent. The same id twice is refused, so
    /// a client can repeat a request safely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// What people call it, at most 100 characters; made from action and target when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: Option<String>,
    /// Why it runs, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub reason: Option<String>,
    /// What to do.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(schema_with = filter::types))]
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
    /// Exactly these devices, instead of a condition; at most 100,000. One that is named twice is addressed once, one
    /// that the hub does not know ends as failed. In JSON a list, or the text of one, such as a CSV file.
    #[serde(
        default,
        deserialize_with = "crate::device_list::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::device_list::JsonDeviceList>))]
    pub device_ids: Option<Vec<DeviceId>>,
    /// The devices of this group, instead of a condition or a list: those that its condition matches at the start, or its
    /// list as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// When to start; absent means now; at most 168 hours ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// How long the job may run, in seconds; 3600 when absent or 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub max_execution_time_in_seconds: Option<u32>,
    /// How many devices a preview counted, for a job on a condition: if the job then runs on another number, its page
    /// says so. The number at acceptance when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_devices: Option<u64>,
    /// Waves, rate, stop rules, retries and windows, see docs/rollouts.md; absent: the hub runs the job by itself. `startTime` of
    /// the job is that of its rollout. A rollout has no `maxExecutionTimeInSeconds`; it ends at its `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Box<Settings>>,
}

impl NewJob {
    /// The name that it gets when it has none and is on no group.
    pub fn default_name(&self) -> String {
        let target = match &self.device_ids {
            Some(ids) => NamedTarget::Listed(ids.len() as u64),
            None => NamedTarget::Condition(&self.query_condition),
        };
        default_name(self.cloud_to_device_method.as_ref(), self.update_twin.as_ref(), &target)
    }
}

/// Where a job was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// A page of this console.
    Console,
    /// The HTTP API of this console.
    Api,
    /// Another client of the same hub: an SDK, a script, another console.
    Hub,
}

impl Origin {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Hub => "hub",
        }
    }
}

/// A job as list, page, API and stream show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Job))]
#[serde(rename_all = "camelCase")]
pub struct JobSummary {
    /// The id.
    pub job_id: String,
    /// What people call it; without a chosen name what it does and to which devices.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub name: String,
    /// Why it runs, if a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// Where it is.
    pub status: JobStatus,
    /// Which devices. Of a job on a list it only says how many, such as `37 listed devices`.
    pub query_condition: String,
    /// The group that it addressed, for a job on one. Its condition or list is that of the group when the job was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupRef>,
    /// How many devices its list holds, for a job on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_devices: Option<u64>,
    /// How many devices were counted when it was requested, for a job on a condition from this console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_devices: Option<u64>,
    /// The schedule that started it, for a run of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleRef>,
    /// Whose devices it runs again, for a rerun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RerunOf>,
    /// When it was accepted.
    pub created_time: Timestamp,
    /// When it is to start, or has started.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub end_time: Option<Timestamp>,
    /// When the last of its devices so far was sent, or its twin written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sent_time: Option<Timestamp>,
    /// How long it may run, in seconds.
    #[cfg_attr(feature = "openapi", schema(required = true))]
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
    /// Its typical duration from start to end, in milliseconds: the median of the last 14 runs with the same action and
    /// condition that started before it and ran to their end. Absent below 3 such runs, and for jobs on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_duration_ms: Option<u64>,
    /// Devices of its parts that have not begun, which a cancel leaves out, while a job on a list has not ended. Absent for
    /// a job on a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unstarted_devices: Option<u64>,
    /// The hub's five counts.
    pub device_job_statistics: DeviceJobStatistics,
    /// Our finer split; sums to `deviceCount`.
    pub outcomes: Outcomes,
    /// Where it was created.
    pub origin: Origin,
    /// Who created it, or ran it again; absent without sign-in and for jobs of other clients of the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<PersonRef>,
    /// Who cancelled it, or stopped what had not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<PersonRef>,
    /// The scope of the operator who created it: only devices that match it are addressed. Absent for everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Why the console cancelled it, or what had not begun of it, by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// Where its rollout is, for a job in waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutSummary>,
    /// Sequence number of its last change; streams resume by it.
    pub sequence: u64,
    /// When the hub was last read for it.
    pub as_of: Timestamp,
}

impl JobSummary {
    /// See [`action`].
    pub fn action(&self) -> String {
        action(self.job_type, self.cloud_to_device_method.as_ref(), self.update_twin.as_ref())
    }

    /// The name, if it was chosen for this job: not the one that it would get by itself.
    pub fn chosen_name(&self) -> Option<&str> {
        let target = match (&self.group, self.target_devices) {
            (Some(group), _) => NamedTarget::Group(&group.name),
            (None, Some(count)) => NamedTarget::Listed(count),
            (None, None) => NamedTarget::Condition(&self.query_condition),
        };
        let is_made = self.name.is_empty()
            || self.parent.is_some() && name::is_rerun_name(&self.name)
            || self.name
                == default_name(self.cloud_to_device_method.as_ref(), self.update_twin.as_ref(), &target);
        (!is_made).then_some(self.name.as_str())
    }

    /// Whether it has failed devices.
    pub const fn has_problems(&self) -> bool {
        self.outcomes.problems() > 0
    }

    /// Whether anything of it failed: some of its devices, or the job itself.
    pub fn has_failures(&self) -> bool {
        self.has_problems() || self.status == JobStatus::Failed
    }
}

/// The tabs of the jobs page, and the `tab` parameter of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
