//! The times at which a schedule is due, one after the other.

mod of_calendar;
mod of_interval;

use jiff::{SignedDuration, Timestamp};

use self::{of_calendar::CalendarOccurrences, of_interval::IntervalOccurrences};
use crate::{
    jitter,
    occurrence::Occurrence,
    plan::{CompiledRule, Plan},
};

/// The occurrences of a plan after an instant, in order. Made by [`Plan::occurrences_after`].
///
/// The next one costs about the same however far away it is: months and stretches of equal offset are skipped as a whole.
#[derive(Debug)]
pub struct Occurrences<'a> {
    plan: &'a Plan,
    by_rule: ByRule<'a>,
    /// Read ahead, because a run with jitter has to start before the next one is due.
    upcoming: Option<Occurrence>,
}

#[derive(Debug)]
enum ByRule<'a> {
    Calendar(CalendarOccurrences<'a>),
    Interval(IntervalOccurrences<'a>),
}

impl Plan {
    /// The occurrences that are due after an instant, not at it.
    pub fn occurrences_after(&self, after: Timestamp) -> Occurrences<'_> {
        Occurrences::new(self, after)
    }
}

impl<'a> Occurrences<'a> {
    fn new(plan: &'a Plan, after: Timestamp) -> Self {
        // The start itself counts, so the search begins just before it.
        let just_before =
            |start: Timestamp| start.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(start);
        let after = plan.start.map_or(after, |start| after.max(just_before(start)));
        let mut by_rule = match &plan.rule {
            CompiledRule::Calendar(calendar) => {
                ByRule::Calendar(CalendarOccurrences::new(plan, calendar, after))
            }
            CompiledRule::Interval(interval) => {
                ByRule::Interval(IntervalOccurrences::new(plan, interval, after))
            }
        };
        let upcoming = by_rule.next_before(plan.end);
        Self { plan, by_rule, upcoming }
    }
}

impl ByRule<'_> {
    fn next_before(&mut self, end: Option<Timestamp>) -> Option<Occurrence> {
        let next = match self {
            Self::Calendar(occurrences) => occurrences.next(),
            Self::Interval(occurrences) => occurrences.next(),
        };
        next.filter(|occurrence| end.is_none_or(|end| occurrence.due < end))
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        let mut occurrence = self.upcoming.take()?;
        self.upcoming = self.by_rule.next_before(self.plan.end);
        if occurrence.runs {
            let limit = match &self.upcoming {
                Some(next) => self.plan.jitter.min(next.due.duration_since(occurrence.due)),
                None => self.plan.jitter,
            };
            let delay = jitter::delay(&self.plan.schedule_id, occurrence.due, limit);
            occurrence.start = occurrence.due.checked_add(delay).unwrap_or(occurrence.due);
        }
        Some(occurrence)
    }
}
