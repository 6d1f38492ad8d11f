//! Schedules: jobs that run again and again by a rule, and what became of each run.

mod spec;

use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};
use serde::{Deserialize, Serialize};

pub use self::spec::{
    ClockPolicy, DayRule, Exclusion, Overlap, RepeatedTime, Rule, RunPolicy, ScheduleSpec, SkippedTime,
    Weekday,
};
pub use crate::reference::ScheduleRef;
use crate::{
    access::PersonRef,
    job::{JobSummary, NewJob},
    reference::GroupRef,
};

/// Longest name of a schedule, in characters.
pub const MAX_NAME: usize = 64;
/// Most schedules.
pub const MAX_SCHEDULES: usize = 10_000;
/// Most device ids that the job of a schedule may list.
pub const MAX_LISTED_DEVICES: usize = 10_000;
/// Longest comment of a pause or of a run that a person asks for, in characters.
pub const MAX_COMMENT: usize = 500;
/// How many of its last runs a schedule shows in the list.
pub const SHOWN_RUNS: usize = 14;
/// How many next runs are listed when the request does not say.
pub const NEXT_RUNS: u32 = 10;

/// A schedule to create or to put in the place of another: the body of `POST /api/v1/schedules` and
/// `PUT /api/v1/schedules/{schedule_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSchedule {
    /// What people call it, 1 to 64 characters. Two schedules cannot have the same name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
    /// When it runs.
    pub spec: ScheduleSpec,
    /// The job that each run starts, without `jobId`, `startTime` and `expectedDevices`, which belong to one job. A list
    /// of devices has at most 10,000 ids.
    pub job: NewJob,
}

/// A schedule as list, page and API show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// The id, made from the first name; it never changes and is not used again while a job names it.
    pub schedule_id: String,
    /// What people call it.
    pub name: String,
    /// When it runs.
    pub spec: ScheduleSpec,
    /// The rule in words, such as `Every day at 02:30`.
    pub rule: String,
    /// All of it in words, with zone, exclusions, start and end.
    pub sentence: String,
    /// The job that each run starts. In the list without the ids of a list of devices.
    pub job: NewJob,
    /// What the job does, and the JSON that it sends.
    pub action: String,
    /// The group that the job addresses, while there is one of this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupRef>,
    /// How many devices the job lists, for a job on a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_devices: Option<u64>,
    /// Whose rights count at each run: who created it or changed it last. Absent without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonRef>,
    /// The owner's scope when the schedule was last changed. A run has the scope that the owner has then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whether it runs.
    pub status: ScheduleStatus,
    /// Why it does not run, while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<SchedulePause>,
    /// Its next run; absent when nothing comes any more. A paused one shows what it would run next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextRun>,
    /// When a run was due that waits for the end of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// How many of its last runs failed, since the last that did not, or since it was resumed.
    pub failures_in_a_row: u32,
    /// When it was created.
    pub created_time: Timestamp,
    /// When its name, its rule or its job was last changed.
    pub changed_time: Timestamp,
    /// Its last 14 runs, oldest first.
    pub last_runs: Vec<RunMark>,
    /// The job of its last run that started one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_job: Option<JobSummary>,
}

/// Whether a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ScheduleStatus {
    /// It runs.
    Active,
    /// It does not, until a person resumes it.
    Paused,
    /// Nothing comes any more.
    Ended,
}

impl ScheduleStatus {
    /// Every one, as they are listed.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Ended];

    /// The word on the wire and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// By the word.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// Why a schedule does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchedulePause {
    /// Since when.
    pub since: Timestamp,
    /// What led to it.
    pub cause: PauseCause,
    /// Why, a sentence without a full stop.
    pub reason: String,
}

/// What led to a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum PauseCause {
    /// A person paused it.
    Person,
    /// Runs failed one after the other.
    Failures,
    /// Its owner may no longer create jobs.
    OwnerLacksPermission,
}

/// A run that comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NextRun {
    /// When it is due.
    pub due: Timestamp,
    /// When it starts: when it is due, plus its share of the jitter.
    pub start: Timestamp,
    /// What the clock of the schedule's zone shows when it is due, such as `2027-03-28T03:00:00`.
    pub local: String,
    /// Whether it runs. It does not when the clock skips its time and the schedule leaves such runs out.
    pub runs: bool,
    /// What a change of the clock does to it, a sentence without a full stop; absent on almost every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_change: Option<String>,
}

/// A rule in words, and its next runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NextRuns {
    /// The schedule in words.
    pub sentence: String,
    /// The zone, as it is spelt in the schedule.
    pub zone: String,
    /// The next runs, soonest first.
    pub items: Vec<NextRun>,
    /// When the clock of the zone changes next; absent for a zone without changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_clock_change: Option<ClockChange>,
}

/// A change of a zone's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClockChange {
    /// When.
    pub at: Timestamp,
    /// What the clock would show without the change, such as `2026-10-25T03:00:00`.
    pub from: String,
    /// What the clock shows.
    pub to: String,
}

/// How many next runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NextQuery {
    /// 1 to 100; 10 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 100>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub count: Option<u32>,
}

/// Which schedules: the query of `GET /api/v1/schedules`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleFilter {
    /// Only those that are `active`, `paused` or `ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ScheduleStatus>,
    /// Only those with these words in name, id or action; at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
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

/// `GET /api/v1/schedules`: active ones by their next run, then paused, then ended ones by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Schedules {
    /// The schedules.
    pub items: Vec<Schedule>,
    /// Pass as `cursor` for the next page; null on the last one.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub next_cursor: Option<String>,
    /// How many there are, whatever the filter.
    pub counts: ScheduleCounts,
}

/// How many schedules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScheduleCounts {
    /// Those that run.
    pub active: u64,
    /// Those that are paused.
    pub paused: u64,
    /// Those for which nothing comes any more.
    pub ended: u64,
}

impl ScheduleCounts {
    /// All of them.
    pub const fn all(self) -> u64 {
        self.active + self.paused + self.ended
    }

    /// The count of one status.
    pub const fn get(self, status: ScheduleStatus) -> u64 {
        match status {
            ScheduleStatus::Active => self.active,
            ScheduleStatus::Paused => self.paused,
            ScheduleStatus::Ended => self.ended,
        }
    }
}

/// What became of a run, in the list of schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunMark {
    /// When it was due.
    pub due: Timestamp,
    /// What became of it.
    pub state: RunState,
    /// The state of its job; absent when it has none, or not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_status: Option<JobStatus>,
    /// Whether devices of its job, or the job itself, failed.
    pub has_failures: bool,
}

/// What became of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// It ran at its time, or because a person asked for a run.
    Ran,
    /// It ran at another time of the day, because the clock skipped its own.
    Shifted,
    /// It was left out on purpose.
    Skipped,
    /// It should have run and did not.
    Missed,
}

impl RunState {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Shifted => "shifted",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
        }
    }
}

/// One occurrence of a schedule, or several of the same kind, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRun {
    /// The number of the row, larger for later ones.
    pub run_id: u64,
    /// When it was due. Of several occurrences in one row, the first.
    pub due: Timestamp,
    /// When the last one was due; absent when the row is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_due: Option<Timestamp>,
    /// How many occurrences the row is about, at least 1.
    pub count: u32,
    /// What became of it.
    pub state: RunState,
    /// Whether a person asked for it.
    pub is_run_now: bool,
    /// Why, a sentence without a full stop; absent when it ran as planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The id of its job; absent when it started none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// Its job; absent while it is about to be created, and after it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobSummary>,
}

/// Why a schedule is paused, or why it is run now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleComment))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comment {
    /// For those who read it later, at most 500 characters. A pause needs one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub comment: String,
}

/// What a job does, for a list: the method's name, or `twin`.
pub fn action_of(job: &NewJob) -> String {
    match (&job.cloud_to_device_method, job.job_type) {
        (Some(method), _) => method.method_name.clone(),
        (None, JobType::ScheduleUpdateTwin) => {
            crate::job::action(job.job_type, None, job.update_twin.as_ref())
        }
        (None, _) => String::new(),
    }
}
