//! Runs in which every device is online and answers at once: what an estimate assumes.

use hub_wire::Timestamp;
use rand::{SeedableRng, rngs::StdRng};
use rollout::{
    Effect, Event, Settings,
    approval::ApprovalPolicy,
    begin,
    estimate::estimate,
    event::Decision,
    retry::Answer,
    settings::{Engine, Offline, Targets},
    state::Phase,
    step,
};

use crate::scenario::{self, Scenario};

/// When the last device is called, and the devices of each wave.
fn last_call(scenario: &Scenario) -> (Timestamp, Vec<u64>) {
    let mut now = scenario::begin();
    let (settings, request) = (scenario.settings.clone(), scenario.request.clone());
    let (mut state, mut effects) =
        begin("job", settings, request, ApprovalPolicy::default(), scenario.hub_per_minute, now)
            .expect("valid settings");
    let mut last = scenario.settings.start_time.unwrap_or(now);
    loop {
        let mut events = Vec::new();
        let mut wake = None;
        for effect in effects {
            match effect {
                Effect::ReadTargets => events.push(Event::TargetsRead(scenario.targets.clone())),
                Effect::Call { device, attempt } => {
                    last = now;
                    events.push(Event::Answered { device, attempt, answer: Answer::Device(200) });
                }
                Effect::AskWebhook { wave } => {
                    events.push(Event::WebhookAnswered { wave, may_continue: true });
                }
                Effect::Record(Decision::PersonAsked { .. }) => events.push(Event::NextWave),
                Effect::WakeAt(at) => wake = Some(at),
                _ => {}
            }
        }
        if events.is_empty() {
            let Some(at) = wake else { break };
            now = at;
            events.push(Event::Tick);
        }
        effects = Vec::new();
        for event in events {
            let (next, more) = step(state, event, now);
            state = next;
            // Only the newest time to wake up counts.
            effects.retain(|effect| !matches!(effect, Effect::WakeAt(_)));
            effects.extend(more);
        }
    }
    assert!(matches!(state.phase(), Phase::Ended(_)), "{:?}", state.phase());
    (last, state.waves().iter().map(|wave| wave.counts().total()).collect())
}

#[test]
fn an_estimate_is_what_such_a_run_takes() {
    for seed in 0..2_000 {
        let mut rng = StdRng::seed_from_u64(seed);
        let drawn = scenario::draw(&mut rng);
        let settings = Settings {
            stop_rules: Vec::new(),
            windows: None,
            end: None,
            targets: Targets::Frozen,
            offline: Offline::WaitMinutes(0),
            ..drawn.settings.clone()
        };
        let scenario = Scenario { settings, ..drawn };
        let (last, waves) = last_call(&scenario);
        let estimated = estimate(&scenario.settings, &waves, &[], scenario.hub_per_minute, scenario::begin());
        // A bucket holds a second's or a minute's share after each wait, and the first device is called at once.
        let slowest = scenario.settings.rate.as_ref().map_or(scenario.hub_per_minute, |rate| rate.per_minute);
        let interval = 60.0 / f64::from(slowest.min(scenario.hub_per_minute));
        let bucket = if scenario.settings.engine == Engine::HubJobs { 60.0 } else { 1.0 };
        let waves = waves.iter().filter(|devices| **devices > 0).count();
        #[expect(clippy::cast_precision_loss, reason = "a few waves, some hours")]
        let (allowed, difference) = (
            waves as f64 * f64::max(interval, bucket) + 0.1,
            (estimated.last_call.ticks() - last.ticks()) as f64 / 1e7,
        );
        assert!(
            difference.abs() <= allowed,
            "seed {seed}: {difference} s off, {allowed} allowed: {estimated:?}"
        );
        assert_eq!(estimated.devices_in_time, scenario.targets.len() as u64);
    }
}
