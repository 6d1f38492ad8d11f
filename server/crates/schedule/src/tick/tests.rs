use super::*;
use crate::{Downtime, Overlap, ScheduleSpec, Zones, run_now};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn spec(rule: &str, more: &str) -> ScheduleSpec {
    let json = format!(r#"{{"rule":{{"type":"cron","expression":"{rule}"}}{more}}}"#);
    serde_json::from_str(&json).unwrap()
}

fn plan(spec: &ScheduleSpec) -> Plan {
    Plan::new("s1", spec, &Zones::bundled()).unwrap()
}

fn situation(now: &str) -> Situation<'static> {
    Situation { now: at(now), running: 0, missing_permission: None, down: None }
}

fn rows(tick: &Tick) -> Vec<String> {
    let row = |row: &Row| {
        let times = if row.count > 1 { format!(" {} times", row.count) } else { String::new() };
        let due = row.due.strftime("%-d %b %H:%M");
        format!("{due}{times} {:?}: {}", row.state, row.reason().unwrap_or_default())
    };
    tick.rows.iter().map(row).collect()
}

#[test]
fn a_schedule_runs_when_it_is_due_and_once() {
    let spec = spec("0 * * * *", "");
    let plan = plan(&spec);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let early = tick(&plan, &spec.runs, &state, &situation("2026-11-30T00:59:59Z"));
    assert_eq!((early.starts.len(), early.rows.len()), (0, 0));
    assert_eq!(early.next, Some(at("2026-11-30T01:00:00Z")));
    assert_eq!(early.state, state);

    let due = tick(&plan, &spec.runs, &early.state, &situation("2026-11-30T01:00:00Z"));
    assert_eq!(due.starts[0].row, Row::new(at("2026-11-30T01:00:00Z"), RowState::Ran, vec![]));
    assert_eq!(due.next, Some(at("2026-11-30T02:00:00Z")));

    let again = tick(&plan, &spec.runs, &due.state, &situation("2026-11-30T01:00:00Z"));
    assert_eq!((again.starts.len(), again.rows.len(), again.next), (0, 0, due.next));
}

#[test]
fn after_a_downtime_only_the_latest_runs() {
    let spec = spec("0 * * * *", "");
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let down = Downtime { from: at("2026-11-30T00:50:00Z"), to: at("2026-11-30T03:10:00Z") };
    let situation = Situation { down: Some(down), ..situation("2026-11-30T03:10:00Z") };
    let tick = tick(&plan(&spec), &spec.runs, &state, &situation);
    assert_eq!(
        rows(&tick),
        [
            "30 Nov 01:00 Missed: the console was down from 00:50 to 03:10 UTC; 2 h 10 min late, limit 1 h",
            "30 Nov 02:00 Missed: the console was down from 00:50 to 03:10 UTC; 1 h 10 min late, limit 1 h",
        ]
    );
    let [start] = tick.starts.as_slice() else { panic!("{tick:?}") };
    assert_eq!(start.row.due, at("2026-11-30T03:00:00Z"));
    assert_eq!(start.row.reason().unwrap(), "the console was down from 00:50 to 03:10 UTC; 10 min late");
    assert_eq!(tick.next, Some(at("2026-11-30T04:00:00Z")));
}

#[test]
fn of_several_within_the_window_only_the_latest_runs() {
    let spec = spec("*/10 * * * *", "");
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let tick = tick(&plan(&spec), &spec.runs, &state, &situation("2026-11-30T00:25:00Z"));
    assert_eq!(rows(&tick), ["30 Nov 00:10 Missed: a later run was due as well, and only the latest runs"]);
    assert_eq!(tick.starts[0].row.due, at("2026-11-30T00:20:00Z"));
}

/// node-cron #517 and #492: endless loops after a long downtime brought servers down.
#[test]
fn a_month_of_missed_minutes_is_a_hundred_rows() {
    let spec = spec("* * * * *", "");
    let state = ScheduleState::new(at("2026-10-31T00:00:00Z"));
    let tick = tick(&plan(&spec), &spec.runs, &state, &situation("2026-11-30T00:00:00Z"));
    assert_eq!(tick.rows.len(), MAX_ROWS);
    let counted: u32 = tick.rows.iter().map(|row| row.count).sum();
    assert_eq!((counted, tick.starts.len()), (30 * 24 * 60 - 1, 1));
    let older = &tick.rows[0];
    assert_eq!((older.count, older.state), (30 * 24 * 60 - 100, RowState::Missed));
    assert_eq!(older.due, at("2026-10-31T00:01:00Z"));
    assert_eq!(older.last_due, Some(at("2026-11-29T22:20:00Z")));
    assert_eq!(tick.next, Some(at("2026-11-30T00:01:00Z")));
}

#[test]
fn a_paused_schedule_writes_rows_and_starts_nothing() {
    let spec = spec("0 * * * *", "");
    let mut state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let reason = PauseReason::Person { by: "Jonas Beck".into(), comment: "drill".into() };
    state.pause(Pause { since: at("2026-11-30T00:00:00Z"), reason });
    let paused = tick(&plan(&spec), &spec.runs, &state, &situation("2026-11-30T02:00:00Z"));
    let words = "Skipped: the schedule is paused: “drill”, Jonas Beck";
    assert_eq!(rows(&paused), [format!("30 Nov 01:00 {words}"), format!("30 Nov 02:00 {words}")]);
    assert!(paused.starts.is_empty());

    let mut state = paused.state;
    state.resume();
    let resumed = tick(&plan(&spec), &spec.runs, &state, &situation("2026-11-30T02:30:00Z"));
    assert_eq!((resumed.rows.len(), resumed.starts.len()), (0, 0), "nothing is made up for");
}

#[test]
fn a_waiting_run_starts_when_the_other_has_ended() {
    let spec = spec("0 * * * *", r#","runs":{"overlap":"bufferOne"}"#);
    let plan = plan(&spec);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let busy = |now| Situation { running: 1, ..situation(now) };
    let first = tick(&plan, &spec.runs, &state, &busy("2026-11-30T01:00:00Z"));
    assert!(first.starts.is_empty() && first.rows.is_empty());
    assert_eq!(first.state.waiting.as_ref().map(|row| row.due), Some(at("2026-11-30T01:00:00Z")));

    let second = tick(&plan, &spec.runs, &first.state, &busy("2026-11-30T02:00:00Z"));
    assert_eq!(
        rows(&second),
        ["30 Nov 02:00 Skipped: the run before still went on, and another one already waited"]
    );

    let ended = tick(&plan, &spec.runs, &second.state, &situation("2026-11-30T02:12:00Z"));
    let [start] = ended.starts.as_slice() else { panic!("{ended:?}") };
    assert_eq!(start.row.due, at("2026-11-30T01:00:00Z"));
    assert_eq!(start.row.reason().unwrap(), "waited 1 h 12 min for the end of the run before");
    assert_eq!(ended.state.waiting, None);

    // The run before ended while the console was down, and the next is due already: it waits for the one that has waited.
    let late = tick(&plan, &spec.runs, &second.state, &situation("2026-11-30T03:00:00Z"));
    assert_eq!(late.starts.len(), 1);
    assert_eq!(late.state.waiting.map(|row| row.due), Some(at("2026-11-30T03:00:00Z")));
}

#[test]
fn a_lost_permission_pauses_the_schedule() {
    let spec = spec("0 * * * *", r#","runs":{"overlap":"bufferOne"}"#);
    let plan = plan(&spec);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let lost = Situation { missing_permission: Some("job:create"), ..situation("2026-11-30T01:00:00Z") };
    let words = "Skipped: the schedule is paused: its owner no longer has job:create";
    let due = tick(&plan, &spec.runs, &state, &lost);
    assert_eq!(rows(&due), [format!("30 Nov 01:00 {words}")]);
    assert!(due.starts.is_empty() && due.state.pause.is_some());

    let waiting = Some(Row::new(at("2026-11-30T00:30:00Z"), RowState::Ran, vec![]));
    let waited = tick(&plan, &spec.runs, &ScheduleState { waiting, ..state }, &lost);
    assert_eq!(rows(&waited), [format!("30 Nov 00:30 {words}"), format!("30 Nov 01:00 {words}")]);
    assert!(waited.starts.is_empty() && waited.state.waiting.is_none() && waited.state.pause.is_some());
}

#[test]
fn a_run_that_a_person_asked_for_waits_and_starts_without_the_owner() {
    let spec = spec("0 12 * * *", r#","runs":{"overlap":"bufferOne"}"#);
    let plan = plan(&spec);
    let asked = situation("2026-11-30T01:00:00Z");
    let busy = Situation { running: 1, ..asked };
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let decision = run_now(&spec.runs, &state, &busy, "Priya Nair", "").unwrap();
    let Decision::Wait(row) = decision else { panic!("{decision:?}") };
    let state = ScheduleState { waiting: Some(row), ..state };
    let ended = Situation { missing_permission: Some("job:create"), ..situation("2026-11-30T01:05:00Z") };
    let tick = tick(&plan, &spec.runs, &state, &ended);
    let reasons: Vec<_> = tick.starts.iter().map(|start| start.row.reason().unwrap()).collect();
    assert_eq!(reasons, ["run now by Priya Nair; waited 5 min for the end of the run before"]);
}

#[test]
fn a_run_with_jitter_is_looked_at_when_it_starts() {
    let spec = spec("0 * * * *", r#","jitterSeconds":1800"#);
    let plan = plan(&spec);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let start = tick(&plan, &spec.runs, &state, &situation("2026-11-30T00:30:00Z")).next.unwrap();
    assert!(start > at("2026-11-30T01:00:00Z"), "{start}");
    let due = tick(&plan, &spec.runs, &state, &situation("2026-11-30T01:00:00Z"));
    assert_eq!((due.starts.len(), due.next), (0, Some(start)));
    let started =
        tick(&plan, &spec.runs, &due.state, &Situation { now: start, ..situation("2026-11-30T01:00:00Z") });
    assert_eq!(started.starts[0].row.due, at("2026-11-30T01:00:00Z"));
    assert_eq!(started.starts[0].row.reason(), None);
}

#[test]
fn a_time_that_is_left_out_does_not_hide_a_run() {
    let more = r#","zone":"Europe/Berlin","clockChanges":{"skippedTime":"leaveOut"}"#;
    let spec = spec("0,30 1,2 * * *", more);
    let state = ScheduleState::new(at("2027-03-27T23:00:00Z"));
    let tick = tick(&plan(&spec), &spec.runs, &state, &situation("2027-03-28T01:00:00Z"));
    assert_eq!(
        rows(&tick),
        [
            "28 Mar 00:00 Missed: a later run was due as well, and only the latest runs",
            "28 Mar 01:00 Skipped: 02:00 and 02:30 are skipped, do not run",
        ]
    );
    assert_eq!(tick.starts[0].row.due, at("2027-03-28T00:30:00Z"));
}

#[test]
fn an_ended_schedule_is_not_looked_at_again() {
    let spec = spec("0 * * * *", r#","end":"2026-11-30T02:00:00Z""#);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let tick = tick(&plan(&spec), &spec.runs, &state, &situation("2026-11-30T01:00:00Z"));
    assert_eq!((tick.starts.len(), tick.next), (1, None));
}

#[test]
fn two_runs_at_once_are_allowed_when_the_policy_says_so() {
    let spec = spec("0 * * * *", r#","runs":{"overlap":"allow"}"#);
    assert_eq!(spec.runs.overlap, Overlap::Allow);
    let state = ScheduleState::new(at("2026-11-30T00:00:00Z"));
    let busy = Situation { running: 3, ..situation("2026-11-30T01:00:00Z") };
    assert_eq!(tick(&plan(&spec), &spec.runs, &state, &busy).starts.len(), 1);
}
