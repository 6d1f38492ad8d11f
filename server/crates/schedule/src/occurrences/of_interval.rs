//! Occurrences of a rule that counts elapsed time.

use jiff::{SignedDuration, Timestamp};

use crate::{
    occurrence::Occurrence,
    plan::{Interval, Plan},
};

#[derive(Debug)]
pub(crate) struct IntervalOccurrences<'a> {
    plan: &'a Plan,
    interval: &'a Interval,
    after: Timestamp,
}

impl<'a> IntervalOccurrences<'a> {
    pub(crate) fn new(plan: &'a Plan, interval: &'a Interval, after: Timestamp) -> Self {
        Self { plan, interval, after }
    }

    /// The first run after an instant.
    fn due_after(&self, after: Timestamp) -> Option<Timestamp> {
        let Interval { from, every } = *self.interval;
        if after < from {
            return Some(from);
        }
        // In whole seconds, which the distance has too; a fraction of `from` stays where it is.
        let runs = after.duration_since(from).as_secs() / every.as_secs() + 1;
        let seconds = every.as_secs().checked_mul(runs)?;
        from.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

impl Iterator for IntervalOccurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let due = self.due_after(self.after)?;
            let local = self.plan.zone.to_datetime(due);
            if let Some(last_day) = self.plan.exclusions.last_day_of_range(local.date()) {
                // To just before the first day after the range. By the offset of that day's midnight or of the one before it,
                // whichever comes first: a run of that day is never passed over.
                let midnight = last_day.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
                let first = self.plan.zone.to_ambiguous_timestamp(midnight).earlier().ok()?;
                let before = first.checked_sub(SignedDuration::from_nanos(1)).ok()?;
                self.after = before.max(due);
                continue;
            }
            self.after = due;
            return Some(Occurrence { due, start: due, local, runs: true, clock_change: None });
        }
    }
}
