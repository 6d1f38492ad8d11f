//! Stop rules, pause, cancel and end.

use rollout::{
    Event,
    event::{Counting, Decision, PauseReason, StopReason},
    refusal::Refusal,
    retry::Answer,
    state::Phase,
};
use serde_json::{Value, json};

use crate::run::Run;

const OK: Answer = Answer::Device(200);
const ERROR: Answer = Answer::Device(500);

/// 100 devices at one a minute, so that one is in flight at a time.
fn guarded(rules: &Value) -> Run {
    Run::on(100, json!({"rate": {"perMinute": 1}, "stopRules": rules}))
}

/// Calls and answers so many devices, the first of them with an error.
fn answer(run: &mut Run, devices: usize, errors: usize) {
    for n in 0..devices {
        if run.open.is_empty() {
            run.wait(1);
        }
        run.answer_some(1, if n < errors { ERROR } else { OK });
    }
}

#[test]
fn nothing_begins_after_a_rule_has_fired() {
    let mut run = guarded(&json!([{"outcome": "failed", "percent": 10, "atLeast": 10}]));
    answer(&mut run, 9, 2);
    assert_eq!(run.phase(), Phase::Running, "nine have ended; the rule needs ten");
    run.wait(3);
    run.answer_some(1, OK);
    assert_eq!(run.phase(), Phase::Paused(PauseReason::StopRule(0)));
    assert_eq!(run.open.len(), 2);
    run.wait(60);
    assert_eq!(run.open.len(), 2);
    run.answer_all(ERROR);
    assert_eq!(run.counts(), [88, 0, 8, 4, 0, 0, 0, 0], "what was in flight goes on and is counted");
}

#[test]
fn after_a_resume_a_rule_counts_afresh_or_from_the_start() {
    let rules = json!([{"outcome": "failed", "percent": 10, "atLeast": 10}]);
    let paused = || {
        let mut run = guarded(&rules);
        answer(&mut run, 10, 3);
        run.answer_all(OK);
        assert!(matches!(run.phase(), Phase::Paused(_)));
        run
    };
    let mut run = paused();
    run.send(Event::Resume { counting: Counting::Afresh });
    answer(&mut run, 9, 9);
    assert_eq!(run.phase(), Phase::Running, "ten more have to end first");
    answer(&mut run, 1, 0);
    assert_eq!(run.phase(), Phase::Paused(PauseReason::StopRule(0)));

    let mut run = paused();
    run.send(Event::Resume { counting: Counting::FromStart });
    assert_eq!(run.phase(), Phase::Running);
    answer(&mut run, 1, 0);
    let reading = run.state().stop_rule_readings()[0];
    assert_eq!((reading.counted, run.phase()), (3, Phase::Paused(PauseReason::StopRule(0))), "{reading:?}");
}

#[test]
fn a_rule_that_cancels_goes_before_one_that_pauses() {
    let mut run = guarded(&json!([
        {"outcome": "failed", "percent": 50, "atLeast": 2},
        {"outcome": "any", "percent": 50, "atLeast": 2, "action": "cancel"},
    ]));
    answer(&mut run, 2, 2);
    assert_eq!(run.phase(), Phase::Ended(StopReason::StopRule(1)));
    assert_eq!(run.counts(), [0, 0, 0, 2, 0, 0, 0, 98]);
}

/// Devices in flight may make another rule fire while the rollout is paused.
#[test]
fn a_rule_that_cancels_fires_during_a_pause() {
    let mut run = Run::on(
        20,
        json!({"stopRules": [
            {"outcome": "failed", "percent": 50, "atLeast": 2},
            {"outcome": "any", "percent": 90, "atLeast": 20, "action": "cancel"},
        ]}),
    );
    run.answer_some(2, ERROR);
    assert_eq!(run.phase(), Phase::Paused(PauseReason::StopRule(0)));
    let fired = |run: &mut Run| {
        run.decisions().iter().filter(|of| matches!(of, Decision::StopRuleFired { .. })).count()
    };
    assert_eq!(fired(&mut run), 1);
    run.answer_some(17, ERROR);
    assert_eq!(fired(&mut run), 0, "the first rule has fired once");
    run.answer_all(ERROR);
    assert_eq!(run.phase(), Phase::Ended(StopReason::StopRule(1)));
}

#[test]
fn pause_resume_and_cancel() {
    let mut run = Run::on(100, json!({"rate": {"perMinute": 60}}));
    assert_eq!(run.refused(Event::Resume { counting: Counting::Afresh }), Refusal::NotPaused);
    run.send(Event::Pause);
    assert_eq!(run.refused(Event::Pause), Refusal::IsPaused);
    run.wait(10);
    assert_eq!(run.open.len(), 1);
    run.send(Event::Resume { counting: Counting::Afresh });
    run.wait(1);
    assert!(run.open.len() > 50);
    let in_flight = run.open.len() as u64;
    run.send(Event::Cancel);
    assert_eq!(run.phase(), Phase::Stopping(StopReason::Cancelled));
    assert_eq!(run.counts(), [0, in_flight, 0, 0, 0, 0, 0, 100 - in_flight]);
    assert_eq!(run.refused(Event::Cancel), Refusal::NotRunning);
    assert_eq!(run.refused(Event::Pause), Refusal::NotRunning);
    run.answer_all(OK);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Cancelled));
}

#[test]
fn at_the_end_time_nothing_new_begins() {
    for (behaviour, at_the_end, later) in [
        // One was called and is to be repeated, one waits to connect, one is in flight, 97 were never called.
        ("cancel", [0, 1, 0, 1, 0, 1, 0, 97], [0, 0, 1, 1, 0, 1, 0, 97]),
        ("stop", [1, 1, 0, 0, 0, 1, 0, 97], [0, 0, 2, 0, 0, 1, 0, 97]),
    ] {
        let mut run = Run::on(
            100,
            json!({
                "rate": {"perMinute": 1}, "retry": {"firstWaitSeconds": 900}, "offline": "untilEnd",
                "end": {"at": "2026-12-01T12:03:00Z", "behaviour": behaviour},
            }),
        );
        run.answer_all(Answer::Hub(404_103));
        run.wait(1);
        run.answer_all(Answer::Hub(503_001));
        run.wait(1);
        assert_eq!(run.counts(), [99, 1, 0, 0, 0, 0, 0, 0], "{behaviour}");
        run.wait(1);
        assert_eq!(run.counts(), at_the_end, "{behaviour}");
        run.answer_all(OK);
        run.wait(60);
        run.answer_all(OK);
        assert_eq!(run.counts(), later, "{behaviour}");
        assert_eq!(run.phase(), Phase::Ended(StopReason::EndTime));
    }
}

/// The end does not lift a pause.
#[test]
fn a_rollout_that_is_paused_at_its_end_repeats_nothing() {
    let end = json!({"at": "2026-12-01T12:10:00Z", "behaviour": "stop"});
    let mut run = Run::on(2, json!({"retry": {"firstWaitSeconds": 900}, "end": end}));
    run.answer_all(Answer::Hub(503_001));
    run.send(Event::Pause);
    run.wait(60);
    assert!(run.open.is_empty());
    assert_eq!(run.phase(), Phase::Ended(StopReason::EndTime));
    assert_eq!(run.counts(), [0, 0, 0, 2, 0, 0, 0, 0]);
}

#[test]
fn the_end_time_comes_during_a_pause_too() {
    let mut run = Run::on(100, json!({"rate": {"perMinute": 1}, "end": {"at": "2026-12-01T13:00:00Z"}}));
    run.answer_all(OK);
    run.send(Event::Pause);
    run.wait(60);
    assert_eq!(run.phase(), Phase::Ended(StopReason::EndTime));
    assert_eq!(run.counts(), [0, 0, 1, 0, 0, 0, 0, 99]);
}
