//! One step: an event is applied, then everything that is due at this time is done.

use console_wire::{outcome::Outcome, problem::FieldError};
use hub_wire::Timestamp;

use crate::{
    approval::{Approval, ApprovalPolicy, Request},
    event::{Decision, DeviceIndex, Effect, Event, StopReason},
    refusal::Refusal,
    settings::{EndBehaviour, Settings},
    state::{Phase, Place, Stage, State},
};

mod answers;
mod commands;
mod decisions;
mod dispatch;
mod start;

/// A new rollout and what is to be done first: an approval is asked for, its start is waited for, or targets are read.
/// `hub_per_minute` is how many devices a minute the hub takes, at least 1.
///
/// # Errors
/// Every member of the settings at fault.
pub fn begin(
    job_id: impl Into<String>,
    settings: Settings,
    request: Request,
    policy: ApprovalPolicy,
    hub_per_minute: u32,
    now: Timestamp,
) -> Result<(State, Vec<Effect>), Vec<FieldError>> {
    let mut state = State::new(job_id.into(), settings, request, policy, hub_per_minute, now)?;
    let mut step = Step { state: &mut state, effects: Vec::new(), now, has_results: false };
    step.ask_if_needed();
    step.progress();
    let effects = step.effects;
    Ok((state, effects))
}

/// What an event at a time makes of a rollout. The new state is to be stored before the effects are carried out, see [`Effect`].
/// A time before that of an earlier step counts as that time.
pub fn step(mut state: State, event: Event, now: Timestamp) -> (State, Vec<Effect>) {
    let effects = step_in_place(&mut state, event, now);
    (state, effects)
}

/// The same on a state that is changed where it is.
pub fn step_in_place(state: &mut State, event: Event, now: Timestamp) -> Vec<Effect> {
    let now = now.max(state.last_step);
    state.last_step = now;
    let mut step = Step { state, effects: Vec::new(), now, has_results: false };
    if let Err(refusal) = step.apply(event) {
        step.effects.push(Effect::Refuse(refusal));
    }
    step.progress();
    step.effects
}

/// A step that is being made.
struct Step<'a> {
    state: &'a mut State,
    effects: Vec<Effect>,
    now: Timestamp,
    /// A device has ended in this step, so the stop rules are checked.
    has_results: bool,
}

impl Step<'_> {
    fn apply(&mut self, event: Event) -> Result<(), Refusal> {
        match event {
            Event::Tick => {}
            Event::Edit { settings, request } => self.edit(*settings, request)?,
            Event::Approve { by, seen } => self.approve(by, &seen)?,
            Event::Reject { by, seen } => self.reject(&by, &seen)?,
            Event::TargetsRead(targets) => self.freeze(&targets)?,
            Event::TargetsJoined(targets) => self.join(&targets)?,
            Event::Answered { device, attempt, answer } => self.answered(device, attempt, answer),
            Event::NotSent { device, attempt } => self.not_sent(device, attempt),
            Event::Connected(device) => self.connected(device),
            Event::Pause => self.pause()?,
            Event::Resume { counting } => self.resume(counting)?,
            Event::NextWave => self.skip_wait()?,
            Event::Cancel => self.cancel()?,
            Event::WebhookAnswered { wave, may_continue } => self.webhook_answered(wave, may_continue)?,
            Event::WebhookUnanswered { wave } => self.webhook_unanswered(wave)?,
            Event::HubPace(per_minute) => {
                self.state.hub_per_minute = per_minute.max(1);
            }
            Event::AtOnce(calls) => self.state.at_once = calls.max(1),
            Event::Restarted => self.restarted(),
        }
        Ok(())
    }

    /// Does what is due now. The order matters: what has ended is counted, stop rules are checked, and only then devices are
    /// called.
    fn progress(&mut self) {
        self.lapse();
        self.start_if_due();
        self.end_if_due();
        self.fire_timers();
        if self.has_results {
            self.check_stop_rules();
        }
        self.finish();
        self.open_gates();
        self.call();
        self.finish();
        if let Some(at) = self.next_wake() {
            self.effects.push(Effect::WakeAt(at));
        }
    }

    fn record(&mut self, decision: Decision) {
        self.effects.push(Effect::Record(decision));
    }

    fn end_device(&mut self, device: DeviceIndex, outcome: Outcome) {
        self.state.place(device, Place::Ended(outcome));
        self.state.offline_until.remove(&device);
        self.effects.push(Effect::Ended { device, outcome });
        self.has_results = true;
    }

    /// Whether devices that were called may be called again.
    fn may_repeat(&self) -> bool {
        match self.state.phase {
            Phase::Running | Phase::Paused(_) => true,
            Phase::Stopping(_) => self.state.repeats_after_end,
            _ => false,
        }
    }

    /// Ends what is not under way. Devices that were never called are cancelled; others end with their last outcome.
    fn stop(&mut self, reason: StopReason) {
        self.record(Decision::Stopped(reason));
        let repeats = reason == StopReason::EndTime
            // The end does not lift a pause: no person has agreed that it goes on.
            && self.state.phase == Phase::Running
            && self.state.settings.end.is_some_and(|end| end.behaviour == EndBehaviour::Stop);
        self.state.repeats_after_end = repeats;
        self.state.phase = Phase::Stopping(reason);
        self.drop_request();
        for device in 0..DeviceIndex::try_from(self.state.devices.len()).unwrap_or(DeviceIndex::MAX) {
            match self.state.devices.get(device as usize).map(|device| device.at) {
                Some(Place::Queued) => self.end_device(device, Outcome::Cancelled),
                Some(Place::WaitsToConnect(_)) => self.end_device(device, Outcome::NotOnline),
                Some(Place::WaitsToRepeat(last) | Place::Again(last)) if !repeats => {
                    self.end_device(device, last);
                }
                _ => {}
            }
        }
        self.state.waves.iter_mut().for_each(|wave| wave.queues.clear());
        if !repeats {
            self.state.timers.clear();
            self.state.zones.iter_mut().for_each(|zone| zone.again.clear());
        }
    }

    /// Ends a rollout of which no device is out any more.
    fn finish(&mut self) {
        if self.state.counts.queued + self.state.counts.in_flight > 0 {
            return;
        }
        let reason = match self.state.phase {
            Phase::Running | Phase::Paused(_) if !self.is_growing() => StopReason::Completed,
            Phase::Stopping(reason) => reason,
            _ => return,
        };
        self.close(reason);
    }

    fn close(&mut self, reason: StopReason) {
        self.state.phase = Phase::Ended(reason);
        self.drop_request();
        self.state.timers.clear();
        self.record(Decision::Finished(reason));
    }

    /// What stops needs no approval any more. One that was given stays.
    fn drop_request(&mut self) {
        if self.is_waiting_for_approval() {
            self.state.approval = None;
        }
    }

    fn is_waiting_for_approval(&self) -> bool {
        self.state.approval.as_ref().is_some_and(|approval| approval.approved_by.is_none())
    }

    /// The earliest time at which something is due.
    fn next_wake(&self) -> Option<Timestamp> {
        let state = &self.state;
        if matches!(state.phase, Phase::Ended(_)) {
            return None;
        }
        let approval = state.approval.as_ref().filter(|approval| approval.approved_by.is_none());
        let soak = match (state.phase, state.stage) {
            (Phase::Running, Stage::Soaking(until)) => Some(until),
            _ => None,
        };
        let times = [
            approval.map(Approval::lapses_at),
            state.settings.start_time.filter(|_| state.phase == Phase::Scheduled),
            state.settings.end.map(|end| end.at).filter(|_| !matches!(state.phase, Phase::Stopping(_))),
            state.timers.first().map(|(at, _)| *at),
            soak,
            self.next_call(),
        ];
        times.into_iter().flatten().min()
    }
}
