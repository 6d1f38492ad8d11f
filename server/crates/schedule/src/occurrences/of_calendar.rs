//! Occurrences of a rule of the calendar, across changes of the clock.
//!
//! Time is walked in stretches of equal offset. Within a stretch the next time is found in the calendar. From one stretch to the
//! next the clock either skips times, which are gathered into one occurrence at the change, or goes back, and the search with it.

use jiff::{Timestamp, ToSpan, civil::DateTime};

use crate::{
    calendar::Calendar,
    occurrence::{ClockChange, Occurrence},
    offset_period::OffsetPeriod,
    plan::Plan,
    spec::{RepeatedTime, SkippedTime},
};

#[derive(Debug)]
pub(crate) struct CalendarOccurrences<'a> {
    plan: &'a Plan,
    calendar: &'a Calendar,
    after: Timestamp,
    period: OffsetPeriod,
    /// The first time that has not been looked at, by the clock of the period.
    cursor: DateTime,
}

impl<'a> CalendarOccurrences<'a> {
    pub(crate) fn new(plan: &'a Plan, calendar: &'a Calendar, after: Timestamp) -> Self {
        let period = OffsetPeriod::containing(&plan.zone, after);
        Self { plan, calendar, after, cursor: period.offset().to_datetime(after), period }
    }

    fn first_time_at_or_after(&self, from: DateTime) -> Option<DateTime> {
        self.calendar.first_at_or_after(from, &self.plan.exclusions)
    }

    /// Goes on to the next period. What the clock skips of the rule is one occurrence at the change.
    fn change_period(&mut self) -> Option<Occurrence> {
        let (change, next) = self.period.next(&self.plan.zone)?;
        let resumes = next.offset().to_datetime(change);
        let mut skipped = Vec::new();
        while let Some(time) = self.first_time_at_or_after(self.cursor).filter(|time| *time < resumes) {
            skipped.push(time);
            self.cursor = minute_after(time);
        }
        self.period = next;
        self.cursor = resumes;
        if skipped.is_empty() || self.calendar.runs_every_hour() {
            return None;
        }
        let policy = self.plan.clock_changes.skipped_time;
        let has_run_of_its_own = self.first_time_at_or_after(resumes) == Some(resumes);
        if has_run_of_its_own {
            self.cursor = minute_after(resumes);
        }
        Some(Occurrence {
            due: change,
            start: change,
            local: resumes,
            runs: has_run_of_its_own || policy == SkippedTime::RunAfter,
            clock_change: Some(ClockChange::Skipped { times: skipped, resumes, policy }),
        })
    }

    /// The occurrence at a time of the period; nothing when the time occurs twice and this is not the one that runs.
    fn at(&self, time: DateTime) -> Option<Occurrence> {
        let is_second = self.period.is_second_of_two(time);
        let is_repeated = is_second || self.period.is_first_of_two(time);
        let policy = if self.calendar.runs_every_hour() {
            RepeatedTime::Both
        } else {
            self.plan.clock_changes.repeated_time
        };
        let runs = match policy {
            RepeatedTime::Both => true,
            RepeatedTime::First => !is_second,
            RepeatedTime::Second => !is_repeated || is_second,
        };
        let due = self.period.offset().to_timestamp(time).ok()?;
        (runs && due > self.after).then(|| Occurrence {
            due,
            start: due,
            local: time,
            runs: true,
            clock_change: is_repeated.then_some(ClockChange::Repeated { time, is_second, policy }),
        })
    }
}

impl Iterator for CalendarOccurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let time = self.first_time_at_or_after(self.cursor)?;
            let occurrence = if self.period.local_end().is_some_and(|end| time >= end) {
                self.change_period()
            } else {
                self.cursor = minute_after(time);
                self.at(time)
            };
            if occurrence.is_some() {
                return occurrence;
            }
        }
    }
}

/// The next time that a rule can name. After the last one of the year 9999 the search finds nothing.
fn minute_after(time: DateTime) -> DateTime {
    time.saturating_add(1.minute())
}
