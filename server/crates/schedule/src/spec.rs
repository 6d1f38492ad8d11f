//! A schedule as a person sets it up: the rule and what happens in special cases.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::rule::Rule;

/// A schedule as it is written, sent and kept. [`Plan::new`](crate::Plan::new) checks it.
///
/// The zone is kept by name and never as an offset, so that new zone data moves the runs to where the clock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleSpec {
    /// When it is due.
    pub rule: Rule,
    /// An IANA name such as `Europe/Berlin`, in which days and times of the rule and of exclusions are meant.
    #[serde(default = "utc")]
    pub zone: String,
    /// What happens when clocks change.
    #[serde(default)]
    pub clock_changes: ClockPolicy,
    /// Days without runs, at most 200 entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Nothing is due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// Nothing is due at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// A run starts up to this many seconds after it is due, 0 to 1,800: each run its own, always the same delay.
    #[serde(default)]
    pub jitter_seconds: u32,
    /// What happens to a run in special cases.
    #[serde(default)]
    pub runs: RunPolicy,
}

fn utc() -> String {
    "UTC".into()
}

/// What happens to runs when clocks change.
///
/// It is asked for a rule of the calendar, unless the rule has the same minutes in every hour. Such a rule follows elapsed time:
/// it runs in both of two equal hours, and an hour that does not exist is no missing run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClockPolicy {
    /// The clock is put forward over the time.
    #[serde(default)]
    pub skipped_time: SkippedTime,
    /// The clock is put back, and the time occurs twice.
    #[serde(default)]
    pub repeated_time: RepeatedTime,
}

/// What happens when the clock is put forward over the time of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SkippedTime {
    /// It runs at the first instant after the change.
    #[default]
    RunAfter,
    /// It does not run on that day.
    LeaveOut,
}

/// What happens when the time of a run occurs twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepeatedTime {
    /// It runs at the first.
    #[default]
    First,
    /// It runs at the second.
    Second,
    /// It runs at both.
    Both,
}

/// Days without runs, in the schedule's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exclusion {
    /// The first day.
    pub from: Date,
    /// The last day, itself excluded; absent when it is one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// What happens to a run that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RunPolicy {
    /// When a run is due while another goes on.
    pub overlap: Overlap,
    /// How late a run may start because the console was down, in seconds: 60 to 604,800 (7 days).
    pub catch_up_seconds: u32,
    /// Pause after this many runs in a row that failed, 1 to 100; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_after_failures: Option<u32>,
}

impl Default for RunPolicy {
    /// Skip, 1 hour, never.
    fn default() -> Self {
        Self { overlap: Overlap::Skip, catch_up_seconds: 60 * 60, pause_after_failures: None }
    }
}

/// What happens when a run is due while another of the same schedule goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Overlap {
    /// The due run is left out.
    #[default]
    Skip,
    /// The due run waits until the other has ended; while one waits, further ones are left out.
    BufferOne,
    /// What has not begun of the other is cancelled, and the due run starts.
    CancelOther,
    /// The due run starts beside the other.
    Allow,
}
