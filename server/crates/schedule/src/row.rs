//! What became of an occurrence: a row of a schedule's history, with the reason.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{occurrence::ClockChange, pause::PauseReason, words::duration};

/// What became of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// When it was due. Of several occurrences in one row, the first.
    pub due: Timestamp,
    /// When the last one was due; absent when the row is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_due: Option<Timestamp>,
    /// How many occurrences the row is about, at least 1.
    pub count: u32,
    /// What became of it.
    pub state: RowState,
    /// Why; empty when it ran as planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why>,
}

/// What became of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RowState {
    /// It ran at its time, or because a person asked for a run.
    Ran,
    /// It ran at another time of the day, because the clock skipped its own.
    Shifted,
    /// It was left out on purpose.
    Skipped,
    /// It should have run and did not.
    Missed,
}

/// Why an occurrence became what it did. Displayed as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Why {
    /// A change of the clock.
    ClockChange {
        /// What it did.
        change: ClockChange,
    },
    /// It started later than planned.
    Late {
        /// By how much.
        seconds: i64,
        /// When the console was down, if that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<Downtime>,
    },
    /// It would have started later than the schedule allows.
    TooLate {
        /// By how much.
        seconds: i64,
        /// How much is allowed.
        limit_seconds: u32,
        /// When the console was down, if that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<Downtime>,
    },
    /// A later one was due as well. Of several only the latest runs.
    Superseded {
        /// When the console was down, if that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<Downtime>,
    },
    /// Another run of the schedule went on.
    StillRunning,
    /// Another run went on, and one already waited for its end.
    AnotherWaits,
    /// It waited for the end of another run.
    Waited {
        /// How long after it was due it started.
        seconds: i64,
    },
    /// What had not begun of another run was cancelled for it.
    CancelledOther,
    /// The schedule is paused.
    Paused {
        /// Why.
        reason: PauseReason,
    },
    /// A person asked for it.
    RunNow {
        /// The person's name.
        by: String,
        /// What the person wrote; may be empty.
        comment: String,
    },
}

/// A stretch in which the console was not there to start anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Downtime {
    /// When it was last there.
    pub from: Timestamp,
    /// When it was there again.
    pub to: Timestamp,
}

impl Row {
    /// A row about one occurrence.
    pub fn new(due: Timestamp, state: RowState, why: Vec<Why>) -> Self {
        Self { due, last_due: None, count: 1, state, why }
    }

    /// All of `why` as a sentence without a full stop; nothing when it ran as planned.
    pub fn reason(&self) -> Option<String> {
        let reasons: Vec<_> = self.why.iter().map(ToString::to_string).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockChange { change } => change.fmt(f),
            Self::Late { seconds, down } => write!(f, "{}{} late", Prefix(*down), duration(*seconds)),
            Self::TooLate { seconds, limit_seconds, down } => {
                let (late, limit) = (duration(*seconds), duration((*limit_seconds).into()));
                write!(f, "{}{late} late, limit {limit}", Prefix(*down))
            }
            Self::Superseded { down } => {
                write!(f, "{}a later run was due as well, and only the latest runs", Prefix(*down))
            }
            Self::StillRunning => f.write_str("the run before still went on"),
            Self::AnotherWaits => f.write_str("the run before still went on, and another one already waited"),
            Self::Waited { seconds } => {
                write!(f, "waited {} for the end of the run before", duration(*seconds))
            }
            Self::CancelledOther => f.write_str("what had not begun of the run before was cancelled"),
            Self::Paused { reason } => write!(f, "the schedule is paused: {reason}"),
            Self::RunNow { by, comment } if comment.is_empty() => write!(f, "run now by {by}"),
            Self::RunNow { by, comment } => write!(f, "run now by {by}, “{comment}”"),
        }
    }
}

/// What comes before a delay.
struct Prefix(Option<Downtime>);

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Downtime { from, to }) = self.0 else { return Ok(()) };
        // Within a day the clock is enough; across days the date is needed.
        let seconds = to.duration_since(from).as_secs();
        let format = if seconds < 24 * 60 * 60 { "%H:%M" } else { "%-d %b %H:%M" };
        write!(f, "the console was down from {} to {} UTC; ", from.strftime(format), to.strftime(format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_reason_is_a_sentence() {
        let night = Downtime { from: at("2026-08-30T00:11:00Z"), to: at("2026-08-30T01:52:00Z") };
        let days = Downtime { from: at("2026-08-28T23:00:00Z"), to: at("2026-08-30T01:52:00Z") };
        for (why, words) in [
            (
                Why::TooLate { seconds: 4920, limit_seconds: 600, down: Some(night) },
                "the console was down from 00:11 to 01:52 UTC; 1 h 22 min late, limit 10 min",
            ),
            (Why::TooLate { seconds: 61, limit_seconds: 60, down: None }, "1 min 1 s late, limit 1 min"),
            (
                Why::Late { seconds: 300, down: Some(days) },
                "the console was down from 28 Aug 23:00 to 30 Aug 01:52 UTC; 5 min late",
            ),
            (Why::Superseded { down: None }, "a later run was due as well, and only the latest runs"),
            (Why::StillRunning, "the run before still went on"),
            (Why::AnotherWaits, "the run before still went on, and another one already waited"),
            (Why::Waited { seconds: 720 }, "waited 12 min for the end of the run before"),
            (Why::CancelledOther, "what had not begun of the run before was cancelled"),
            (
                Why::Paused { reason: PauseReason::Failures { count: 3 } },
                "the schedule is paused: 3 runs in a row failed",
            ),
            (
                Why::Paused { reason: PauseReason::OwnerLacksPermission { permission: "job:create".into() } },
                "the schedule is paused: its owner no longer has job:create",
            ),
            (
                Why::RunNow { by: "Priya Nair".into(), comment: "after the hub move".into() },
                "run now by Priya Nair, “after the hub move”",
            ),
            (Why::RunNow { by: "Priya Nair".into(), comment: String::new() }, "run now by Priya Nair"),
        ] {
            assert_eq!(why.to_string(), words);
        }
    }

    #[test]
    fn several_reasons_are_all_said() {
        let why = vec![Why::CancelledOther, Why::Late { seconds: 90, down: None }];
        let row = Row::new(at("2026-08-30T00:30:00Z"), RowState::Ran, why);
        assert_eq!(
            row.reason().unwrap(),
            "what had not begun of the run before was cancelled; 1 min 30 s late"
        );
        assert_eq!(Row { why: vec![], ..row }.reason(), None);
    }
}
