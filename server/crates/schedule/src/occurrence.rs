//! One time at which a schedule is due.

use std::fmt;

use jiff::{Timestamp, civil::DateTime};
use serde::{Deserialize, Serialize};

use crate::{
    spec::{RepeatedTime, SkippedTime},
    time_of_day::TimeOfDay,
};

/// How many skipped times are named in a sentence; of more only the number is said.
const NAMED_TIMES: usize = 3;

/// One time at which a schedule is due. No two of a schedule have the same `due`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrence {
    /// When it is due.
    pub due: Timestamp,
    /// When it starts: when it is due, plus its share of the jitter. Always before the next one is due.
    pub start: Timestamp,
    /// What the clock of the schedule's zone shows when it is due.
    pub local: DateTime,
    /// Whether it runs. It does not when the clock skips its time and the schedule leaves such runs out.
    pub runs: bool,
    /// What a change of the clock does to it; absent on almost every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_change: Option<ClockChange>,
}

/// What a change of the clock does to an occurrence. Displayed as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClockChange {
    /// The clock is put forward over times of the rule.
    Skipped {
        /// The times that do not exist, in order, at least one.
        times: Vec<DateTime>,
        /// The first time after the change.
        resumes: DateTime,
        /// What the schedule does then.
        policy: SkippedTime,
    },
    /// The clock is put back, and the time occurs twice.
    Repeated {
        /// The time.
        time: DateTime,
        /// Whether this is the second of the two.
        is_second: bool,
        /// What the schedule does then.
        policy: RepeatedTime,
    },
}

impl fmt::Display for ClockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { times, resumes, policy } => {
                let (named, resumes) = (named(times), TimeOfDay::from(*resumes));
                match (policy, times.len()) {
                    (SkippedTime::RunAfter, 1) => write!(f, "{named} is skipped, runs at {resumes}"),
                    (SkippedTime::RunAfter, _) => write!(f, "{named} are skipped, run once at {resumes}"),
                    (SkippedTime::LeaveOut, 1) => write!(f, "{named} is skipped, does not run"),
                    (SkippedTime::LeaveOut, _) => write!(f, "{named} are skipped, do not run"),
                }
            }
            Self::Repeated { time, is_second, policy } => {
                write!(f, "{} occurs twice, ", TimeOfDay::from(*time))?;
                f.write_str(match (policy, is_second) {
                    (RepeatedTime::First, _) => "runs at the first",
                    (RepeatedTime::Second, _) => "runs at the second",
                    (RepeatedTime::Both, false) => "runs at both, this is the first",
                    (RepeatedTime::Both, true) => "runs at both, this is the second",
                })
            }
        }
    }
}

fn named(times: &[DateTime]) -> String {
    let text = |time: &DateTime| TimeOfDay::from(*time).to_string();
    match times {
        [first, .., last] if times.len() > NAMED_TIMES => {
            format!("{} times from {} to {}", times.len(), text(first), text(last))
        }
        [before @ .., last] if !before.is_empty() => {
            format!("{} and {}", before.iter().map(text).collect::<Vec<_>>().join(", "), text(last))
        }
        _ => times.iter().map(text).collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_change_is_said_in_words() {
        let at = |hour, minute| date(2027, 3, 28).at(hour, minute, 0, 0);
        let skipped = |times: &[DateTime], policy| ClockChange::Skipped {
            times: times.to_vec(),
            resumes: at(3, 0),
            policy,
        };
        let repeated = |is_second, policy| ClockChange::Repeated { time: at(2, 30), is_second, policy };
        let many: Vec<_> = (0..12).map(|index| at(2, index * 5)).collect();
        for (change, words) in [
            (skipped(&[at(2, 30)], SkippedTime::RunAfter), "02:30 is skipped, runs at 03:00"),
            (skipped(&[at(2, 30)], SkippedTime::LeaveOut), "02:30 is skipped, does not run"),
            (
                skipped(&[at(2, 0), at(2, 20), at(2, 40)], SkippedTime::RunAfter),
                "02:00, 02:20 and 02:40 are skipped, run once at 03:00",
            ),
            (skipped(&many, SkippedTime::LeaveOut), "12 times from 02:00 to 02:55 are skipped, do not run"),
            (repeated(false, RepeatedTime::First), "02:30 occurs twice, runs at the first"),
            (repeated(true, RepeatedTime::Second), "02:30 occurs twice, runs at the second"),
            (repeated(false, RepeatedTime::Both), "02:30 occurs twice, runs at both, this is the first"),
            (repeated(true, RepeatedTime::Both), "02:30 occurs twice, runs at both, this is the second"),
        ] {
            assert_eq!(change.to_string(), words);
        }
    }
}
