//! What is kept of a schedule between its runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    pause::{Pause, PauseReason},
    row::{Row, RowState, Why},
    spec::RunPolicy,
};

/// What is kept of a schedule between its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleState {
    /// Everything that was due until this instant has its row.
    pub decided_until: Timestamp,
    /// Why nothing runs; absent while it is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// How many of the last runs failed, since the last success or resumption.
    #[serde(default)]
    pub failures_in_a_row: u32,
    /// A run that waits for the end of another; its row as it will be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Row>,
}

impl ScheduleState {
    /// A schedule that begins: nothing that was due until `now` is its concern.
    pub fn new(now: Timestamp) -> Self {
        Self { decided_until: now, pause: None, failures_in_a_row: 0, waiting: None }
    }

    /// Pauses it, or gives a paused one another reason. A run that waited is left out; its row is returned.
    pub fn pause(&mut self, pause: Pause) -> Option<Row> {
        let why = Why::Paused { reason: pause.reason.clone() };
        self.pause = Some(pause);
        self.waiting.take().map(|waiting| Row { state: RowState::Skipped, why: vec![why], ..waiting })
    }

    /// Lets it run again. What was due meanwhile has its rows and does not run; failures count afresh.
    pub fn resume(&mut self) {
        self.pause = None;
        self.failures_in_a_row = 0;
    }

    /// Counts a run that has ended, and pauses the schedule after too many failures in a row. A run that waited is then left
    /// out, and its row is returned. Otherwise it starts with the next [`tick`](crate::tick).
    ///
    /// A run counts as failed when it ended failed, or when its stop rule paused it.
    pub fn run_ended(&mut self, policy: &RunPolicy, failed: bool, now: Timestamp) -> Option<Row> {
        self.failures_in_a_row = if failed { self.failures_in_a_row.saturating_add(1) } else { 0 };
        let count = self.failures_in_a_row;
        let is_limit = failed && policy.pause_after_failures.is_some_and(|limit| count >= limit);
        if is_limit && self.pause.is_none() {
            self.pause(Pause { since: now, reason: PauseReason::Failures { count } })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-30T00:00:00Z".parse().unwrap()
    }

    fn waiting() -> Row {
        Row::new(now(), RowState::Ran, vec![])
    }

    #[test]
    fn failures_in_a_row_pause_it() {
        let policy = RunPolicy { pause_after_failures: Some(3), ..RunPolicy::default() };
        for (runs, is_paused) in [("ff", false), ("fff", true), ("ffsff", false), ("sfffs", true)] {
            let mut state = ScheduleState::new(now());
            for run in runs.chars() {
                state.run_ended(&policy, run == 'f', now());
            }
            assert_eq!(state.pause.is_some(), is_paused, "{runs}");
        }
        let mut state = ScheduleState::new(now());
        for _ in 0..50 {
            assert_eq!(state.run_ended(&RunPolicy::default(), true, now()), None);
        }
        assert_eq!(state.pause, None, "without a limit it goes on");
    }

    #[test]
    fn a_waiting_run_is_left_out_when_it_is_paused() {
        let policy = RunPolicy { pause_after_failures: Some(1), ..RunPolicy::default() };
        let mut state = ScheduleState { waiting: Some(waiting()), ..ScheduleState::new(now()) };
        let row = state.run_ended(&policy, true, now()).unwrap();
        assert_eq!((row.state, row.due), (RowState::Skipped, now()));
        assert_eq!(row.reason().unwrap(), "the schedule is paused: a run failed");
        assert_eq!(state.waiting, None);
    }

    #[test]
    fn failures_count_afresh_after_a_resumption() {
        let policy = RunPolicy { pause_after_failures: Some(2), ..RunPolicy::default() };
        let mut state = ScheduleState::new(now());
        state.run_ended(&policy, true, now());
        state.run_ended(&policy, true, now());
        assert!(state.pause.is_some());
        state.resume();
        state.run_ended(&policy, true, now());
        assert_eq!(state.pause, None);
    }

    #[test]
    fn a_failure_does_not_hide_why_a_person_paused_it() {
        let policy = RunPolicy { pause_after_failures: Some(1), ..RunPolicy::default() };
        let mut state = ScheduleState::new(now());
        let reason =
            PauseReason::Person { by: "Jonas Beck".into(), comment: "Until the drill plan is signed".into() };
        state.pause(Pause { since: now(), reason: reason.clone() });
        state.run_ended(&policy, true, now());
        assert_eq!(state.pause.unwrap().reason, reason);
        assert_eq!(reason.to_string(), "“Until the drill plan is signed”, Jonas Beck");
    }
}
