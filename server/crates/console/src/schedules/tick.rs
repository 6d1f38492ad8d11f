//! What a tick does to a schedule: its state, its rows and the jobs to be started. Pure.

use console_wire::{access::PersonRef, schedule::ScheduleStatus};
use hub_wire::Timestamp;
use schedule::{Downtime, Plan, Row, ScheduleState, Situation, Start, Why, Zones};

use super::convert;
use crate::store::{EndedRun, KeptSchedule, NewRun, TickResult};

/// What a tick knows beside the schedule.
pub(super) struct TickContext<'a> {
    pub(super) now: Timestamp,
    /// How many of its runs go on, those that have ended not among them.
    pub(super) running: u32,
    /// Runs that have ended.
    pub(super) ended: Vec<EndedRun>,
    /// The permission that the owner lacks.
    pub(super) missing_permission: Option<&'static str>,
    /// The last stretch in which the console was down.
    pub(super) down: Option<Downtime>,
    pub(super) zones: &'a Zones,
}

/// Decides what a schedule does now. One whose rule is not taken any more is not decided again: only its zone can have become unknown.
pub(super) fn tick(kept: &KeptSchedule, context: TickContext<'_>) -> TickResult {
    let mut state = kept.state.clone();
    let now = convert::instant(context.now).unwrap_or(jiff::Timestamp::MAX);
    let Ok((spec, plan)) = convert::plan(&kept.schedule_id, &kept.spec, context.zones) else {
        return TickResult {
            schedule_id: kept.schedule_id.clone(),
            state,
            status: ScheduleStatus::Ended,
            waiting_by: None,
            next: None,
            runs: Vec::new(),
            ended: context.ended,
        };
    };
    let mut runs = Vec::new();
    for failed in context.ended.iter().filter_map(|run| run.failed) {
        let left_out = state.run_ended(&spec.runs, failed, now);
        runs.extend(left_out.map(|row| without_job(row, kept.waiting_by.as_ref())));
    }
    let situation = Situation {
        now,
        running: context.running,
        missing_permission: context.missing_permission,
        down: context.down,
    };
    let ticked = schedule::tick(&plan, &spec.runs, &state, &situation);
    runs.extend(ticked.rows.into_iter().map(|row| without_job(row, kept.waiting_by.as_ref())));
    for start in ticked.starts {
        let run_by = is_asked_for(&start.row).then(|| kept.waiting_by.clone()).flatten();
        runs.push(with_job(&kept.schedule_id, start, run_by));
    }
    written(kept, ticked.state, ticked.next.map(convert::timestamp), runs, context.ended)
}

/// The tick that writes a state, with what the schedule is then. `next` is when the next occurrence starts.
pub(super) fn written(
    kept: &KeptSchedule,
    state: ScheduleState,
    next: Option<Timestamp>,
    runs: Vec<NewRun>,
    ended: Vec<EndedRun>,
) -> TickResult {
    let status = if next.is_none() && state.waiting.is_none() {
        ScheduleStatus::Ended
    } else if state.pause.is_some() {
        ScheduleStatus::Paused
    } else {
        ScheduleStatus::Active
    };
    let waits_for = state.waiting.as_ref().is_some_and(is_asked_for);
    TickResult {
        schedule_id: kept.schedule_id.clone(),
        status,
        waiting_by: kept.waiting_by.clone().filter(|_| waits_for),
        state,
        next,
        runs,
        ended,
    }
}

/// When the next occurrence of a plan starts that has not been decided.
pub(super) fn next_start(plan: &Plan, state: &ScheduleState) -> Option<Timestamp> {
    plan.occurrences_after(state.decided_until).next().map(|occurrence| convert::timestamp(occurrence.start))
}

/// A row that starts a job.
pub(super) fn with_job(schedule_id: &str, start: Start, run_by: Option<PersonRef>) -> NewRun {
    let job_id = job_id(schedule_id, &start.row);
    NewRun { row: start.row, job_id: Some(job_id), run_by }
}

/// A row that starts none.
pub(super) fn without_job(row: Row, waiting_by: Option<&PersonRef>) -> NewRun {
    let run_by = waiting_by.filter(|_| is_asked_for(&row)).cloned();
    NewRun { row, job_id: None, run_by }
}

/// Whether a person asked for a run.
pub(super) fn is_asked_for(row: &Row) -> bool {
    row.why.iter().any(|why| matches!(why, Why::RunNow { .. }))
}

/// Whether what has not begun of other runs is cancelled for a run.
pub(super) fn cancels_others(row: &Row) -> bool {
    row.why.contains(&Why::CancelledOther)
}

/// The id of the job of a run: the same for the same occurrence, so that nothing starts it twice. At most 64 characters.
fn job_id(schedule_id: &str, row: &Row) -> String {
    // A person may ask for two runs within a second.
    let precision = if is_asked_for(row) { "%Y%m%d-%H%M%S%3f" } else { "%Y%m%d-%H%M%S" };
    format!("{schedule_id}-{}", row.due.strftime(precision))
}

/// The longest id of a schedule, in bytes: its jobs' ids add a day and a time of the day.
pub(super) const MAX_ID: usize = 64 - "-20261130-023000123".len();

#[cfg(test)]
mod tests {
    use schedule::RowState;

    use super::*;

    #[test]
    fn the_id_of_a_run_is_that_of_its_occurrence() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let due = at("2027-03-28T01:00:00Z");
        let planned = Row::new(due, RowState::Ran, vec![]);
        assert_eq!(job_id("night-clean", &planned), "night-clean-20270328-010000");
        let why = vec![Why::RunNow { by: "Mara".into(), comment: String::new() }];
        let asked_for = Row::new(at("2027-03-28T01:00:00.25Z"), RowState::Ran, why);
        assert_eq!(job_id("night-clean", &asked_for), "night-clean-20270328-010000250");
        let longest = job_id(&"x".repeat(MAX_ID), &asked_for);
        assert_eq!(longest.len(), 64);
        assert!(hub_wire::JobId::new(longest).is_ok());
    }
}
