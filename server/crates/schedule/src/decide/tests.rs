use jiff::civil::DateTime;

use super::*;
use crate::spec::RepeatedTime;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// Due at 02:30 UTC, starts 10 s later.
fn occurrence() -> Occurrence {
    Occurrence {
        due: at("2026-11-30T02:30:00Z"),
        start: at("2026-11-30T02:30:10Z"),
        local: local("2026-11-30T02:30:00"),
        runs: true,
        clock_change: None,
    }
}

fn skipped(policy: SkippedTime) -> ClockChange {
    let time = local("2026-11-30T02:00:00");
    ClockChange::Skipped { times: vec![time], resumes: local("2026-11-30T02:30:00"), policy }
}

fn state() -> ScheduleState {
    ScheduleState::new(at("2026-11-30T00:00:00Z"))
}

fn situation(now: &str) -> Situation<'static> {
    Situation { now: at(now), running: 0, missing_permission: None, down: None }
}

fn policy(overlap: Overlap) -> RunPolicy {
    RunPolicy { overlap, ..RunPolicy::default() }
}

/// The decision in a line: what is done, the row's state, and the reason.
fn line(decision: &Decision) -> String {
    let row = |verb: &str, row: &Row| {
        let reason = row.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{verb} {:?}{reason}", row.state)
    };
    match decision {
        Decision::NotYet { start } => format!("not yet {start}"),
        Decision::Start(start) if start.cancel_running => row("cancel and start", &start.row),
        Decision::Start(start) => row("start", &start.row),
        Decision::Wait(waiting) => row("wait", waiting),
        Decision::Leave(left) => row("leave", left),
        Decision::Pause(pause, left) => row(&format!("pause ({}), leave", pause.reason), left),
    }
}

#[test]
fn time_and_lateness_decide() {
    for (now, expected) in [
        ("2026-11-30T02:30:09.999Z", "not yet 2026-11-30T02:30:10Z"),
        ("2026-11-30T02:30:10Z", "start Ran"),
        ("2026-11-30T02:31:09Z", "start Ran"),
        ("2026-11-30T02:31:10Z", "start Ran: 1 min late"),
        ("2026-11-30T03:30:10Z", "start Ran: 1 h late"),
        ("2026-11-30T03:30:11Z", "leave Missed: 1 h 1 s late, limit 1 h"),
        ("2027-11-30T03:30:11Z", "leave Missed: 365 d 1 h late, limit 1 h"),
    ] {
        let decision = decide(&RunPolicy::default(), &state(), &occurrence(), &situation(now));
        assert_eq!(line(&decision), expected, "{now}");
    }
}

#[test]
fn the_downtime_is_named_only_if_it_is_why() {
    for (from, to, expected) in [
        (
            "2026-11-30T02:11:00Z",
            "2026-11-30T03:52:00Z",
            "leave Missed: the console was down from 02:11 to 03:52 UTC; 1 h 21 min late, limit 1 h",
        ),
        ("2026-11-30T01:11:00Z", "2026-11-30T02:00:00Z", "leave Missed: 1 h 21 min late, limit 1 h"),
        ("2026-11-30T02:31:00Z", "2026-11-30T03:52:00Z", "leave Missed: 1 h 21 min late, limit 1 h"),
    ] {
        let down = Some(Downtime { from: at(from), to: at(to) });
        let situation = Situation { down, ..situation("2026-11-30T03:52:00Z") };
        assert_eq!(line(&decide(&RunPolicy::default(), &state(), &occurrence(), &situation)), expected);
    }
}

#[test]
fn a_run_that_goes_on_decides_by_the_policy() {
    for (overlap, running, one_waits, expected) in [
        (Overlap::Skip, 0, false, "start Ran"),
        (Overlap::Skip, 1, false, "leave Skipped: the run before still went on"),
        (Overlap::BufferOne, 0, false, "start Ran"),
        (Overlap::BufferOne, 1, false, "wait Ran"),
        (
            Overlap::BufferOne,
            1,
            true,
            "leave Skipped: the run before still went on, and another one already waited",
        ),
        (Overlap::CancelOther, 0, false, "start Ran"),
        (
            Overlap::CancelOther,
            2,
            false,
            "cancel and start Ran: what had not begun of the run before was cancelled",
        ),
        (Overlap::Allow, 7, false, "start Ran"),
    ] {
        let situation = Situation { running, ..situation("2026-11-30T02:30:10Z") };
        let waiting = one_waits.then(|| Row::new(at("2026-11-30T02:00:00Z"), RowState::Ran, vec![]));
        let state = ScheduleState { waiting, ..state() };
        let decision = decide(&policy(overlap), &state, &occurrence(), &situation);
        assert_eq!(line(&decision), expected, "{overlap:?}, {running} running");
    }
}

#[test]
fn a_clock_change_is_in_the_row() {
    let repeated = ClockChange::Repeated {
        time: local("2026-11-30T02:30:00"),
        is_second: false,
        policy: RepeatedTime::First,
    };
    for (change, runs, expected) in [
        (skipped(SkippedTime::RunAfter), true, "start Shifted: 02:00 is skipped, runs at 02:30"),
        (skipped(SkippedTime::LeaveOut), false, "leave Skipped: 02:00 is skipped, does not run"),
        // 02:30 is a time of the rule, too.
        (skipped(SkippedTime::LeaveOut), true, "start Ran: 02:00 is skipped, does not run"),
        (repeated, true, "start Ran: 02:30 occurs twice, runs at the first"),
    ] {
        let occurrence = Occurrence { runs, clock_change: Some(change), ..occurrence() };
        let decision =
            decide(&RunPolicy::default(), &state(), &occurrence, &situation("2026-11-30T02:30:10Z"));
        assert_eq!(line(&decision), expected);
    }
}

#[test]
fn the_first_that_holds_decides() {
    let reason = PauseReason::Failures { count: 3 };
    let paused =
        ScheduleState { pause: Some(Pause { since: at("2026-11-29T00:00:00Z"), reason }), ..state() };
    let left_out =
        Occurrence { runs: false, clock_change: Some(skipped(SkippedTime::LeaveOut)), ..occurrence() };
    let all_against =
        Situation { running: 1, missing_permission: Some("job:create"), ..situation("2026-11-30T09:00:00Z") };
    let in_time = Situation { now: at("2026-11-30T02:30:10Z"), ..all_against };
    let early = Situation { now: at("2026-11-30T02:00:00Z"), ..all_against };
    for (state, occurrence, situation, expected) in [
        (&paused, &left_out, &early, "not yet 2026-11-30T02:30:10Z"),
        (&paused, &left_out, &all_against, "leave Skipped: 02:00 is skipped, does not run"),
        (
            &paused,
            &occurrence(),
            &all_against,
            "leave Skipped: the schedule is paused: 3 runs in a row failed",
        ),
        (&state(), &occurrence(), &all_against, "leave Missed: 6 h 29 min late, limit 1 h"),
        (
            &state(),
            &occurrence(),
            &in_time,
            "pause (its owner no longer has job:create), leave Skipped: the schedule is paused: its owner no longer \
             has job:create",
        ),
    ] {
        assert_eq!(line(&decide(&RunPolicy::default(), state, occurrence, situation)), expected);
    }
}

#[test]
fn a_person_can_run_a_paused_schedule_but_not_beside_another_run() {
    let reason = PauseReason::Failures { count: 3 };
    let paused =
        ScheduleState { pause: Some(Pause { since: at("2026-11-29T00:00:00Z"), reason }), ..state() };
    let by = |overlap, running| {
        let situation = Situation { running, ..situation("2026-11-30T14:02:00Z") };
        run_now(&policy(overlap), &paused, &situation, "Priya Nair", "after the hub move")
    };
    let reason = "run now by Priya Nair, “after the hub move”";
    assert_eq!(line(&by(Overlap::Skip, 0).unwrap()), format!("start Ran: {reason}"));
    assert_eq!(by(Overlap::Skip, 1).unwrap_err(), Why::StillRunning);
    assert_eq!(line(&by(Overlap::BufferOne, 1).unwrap()), format!("wait Ran: {reason}"));
    assert_eq!(line(&by(Overlap::Allow, 1).unwrap()), format!("start Ran: {reason}"));
    assert_eq!(
        line(&by(Overlap::CancelOther, 1).unwrap()),
        format!("cancel and start Ran: {reason}; what had not begun of the run before was cancelled")
    );
}
