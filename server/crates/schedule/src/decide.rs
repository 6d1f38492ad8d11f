//! What to do with one occurrence.
//!
//! The first that holds decides:
//!
//! | what holds | decision | row |
//! |---|---|---|
//! | its time has not come | not yet | |
//! | the clock skips its time, and the schedule leaves such runs out | leave | skipped |
//! | the schedule is paused | leave | skipped |
//! | it is later than the catch-up window | leave | missed |
//! | the owner lacks the permission | pause the schedule | skipped |
//! | another run goes on: *skip* | leave | skipped |
//! | another run goes on: *buffer one* | wait, or leave while one waits | none yet, or skipped |
//! | another run goes on: *cancel the other* | start, and cancel what has not begun of the other | ran |
//! | another run goes on: *allow*; or none goes on | start | ran, or shifted |

use jiff::Timestamp;

use crate::{
    occurrence::{ClockChange, Occurrence},
    pause::{Pause, PauseReason},
    row::{Downtime, Row, RowState, Why},
    spec::{Overlap, RunPolicy, SkippedTime},
    state::ScheduleState,
};

/// A start this many seconds late is worth a word. Less is how a program wakes up.
const NOTABLE_DELAY_SECONDS: i64 = 60;

/// What is the case at the moment of a decision.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The time.
    pub now: Timestamp,
    /// How many runs of the schedule go on.
    pub running: u32,
    /// The permission that the schedule's owner lacks for its job, such as `job:create`. Asked at every run.
    pub missing_permission: Option<&'a str>,
    /// The last stretch in which the console was down, for the reason of a delay.
    pub down: Option<Downtime>,
}

/// What to do with an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing before this instant.
    NotYet {
        /// When it starts.
        start: Timestamp,
    },
    /// Start a run.
    Start(Start),
    /// Keep it until the run that goes on has ended; then it gets this row.
    Wait(Row),
    /// Start nothing, and write the row.
    Leave(Row),
    /// Start nothing, write the row, and pause the schedule.
    Pause(Pause, Row),
}

/// A run to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The row to be written with it.
    pub row: Row,
    /// Whether what has not begun of the runs that go on is to be cancelled before.
    pub cancel_running: bool,
}

/// Decides about one occurrence. The table is in the module's description.
pub fn decide(
    policy: &RunPolicy,
    state: &ScheduleState,
    occurrence: &Occurrence,
    situation: &Situation<'_>,
) -> Decision {
    if situation.now < occurrence.start {
        return Decision::NotYet { start: occurrence.start };
    }
    if let Some(row) = left_without_run(policy, state, occurrence, situation) {
        return Decision::Leave(row);
    }
    if let Some(permission) = situation.missing_permission {
        let reason = PauseReason::OwnerLacksPermission { permission: permission.into() };
        let row = Row::new(occurrence.due, RowState::Skipped, vec![Why::Paused { reason: reason.clone() }]);
        return Decision::Pause(Pause { since: situation.now, reason }, row);
    }
    match by_overlap(policy, state, situation, planned_row(occurrence, situation)) {
        Ok(decision) => decision,
        Err(why) => Decision::Leave(Row::new(occurrence.due, RowState::Skipped, vec![why])),
    }
}

/// Decides about a run that a person asks for now. It is not asked whether the schedule is paused, since the person knows, nor
/// whether the owner may, since it is the person whose permission counts and was checked.
///
/// # Errors
/// Why it cannot start: another run goes on. The person may cancel that run or wait for its end.
pub fn run_now(
    policy: &RunPolicy,
    state: &ScheduleState,
    situation: &Situation<'_>,
    by: &str,
    comment: &str,
) -> Result<Decision, Why> {
    let why = Why::RunNow { by: by.into(), comment: comment.into() };
    by_overlap(policy, state, situation, Row::new(situation.now, RowState::Ran, vec![why]))
}

/// The row of an occurrence that cannot run whatever else goes on; nothing when it can.
pub(crate) fn left_without_run(
    policy: &RunPolicy,
    state: &ScheduleState,
    occurrence: &Occurrence,
    situation: &Situation<'_>,
) -> Option<Row> {
    let row = |state, why| Some(Row::new(occurrence.due, state, vec![why]));
    if !occurrence.runs {
        let change = occurrence.clock_change.clone().map(|change| Why::ClockChange { change });
        return Some(Row::new(occurrence.due, RowState::Skipped, change.into_iter().collect()));
    }
    if let Some(pause) = &state.pause {
        return row(RowState::Skipped, Why::Paused { reason: pause.reason.clone() });
    }
    let seconds = seconds_late(occurrence, situation);
    let limit_seconds = policy.catch_up_seconds;
    if seconds > limit_seconds.into() {
        let down = downtime_of(occurrence, situation);
        return row(RowState::Missed, Why::TooLate { seconds, limit_seconds, down });
    }
    None
}

/// The downtime, if that is why an occurrence did not start at its time.
pub(crate) fn downtime_of(occurrence: &Occurrence, situation: &Situation<'_>) -> Option<Downtime> {
    situation.down.filter(|down| down.from <= occurrence.start && occurrence.start < down.to)
}

/// Starts a run unless another goes on and the policy is against it.
fn by_overlap(
    policy: &RunPolicy,
    state: &ScheduleState,
    situation: &Situation<'_>,
    mut row: Row,
) -> Result<Decision, Why> {
    if situation.running == 0 && state.waiting.is_none() {
        return Ok(Decision::Start(Start { row, cancel_running: false }));
    }
    match policy.overlap {
        Overlap::Allow => Ok(Decision::Start(Start { row, cancel_running: false })),
        Overlap::Skip => Err(Why::StillRunning),
        Overlap::BufferOne if state.waiting.is_some() => Err(Why::AnotherWaits),
        Overlap::BufferOne => Ok(Decision::Wait(row)),
        Overlap::CancelOther => {
            row.why.push(Why::CancelledOther);
            Ok(Decision::Start(Start { row, cancel_running: true }))
        }
    }
}

/// The row of an occurrence that starts now.
fn planned_row(occurrence: &Occurrence, situation: &Situation<'_>) -> Row {
    let is_shifted =
        matches!(occurrence.clock_change, Some(ClockChange::Skipped { policy: SkippedTime::RunAfter, .. }));
    let change = occurrence.clock_change.clone().map(|change| Why::ClockChange { change });
    let seconds = seconds_late(occurrence, situation);
    let late = (seconds >= NOTABLE_DELAY_SECONDS)
        .then(|| Why::Late { seconds, down: downtime_of(occurrence, situation) });
    let state = if is_shifted { RowState::Shifted } else { RowState::Ran };
    Row::new(occurrence.due, state, change.into_iter().chain(late).collect())
}

fn seconds_late(occurrence: &Occurrence, situation: &Situation<'_>) -> i64 {
    situation.now.duration_since(occurrence.start).as_secs()
}

#[cfg(test)]
mod tests;
