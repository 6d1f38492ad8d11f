//! A hub, devices, operators and a clock, all simulated. Time jumps to what happens next.

use std::{collections::BTreeMap, time::Duration};

use hub_wire::Timestamp;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rollout::{
    Effect, Event, State, begin,
    event::{Counting, Decision, DeviceIndex, StopReason},
    order::Target,
    refusal::Refusal,
    retry::Answer,
    settings::{Engine, Targets},
    state::Phase,
    step,
};

use super::{
    checks::Model,
    happening::{Delivery, Happening},
    scenario::{self, ASKED_BY, Scenario, chance, pick},
    totals::Totals,
};

struct World {
    rng: StdRng,
    scenario: Scenario,
    due: BTreeMap<(Timestamp, u64), Happening>,
    sequence: u64,
    wake: Option<Timestamp>,
    now: Timestamp,
    online: Vec<bool>,
    delivery: Vec<Delivery>,
    targets: Vec<Target>,
    model: Model,
    totals: Totals,
}

/// One run.
pub(crate) fn run(seed: u64) -> Totals {
    let mut rng = StdRng::seed_from_u64(seed);
    let scenario = scenario::draw(&mut rng);
    let now = scenario::begin();
    let (settings, request, policy) =
        (scenario.settings.clone(), scenario.request.clone(), scenario.policy.clone());
    let (mut state, effects) =
        begin(format!("job-{seed}"), settings, request, policy, scenario.hub_per_minute, now)
            .expect("valid settings");
    let mut world = World {
        rng,
        model: Model::new(scenario.hub_per_minute, scenario.policy.clone()),
        scenario,
        due: BTreeMap::new(),
        sequence: 0,
        wake: None,
        now,
        online: Vec::new(),
        delivery: Vec::new(),
        targets: Vec::new(),
        totals: Totals::default(),
    };
    world.plan();
    world.carry_out(&state, effects);
    while let Some(event) = world.next_event(&mut state) {
        state = world.take_step(state, event);
        world.totals.steps += 1;
        assert!(world.totals.steps < 100_000, "the run does not end: {:?} {:?}", state.phase(), world.wake);
    }
    world.finish(state)
}

impl World {
    fn at(&mut self, after: Duration, happening: Happening) {
        self.sequence += 1;
        self.due.insert((self.now.plus(after), self.sequence), happening);
    }

    fn seconds(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_secs(self.rng.random_range(range))
    }

    /// What happens whatever the rollout does: impatient people, crashes, a hub that is busy.
    fn plan(&mut self) {
        let commands = [
            (20, Event::Pause),
            (8, Event::Cancel),
            (15, Event::NextWave),
            (10, Event::Resume { counting: Counting::FromStart }),
            (20, Event::HubPace(pick(&mut self.rng, &[1, 10, 1_000]))),
            (5, Event::Approve { by: ASKED_BY.to_owned(), seen: self.scenario.request.hash.clone() }),
        ];
        for (percent, command) in commands {
            if chance(&mut self.rng, percent) {
                let after = self.seconds(0..3_600);
                self.at(after, Happening::Command(command));
            }
        }
        if chance(&mut self.rng, 5) {
            let settings = scenario::draw_settings(&mut self.rng);
            let request = scenario::request(&settings, self.scenario.request.devices);
            let after = self.seconds(0..600);
            self.at(after, Happening::Command(Event::Edit { settings: Box::new(settings), request }));
        }
        for _ in 0..pick(&mut self.rng, &[0, 0, 1, 3]) {
            let after = self.seconds(0..7_200);
            self.at(after, Happening::Crash);
        }
        for _ in 0..3 {
            let after = self.seconds(0..36_000);
            self.at(after, Happening::Joins);
        }
    }

    /// The next thing that happens and concerns the rollout; none when it has ended.
    fn next_event(&mut self, state: &mut State) -> Option<Event> {
        loop {
            if matches!(state.phase(), Phase::Ended(_)) {
                return None;
            }
            let happens = self.due.first_key_value().map(|((at, _), _)| *at);
            let is_wake = self.wake.is_some_and(|wake| happens.is_none_or(|at| wake <= at));
            if is_wake {
                self.now = self.now.max(self.wake.take()?);
                return Some(Event::Tick);
            }
            let ((at, _), happening) =
                self.due.pop_first().expect("a rollout that has not ended waits for something");
            self.now = self.now.max(at);
            if let Some(event) = self.happen(state, happening) {
                return Some(event);
            }
        }
    }

    fn happen(&mut self, state: &mut State, happening: Happening) -> Option<Event> {
        match happening {
            Happening::Answer(device, attempt, answer) => {
                self.model.answered(device, answer);
                Some(Event::Answered { device, attempt, answer })
            }
            Happening::NotSent(device, attempt) => {
                self.totals.not_sent += 1;
                self.model.not_sent(device);
                Some(Event::NotSent { device, attempt })
            }
            Happening::Connects(device) => {
                self.online[device as usize] = true;
                if chance(&mut self.rng, 20) {
                    let after = self.seconds(1..600);
                    self.at(after, Happening::Disconnects(device));
                }
                Some(Event::Connected(device))
            }
            Happening::Disconnects(device) => {
                self.online[device as usize] = false;
                let after = self.seconds(1..3_600);
                self.at(after, Happening::Connects(device));
                None
            }
            Happening::Polled(device) => self.online[device as usize].then_some(Event::Connected(device)),
            Happening::Command(command) => Some(command),
            Happening::Targets => (state.phase() == Phase::ReadingTargets).then(|| self.read_targets()),
            Happening::Webhook(wave) => {
                if chance(&mut self.rng, 10) {
                    return Some(Event::WebhookUnanswered { wave });
                }
                let may_continue = chance(&mut self.rng, 80);
                Some(Event::WebhookAnswered { wave, may_continue })
            }
            Happening::Joins => self.join(state),
            Happening::Crash => Some(self.crash(state)),
        }
    }

    fn read_targets(&mut self) -> Event {
        self.targets = self.scenario.targets.clone();
        self.model.drop_targets();
        self.model.add_targets(&self.targets);
        self.online.clear();
        self.delivery.clear();
        self.add_devices();
        Event::TargetsRead(self.targets.clone())
    }

    fn add_devices(&mut self) {
        for device in self.online.len()..self.targets.len() {
            let is_offline = chance(&mut self.rng, self.scenario.faults.offline_at_first);
            self.online.push(!is_offline);
            self.delivery.push(Delivery::Not);
            if is_offline && chance(&mut self.rng, 70) {
                let after = self.seconds(0..7_200);
                self.at(after, Happening::Connects(DeviceIndex::try_from(device).expect("a few devices")));
            }
        }
    }

    fn join(&mut self, state: &State) -> Option<Event> {
        let is_open = matches!(state.phase(), Phase::Running | Phase::Paused(_));
        if !is_open || state.settings().targets != Targets::Growing {
            return None;
        }
        let count = self.rng.random_range(1..=8);
        let joined = scenario::draw_targets(&mut self.rng, self.targets.len(), count);
        self.targets.extend(joined.clone());
        self.model.add_targets(&joined);
        self.add_devices();
        Some(Event::TargetsJoined(joined))
    }

    /// The program stops and starts again. What it waited for is lost; the hub's jobs go on.
    fn crash(&mut self, state: &mut State) -> Event {
        self.totals.crashes += 1;
        let keeps_answers = state.settings().engine == Engine::HubJobs;
        self.due.retain(|_, happening| match happening {
            Happening::Answer(..) | Happening::NotSent(..) => keeps_answers,
            Happening::Targets | Happening::Webhook(_) => false,
            _ => true,
        });
        self.wake = None;
        self.read_back(state);
        Event::Restarted
    }

    /// Stores the state and reads it back.
    fn read_back(&mut self, state: &mut State) {
        let stored = serde_json::to_string(state).expect("it is serialisable");
        let read: State = serde_json::from_str(&stored).expect("it is read back");
        assert_eq!(read, *state, "a state that is read back is the same");
        *state = read;
        self.totals.read_back += 1;
    }

    fn take_step(&mut self, mut state: State, event: Event) -> State {
        if chance(&mut self.rng, 5) {
            self.read_back(&mut state);
        }
        if let Event::HubPace(per_minute) = event {
            self.model.hub_pace(per_minute);
        }
        let (mut state, effects) = step(state, event, self.now);
        self.model.check(&state, &effects, self.now);
        let is_lost = state.settings().engine == Engine::DirectCalls && chance(&mut self.rng, 1);
        if is_lost && effects.iter().any(|effect| matches!(effect, Effect::Call { .. })) {
            // It stops after the state was stored and before a call is made: all other effects are carried out again at the start.
            let kept = effects.into_iter().filter(|effect| !matches!(effect, Effect::Call { .. })).collect();
            self.carry_out(&state, kept);
            let restarted = self.crash(&mut state);
            self.at(Duration::ZERO, Happening::Command(restarted));
            return state;
        }
        self.carry_out(&state, effects);
        state
    }

    fn carry_out(&mut self, state: &State, effects: Vec<Effect>) {
        self.wake = None;
        for effect in effects {
            match effect {
                Effect::Call { device, attempt } => self.call(state, device, attempt),
                Effect::AskApproval { .. } => self.ask_approval(state),
                Effect::ReadTargets => self.at(Duration::from_secs(1), Happening::Targets),
                Effect::AskWebhook { wave } => {
                    let after = self.seconds(1..600);
                    self.at(after, Happening::Webhook(wave));
                }
                Effect::Ended { outcome, .. } => {
                    *self.totals.outcomes.entry(outcome.as_str()).or_default() += 1;
                }
                Effect::Record(decision) => self.react(decision),
                Effect::Refuse(refusal) => self.refused(&refusal),
                Effect::WakeAt(at) => self.wake = Some(at),
            }
        }
    }

    /// Another person decides, or no person does.
    fn ask_approval(&mut self, state: &State) {
        let seen = state.request().hash.clone();
        let by = "priya".to_owned();
        let after = self.seconds(60..80 * 3_600);
        match self.rng.random_range(0..10) {
            0 => self.at(after, Happening::Command(Event::Reject { by, seen })),
            1 => {}
            _ => self.at(after, Happening::Command(Event::Approve { by, seen })),
        }
    }

    /// What an operator does about a decision.
    fn react(&mut self, decision: Decision) {
        let name: String = format!("{decision:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
        *self.totals.decisions.entry(name).or_default() += 1;
        let after = self.seconds(60..7_200);
        match decision {
            Decision::Paused(_) => {
                let counting = if chance(&mut self.rng, 80) { Counting::Afresh } else { Counting::FromStart };
                let is_given_up = chance(&mut self.rng, 20);
                let command = if is_given_up { Event::Cancel } else { Event::Resume { counting } };
                self.at(after, Happening::Command(command));
            }
            Decision::PersonAsked { .. } => self.at(after, Happening::Command(Event::NextWave)),
            _ => {}
        }
    }

    /// A command that comes too early is given again.
    fn refused(&mut self, refusal: &Refusal) {
        self.totals.refusals += 1;
        let again = match refusal {
            Refusal::NeedsApproval => Event::Resume { counting: Counting::Afresh },
            Refusal::IsPaused => Event::NextWave,
            _ => return,
        };
        let after = self.seconds(600..36_000);
        self.at(after, Happening::Command(again));
    }

    /// The hub gets a call.
    fn call(&mut self, state: &State, device: DeviceIndex, attempt: u16) {
        let faults = self.scenario.faults;
        let index = device as usize;
        if state.settings().engine == Engine::HubJobs && chance(&mut self.rng, faults.not_sent) {
            let after = self.seconds(0..120);
            self.at(after, Happening::NotSent(device, attempt));
            return;
        }
        let mut roll = self.rng.random_range(0..100);
        let mut is = |percent: u32| {
            let is_hit = roll < percent;
            roll = roll.saturating_sub(percent);
            is_hit && percent > 0
        };
        let (answer, reaches_device) = if !self.online[index] || is(faults.not_subscribed) {
            (Answer::Hub(404_103), false)
        } else if is(faults.refused_by_hub) {
            (Answer::Hub([429_001, 500_001, 503_001][index % 3]), false)
        } else if is(faults.failed) {
            (Answer::Device([409, 500][index % 2]), true)
        } else if is(faults.timed_out) {
            (Answer::Hub(504_101), true)
        } else if is(faults.unknown) {
            (Answer::Unknown, true)
        } else {
            (Answer::Device(200), true)
        };
        if reaches_device {
            assert_ne!(self.delivery[index], Delivery::Once, "device {device} gets the method twice");
            let retry = &state.settings().retry;
            let may_repeat = match answer {
                Answer::Hub(504_101) => retry.safe_to_repeat,
                Answer::Device(status) => status >= 400 && retry.device_statuses.contains(&status),
                _ => false,
            };
            self.delivery[index] = if may_repeat { Delivery::MayRepeat } else { Delivery::Once };
        }
        let after = match answer {
            Answer::Hub(504_101) => Duration::from_secs(state.settings().response_timeout_in_seconds.into()),
            _ => Duration::from_millis(self.rng.random_range(1..5_000)),
        };
        self.at(after, Happening::Answer(device, attempt, answer));
        if answer == Answer::Hub(404_103) && self.online[index] {
            self.at(Duration::from_mins(2), Happening::Polled(device));
        }
    }

    /// Nothing that comes later changes a rollout that has ended.
    fn finish(mut self, state: State) -> Totals {
        self.model.check_finished(&state);
        let Phase::Ended(reason) = state.phase() else { unreachable!("it has ended") };
        let ended = state.counts().to_owned();
        let late = [
            Event::Tick,
            Event::Restarted,
            Event::Connected(0),
            Event::Resume { counting: Counting::Afresh },
        ];
        let mut state = state;
        for event in late {
            let (next, effects) = step(state, event, self.now.plus(Duration::from_hours(1_000)));
            assert!(!effects.iter().any(|effect| matches!(effect, Effect::Call { .. } | Effect::WakeAt(_))));
            state = next;
        }
        assert_eq!(*state.counts(), ended);
        let name = match reason {
            StopReason::StopRule(_) => "StopRule".to_owned(),
            StopReason::GateNotMet(_) => "GateNotMet".to_owned(),
            other => format!("{other:?}"),
        };
        *self.totals.ends.entry(name).or_default() += 1;
        self.totals.calls += self.model.calls;
        self.totals
    }
}
