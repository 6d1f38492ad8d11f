//! A rollout whose answers and commands a test gives.

use std::{collections::BTreeMap, time::Duration};

use hub_wire::Timestamp;
use rollout::{
    Effect, Event, Settings, State,
    approval::{ApprovalPolicy, Request, RequestHash},
    begin,
    event::{Decision, DeviceIndex},
    order::Target,
    refusal::Refusal,
    retry::Answer,
    state::Phase,
    step,
};
use serde_json::{Value, json};

/// When every test begins; a Tuesday.
pub(crate) const BEGIN: &str = "2026-12-01T12:00:00Z";

pub(crate) struct Run {
    state: Option<State>,
    pub(crate) now: Timestamp,
    /// Calls without an answer, and which of the device's calls it is.
    pub(crate) open: BTreeMap<DeviceIndex, u16>,
    /// Everything since the last look.
    pub(crate) effects: Vec<Effect>,
    pub(crate) hash: RequestHash,
    wake: Option<Timestamp>,
}

pub(crate) fn targets(devices: usize) -> Vec<Target> {
    (0..devices).map(|n| Target { device_id: format!("door-{n}"), ..Target::default() }).collect()
}

pub(crate) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

impl Run {
    /// A rollout that was asked for by jonas, on so many devices that were counted.
    pub(crate) fn asked(settings: Value, counted: u64, policy: ApprovalPolicy) -> Self {
        let settings: Settings = serde_json::from_value(settings).expect("settings");
        let request = request(&settings, counted, "jonas");
        let (hash, now) = (request.hash.clone(), time(BEGIN));
        let (state, effects) = begin("job", settings, request, policy, 60_000, now).expect("valid settings");
        let mut run =
            Self { state: Some(state), now, open: BTreeMap::new(), effects: Vec::new(), hash, wake: None };
        run.take(effects);
        run
    }

    /// A rollout that has begun on so many devices.
    pub(crate) fn on(devices: usize, settings: Value) -> Self {
        let mut run = Self::asked(settings, devices as u64, ApprovalPolicy::default());
        run.send(Event::TargetsRead(targets(devices)));
        run
    }

    pub(crate) fn state(&self) -> &State {
        self.state.as_ref().expect("between steps")
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state().phase()
    }

    pub(crate) fn send(&mut self, event: Event) {
        let (state, effects) = step(self.state.take().expect("between steps"), event, self.now);
        self.state = Some(state);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        self.wake = None;
        for effect in &effects {
            match effect {
                Effect::Call { device, attempt } => {
                    assert_eq!(self.open.insert(*device, *attempt), None, "one call at a time");
                }
                Effect::Ended { device, .. } => {
                    self.open.remove(device);
                }
                Effect::WakeAt(at) => self.wake = Some(*at),
                _ => {}
            }
        }
        self.effects.extend(effects);
    }

    /// Sends an event that is refused; nothing else happens.
    pub(crate) fn refused(&mut self, event: Event) -> Refusal {
        let before = self.state().clone();
        self.effects.clear();
        self.send(event);
        assert_eq!(*self.state(), before, "a refused event changes nothing");
        let refusal = self.effects.iter().find_map(|effect| match effect {
            Effect::Refuse(refusal) => Some(refusal.clone()),
            _ => None,
        });
        refusal.expect("it is refused")
    }

    /// Lets time pass; the rollout is woken whenever it asked for it.
    pub(crate) fn wait(&mut self, minutes: u64) {
        let until = self.now.plus(Duration::from_mins(minutes));
        while let Some(at) = self.wake.filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.send(Event::Tick);
        }
        self.now = until;
    }

    /// Answers the call of a device that is under way.
    pub(crate) fn answer(&mut self, device: DeviceIndex, answer: Answer) {
        let attempt = self.open.remove(&device).expect("the device was called");
        self.send(Event::Answered { device, attempt, answer });
    }

    /// Answers all calls that are under way now; returns how many.
    pub(crate) fn answer_all(&mut self, answer: Answer) -> usize {
        let devices: Vec<_> = self.open.keys().copied().collect();
        for device in &devices {
            self.answer(*device, answer);
        }
        devices.len()
    }

    /// Answers so many of the calls that are under way.
    pub(crate) fn answer_some(&mut self, count: usize, answer: Answer) {
        let devices: Vec<_> = self.open.keys().copied().take(count).collect();
        assert_eq!(devices.len(), count, "calls under way");
        for device in &devices {
            self.answer(*device, answer);
        }
    }

    /// The history since the last look.
    pub(crate) fn decisions(&mut self) -> Vec<Decision> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Record(decision) => Some(decision),
                _ => None,
            })
            .collect()
    }

    /// How many devices are in each state: queued, in flight, succeeded, failed, timed out, not online, interrupted, cancelled.
    pub(crate) fn counts(&self) -> [u64; 8] {
        let of = self.state().counts();
        [
            of.queued,
            of.in_flight,
            of.succeeded,
            of.failed,
            of.timed_out,
            of.not_online,
            of.interrupted,
            of.cancelled,
        ]
    }
}

pub(crate) fn request(settings: &Settings, devices: u64, asked_by: &str) -> Request {
    let hash = RequestHash::new(&json!({"methodName": "lock"}), &json!("*"), settings);
    Request { asked_by: asked_by.to_owned(), action: "lock".to_owned(), hash, devices }
}
