//! A model of a rollout, made from its effects alone and by other means than the rollout itself.

use console_wire::outcome::{Outcome, Outcomes};
use hub_wire::Timestamp;
use rollout::{
    State,
    approval::ApprovalPolicy,
    event::{Counting, Decision, DeviceIndex, Effect, StopReason},
    order::Target,
    retry::Answer,
    settings::{AfterEach, EndBehaviour, Engine, StopOutcome, Zone},
    state::{Phase, Stage},
};

/// What is known of a device.
#[derive(Debug, Default, Clone)]
struct Known {
    calls: u16,
    /// The answer to its last call; none while it is under way.
    answer: Option<Answer>,
    /// The answer to the call before the last one.
    answer_before: Option<Answer>,
    /// Calls that repeated one that had reached the hub.
    repeated: u8,
    outcome: Option<Outcome>,
    target: Target,
}

/// Which calls may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Nothing,
    /// Calls of devices that were called before: the end time has passed.
    Repeats,
    All,
}

/// The model.
#[derive(Debug)]
pub(crate) struct Model {
    devices: Vec<Known>,
    /// How many devices ended with each outcome.
    ended: Outcomes,
    /// `ended` when the stop rules began to count.
    baseline: Outcomes,
    /// A resume that counts from the start lets a rule fire only with the next result.
    has_result: bool,
    is_approved: bool,
    allowed: Allowed,
    notified: u64,
    /// Milliseconds that all calls so far take at their rates, less the time that has passed: its lowest value so far.
    least_lead: f64,
    spent_ms: f64,
    hub_per_minute: u32,
    policy: ApprovalPolicy,
    pub(crate) calls: u64,
}

impl Model {
    pub(crate) fn new(hub_per_minute: u32, policy: ApprovalPolicy) -> Self {
        Self {
            devices: Vec::new(),
            ended: Outcomes::default(),
            baseline: Outcomes::default(),
            has_result: true,
            is_approved: false,
            allowed: Allowed::Nothing,
            notified: 0,
            least_lead: f64::INFINITY,
            spent_ms: 0.0,
            hub_per_minute,
            policy,
            calls: 0,
        }
    }

    pub(crate) fn add_targets(&mut self, targets: &[Target]) {
        self.devices
            .extend(targets.iter().map(|target| Known { target: target.clone(), ..Known::default() }));
    }

    pub(crate) fn drop_targets(&mut self) {
        self.devices.clear();
    }

    pub(crate) fn hub_pace(&mut self, per_minute: u32) {
        self.hub_per_minute = per_minute;
    }

    pub(crate) fn answered(&mut self, device: DeviceIndex, answer: Answer) {
        self.devices[device as usize].answer = Some(answer);
    }

    /// The hub has not got the last call of a device.
    pub(crate) fn not_sent(&mut self, device: DeviceIndex) {
        let known = &mut self.devices[device as usize];
        known.calls -= 1;
        known.answer = known.answer_before.take();
        self.calls -= 1;
        self.notified -= u64::from(known.calls == 0);
        known.repeated -= u8::from(known.answer.is_some_and(|answer| answer != Answer::Hub(404_103)));
    }

    /// Follows a step and checks what it did.
    pub(crate) fn check(&mut self, state: &State, effects: &[Effect], now: Timestamp) {
        for effect in effects {
            match effect {
                Effect::Call { device, attempt } => self.check_call(state, *device, *attempt, now),
                Effect::Ended { device, outcome } => self.check_end(*device, *outcome),
                Effect::Record(decision) => self.follow(state, *decision),
                Effect::AskApproval { .. } => self.is_approved = false,
                _ => {}
            }
        }
        self.check_counts(state);
        self.check_stop_rules(state);
    }

    fn follow(&mut self, state: &State, decision: Decision) {
        match decision {
            Decision::Approved => {
                self.is_approved = true;
                // It goes on if the growth of its target was why it was paused.
                let is_running = state.phase() == Phase::Running;
                self.allowed = if is_running { Allowed::All } else { Allowed::Nothing };
            }
            Decision::Started { .. } => self.allowed = Allowed::All,
            Decision::Paused(_) | Decision::Finished(_) => self.allowed = Allowed::Nothing,
            Decision::Stopped(reason) => {
                let repeats = state.settings().end.is_some_and(|end| end.behaviour == EndBehaviour::Stop);
                let is_end = reason == StopReason::EndTime;
                self.allowed = if is_end && repeats && self.allowed == Allowed::All {
                    Allowed::Repeats
                } else {
                    Allowed::Nothing
                };
            }
            Decision::Resumed(counting) => {
                self.allowed = Allowed::All;
                self.has_result = counting == Counting::Afresh;
                self.baseline = match counting {
                    Counting::Afresh => self.ended,
                    Counting::FromStart => Outcomes::default(),
                };
            }
            Decision::GateMet { wave, succeeded, devices }
            | Decision::GateNotMet { wave, succeeded, devices } => {
                check_gate(state, wave, succeeded, devices);
            }
            Decision::WaveStarted { wave } => self.check_waves_before(state, wave),
            _ => {}
        }
    }

    /// A wave begins when every device of those before was called.
    fn check_waves_before(&self, state: &State, wave: usize) {
        for (device, known) in (0..).zip(&self.devices) {
            let is_before = state.wave_of(device).is_some_and(|of| of < wave);
            assert!(!is_before || known.calls > 0, "wave {wave} begins before device {device} is called");
        }
    }

    fn check_call(&mut self, state: &State, device: DeviceIndex, attempt: u16, now: Timestamp) {
        let settings = state.settings();
        assert_ne!(self.allowed, Allowed::Nothing, "device {device} is called although nothing may begin");
        assert!(
            self.allowed == Allowed::All || attempt > 1,
            "device {device} is called for the first time after the end"
        );
        if let Some(end) = settings.end {
            assert!(
                now < end.at || self.allowed == Allowed::Repeats,
                "device {device} is called after the end"
            );
        }
        self.check_rate(state, now);
        self.check_window(state, device, now);
        let needs_approval = self.policy.needs_approval("lock", self.devices.len() as u64);
        assert!(!needs_approval || self.is_approved, "device {device} is called without an approval");
        let known = &mut self.devices[device as usize];
        known.calls += 1;
        assert_eq!(known.calls, attempt, "calls of device {device} are counted");
        assert_eq!(known.outcome, None, "device {device} is called after its end");
        if attempt == 1 {
            assert_eq!(
                state.wave_of(device),
                Some(state.current_wave()),
                "device {device} is called out of its wave"
            );
            self.notified += 1;
        } else {
            let before = known.answer.take().expect("it has answered before it is called again");
            known.answer_before = Some(before);
            if before != Answer::Hub(404_103) {
                known.repeated += 1;
                assert!(known.repeated <= settings.retry.at_most, "device {device} is called too often");
            }
        }
        known.answer = None;
        self.calls += 1;
    }

    /// Calls i to j take at least the time that calls i to j-1 take at their rates, less what a bucket holds. The rate is that at the
    /// time of the call, by the formula of the documentation.
    fn check_rate(&mut self, state: &State, now: Timestamp) {
        let mut rate = f64::from(self.hub_per_minute);
        if let Some(chosen) = &state.settings().rate {
            let mut own = f64::from(chosen.per_minute);
            if let Some(ramp) = &chosen.ramp {
                let steps = match ramp.after_each {
                    AfterEach::Notified(devices) => self.notified / u64::from(devices),
                    AfterEach::Succeeded(devices) => self.ended.succeeded / u64::from(devices),
                };
                let factor = f64::from(ramp.factor.tenths()) / 10.0;
                own = (own * factor.powi(i32::try_from(steps).unwrap_or(i32::MAX)))
                    .min(f64::from(ramp.up_to_per_minute));
            }
            rate = rate.min(own);
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few weeks")]
        let now_ms = now.ticks() as f64 / 10_000.0;
        self.least_lead = self.least_lead.min(self.spent_ms - now_ms);
        let bucket_ms = match state.settings().engine {
            Engine::DirectCalls => 1_000.0,
            Engine::HubJobs => 60_000.0,
        };
        let burst = self.spent_ms - now_ms - self.least_lead;
        assert!(
            burst <= f64::max(bucket_ms - 60_000.0 / rate, 0.0) + 1.0,
            "the rate is exceeded by {burst} ms at {rate}/min"
        );
        self.spent_ms += 60_000.0 / rate;
    }

    fn check_window(&self, state: &State, device: DeviceIndex, now: Timestamp) {
        let Some(windows) = &state.settings().windows else { return };
        let zone = match &windows.zone {
            Zone::Name(name) => name.as_str(),
            Zone::Tag(tag) => {
                let own =
                    self.devices[device as usize].target.zone.as_deref().filter(|name| *name != "nowhere");
                own.unwrap_or(&tag.otherwise)
            }
        };
        let at = jiff::Timestamp::from_millisecond(now.unix_millis())
            .and_then(|at| at.in_tz(zone))
            .expect("a zone");
        let is_open = windows.windows.iter().any(|window| {
            let begins = i64::from(window.start.hour()) * 60 + i64::from(window.start.minute());
            let since_midnight =
                i64::from(at.hour()) * 3_600 + i64::from(at.minute()) * 60 + i64::from(at.second());
            (0..=1).any(|days_ago| {
                let day = at.date().checked_sub(jiff::Span::new().days(days_ago)).expect("a date").weekday();
                let is_its_day = window.days.is_empty()
                    || window.days.iter().any(|known| format!("{known:?}") == format!("{day:?}"));
                let elapsed = since_midnight + days_ago * 86_400 - begins * 60;
                let answered = elapsed + i64::from(state.settings().response_timeout_in_seconds);
                is_its_day && elapsed >= 0 && answered <= i64::from(window.minutes) * 60
            })
        });
        assert!(is_open, "device {device} is called at {at}, outside of {windows:?}");
    }

    fn check_end(&mut self, device: DeviceIndex, outcome: Outcome) {
        let known = &mut self.devices[device as usize];
        assert_eq!(known.outcome, None, "device {device} ends twice");
        assert!(outcome.is_terminal());
        let fits = match outcome {
            Outcome::Cancelled => known.calls == 0,
            Outcome::Interrupted => matches!(known.answer, Some(Answer::Unknown) | None) && known.calls > 0,
            other => known.answer.is_some_and(|answer| answer.outcome() == other),
        };
        assert!(fits, "device {device} ends as {outcome:?} after {known:?}");
        known.outcome = Some(outcome);
        *self.ended.get_mut(outcome) += 1;
        self.has_result = true;
    }

    fn check_counts(&self, state: &State) {
        let counts = state.counts();
        if !matches!(state.phase(), Phase::Running | Phase::Paused(_) | Phase::Stopping(_)) {
            return;
        }
        assert_eq!(counts.total(), self.devices.len() as u64, "the counts sum");
        assert_eq!(state.device_count(), self.devices.len());
        let mut of_waves = Outcomes::default();
        for outcome in Outcome::ALL {
            *of_waves.get_mut(outcome) = state.waves().iter().map(|wave| wave.counts().get(outcome)).sum();
        }
        assert_eq!(of_waves, *counts, "the counts of the waves sum");
        assert_eq!(Outcomes { queued: 0, in_flight: 0, ..*counts }, self.ended, "each end is counted");
        let in_flight = self
            .devices
            .iter()
            .filter(|known| known.calls > 0 && known.answer.is_none() && known.outcome.is_none());
        assert_eq!(counts.in_flight, in_flight.count() as u64, "calls under way are counted");
        assert_eq!(
            (state.calls().total(), state.calls().in_flight),
            (self.calls, counts.in_flight),
            "calls are counted"
        );
    }

    /// While a rollout runs no rule fires at its counts.
    fn check_stop_rules(&self, state: &State) {
        if state.phase() != Phase::Running || !self.has_result {
            return;
        }
        let since = |outcome: Outcome| self.ended.get(outcome) - self.baseline.get(outcome);
        let problems = since(Outcome::Failed)
            + since(Outcome::TimedOut)
            + since(Outcome::NotOnline)
            + since(Outcome::Interrupted);
        let ended = problems + since(Outcome::Succeeded);
        for rule in &state.settings().stop_rules {
            let counted = match rule.outcome {
                StopOutcome::Failed => since(Outcome::Failed),
                StopOutcome::TimedOut => since(Outcome::TimedOut),
                StopOutcome::NotOnline => since(Outcome::NotOnline),
                StopOutcome::Any => problems,
            };
            let is_reached = counted * 10_000 >= ended * u64::from(rule.percent.hundredths());
            let fires = counted > 0 && ended >= u64::from(rule.at_least) && is_reached;
            assert!(!fires, "{rule:?} should have fired at {counted} of {ended}");
        }
    }

    /// At the end every device that was in the rollout has one outcome.
    pub(crate) fn check_finished(&self, state: &State) {
        if state.device_count() == 0 {
            assert_eq!(self.calls, 0);
            return;
        }
        for (device, known) in (0..).zip(&self.devices) {
            assert!(known.outcome.is_some(), "device {device} has no outcome: {known:?}");
            assert_eq!(state.device(device), known.outcome);
        }
        assert_eq!(state.counts().in_flight + state.counts().queued, 0);
        let reason = state.phase();
        let completed = reason == Phase::Ended(StopReason::Completed);
        assert!(
            !completed || state.counts().cancelled == 0,
            "a rollout that completed has cancelled devices"
        );
    }
}

/// A gate is judged when every device of its wave has ended or waits to connect.
fn check_gate(state: &State, wave: usize, succeeded: u64, devices: u64) {
    let judged = &state.waves()[wave];
    let needed =
        state.settings().waves[wave].gate.succeeded_percent.map_or(0, |share| u64::from(share.hundredths()));
    assert_eq!((succeeded, devices), (judged.counts().succeeded, judged.counts().total()));
    assert_eq!(judged.counts().in_flight, 0, "wave {wave} is under way: {judged:?}");
    assert_eq!(judged.counts().queued, judged.waiting_to_connect(), "wave {wave} is under way: {judged:?}");
    let is_met = succeeded * 10_000 >= needed * devices;
    let is_held = state.current_wave() == wave
        && !matches!(state.stage(), Stage::Soaking(_) | Stage::AwaitsPerson | Stage::AwaitsWebhook);
    assert_eq!(is_met, !is_held, "wave {wave} needs {needed}: {judged:?}");
}
