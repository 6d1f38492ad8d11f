//! The overview: what a team keeps open. Every figure counts what a list of the console shows too.

mod history;
mod matrix;

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    history::{Gap, History, HistoryPoint, HistoryQuery, Lowest, MAX_HISTORY_HOURS, SAMPLE_DAYS},
    matrix::{MAX_CELLS, MAX_COLUMNS, MatrixCell, MatrixQuery, Measure, TagMatrix},
};
use crate::{
    access::PersonRef,
    cause::CauseKey,
    hub::HubKind,
    job::{JobCounts, JobSummary},
    outcome::{Outcome, Outcomes},
};

/// Running jobs that are listed; the jobs page has all of them.
pub const MAX_RUNNING: usize = 8;
/// Most jobs that have ended.
pub const MAX_ENDED: usize = 6;
/// Entries under "Needs attention"; `attentionCount` says how many there are.
pub const MAX_ATTENTION: usize = 6;
/// Entries of the next 24 hours; `upcomingCount` says how many there are.
pub const MAX_UPCOMING: usize = 40;
/// Days whose outcomes are shown.
pub const DAYS: u32 = 14;
/// Causes that are listed.
pub const MAX_CAUSES: usize = 5;
/// Entries of the recent activity.
pub const MAX_ACTIVITY: usize = 7;

/// The overview at one instant: `GET /api/v1/overview`. All numbers of jobs are of one transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The store's sequence number at that instant; the event stream continues from here.
    pub sequence: u64,
    /// That instant.
    pub as_of: Timestamp,
    /// Which hub it is about.
    pub hub: OverviewHub,
    /// Devices as the hub counted them last.
    pub fleet: Fleet,
    /// How many jobs each tab of the jobs page holds.
    pub jobs: JobCounts,
    /// Devices of running jobs that have not ended: queued or in flight.
    pub devices_to_go: u64,
    /// Device operations of jobs.
    pub operations: Operations,
    /// Jobs of the last 24 hours.
    pub last_day: OutcomeSum,
    /// Running jobs, longest first, at most 8.
    #[cfg_attr(feature = "openapi", schema(max_items = 8))]
    pub running: Vec<JobSummary>,
    /// The jobs that ended last, newest first, at most 6.
    #[cfg_attr(feature = "openapi", schema(max_items = 6))]
    pub ended: Vec<JobSummary>,
    /// What a person has to look at, oldest of a kind first, at most 6.
    #[cfg_attr(feature = "openapi", schema(max_items = 6))]
    pub attention: Vec<Attention>,
    /// How many such things there are.
    pub attention_count: u64,
    /// What is due within 24 hours, soonest first, at most 40.
    #[cfg_attr(feature = "openapi", schema(max_items = 40))]
    pub upcoming: Vec<Upcoming>,
    /// How many such things there are.
    pub upcoming_count: u64,
    /// The team's time zone, where it is not UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Outcomes by day in UTC, oldest first; the last one is today.
    pub days: Vec<Day>,
    /// Why devices failed in jobs of the last 24 hours.
    pub causes: CauseSums,
    /// What people and jobs did last, newest first, at most 7.
    #[cfg_attr(feature = "openapi", schema(max_items = 7))]
    pub activity: Vec<Activity>,
}

/// The hub, and what it is able to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OverviewHub {
    /// Its host name.
    pub host_name: String,
    /// Which kind of hub.
    pub kind: HubKind,
    /// Its tier, such as `S1`; absent for the embedded hub and where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Its units, where the tier is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
}

/// The devices of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// Devices registered; absent until known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<u64>,
    /// Devices connected; absent until known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<u64>,
    /// When both were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
}

/// Method calls and twin writes that the hub made for jobs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Operations {
    /// Ended in a second, as a mean of the last 10 seconds.
    pub per_second: f64,
    /// What the hub allows in a second, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// The devices of several jobs, by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OutcomeSum {
    /// How many jobs.
    pub jobs: u64,
    /// Jobs that failed or have failed devices.
    pub jobs_with_problems: u64,
    /// Their devices.
    pub outcomes: Outcomes,
}

/// The jobs of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// When the day begins, in UTC.
    pub begin: Timestamp,
    /// Its device jobs that have ended, by outcome. What a purge deleted since stays counted.
    pub outcomes: Outcomes,
}

/// Something that has an id and a name, such as a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// What kind of thing needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AttentionKind {
    /// The hub cannot be reached.
    HubUnreachable,
    /// The hub refused calls, since there were too many of them.
    HubThrottled,
    /// The hub refused devices, or disconnected them by a rule, in the last hour.
    DevicesRefused,
    /// A job did not run, because of an error.
    JobFailed,
    /// A job ended, and some of its devices failed.
    JobWithProblems,
    /// A job in waves waits for another person's approval.
    ApprovalWaiting,
    /// A job in waves is paused.
    RolloutPaused,
    /// A job in waves asks a person to start its next wave.
    WaveWaiting,
    /// A schedule is paused.
    SchedulePaused,
}

/// Something that a person has to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// What it is.
    pub kind: AttentionKind,
    /// Since when.
    pub since: Timestamp,
    /// The job or the schedule that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// How many devices, or how many refused calls.
    #[serde(default)]
    pub count: u64,
    /// Of how many devices.
    #[serde(default)]
    pub of: u64,
    /// The most frequent cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseSum>,
    /// Why, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum UpcomingKind {
    /// A planned job starts.
    Start,
    /// A schedule's next run is due.
    Run,
    /// A maintenance window opens, for which a job in waves waits.
    Window,
    /// The clock of the team's zone changes, or that of a schedule with a run that is due.
    ClockChange,
}

/// Something that is due within 24 hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Upcoming {
    /// What it is.
    pub kind: UpcomingKind,
    /// When.
    pub at: Timestamp,
    /// Until when, for something that lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The job that starts, or the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What it is called, or what happens.
    pub title: String,
    /// More about it.
    pub note: String,
}

/// A time zone over the next 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// Its IANA name, such as `Europe/Berlin`.
    pub name: String,
    /// The city of its name.
    pub city: String,
    /// Minutes to add to UTC now.
    pub offset_minutes: i32,
    /// When its clock changes, within 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_at: Option<Timestamp>,
    /// Minutes to add to UTC from then on.
    #[serde(default)]
    pub offset_minutes_after: i32,
}

/// Devices that failed for one cause, in one job or in several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CauseSum {
    /// Which cause.
    pub key: CauseKey,
    /// The state of these devices.
    pub outcome: Outcome,
    /// How many devices.
    pub devices: u64,
    /// In how many jobs.
    pub jobs: u64,
    /// The newest of these jobs.
    pub newest_job: Subject,
}

/// All causes of the jobs of the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CauseSums {
    /// The most frequent ones, at most 5.
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub items: Vec<CauseSum>,
    /// How many causes there are.
    pub causes: u64,
    /// How many devices failed for any of them.
    pub devices: u64,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ActivityKind {
    /// A job was created, to start at once.
    Started,
    /// A job was created, to start later.
    Planned,
    /// A job ended by itself.
    Ended,
    /// A job was cancelled.
    Cancelled,
    /// A rollout was approved.
    Approved,
    /// A rollout was paused, by a person or by one of its rules.
    Paused,
    /// A rollout was resumed.
    Resumed,
    /// A person started the next wave of a rollout.
    Continued,
    /// A person changed a rollout before its start.
    Edited,
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: ActivityKind,
    /// Who did it; absent without sign-in, for another client of the hub, and for a job that ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonRef>,
    /// The job.
    pub subject: Subject,
    /// Its devices; none where it was paused, resumed, continued or approved.
    pub outcomes: Outcomes,
    /// What is said of it beside that, such as `by its stop rule`, or the person's comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
