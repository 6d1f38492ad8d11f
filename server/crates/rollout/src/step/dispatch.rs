//! Which devices are called now: those whose window is open, as many as the rate allows, repeated calls first.

use hub_wire::Timestamp;

use super::Step;
use crate::{
    event::{DeviceIndex, Effect},
    state::{Place, WaveQueue},
    window::{self, Span},
};

impl Step<'_> {
    /// Calls as many devices as may be called now.
    pub(super) fn call(&mut self) {
        if !self.state.may_call() {
            return;
        }
        self.renew_windows();
        let ready = self.ready(|span| span.is_none_or(|span| span.contains(self.now)));
        let room = u64::from(self.state.at_once).saturating_sub(self.state.calls.in_flight);
        for _ in 0..self.state.bucket.available(self.state.pace(), ready.min(room), self.now) {
            let Some(index) = self.take_next() else { return };
            // The rate may have risen with the call before.
            let pace = self.state.pace();
            self.state.bucket.take(pace, self.now);
            let before = match self.state.devices.get(index as usize).map(|device| device.at) {
                Some(Place::Again(last)) => Some(last),
                _ => None,
            };
            self.state.place(index, Place::InFlight { connected: false, before });
            let Some(device) = self.state.devices.get_mut(index as usize) else { return };
            device.calls = device.calls.saturating_add(1);
            let attempt = device.calls;
            self.state.notified += u64::from(attempt == 1);
            self.state.calls.in_flight += 1;
            self.effects.push(Effect::Call { device: index, attempt });
        }
    }

    /// Looks up the window of each zone that has devices to call, when the one that is known is over.
    fn renew_windows(&mut self) {
        let settings = &self.state.settings;
        let Some(windows) = &settings.windows else { return };
        for zone in &mut self.state.zones {
            if zone.calls.is_none_or(|span| span.until < self.now) {
                zone.calls =
                    window::next_calls(windows, &zone.name, settings.response_timeout_in_seconds, self.now);
            }
        }
    }

    /// How many devices are ready in the zones whose span for calls is like this; `None` where there are no windows.
    fn ready(&self, is_meant: impl Fn(Option<Span>) -> bool) -> u64 {
        let has_windows = self.state.settings.windows.is_some();
        let zones = (0_u16..).zip(&self.state.zones).filter(|(_, zone)| {
            // A zone in which no window can be found is closed.
            if has_windows { zone.calls.is_some() && is_meant(zone.calls) } else { is_meant(None) }
        });
        zones
            .map(|(number, zone)| {
                (zone.again.len() + self.first_calls(number).map_or(0, |queue| queue.devices.len())) as u64
            })
            .sum()
    }

    /// The devices of the current wave in a zone that were not called yet.
    fn first_calls(&self, zone: u16) -> Option<&WaveQueue> {
        self.state.waves.get(self.state.current)?.queues.iter().find(|queue| queue.zone == zone)
    }

    fn is_open(&self, zone: usize) -> bool {
        let span = self.state.zones.get(zone).and_then(|zone| zone.calls);
        self.state.settings.windows.is_none() || span.is_some_and(|span| span.contains(self.now))
    }

    /// Takes the next device out of its queue: one to be called again, else the first of the wave's order.
    fn take_next(&mut self) -> Option<DeviceIndex> {
        let open: Vec<bool> = (0..self.state.zones.len()).map(|zone| self.is_open(zone)).collect();
        let is_open = |zone: usize| open.get(zone).copied().unwrap_or_default();
        let mut again = (0..).zip(&mut self.state.zones).filter(|(zone, _)| is_open(*zone));
        if let Some(device) = again.find_map(|(_, zone)| zone.again.pop_front()) {
            return Some(device);
        }
        let queues = self.state.waves.get_mut(self.state.current)?.queues.iter_mut();
        let open = queues.filter(|queue| is_open(queue.zone.into()) && !queue.devices.is_empty());
        open.min_by_key(|queue| queue.devices.front().map(|(rank, _)| *rank))?
            .devices
            .pop_front()
            .map(|(_, device)| device)
    }

    /// When devices may be called next, if there are any to be called.
    pub(super) fn next_call(&self) -> Option<Timestamp> {
        if !self.state.may_call() {
            return None;
        }
        let ready = self.ready(|span| span.is_none_or(|span| span.contains(self.now)));
        // Where no further call may be made, the next answer makes room.
        let room = u64::from(self.state.at_once).saturating_sub(self.state.calls.in_flight);
        let ready = ready.min(room);
        let by_rate =
            (ready > 0).then(|| self.state.bucket.next_batch(self.state.pace(), ready).max(self.now));
        let closed = (0_u16..).zip(&self.state.zones).filter(|(number, zone)| {
            let has_devices = !zone.again.is_empty()
                || self.first_calls(*number).is_some_and(|queue| !queue.devices.is_empty());
            has_devices && zone.calls.is_some_and(|span| span.from > self.now)
        });
        let by_window = closed.filter_map(|(_, zone)| zone.calls.map(|span| span.from)).min();
        [by_rate, by_window].into_iter().flatten().min()
    }
}
