//! When a schedule runs, as it is written, sent and kept. The rules behind it are in the crate `schedule`, which the browser does
//! not have: its zone data is large. The server reads the same JSON with both.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// When a schedule runs, and what happens in special cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleSpec {
    /// When it is due.
    pub rule: Rule,
    /// An IANA name such as `Europe/Berlin`, in which days and times are meant; `UTC` when absent.
    #[serde(default = "utc")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub zone: String,
    /// What happens when clocks change.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false))]
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
    #[cfg_attr(feature = "openapi", schema(required = false, maximum = 1800))]
    pub jitter_seconds: u32,
    /// What happens to a run in special cases.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub runs: RunPolicy,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl ScheduleSpec {
    /// A rule in UTC, with every setting at its default.
    pub fn new(rule: Rule) -> Self {
        Self {
            rule,
            zone: utc(),
            clock_changes: ClockPolicy::default(),
            exclusions: Vec::new(),
            start: None,
            end: None,
            jitter_seconds: 0,
            runs: RunPolicy::default(),
        }
    }
}

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleRule))]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum Rule {
    /// On days of the calendar, at times of the day, both in the schedule's zone.
    Calendar {
        /// A day that any of these names is in the rule. At least one.
        days: Vec<DayRule>,
        /// The months, 1 to 12; every month when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<u32>))]
        months: Vec<u8>,
        /// The times of day, such as `02:30`, at least one.
        times: Vec<String>,
    },
    /// At equal distances of elapsed time, whatever clocks do meanwhile.
    Interval {
        /// Minutes between two runs, 1 to 527,040 (366 days).
        #[serde(rename = "everyMinutes")]
        every_minutes: u32,
        /// The first run, from which the others are counted.
        from: Timestamp,
    },
    /// A cron expression with five fields: minute, hour, day of month, month, day of week.
    Cron {
        /// Such as `30 2 * * 1-5`.
        expression: String,
    },
}

/// Days of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleDays))]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum DayRule {
    /// Every day.
    EveryDay,
    /// Every week on these days.
    Weekdays {
        /// At least one.
        weekdays: Vec<Weekday>,
    },
    /// These days of the month. A month that does not have one is left out for it.
    DaysOfMonth {
        /// 1 to 31, at least one.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<u32>))]
        days: Vec<u8>,
    },
    /// The nth such weekday of the month. A month without a fifth one is left out.
    NthWeekday {
        /// 1 to 5.
        nth: u8,
        /// The weekday.
        weekday: Weekday,
    },
    /// The last such weekday of the month.
    LastWeekday {
        /// The weekday.
        weekday: Weekday,
    },
    /// The last day of the month.
    LastDay,
    /// The last Monday to Friday of the month.
    LastWorkday,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All of them from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The name in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

/// What happens to runs when clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClockPolicy {
    /// The clock is put forward over the time.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub skipped_time: SkippedTime,
    /// The clock is put back, and the time occurs twice.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub repeated_time: RepeatedTime,
}

/// What happens when the clock is put forward over the time of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SkippedTime {
    /// It runs at the first instant after the change.
    #[default]
    RunAfter,
    /// It does not run on that day.
    LeaveOut,
}

/// What happens when the time of a run occurs twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exclusion {
    /// The first day, such as `2026-12-24`.
    pub from: String,
    /// The last day, itself excluded; absent when it is one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What happens to a run that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RunPolicy {
    /// When a run is due while another goes on.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub overlap: Overlap,
    /// How late a run may start because the console was down, in seconds: 60 to 604,800 (7 days); 3,600 when absent.
    #[cfg_attr(feature = "openapi", schema(required = false, minimum = 60, maximum = 604_800))]
    pub catch_up_seconds: u32,
    /// Pause after this many runs in a row that failed, 1 to 100; absent: never. A run failed when its job did, or when
    /// none of its devices succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub pause_after_failures: Option<u32>,
}

impl Default for RunPolicy {
    /// Skip, 1 hour, never.
    fn default() -> Self {
        Self { overlap: Overlap::Skip, catch_up_seconds: 60 * 60, pause_after_failures: None }
    }
}

/// What happens when a run is due while another of the same schedule goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
