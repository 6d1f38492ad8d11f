//! One device: called again, offline, interrupted.

use rollout::{Effect, Event, State, event::StopReason, retry::Answer, state::Phase};
use serde_json::json;

use crate::run::{Run, targets};

const OK: Answer = Answer::Device(200);
const OFFLINE: Answer = Answer::Hub(404_103);
const BUSY: Answer = Answer::Hub(429_001);

#[test]
fn calls_are_repeated_and_counted_apart() {
    let mut run = Run::on(1, json!({"retry": {"atMost": 2}}));
    for attempt in 1..=3 {
        assert_eq!(run.open.get(&0), Some(&attempt));
        run.answer(0, BUSY);
        run.wait(15);
    }
    assert_eq!(run.counts(), [0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!((run.state().calls().failed, run.state().calls().total()), (3, 3));

    let mut run = Run::on(1, json!({"retry": {"atMost": 2}}));
    run.answer(0, BUSY);
    run.wait(15);
    run.answer(0, OK);
    assert_eq!(run.counts(), [0, 0, 1, 0, 0, 0, 0, 0], "a device has one outcome");
    assert_eq!((run.state().calls().failed, run.state().calls().succeeded), (1, 1), "its calls have two");
}

#[test]
fn a_call_that_may_have_arrived_is_not_repeated() {
    for (answer, safe, repeated) in [
        (Answer::Hub(504_101), false, false),
        (Answer::Hub(504_101), true, true),
        (Answer::Unknown, true, false),
        (Answer::Device(409), false, true),
        (Answer::Device(410), true, false),
    ] {
        let mut run = Run::on(1, json!({"retry": {"safeToRepeat": safe, "deviceStatuses": [409]}}));
        run.answer(0, answer);
        run.wait(15);
        assert_eq!(run.open.contains_key(&0), repeated, "{answer:?}");
    }
}

#[test]
fn late_answers_are_dropped() {
    let mut run = Run::on(2, json!({}));
    run.answer(0, BUSY);
    run.wait(15);
    let before = run.state().clone();
    for (device, attempt) in [(0, 1), (0, 3), (1, 2), (7, 1)] {
        run.send(Event::Answered { device, attempt, answer: OK });
        assert_eq!(run.state().counts(), before.counts(), "device {device}, call {attempt}");
    }
    run.answer(0, OK);
    run.send(Event::Answered { device: 0, attempt: 2, answer: Answer::Device(500) });
    assert_eq!(run.counts(), [0, 1, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn offline_devices_have_their_time_to_connect() {
    let mut run = Run::on(1, json!({}));
    run.answer(0, OFFLINE);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Completed), "by default nobody waits");

    let waiting = || {
        let mut run = Run::on(1, json!({"offline": {"waitMinutes": 30}}));
        run.answer(0, OFFLINE);
        assert_eq!(run.counts(), [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(run.state().waves()[0].waiting_to_connect(), 1);
        run
    };
    let mut run = waiting();
    run.wait(30);
    assert_eq!(run.counts(), [0, 0, 0, 0, 0, 1, 0, 0]);

    let mut run = waiting();
    run.wait(20);
    run.send(Event::Connected(0));
    assert_eq!(run.open.get(&0), Some(&2));
    run.answer(0, OFFLINE);
    run.wait(10);
    assert_eq!(run.counts(), [0, 0, 0, 0, 0, 1, 0, 0], "the time is not given anew");
}

#[test]
fn a_device_that_connects_during_its_call_is_called_again() {
    let mut run = Run::on(1, json!({"offline": {"waitMinutes": 30}}));
    run.send(Event::Connected(0));
    run.answer(0, OFFLINE);
    assert!(run.open.is_empty(), "not before half a minute");
    run.wait(1);
    assert_eq!(run.open.get(&0), Some(&2));
}

#[test]
fn offline_devices_are_not_counted_as_repeated() {
    let settings = json!({"retry": {"atMost": 0}, "offline": {"waitMinutes": 600}});
    let mut run = Run::on(1, settings);
    for attempt in 1..=20 {
        assert_eq!(run.open.get(&0), Some(&attempt));
        run.answer(0, OFFLINE);
        run.wait(1);
        run.send(Event::Connected(0));
    }
}

#[test]
fn a_restart_interrupts_the_consoles_calls() {
    let mut run = Run::on(4, json!({}));
    run.answer(0, OK);
    run.answer(1, BUSY);
    run.send(Event::Restarted);
    assert_eq!(run.counts(), [1, 0, 1, 0, 0, 0, 2, 0]);
    run.wait(15);
    assert_eq!(run.open.len(), 1, "a call that did not arrive is still repeated");
    run.answer(1, OK);
    assert_eq!(run.phase(), Phase::Ended(StopReason::Completed));

    let mut run = Run::on(4, json!({"engine": "hubJobs"}));
    run.send(Event::Restarted);
    assert_eq!(run.counts(), [0, 4, 0, 0, 0, 0, 0, 0], "the hub's jobs go on");
}

#[test]
fn targets_are_read_again_after_a_restart() {
    let mut run = Run::asked(json!({}), 3, rollout::approval::ApprovalPolicy::default());
    run.effects.clear();
    run.send(Event::Restarted);
    assert!(run.effects.contains(&Effect::ReadTargets));
    run.send(Event::TargetsRead(targets(3)));
    assert_eq!(run.refused(Event::TargetsRead(targets(3))), rollout::refusal::Refusal::NoTargetsExpected);
}

/// A state is stored with every step; ids are not in it.
#[test]
fn the_state_of_ten_thousand_devices_is_small() {
    let mut run =
        Run::on(10_000, json!({"rate": {"perMinute": 60_000}, "waves": [{"size": {"percent": 10}}]}));
    run.answer_some(500, OK);
    let stored = serde_json::to_vec(run.state()).unwrap();
    assert!(stored.len() < 1_000_000, "{} bytes", stored.len());
    let read: State = serde_json::from_slice(&stored).unwrap();
    assert_eq!(read, *run.state());
}
