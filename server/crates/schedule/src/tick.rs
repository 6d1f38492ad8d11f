//! What a schedule does when it is looked at: at its next start, when a run has ended, and after the console was down.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::{
    decide::{Decision, Situation, Start, decide, downtime_of, left_without_run},
    occurrence::Occurrence,
    pause::{Pause, PauseReason},
    plan::Plan,
    row::{Row, RowState, Why},
    spec::RunPolicy,
    state::ScheduleState,
};

/// How many overdue occurrences get rows of their own. Older ones share one row, so that a rule of every minute does not write
/// half a million rows after a year.
const MAX_ROWS: usize = 100;

/// What a look at a schedule led to. To be committed as one: the state, the rows and what is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The state afterwards.
    pub state: ScheduleState,
    /// Rows of what does not run, oldest first.
    pub rows: Vec<Row>,
    /// Runs to be started, at most two: one that has waited, and the latest that is due.
    pub starts: Vec<Start>,
    /// When to look again, if nothing happens before; absent when nothing comes any more.
    pub next: Option<Timestamp>,
}

/// Looks at a schedule. Of several occurrences that are due only the latest runs.
///
/// The work is proportional to what was due since the last look, however long the way to the next occurrence is. The same
/// arguments give the same answer, and a second look at the same instant finds nothing.
pub fn tick(plan: &Plan, policy: &RunPolicy, state: &ScheduleState, situation: &Situation<'_>) -> Tick {
    let mut tick = Tick { state: state.clone(), rows: Vec::new(), starts: Vec::new(), next: None };
    let mut situation = *situation;
    tick.start_waiting(&situation);
    situation.running += u32::try_from(tick.starts.len()).unwrap_or(0);
    let overdue = Overdue::of(plan, state.decided_until, situation.now);
    if let Some(last) = overdue.latest.back() {
        tick.state.decided_until = last.due;
    }
    tick.next = overdue.next;
    tick.rows.extend(overdue.older.map(|older| older.into_row(policy, state, &situation)));
    let latest_run = overdue.latest.iter().rposition(|occurrence| occurrence.runs);
    for (index, occurrence) in overdue.latest.iter().enumerate() {
        if Some(index) == latest_run {
            tick.apply(decide(policy, &tick.state, occurrence, &situation));
        } else {
            tick.rows.push(passed_over(policy, state, occurrence, &situation));
        }
    }
    tick
}

impl Tick {
    /// Starts the run that waits, if nothing goes on any more.
    fn start_waiting(&mut self, situation: &Situation<'_>) {
        if situation.running > 0 {
            return;
        }
        let Some(mut row) = self.state.waiting.take() else { return };
        // Of a run that a person asked for that person's permission was checked.
        let is_asked_for = row.why.iter().any(|why| matches!(why, Why::RunNow { .. }));
        if let Some(permission) = situation.missing_permission.filter(|_| !is_asked_for) {
            let reason = PauseReason::OwnerLacksPermission { permission: permission.into() };
            let why = vec![Why::Paused { reason: reason.clone() }];
            self.rows.push(Row { state: RowState::Skipped, why, ..row });
            self.state.pause = Some(Pause { since: situation.now, reason });
            return;
        }
        row.why.push(Why::Waited { seconds: situation.now.duration_since(row.due).as_secs() });
        self.starts.push(Start { row, cancel_running: false });
    }

    fn apply(&mut self, decision: Decision) {
        match decision {
            // Its start is what `next` says.
            Decision::NotYet { .. } => {}
            Decision::Start(start) => self.starts.push(start),
            Decision::Wait(row) => self.state.waiting = Some(row),
            Decision::Leave(row) => self.rows.push(row),
            Decision::Pause(pause, row) => {
                self.rows.extend(self.state.pause(pause));
                self.rows.push(row);
            }
        }
    }
}

/// The row of an occurrence after which a later one is due, too.
fn passed_over(
    policy: &RunPolicy,
    state: &ScheduleState,
    occurrence: &Occurrence,
    situation: &Situation<'_>,
) -> Row {
    left_without_run(policy, state, occurrence, situation).unwrap_or_else(|| {
        let why = Why::Superseded { down: downtime_of(occurrence, situation) };
        Row::new(occurrence.due, RowState::Missed, vec![why])
    })
}

/// What has become due since the last look.
struct Overdue {
    older: Option<Older>,
    /// The latest ones, at most [`MAX_ROWS`], in order.
    latest: VecDeque<Occurrence>,
    /// When the first that is not due starts.
    next: Option<Timestamp>,
}

/// Occurrences that share one row.
struct Older {
    first: Occurrence,
    last_due: Timestamp,
    count: u32,
}

impl Overdue {
    fn of(plan: &Plan, decided_until: Timestamp, now: Timestamp) -> Self {
        let mut overdue = Self { older: None, latest: VecDeque::new(), next: None };
        for occurrence in plan.occurrences_after(decided_until) {
            if occurrence.start > now {
                overdue.next = Some(occurrence.start);
                break;
            }
            overdue.latest.push_back(occurrence);
            if overdue.latest.len() > MAX_ROWS {
                let oldest = overdue.latest.pop_front();
                overdue.older = oldest.map(|oldest| Older::with(overdue.older, oldest));
            }
        }
        overdue
    }
}

impl Older {
    fn with(older: Option<Self>, next: Occurrence) -> Self {
        match older {
            Some(older) => Self { last_due: next.due, count: older.count.saturating_add(1), ..older },
            None => Self { last_due: next.due, count: 1, first: next },
        }
    }

    fn into_row(self, policy: &RunPolicy, state: &ScheduleState, situation: &Situation<'_>) -> Row {
        let row = passed_over(policy, state, &self.first, situation);
        Row { last_due: (self.count > 1).then_some(self.last_due), count: self.count, ..row }
    }
}

#[cfg(test)]
mod tests;
