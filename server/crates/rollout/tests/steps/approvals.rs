//! Approval, start and growing targets.

use rollout::{
    Effect, Event, Settings,
    approval::{ApprovalPolicy, RequestHash},
    event::{PauseReason, StopReason},
    refusal::Refusal,
    state::Phase,
};
use serde_json::{Value, json};

use crate::run::{Run, request, targets};

/// Approval is needed above 100 devices.
fn asked(settings: Value, counted: u64) -> Run {
    Run::asked(settings, counted, ApprovalPolicy { above_devices: Some(100), actions: Vec::new() })
}

fn approve(run: &mut Run) {
    let seen = run.hash.clone();
    run.send(Event::Approve { by: "priya".to_owned(), seen });
}

#[test]
fn another_person_approves_what_was_shown() {
    let mut run = asked(json!({}), 200);
    assert!(run.effects.contains(&Effect::AskApproval { devices: 200 }));
    let seen = run.hash.clone();
    let by = |name: &str, seen: &RequestHash| Event::Approve { by: name.to_owned(), seen: seen.clone() };
    assert_eq!(run.refused(by("jonas", &seen)), Refusal::OwnRequest);
    let other = RequestHash::new(&json!(1), &json!(2), &Settings::default());
    assert_eq!(run.refused(by("priya", &other)), Refusal::RequestChanged);
    run.effects.clear();
    approve(&mut run);
    assert!(run.effects.contains(&Effect::ReadTargets));
    assert_eq!(run.state().approval().unwrap().approved_by.as_deref(), Some("priya"));
    run.send(Event::TargetsRead(targets(220)));
    assert_eq!(run.open.len(), 220, "a tenth more is covered");
    assert_eq!(run.refused(by("priya", &seen)), Refusal::NothingToApprove);
}

#[test]
fn a_request_is_rejected_or_lapses() {
    let mut run = asked(json!({}), 200);
    let seen = run.hash.clone();
    run.send(Event::Reject { by: "priya".to_owned(), seen });
    assert_eq!(run.phase(), Phase::Ended(StopReason::Rejected));

    let mut run = asked(json!({}), 200);
    run.wait(72 * 60 - 1);
    assert_eq!(run.phase(), Phase::AwaitingApproval);
    run.wait(1);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Lapsed));

    let mut run = asked(json!({}), 200);
    run.send(Event::Cancel);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Cancelled), "who asked may withdraw");
}

#[test]
fn an_edit_voids_an_approval() {
    let start = json!({"startTime": "2026-12-02T12:00:00Z"});
    let mut run = asked(start.clone(), 200);
    approve(&mut run);
    assert_eq!(run.phase(), Phase::Scheduled);
    let mut edited = start;
    edited["rate"] = json!({"perMinute": 5});
    let settings: Settings = serde_json::from_value(edited).unwrap();
    let request = request(&settings, 200, "priya");
    run.send(Event::Edit { settings: Box::new(settings), request: request.clone() });
    assert_eq!(run.phase(), Phase::AwaitingApproval);
    assert_ne!(request.hash, run.hash);
    let seen = request.hash.clone();
    assert_eq!(
        run.refused(Event::Approve { by: "priya".to_owned(), seen: seen.clone() }),
        Refusal::OwnRequest,
        "who edits asks"
    );
    run.send(Event::Approve { by: "jonas".to_owned(), seen });
    run.wait(24 * 60);
    assert_eq!(run.phase(), Phase::ReadingTargets);
}

#[test]
fn an_edit_with_faults_is_refused() {
    let mut run = asked(json!({}), 200);
    let settings: Settings = serde_json::from_value(json!({"rate": {"perMinute": 0}})).unwrap();
    let request = request(&settings, 200, "jonas");
    let refusal = run.refused(Event::Edit { settings: Box::new(settings.clone()), request: request.clone() });
    assert!(refusal.to_string().contains("rate.perMinute is 0; write 1 to 60000"), "{refusal}");
    approve(&mut run);
    run.send(Event::TargetsRead(targets(5)));
    assert_eq!(run.refused(Event::Edit { settings: Box::default(), request }), Refusal::Begun);
}

#[test]
fn a_target_that_has_grown_is_asked_about_again() {
    let mut run = asked(json!({}), 200);
    approve(&mut run);
    run.effects.clear();
    run.send(Event::TargetsRead(targets(221)));
    assert_eq!(run.phase(), Phase::AwaitingApproval);
    assert!(run.effects.contains(&Effect::AskApproval { devices: 221 }));
    approve(&mut run);
    run.send(Event::TargetsRead(targets(221)));
    assert_eq!(run.open.len(), 221);

    let mut run = asked(json!({}), 90);
    run.send(Event::TargetsRead(targets(101)));
    assert_eq!(run.phase(), Phase::AwaitingApproval, "it needed none as long as it was small");
}

fn growing() -> Value {
    json!({
        "targets": "growing", "end": {"at": "2026-12-10T12:00:00Z"},
        "waves": [{"size": {"devices": 10}, "gate": {"then": "askPerson"}}],
    })
}

#[test]
fn devices_join_the_last_wave() {
    let mut run = asked(growing(), 20);
    assert_eq!(run.refused(Event::TargetsJoined(targets(1))), Refusal::NoTargetsExpected);
    run.send(Event::TargetsRead(targets(20)));
    run.send(Event::TargetsJoined(targets(5)));
    assert_eq!(run.open.len(), 10);
    assert_eq!(run.state().waves()[1].counts().queued, 15);
    run.answer_all(rollout::retry::Answer::Device(200));
    run.send(Event::NextWave);
    assert_eq!(run.answer_all(rollout::retry::Answer::Device(200)), 15);
    assert_eq!(run.phase(), Phase::Running, "more may join until the end");
    run.send(Event::TargetsJoined(targets(2)));
    assert_eq!(run.answer_all(rollout::retry::Answer::Device(200)), 2);
    run.wait(9 * 24 * 60);
    assert_eq!(run.phase(), Phase::Ended(StopReason::EndTime));
    assert_eq!(run.counts(), [0, 0, 27, 0, 0, 0, 0, 0]);
}

#[test]
fn a_target_that_grows_too_far_pauses() {
    let grown = || {
        let mut run = asked(growing(), 200);
        approve(&mut run);
        run.send(Event::TargetsRead(targets(200)));
        run.send(Event::TargetsJoined(targets(20)));
        assert_eq!(run.phase(), Phase::Running);
        run.send(Event::TargetsJoined(targets(1)));
        assert_eq!(run.phase(), Phase::Paused(PauseReason::TargetGrew));
        let resume = Event::Resume { counting: rollout::event::Counting::Afresh };
        assert_eq!(run.refused(resume), Refusal::NeedsApproval);
        run
    };
    let mut run = grown();
    approve(&mut run);
    assert_eq!(run.phase(), Phase::Running);
    assert_eq!(run.state().approval().unwrap().devices, 221);

    let mut run = grown();
    let seen = run.hash.clone();
    run.send(Event::Reject { by: "priya".to_owned(), seen });
    assert_eq!(run.phase(), Phase::Stopping(StopReason::Rejected), "ten are in flight");
    assert_eq!(run.state().counts().cancelled, 211);

    let mut run = grown();
    run.wait(72 * 60);
    assert_eq!(run.phase(), Phase::Stopping(StopReason::Lapsed));
}

/// An approval of the growth does not lift a pause that has another reason.
#[test]
fn an_approval_does_not_resume() {
    let mut run = asked(growing(), 200);
    approve(&mut run);
    run.send(Event::TargetsRead(targets(200)));
    run.send(Event::Pause);
    run.send(Event::TargetsJoined(targets(50)));
    assert_eq!(run.phase(), Phase::Paused(PauseReason::Person));
    approve(&mut run);
    assert_eq!(run.phase(), Phase::Paused(PauseReason::Person));
}
