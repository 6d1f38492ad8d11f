//! A schedule that has been checked, ready to be searched.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{calendar::Calendar, exclusions::Exclusions, spec::ClockPolicy};

/// A schedule that has been checked. [`Plan::new`] makes it, [`Plan::occurrences_after`] says when it is due.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) schedule_id: String,
    pub(crate) rule: CompiledRule,
    pub(crate) zone: TimeZone,
    pub(crate) clock_changes: ClockPolicy,
    pub(crate) exclusions: Exclusions,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) jitter: SignedDuration,
}

#[derive(Debug, Clone)]
pub(crate) enum CompiledRule {
    Calendar(Calendar),
    Interval(Interval),
}

/// Equal distances of elapsed time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interval {
    /// The first run.
    pub(crate) from: Timestamp,
    /// Whole minutes, at least one.
    pub(crate) every: SignedDuration,
}

impl Plan {
    /// The zone in which days and times of the rule are meant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}
