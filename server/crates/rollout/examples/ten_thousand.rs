//! Measures a rollout over 10,000 devices in four waves, the same devices at once, and storing the state.
//! `cargo run --release -p rollout --example ten_thousand`
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::time::Instant;

use hub_wire::Timestamp;
use rollout::{
    Effect, Event, Settings, State,
    approval::{ApprovalPolicy, Request, RequestHash},
    begin,
    order::Target,
    retry::Answer,
    step,
};
use serde_json::{Value, json};

const DEVICES: usize = 10_000;

fn main() {
    let wave = |percent: u32| json!({"size": {"percent": percent}, "gate": {"succeededPercent": 98}});
    let rules = json!([{"outcome": "any", "percent": 5, "atLeast": 200}]);
    let once = json!({"rate": {"perMinute": 60_000}});
    let waves =
        json!({"rate": {"perMinute": 60_000}, "waves": [wave(1), wave(9), wave(40)], "stopRules": rules});
    for (name, settings) in [("at once", once), ("in four waves with a stop rule", waves)] {
        let began = Instant::now();
        let (state, steps) = run(settings);
        let took = began.elapsed();
        println!("{DEVICES} devices {name}: {steps} steps in {took:?}, {:?} a step", took / steps);
        let began = Instant::now();
        let stored = serde_json::to_vec(&state).expect("it is serialisable");
        println!("  stored in {:?}: {} kB", began.elapsed(), stored.len() / 1_000);
    }
}

/// Runs it to the end; every device succeeds.
fn run(settings: Value) -> (State, u32) {
    let settings: Settings = serde_json::from_value(settings).expect("settings");
    let hash = RequestHash::new(&json!("lock"), &json!("*"), &settings);
    let request =
        Request { asked_by: "jonas".to_owned(), action: "lock".to_owned(), hash, devices: DEVICES as u64 };
    let mut now = Timestamp::from_unix_millis(1_800_000_000_000);
    let (mut state, mut effects) =
        begin("job", settings, request, ApprovalPolicy::default(), 60_000, now).expect("valid settings");
    let mut steps = 0;
    loop {
        let mut events = Vec::new();
        let mut wake = None;
        for effect in std::mem::take(&mut effects) {
            match effect {
                Effect::ReadTargets => {
                    let target = |n| Target { device_id: format!("door-{n}"), ..Target::default() };
                    events.push(Event::TargetsRead((0..DEVICES).map(target).collect()));
                }
                Effect::Call { device, attempt } => {
                    events.push(Event::Answered { device, attempt, answer: Answer::Device(200) });
                }
                Effect::WakeAt(at) => wake = Some(at),
                _ => {}
            }
        }
        if events.is_empty() {
            let Some(at) = wake else { return (state, steps) };
            now = at;
            events.push(Event::Tick);
        }
        for event in events {
            let (next, more) = step(state, event, now);
            state = next;
            effects.retain(|effect| !matches!(effect, Effect::WakeAt(_)));
            effects.extend(more);
            steps += 1;
        }
    }
}
