//! Which jobs, and which of a job's devices, to list, and in which order.

use hub_wire::{
    DeviceId, Timestamp,
    job::{JobStatus, JobType},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{JobSummary, JobTab};
use crate::{cause::CauseKey, outcome::Outcome};

/// The order of a list of jobs. A leading `-` in its value reverses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobSort {
    /// Newest first.
    #[default]
    #[serde(rename = "-created")]
    Newest,
    /// Running jobs, longest first; then scheduled ones, soonest first; then finished ones, newest first.
    #[serde(rename = "groups")]
    Groups,
    /// By name.
    #[serde(rename = "name")]
    Name,
    /// By name, last first.
    #[serde(rename = "-name")]
    NameBackwards,
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
    pub const ALL: [Self; 10] = [
        Self::Newest,
        Self::Groups,
        Self::Name,
        Self::NameBackwards,
        Self::Id,
        Self::IdBackwards,
        Self::Earliest,
        Self::Latest,
        Self::Shortest,
        Self::Longest,
    ];

    /// The value in addresses and cursors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "-created",
            Self::Groups => "groups",
            Self::Name => "name",
            Self::NameBackwards => "-name",
            Self::Id => "job",
            Self::IdBackwards => "-job",
            Self::Earliest => "start",
            Self::Latest => "-start",
            Self::Shortest => "duration",
            Self::Longest => "-duration",
        }
    }

    /// By the value in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word)
    }
}

/// Which jobs to list, and in which order: the query of `GET /api/v1/jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobFilter {
    /// A tab of the jobs page.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline, default = "all"))]
    pub tab: JobTab,
    /// One status.
    #[serde(default, deserialize_with = "known_status", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(schema_with = statuses))]
    pub status: Option<JobStatus>,
    /// One type.
    #[serde(
        default,
        rename = "type",
        deserialize_with = "known_type",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(schema_with = types))]
    pub job_type: Option<JobType>,
    /// Words in the name, id, action or condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub q: Option<String>,
    /// A part of the action: the method's name, or a member that the job writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub action: Option<String>,
    /// A part of the condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub target: Option<String>,
    /// Only jobs that were created on the group with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub group: Option<String>,
    /// Only jobs that addressed this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Only jobs created then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Only jobs created and started before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Only jobs that ran, or have been running, for at least so many seconds.
    #[serde(
        default,
        rename = "longerThanSeconds",
        deserialize_with = "crate::number::whole::<_, _, 0, { u64::MAX }>",
        skip_serializing_if = "Option::is_none"
    )]
    pub longer_secs: Option<u64>,
    /// Only jobs that failed or have failed devices; or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problems: Option<bool>,
    /// The order.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline, default = "-created"))]
    pub sort: JobSort,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 500; 50 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 500>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

impl JobFilter {
    /// Whether a job that has just begun belongs into the list. It has not taken any time yet, and which devices it
    /// addresses is not known.
    pub fn holds_new(&self, job: &JobSummary) -> bool {
        let contains = |text: &str, part: &Option<String>| {
            part.as_ref().is_none_or(|part| text.to_lowercase().contains(&part.to_lowercase()))
        };
        let text =
            format!("{} {} {} {}", job.name, job.job_id, job.action(), job.query_condition).to_lowercase();
        let mut words = self.q.as_deref().unwrap_or_default().split_whitespace();
        // A job that was planned belongs to the day of its start.
        let begins = job.start_time.map_or(job.created_time, |start| start.max(job.created_time));
        let group = job.group.as_ref().map(|group| &group.group_id);
        self.tab.holds(job.status)
            && self.status.is_none_or(|status| status == job.status)
            && self.job_type.is_none_or(|job_type| job_type == job.job_type)
            && self.problems.is_none_or(|problems| problems == job.has_failures())
            && contains(&job.action(), &self.action)
            && contains(&job.query_condition, &self.target)
            && (self.group.is_none() || self.group.as_ref() == group)
            && self.since.is_none_or(|since| begins >= since)
            && self.until.is_none_or(|until| begins < until)
            && self.longer_secs.is_none()
            && self.device.is_none()
            && words.all(|word| text.contains(&word.to_lowercase()))
    }
}

/// The statuses that a filter can name.
const STATUSES: [JobStatus; 6] = [
    JobStatus::Queued,
    JobStatus::Scheduled,
    JobStatus::Running,
    JobStatus::Completed,
    JobStatus::Failed,
    JobStatus::Cancelled,
];
/// The types that a filter can name.
const TYPES: [JobType; 2] = [JobType::ScheduleDeviceMethod, JobType::ScheduleUpdateTwin];

/// Reads a status that a job of this hub can have, in any case.
fn known_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobStatus>, D::Error> {
    one_of(deserializer, JobStatus::from_wire, &STATUSES.map(JobStatus::as_str), |status| {
        *status != JobStatus::Unknown
    })
}

/// Reads a type that a job of this hub can have, in any case.
fn known_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobType>, D::Error> {
    one_of(deserializer, JobType::from_wire, &TYPES.map(JobType::as_str), |job_type| {
        *job_type != JobType::Unknown
    })
}

fn one_of<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> T,
    allowed: &[&str],
    is_known: impl Fn(&T) -> bool,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let value = Some(read(&text)).filter(is_known);
    value.map(Some).ok_or_else(|| D::Error::custom(format!("expected one of {}", allowed.join(", "))))
}

#[cfg(feature = "openapi")]
fn statuses() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::Type::String)
        .description(Some("One status."))
        .enum_values(Some(STATUSES.map(JobStatus::as_str)))
        .build()
}

#[cfg(feature = "openapi")]
pub(crate) fn types() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::Type::String)
        .description(Some("What the job does: calls a direct method, or changes twins."))
        .enum_values(Some(TYPES.map(JobType::as_str)))
        .build()
}

/// The order of a job's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

    /// The value in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Latest => "latest",
            Self::Problems => "problems",
        }
    }

    /// By the value in addresses.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == word)
    }
}

/// Which of a job's devices to list, and in which order: the query of `GET /api/v1/jobs/{id}/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResultFilter {
    /// One outcome.
    #[serde(default, rename = "status", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub outcome: Option<Outcome>,
    /// One cause of failure, as `code:message`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub cause: Option<CauseKey>,
    /// One cell of the landing map, from 0.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 0, 4_294_967_295>",
        skip_serializing_if = "Option::is_none"
    )]
    pub cell: Option<u32>,
    /// A part of the device id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub q: Option<String>,
    /// By device id; what changed last first; or problems first. Cursors belong to one order.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(inline, default = "device"))]
    pub order: ResultOrder,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows of this view to pass over, instead of a cursor.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 0, 4_294_967_295>",
        skip_serializing_if = "Option::is_none"
    )]
    pub offset: Option<u64>,
    /// Most items, 1 to 500; 50 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 500>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}
