//! What devices answer, and when those are called again that did not do it.

use std::time::Duration;

use console_wire::outcome::Outcome;

use super::Step;
use crate::{
    event::{DeviceIndex, Effect},
    retry::{Answer, Next, backoff_ms},
    settings::{Engine, Offline},
    state::{Phase, Place, Stage},
};

/// Least time between two calls of a device that was not online: one that connects and loses its connection over and over does not
/// use up the rate.
const RECONNECT_PAUSE: Duration = Duration::from_secs(30);

impl Step<'_> {
    /// A late or second answer of a call that has ended is dropped.
    pub(super) fn answered(&mut self, index: DeviceIndex, attempt: u16, answer: Answer) {
        let Some(device) = self.state.devices.get(index as usize).copied() else { return };
        let Place::InFlight { connected, .. } = device.at else { return };
        if device.calls != attempt {
            return;
        }
        self.end_call(answer.outcome());
        match answer.next(&self.state.settings.retry) {
            Next::Again(outcome)
                if self.may_repeat() && device.repeated < self.state.settings.retry.at_most =>
            {
                self.repeat_later(index, device.repeated, outcome);
            }
            Next::End(outcome) | Next::Again(outcome) => self.end_device(index, outcome),
            Next::WhenConnected => self.not_online(index, connected),
        }
    }

    /// The hub did not get the call, so it does not count as one. The device is called as soon as that is allowed again.
    pub(super) fn not_sent(&mut self, index: DeviceIndex, attempt: u16) {
        let Some(device) = self.state.devices.get_mut(index as usize) else { return };
        let Place::InFlight { before, .. } = device.at else { return };
        if device.calls != attempt {
            return;
        }
        device.calls -= 1;
        let (wave, zone) = (usize::from(device.wave), device.zone);
        self.state.notified -= u64::from(device.calls == 0);
        self.state.calls.in_flight -= 1;
        let may_call = matches!(self.state.phase, Phase::Running | Phase::Paused(_));
        match before {
            Some(last) if self.may_repeat() => {
                self.state.place(index, Place::Again(last));
                if let Some(zone) = self.state.zones.get_mut(usize::from(zone)) {
                    zone.again.push_front(index);
                }
            }
            None if may_call => {
                self.state.place(index, Place::Queued);
                if let Some(wave) = self.state.waves.get_mut(wave) {
                    wave.queue_first(zone, index);
                }
            }
            last => self.end_device(index, last.unwrap_or(Outcome::Cancelled)),
        }
    }

    fn end_call(&mut self, outcome: Outcome) {
        self.state.calls.in_flight -= 1;
        *self.state.calls.get_mut(outcome) += 1;
    }

    fn repeat_later(&mut self, index: DeviceIndex, repeated: u8, last: Outcome) {
        let wait = backoff_ms(&self.state.settings.retry, &self.state.job_id, index, repeated);
        self.state.timers.insert((self.now.plus(Duration::from_millis(wait)), index));
        self.state.place(index, Place::WaitsToRepeat(last));
        if let Some(device) = self.state.devices.get_mut(index as usize) {
            device.repeated = repeated + 1;
        }
    }

    /// A device that was not reached waits for its connection, until its time or the job's is over.
    fn not_online(&mut self, index: DeviceIndex, has_connected: bool) {
        let deadline = match self.state.settings.offline {
            Offline::UntilEnd => None,
            Offline::WaitMinutes(minutes) => {
                let wait = Duration::from_secs(u64::from(minutes) * 60);
                Some(*self.state.offline_until.entry(index).or_insert(self.now.plus(wait)))
            }
        };
        let is_over = deadline.is_some_and(|deadline| deadline <= self.now);
        if is_over || !matches!(self.state.phase, Phase::Running | Phase::Paused(_)) {
            self.end_device(index, Outcome::NotOnline);
            return;
        }
        let not_before = self.now.plus(RECONNECT_PAUSE);
        if has_connected {
            self.state.timers.insert((not_before, index));
            self.state.place(index, Place::WaitsToRepeat(Outcome::NotOnline));
        } else {
            self.state.timers.extend(deadline.map(|deadline| (deadline, index)));
            self.state.place(index, Place::WaitsToConnect(not_before));
        }
    }

    /// A device that has connected is called again. If that happens during a call, the call may have missed it.
    pub(super) fn connected(&mut self, index: DeviceIndex) {
        match self.state.devices.get(index as usize).map(|device| device.at) {
            Some(Place::InFlight { before, .. }) => {
                self.state.place(index, Place::InFlight { connected: true, before });
            }
            Some(Place::WaitsToConnect(not_before)) => {
                if let Some(deadline) = self.state.offline_until.get(&index) {
                    self.state.timers.remove(&(*deadline, index));
                }
                self.state.timers.insert((not_before.max(self.now), index));
                self.state.place(index, Place::WaitsToRepeat(Outcome::NotOnline));
            }
            _ => {}
        }
    }

    /// Waits that are over: a device is called again, or its time to connect has ended.
    pub(super) fn fire_timers(&mut self) {
        while let Some((_, index)) = self.state.timers.first().copied().filter(|(at, _)| *at <= self.now) {
            self.state.timers.pop_first();
            let Some(device) = self.state.devices.get(index as usize).copied() else { continue };
            match device.at {
                Place::WaitsToRepeat(last) => {
                    self.state.place(index, Place::Again(last));
                    if let Some(zone) = self.state.zones.get_mut(usize::from(device.zone)) {
                        zone.again.push_back(index);
                    }
                }
                Place::WaitsToConnect(_) => self.end_device(index, Outcome::NotOnline),
                _ => {}
            }
        }
    }

    /// What the program did not finish before it stopped. The console's own calls may have reached their devices, so they are
    /// interrupted; the hub's jobs go on.
    pub(super) fn restarted(&mut self) {
        self.state.zones.iter_mut().for_each(|zone| zone.calls = None);
        match (self.state.phase, self.state.stage) {
            (Phase::ReadingTargets, _) => self.effects.push(Effect::ReadTargets),
            (Phase::Running | Phase::Paused(_), Stage::AwaitsWebhook) => {
                self.effects.push(Effect::AskWebhook { wave: self.state.current });
            }
            _ => {}
        }
        if self.state.settings.engine == Engine::HubJobs {
            return;
        }
        for index in 0..DeviceIndex::try_from(self.state.devices.len()).unwrap_or(DeviceIndex::MAX) {
            let at = self.state.devices.get(index as usize).map(|device| device.at);
            if matches!(at, Some(Place::InFlight { .. })) {
                self.end_call(Outcome::Interrupted);
                self.end_device(index, Outcome::Interrupted);
            }
        }
    }
}
