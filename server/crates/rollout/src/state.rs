//! Where a rollout is. Devices are numbers here; their ids and the answers of each call are rows of the caller's store.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

pub use console_wire::rollout::{Phase, RateLimit, Stage};
use console_wire::{
    outcome::{Outcome, Outcomes},
    problem::FieldError,
};
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    approval::{Approval, ApprovalPolicy, Request},
    event::DeviceIndex,
    gate,
    rate::{self, Bucket, Pace},
    settings::{Gate, Settings, Zone},
    stop_rule::Reading,
    window,
};

mod device;
mod wave;

pub use self::wave::Wave;
pub(crate) use self::{
    device::{Device, Place},
    wave::{WaveQueue, ZoneQueue},
};

/// Most devices of a rollout: as many as a hub has.
pub const MAX_DEVICES: usize = 1_000_000;

/// A rollout. Its serialised form is the same wherever it is read back, so that a restart between two steps changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub(crate) job_id: String,
    pub(crate) settings: Settings,
    pub(crate) policy: ApprovalPolicy,
    pub(crate) request: Request,
    pub(crate) approval: Option<Approval>,
    pub(crate) phase: Phase,
    pub(crate) current: usize,
    pub(crate) stage: Stage,
    /// The end time has come, and devices that were called may be called again.
    pub(crate) repeats_after_end: bool,
    pub(crate) waves: Vec<Wave>,
    pub(crate) zones: Vec<ZoneQueue>,
    pub(crate) devices: Vec<Device>,
    pub(crate) counts: Outcomes,
    /// Calls by how they ended; none of them is queued.
    pub(crate) calls: Outcomes,
    /// Devices that were called at least once.
    pub(crate) notified: u64,
    /// The counts at the last resume, from which stop rules count.
    pub(crate) baseline: Outcomes,
    pub(crate) bucket: Bucket,
    pub(crate) hub_per_minute: u32,
    /// So many calls may be under way at once.
    pub(crate) at_once: u32,
    /// When a device is to be called again, or when its wait for a connection ends.
    pub(crate) timers: BTreeSet<(Timestamp, DeviceIndex)>,
    /// Until when devices may connect that were not online once. Kept while they are called again.
    pub(crate) offline_until: BTreeMap<DeviceIndex, Timestamp>,
    /// The latest time of a step. A clock that was set back does not bring a rate or a wait back.
    pub(crate) last_step: Timestamp,
}

impl State {
    /// A rollout before its first step.
    ///
    /// # Errors
    /// Every member of the settings at fault.
    pub(crate) fn new(
        job_id: String,
        settings: Settings,
        request: Request,
        policy: ApprovalPolicy,
        hub_per_minute: u32,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        settings.check(now, window::is_zone)?;
        Ok(Self {
            job_id,
            settings,
            policy,
            request,
            approval: None,
            phase: Phase::Scheduled,
            current: 0,
            stage: Stage::Calling,
            repeats_after_end: false,
            waves: Vec::new(),
            zones: Vec::new(),
            devices: Vec::new(),
            counts: Outcomes::default(),
            calls: Outcomes::default(),
            notified: 0,
            baseline: Outcomes::default(),
            bucket: Bucket::new(now),
            hub_per_minute: hub_per_minute.max(1),
            at_once: u32::MAX,
            timers: BTreeSet::new(),
            offline_until: BTreeMap::new(),
            last_step: now,
        })
    }

    /// The job.
    pub fn job_id(&self) -> &str {
        &self.job_id
    }

    /// Devices that were called at least once.
    pub const fn notified(&self) -> u64 {
        self.notified
    }

    /// The part of its life in which it is.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// What was chosen.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who asked for it, and for what.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The approval that is waited for or was given; none where none is needed.
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// How many devices are in each state. They sum to the devices of the rollout.
    pub const fn counts(&self) -> &Outcomes {
        &self.counts
    }

    /// Calls by how each of them ended. A device that was called three times is in here three times.
    pub const fn calls(&self) -> &Outcomes {
        &self.calls
    }

    /// The waves, in their order; none before the start.
    pub fn waves(&self) -> &[Wave] {
        &self.waves
    }

    /// The wave that is called, from 0.
    pub const fn current_wave(&self) -> usize {
        self.current
    }

    /// How far the current wave is.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether the gate of the current wave cannot be met any more; false where the last wave is under way.
    pub fn is_gate_lost(&self) -> bool {
        let wave = self.waves.get(self.current);
        self.gate().zip(wave).is_some_and(|(gate, wave)| gate::is_lost(gate, &wave.counts))
    }

    /// How many devices it has.
    pub fn device_count(&self) -> usize {
        self.devices.len()
    }

    /// The state of a device; `None` for one that is not in the rollout.
    pub fn device(&self, device: DeviceIndex) -> Option<Outcome> {
        self.devices.get(device as usize).map(|device| device.at.outcome())
    }

    /// How often a device was called; 0 for one that is not in the rollout.
    pub fn calls_of(&self, device: DeviceIndex) -> u16 {
        self.devices.get(device as usize).map_or(0, |device| device.calls)
    }

    /// Whether devices may be called now, if any are due.
    pub const fn may_call(&self) -> bool {
        match self.phase {
            Phase::Running => true,
            Phase::Stopping(_) => self.repeats_after_end,
            _ => false,
        }
    }

    /// When calls that are made now have to have ended: at the end of the first of the windows that are open, or of the rollout.
    /// `None`: nothing limits them.
    pub fn calls_until(&self, now: Timestamp) -> Option<Timestamp> {
        let timeout = Duration::from_secs(u64::from(self.settings.response_timeout_in_seconds));
        let spans = self.zones.iter().filter_map(|zone| zone.calls).filter(|span| span.contains(now));
        let end = self.settings.end.map(|end| end.at).filter(|end| *end > now);
        spans.map(|span| span.until.plus(timeout)).chain(end).min()
    }

    /// Devices that were not online when they were called, and are called again when they connect; at most so many.
    pub fn waiting_to_connect(&self, most: usize) -> Vec<DeviceIndex> {
        let devices = (0..).zip(&self.devices);
        let waiting = devices.filter(|(_, device)| matches!(device.at, Place::WaitsToConnect(_)));
        waiting.map(|(index, _)| index).take(most).collect()
    }

    /// The wave of a device, from 0.
    pub fn wave_of(&self, device: DeviceIndex) -> Option<usize> {
        self.devices.get(device as usize).map(|device| device.wave.into())
    }

    /// What the stop rules have counted, in the order of the settings.
    pub fn stop_rule_readings(&self) -> Vec<Reading> {
        self.settings.stop_rules.iter().map(|rule| rule.read(&self.counts, &self.baseline)).collect()
    }

    /// The rate now, in devices a minute, and what limits it.
    pub fn rate(&self) -> (f64, RateLimit) {
        let (thousandths, limit) = self.limited_rate();
        #[expect(clippy::cast_precision_loss, reason = "at most 60,000,000")]
        (thousandths as f64 / 1_000.0, limit)
    }

    fn limited_rate(&self) -> (u64, RateLimit) {
        let hub = u64::from(self.hub_per_minute) * 1_000;
        match rate::at(self.settings.rate.as_ref(), self.notified, self.counts.succeeded) {
            Some(rate) if rate <= hub => (rate, RateLimit::Settings),
            _ => (hub, RateLimit::Hub),
        }
    }

    pub(crate) fn pace(&self) -> Pace {
        Pace::new(self.limited_rate().0, self.settings.engine)
    }

    /// The gate after the current wave; none after the last.
    pub(crate) fn gate(&self) -> Option<&Gate> {
        self.settings.waves.get(self.current).map(|wave| &wave.gate)
    }

    /// The zone of devices that have none of their own; none where windows are not used.
    pub(crate) fn default_zone(&self) -> &str {
        match self.settings.windows.as_ref().map(|windows| &windows.zone) {
            Some(Zone::Name(name)) => name,
            Some(Zone::Tag(tag)) => &tag.otherwise,
            None => "",
        }
    }

    /// The only place where a device changes, so that the counts of rollout and wave always sum.
    pub(crate) fn place(&mut self, device: DeviceIndex, at: Place) {
        let Some(device) = self.devices.get_mut(device as usize) else { return };
        let before = std::mem::replace(&mut device.at, at);
        let wave = self.waves.get_mut(usize::from(device.wave));
        for counts in
            [Some(&mut self.counts), wave.map(|wave| wave.count_waiting(before, at))].into_iter().flatten()
        {
            *counts.get_mut(before.outcome()) -= 1;
            *counts.get_mut(at.outcome()) += 1;
        }
    }

    /// Puts a device that was not called yet behind the others of its wave and zone. There has to be room for it in `devices`.
    pub(crate) fn enlist(&mut self, device: DeviceIndex, wave: usize, zone: u16) {
        let (Some(to), Ok(number)) = (self.waves.get_mut(wave), u16::try_from(wave)) else { return };
        if let Some(place) = self.devices.get_mut(device as usize) {
            *place = Device { wave: number, zone, calls: 0, repeated: 0, at: Place::Queued };
            self.counts.queued += 1;
            to.queue(zone, device);
        }
    }

    /// The number of a zone; one that is not known is the zone of devices without one.
    pub(crate) fn zone(&mut self, name: Option<&str>) -> u16 {
        let name = name.filter(|name| window::is_zone(name)).unwrap_or(self.default_zone());
        let number = self.zones.iter().position(|zone| zone.name == name).unwrap_or(self.zones.len());
        if number == self.zones.len() {
            let name = name.to_owned();
            self.zones.push(ZoneQueue { name, calls: None, again: VecDeque::new() });
        }
        // There are fewer than a thousand time zones.
        u16::try_from(number).unwrap_or_default()
    }
}
