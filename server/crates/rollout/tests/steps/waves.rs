//! Waves, gates, rate and windows.

use rollout::{
    Effect, Event,
    event::{Counting, Decision, PauseReason, StopReason},
    refusal::Refusal,
    retry::Answer,
    settings::StopAction,
    state::{Phase, Stage},
};
use serde_json::{Value, json};

use crate::run::{Run, time};

const OK: Answer = Answer::Device(200);
const ERROR: Answer = Answer::Device(500);

fn two_waves(gate: &Value) -> Value {
    json!({"waves": [{"size": {"devices": 4}, "gate": gate}]})
}

#[test]
fn one_wave_without_settings() {
    let mut run = Run::on(3, json!({}));
    assert_eq!(run.answer_all(OK), 3);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Completed));
    let expected = [
        Decision::Started { devices: 3 },
        Decision::WaveStarted { wave: 0 },
        Decision::Finished(StopReason::Completed),
    ];
    assert_eq!(run.decisions(), expected);
    assert_eq!(Run::on(0, json!({})).phase(), Phase::Ended(StopReason::Completed));
}

#[test]
fn a_gate_waits_and_continues() {
    let mut run = Run::on(10, two_waves(&json!({"succeededPercent": 75, "soakMinutes": 30})));
    assert_eq!(run.open.len(), 4);
    run.answer_some(3, OK);
    assert_eq!(run.state().stage(), Stage::Calling);
    run.answer_all(ERROR);
    run.decisions();
    run.wait(29);
    assert!(run.open.is_empty());
    run.wait(1);
    assert_eq!(run.decisions(), [Decision::WaveStarted { wave: 1 }]);
    assert_eq!(run.answer_all(OK), 6);
    assert_eq!(run.counts(), [0, 0, 9, 1, 0, 0, 0, 0]);
}

#[test]
fn a_gate_that_is_not_met_pauses_or_cancels() {
    let gate = json!({"succeededPercent": 76});
    let mut run = Run::on(10, two_waves(&gate));
    run.answer_some(1, ERROR);
    assert!(run.state().is_gate_lost(), "it is known before the wave has ended");
    run.answer_all(OK);
    assert_eq!(run.phase(), Phase::Paused(PauseReason::GateNotMet(0)));
    assert!(run.decisions().contains(&Decision::GateNotMet { wave: 0, succeeded: 3, devices: 4 }));
    assert_eq!(run.refused(Event::NextWave), Refusal::IsPaused);
    run.send(Event::Resume { counting: Counting::Afresh });
    assert_eq!(run.open.len(), 6, "a person who resumes starts the next wave");

    let mut settings = two_waves(&gate);
    settings["ifGateNotMet"] = json!("cancel");
    let mut run = Run::on(10, settings);
    run.answer_some(1, ERROR);
    run.answer_all(OK);
    assert_eq!(run.phase(), Phase::Ended(StopReason::GateNotMet(0)));
    assert_eq!(run.counts(), [0, 0, 3, 1, 0, 0, 0, 6]);
}

#[test]
fn a_person_starts_the_next_wave() {
    let mut run = Run::on(10, two_waves(&json!({"soakMinutes": 10, "then": "askPerson"})));
    assert_eq!(run.refused(Event::NextWave), Refusal::WaveUnderWay);
    run.answer_all(OK);
    run.wait(600);
    assert_eq!(run.state().stage(), Stage::AwaitsPerson);
    assert!(run.open.is_empty());
    run.send(Event::NextWave);
    assert_eq!(run.open.len(), 6);
    assert_eq!(run.refused(Event::NextWave), Refusal::LastWave);

    let mut run = Run::on(10, two_waves(&json!({"soakMinutes": 10, "then": "askPerson"})));
    run.answer_all(OK);
    run.decisions();
    run.send(Event::NextWave);
    assert_eq!(run.decisions()[0], Decision::WaitSkipped { wave: 0 }, "the wait can be skipped");
    assert_eq!(run.open.len(), 6);
}

#[test]
fn a_webhook_is_asked() {
    let start = || {
        let mut run = Run::on(10, two_waves(&json!({"then": "askWebhook"})));
        let answer = |wave, may_continue| Event::WebhookAnswered { wave, may_continue };
        assert_eq!(run.refused(answer(0, true)), Refusal::NoAnswerExpected);
        run.answer_all(OK);
        assert!(run.effects.contains(&Effect::AskWebhook { wave: 0 }));
        assert!(run.effects.contains(&Effect::Record(Decision::WebhookAsked { wave: 0 })));
        assert_eq!(run.refused(answer(1, true)), Refusal::NoAnswerExpected);
        run
    };
    let mut run = start();
    run.send(Event::WebhookAnswered { wave: 0, may_continue: true });
    assert_eq!(run.decisions(), [Decision::WebhookAgreed { wave: 0 }, Decision::WaveStarted { wave: 1 }]);
    assert_eq!(run.open.len(), 6);

    let mut run = start();
    run.send(Event::WebhookAnswered { wave: 0, may_continue: false });
    assert_eq!(run.phase(), Phase::Paused(PauseReason::Webhook(0)));
    run.send(Event::Resume { counting: Counting::Afresh });
    assert_eq!(run.open.len(), 6);

    let mut run = start();
    assert_eq!(run.refused(Event::WebhookUnanswered { wave: 1 }), Refusal::NoAnswerExpected);
    run.send(Event::WebhookUnanswered { wave: 0 });
    assert_eq!(run.phase(), Phase::Paused(PauseReason::NoWebhookAnswer(0)));
    run.send(Event::Resume { counting: Counting::Afresh });
    assert_eq!(run.open.len(), 6);

    let mut run = start();
    run.effects.clear();
    run.send(Event::Restarted);
    assert!(run.effects.contains(&Effect::AskWebhook { wave: 0 }), "it is asked again after a restart");
    run.send(Event::Pause);
    run.send(Event::WebhookAnswered { wave: 0, may_continue: true });
    assert!(run.open.is_empty(), "a pause holds the next wave");
    run.send(Event::Resume { counting: Counting::Afresh });
    assert_eq!(run.open.len(), 6);
}

#[test]
fn a_device_that_connects_late_is_called_in_its_own_time() {
    let settings = json!({
        "waves": [{"size": {"devices": 4}, "gate": {"succeededPercent": 75}}], "offline": {"waitMinutes": 60}
    });
    let mut run = Run::on(10, settings);
    let late = *run.open.keys().next().unwrap();
    run.answer(late, Answer::Hub(404_103));
    run.answer_all(OK);
    assert_eq!(run.state().current_wave(), 1, "three of four succeeded; one may connect later");
    run.answer_all(OK);
    run.send(Event::Connected(late));
    run.wait(1);
    assert_eq!(run.open.get(&late), Some(&2));
    run.answer(late, OK);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Completed));
}

#[test]
fn empty_waves_are_passed() {
    let tag = |value: &str| json!({"size": {"tag": {"tag": "tags.b", "values": [value]}}, "gate": {"then": "askPerson"}});
    let run = Run::on(5, json!({"waves": [tag("1"), tag("2")]}));
    assert_eq!((run.state().current_wave(), run.open.len()), (2, 5), "nobody is asked about no device");
}

#[test]
fn the_rate_spreads_calls() {
    let mut run = Run::on(100, json!({"rate": {"perMinute": 10}}));
    assert_eq!(run.open.len(), 1);
    run.wait(2);
    assert_eq!(run.open.len(), 21);
    run.send(Event::HubPace(1));
    run.wait(2);
    assert_eq!(run.open.len(), 23, "the hub's limit is lower");
    assert_eq!(run.state().rate().1, rollout::state::RateLimit::Hub);
}

#[test]
fn a_clock_that_is_set_back_gives_no_second_share() {
    let mut run = Run::on(100, json!({"rate": {"perMinute": 10}}));
    run.wait(1);
    let called = run.open.len();
    run.now = time("2026-12-01T11:00:00Z");
    run.send(Event::Tick);
    run.send(Event::Tick);
    assert_eq!(run.open.len(), called);
}

#[test]
fn a_clock_that_is_set_back_shortens_no_wait() {
    let mut run = Run::on(10, two_waves(&json!({"soakMinutes": 30})));
    run.now = time("2026-12-01T11:00:00Z");
    run.answer_all(OK);
    run.now = time("2026-12-01T12:10:00Z");
    run.send(Event::Tick);
    assert!(run.open.is_empty(), "half an hour after 12:00, the latest time that was seen");
    run.wait(20);
    assert_eq!(run.open.len(), 6);
}

#[test]
fn a_window_holds_calls() {
    let windows = json!({"windows": [{"start": "22:00", "minutes": 60}], "zone": {"name": "Europe/Berlin"}});
    let mut run =
        Run::on(100, json!({"windows": windows, "rate": {"perMinute": 1}, "responseTimeoutInSeconds": 60}));
    run.wait(9 * 60 - 1);
    assert!(run.open.is_empty());
    run.wait(1);
    assert_eq!(run.open.len(), 1, "22:00 in Berlin is 21:00 UTC");
    assert_eq!(run.state().calls_until(run.now), Some(time("2026-12-01T22:00:00Z")), "the end of the window");
    run.wait(200);
    assert_eq!(
        run.open.len(),
        60,
        "one a minute until a minute before the end, when an answer still comes in time"
    );
    run.wait(24 * 60);
    assert_eq!(run.open.len(), 100);
}

#[test]
fn calls_end_with_the_rollout() {
    let run = Run::on(1, json!({}));
    assert_eq!(run.state().calls_until(run.now), None);
    let at = "2026-12-01T18:00:00Z";
    let run = Run::on(1, json!({"end": {"at": at, "behaviour": "stop"}}));
    assert_eq!(run.state().calls_until(run.now), Some(time(at)));
    assert_eq!(run.state().calls_until(time(at)), None, "what is repeated after the end has no limit");
}

#[test]
fn stop_rules_are_checked_before_a_gate() {
    let mut settings = two_waves(&json!({}));
    settings["stopRules"] = json!([{"outcome": "failed", "percent": 25, "atLeast": 4, "action": "cancel"}]);
    let mut run = Run::on(10, settings);
    run.answer_some(1, ERROR);
    run.answer_all(OK);
    assert_eq!(run.phase(), Phase::Ended(StopReason::StopRule(0)));
    let fired = Decision::StopRuleFired { rule: 0, counted: 1, ended: 4, action: StopAction::Cancel };
    assert!(run.decisions().contains(&fired));
}
