//! When a schedule is due, as it is written and kept.

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use crate::time_of_day::TimeOfDay;

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Rule {
    /// On days of the calendar, at times of the day, both in the schedule's zone.
    Calendar {
        /// A day that any of these names is in the rule. At least one.
        days: Vec<DayRule>,
        /// The months, 1 to 12; every month when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        months: Vec<u8>,
        /// The times of day, at least one.
        times: Vec<TimeOfDay>,
    },
    /// At equal distances of elapsed time, whatever clocks do meanwhile.
    Interval {
        /// Minutes between two runs, 1 to 527,040 (366 days).
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
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum DayRule {
    /// Every day.
    EveryDay {},
    /// Every week on these days.
    Weekdays {
        /// At least one.
        weekdays: Vec<Weekday>,
    },
    /// These days of the month. A month that does not have one is left out for it.
    DaysOfMonth {
        /// 1 to 31, at least one.
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
    LastDay {},
    /// The last Monday, Tuesday, Wednesday, Thursday or Friday of the month, whichever is latest.
    LastWorkday {},
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The name in English, such as `Monday`.
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

    /// Whether it is Monday to Friday.
    pub const fn is_workday(self) -> bool {
        !matches!(self, Self::Saturday | Self::Sunday)
    }

    /// Days since Monday, 0 to 6.
    pub(crate) const fn index(self) -> u8 {
        self as u8
    }

    /// The weekday a number of days later.
    pub(crate) const fn plus(self, days: u8) -> Self {
        Self::ALL[(self as usize + days as usize) % 7]
    }
}

impl From<civil::Weekday> for Weekday {
    fn from(weekday: civil::Weekday) -> Self {
        Self::Monday.plus(weekday.to_monday_zero_offset().unsigned_abs())
    }
}
