//! From the request to the first wave: approval, start time, targets, end time.

use std::collections::HashMap;

use super::Step;
use crate::{
    approval::Approval,
    event::{Decision, DeviceIndex, Effect, PauseReason, StopReason},
    order::{Target, arrange, sample_key},
    rate::Bucket,
    refusal::Refusal,
    settings::{Targets, Zone},
    state::{Device, MAX_DEVICES, Phase, Place, Stage, Wave},
};

impl Step<'_> {
    /// Asks for an approval if the policy wants one for this request.
    pub(super) fn ask_if_needed(&mut self) {
        let devices = self.state.request.devices;
        if self.state.policy.needs_approval(&self.state.request.action, devices) {
            self.ask_for(devices);
            self.state.phase = Phase::AwaitingApproval;
        } else {
            self.state.approval = None;
            self.state.phase = Phase::Scheduled;
        }
    }

    fn ask_for(&mut self, devices: u64) {
        self.state.approval = Some(Approval::waiting(devices, self.now));
        self.effects.push(Effect::AskApproval { devices });
    }

    /// Whether this many devices need an approval that was not given for them.
    fn lacks_approval(&self, devices: u64) -> bool {
        let is_covered = self.state.approval.as_ref().is_some_and(|approval| approval.covers(devices));
        !is_covered && self.state.policy.needs_approval(&self.state.request.action, devices)
    }

    /// A request without a decision ends the rollout: it does not start, or what has not begun is cancelled.
    pub(super) fn lapse(&mut self) {
        let now = self.now;
        let has_lapsed = self.state.approval.as_ref().is_some_and(|approval| approval.lapses_at() <= now);
        if !has_lapsed || !self.is_waiting_for_approval() {
            return;
        }
        match self.state.phase {
            Phase::AwaitingApproval => self.close(StopReason::Lapsed),
            Phase::Running | Phase::Paused(_) => self.stop(StopReason::Lapsed),
            _ => {}
        }
    }

    pub(super) fn start_if_due(&mut self) {
        let is_due = self.state.settings.start_time.is_none_or(|start| start <= self.now);
        if self.state.phase == Phase::Scheduled && is_due {
            self.state.phase = Phase::ReadingTargets;
            self.effects.push(Effect::ReadTargets);
        }
    }

    pub(super) fn end_if_due(&mut self) {
        if self.state.settings.end.is_none_or(|end| end.at > self.now) {
            return;
        }
        match self.state.phase {
            Phase::AwaitingApproval | Phase::Scheduled | Phase::ReadingTargets => {
                self.close(StopReason::EndTime);
            }
            Phase::Running | Phase::Paused(_) => self.stop(StopReason::EndTime),
            Phase::Stopping(_) | Phase::Ended(_) => {}
        }
    }

    pub(super) fn is_growing(&self) -> bool {
        self.state.settings.targets == Targets::Growing
    }

    /// Fixes the waves and begins the first, unless so many devices need another approval.
    pub(super) fn freeze(&mut self, targets: &[Target]) -> Result<(), Refusal> {
        if self.state.phase != Phase::ReadingTargets {
            return Err(Refusal::NoTargetsExpected);
        }
        if targets.len() > MAX_DEVICES {
            return Err(Refusal::TooManyDevices(MAX_DEVICES));
        }
        let devices = targets.len() as u64;
        if self.lacks_approval(devices) {
            self.ask_for(devices);
            self.state.phase = Phase::AwaitingApproval;
            return Ok(());
        }
        let waves = arrange(&self.state.settings, &self.state.job_id, targets);
        self.state.waves = waves.iter().map(|_| Wave::default()).collect();
        self.make_room(targets.len());
        let zones = self.zones_of(targets);
        for (wave, members) in waves.into_iter().enumerate() {
            for device in members {
                self.state.enlist(device, wave, zones.get(device as usize).copied().unwrap_or_default());
            }
        }
        self.state.phase = Phase::Running;
        self.state.stage = Stage::Calling;
        self.state.bucket = Bucket::new(self.now);
        self.record(Decision::Started { devices });
        self.record(Decision::WaveStarted { wave: 0 });
        Ok(())
    }

    /// Adds devices to the last wave. If they are more than the approval covers, nothing is called until it is given again.
    pub(super) fn join(&mut self, targets: &[Target]) -> Result<(), Refusal> {
        if !self.is_growing() || !matches!(self.state.phase, Phase::Running | Phase::Paused(_)) {
            return Err(Refusal::NoTargetsExpected);
        }
        let first = self.state.devices.len();
        if first + targets.len() > MAX_DEVICES {
            return Err(Refusal::TooManyDevices(MAX_DEVICES));
        }
        let mut order: Vec<_> =
            targets.iter().map(|target| sample_key(&self.state.job_id, &target.device_id)).zip(0..).collect();
        order.sort_unstable();
        self.make_room(first + targets.len());
        let zones = self.zones_of(targets);
        let last = self.state.waves.len().saturating_sub(1);
        for (_, position) in order {
            let device = DeviceIndex::try_from(first + position).unwrap_or(DeviceIndex::MAX);
            self.state.enlist(device, last, zones.get(position).copied().unwrap_or_default());
        }
        self.record(Decision::Joined { devices: targets.len() as u64 });
        let devices = self.state.devices.len() as u64;
        if self.lacks_approval(devices) && !self.is_waiting_for_approval() {
            self.ask_for(devices);
            // Where it is paused already, the approval alone must not let it go on.
            if self.state.phase == Phase::Running {
                self.pause_for(PauseReason::TargetGrew);
            }
        }
        Ok(())
    }

    fn make_room(&mut self, devices: usize) {
        let nowhere = Device { wave: 0, zone: 0, calls: 0, repeated: 0, at: Place::Queued };
        self.state.devices.resize(devices, nowhere);
    }

    /// The zone of each target. A name is looked up once.
    fn zones_of(&mut self, targets: &[Target]) -> Vec<u16> {
        let windows = self.state.settings.windows.as_ref();
        let is_own = windows.is_some_and(|windows| matches!(windows.zone, Zone::Tag(_)));
        let mut known: HashMap<Option<&str>, u16> = HashMap::new();
        let mut zones = Vec::with_capacity(targets.len());
        for target in targets {
            let name = target.zone.as_deref().filter(|_| is_own);
            let zone = *known.entry(name).or_insert_with(|| self.state.zone(name));
            zones.push(zone);
        }
        zones
    }
}
