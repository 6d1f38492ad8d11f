//! How long a rollout takes, and what limits it, if every device is online and does what it is told.
//!
//! It is reckoned wave by wave and does not make the rollout's steps, so that a form can ask for it with every change.

use std::time::Duration;

pub use console_wire::rollout::{Estimate, Limit, Point};
use hub_wire::Timestamp;

use crate::{
    rate,
    settings::{AfterEach, Settings, Then},
    window,
};

pub mod tier;

/// Ticks in a minute, times the thousand parts of a device in which rates are kept.
const TICKS_AND_PARTS: u64 = 600_000_000 * 1_000;
/// The end of an estimate for a rollout without an end time.
const LONGEST: Duration = Duration::from_hours(2 * 366 * 24);

/// Estimates a rollout that may begin at `from`. `waves` are the devices of each wave, the last one included. `zones` are those of
/// the devices; the zone that takes longest decides. `hub_per_minute` is how many devices a minute the hub takes, at least 1.
pub fn estimate(
    settings: &Settings,
    waves: &[u64],
    zones: &[&str],
    hub_per_minute: u32,
    from: Timestamp,
) -> Estimate {
    let in_zone = |zone: &str| Reckoning::new(settings, zone, hub_per_minute, from).all(waves);
    let zones = if settings.windows.is_none() || zones.is_empty() { &[""] } else { zones };
    let slowest = zones
        .iter()
        .map(|zone| in_zone(zone))
        .max_by_key(|estimate| (estimate.devices_in_time == 0, estimate.last_call));
    slowest.unwrap_or_else(|| in_zone(""))
}

struct Reckoning<'a> {
    settings: &'a Settings,
    zone: &'a str,
    hub: u64,
    end: Timestamp,
    now: Timestamp,
    called: u64,
    by_rate: Duration,
    by_hub: Duration,
    windows: Duration,
    gates: Duration,
    questions: usize,
    line: Vec<Point>,
}

impl<'a> Reckoning<'a> {
    fn new(settings: &'a Settings, zone: &'a str, hub_per_minute: u32, from: Timestamp) -> Self {
        let start = settings.start_time.unwrap_or(from).max(from);
        Self {
            settings,
            zone,
            hub: u64::from(hub_per_minute.max(1)) * 1_000,
            end: settings.end.map_or_else(|| start.plus(LONGEST), |end| end.at),
            now: start,
            called: 0,
            by_rate: Duration::ZERO,
            by_hub: Duration::ZERO,
            windows: Duration::ZERO,
            gates: Duration::ZERO,
            questions: 0,
            line: vec![Point { at: start, devices: 0 }],
        }
    }

    fn all(mut self, waves: &[u64]) -> Estimate {
        for (index, devices) in waves.iter().enumerate() {
            if !self.wave(*devices) {
                break;
            }
            // A wave without devices is passed without its gate, and after the last device the rollout ends.
            let has_gate = *devices > 0 && waves.iter().skip(index + 1).any(|devices| *devices > 0);
            if let Some(wave) = self.settings.waves.get(index).filter(|_| has_gate) {
                let soak = Duration::from_mins(wave.gate.soak_minutes.into());
                self.gates += soak;
                self.now = self.now.plus(soak);
                self.questions += usize::from(wave.gate.then != Then::Continue);
                self.point();
            }
        }
        let calling = self.by_rate + self.by_hub;
        let limit = if self.windows > calling {
            Limit::Windows
        } else if self.by_rate > self.by_hub {
            Limit::Rate
        } else {
            Limit::Hub
        };
        let devices = waves.iter().sum::<u64>();
        Estimate {
            last_call: self.now.min(self.end),
            calling_seconds: calling.as_secs(),
            gate_seconds: self.gates.as_secs(),
            window_seconds: self.windows.as_secs(),
            questions: self.questions,
            limit,
            devices_in_time: self.called,
            hub_seconds: span(devices, self.hub).as_secs(),
            line: self.line,
        }
    }

    /// Calls the devices of a wave; false when the end came before the last.
    fn wave(&mut self, mut devices: u64) -> bool {
        while devices > 0 {
            let until = self.wait_for_window();
            if self.now >= self.end {
                return false;
            }
            let (rate, is_hub) = self.rate();
            let some = devices.min(self.until_next_step());
            // A window's last instant is inside of it, the end time is not.
            let last = until.min(Timestamp::from_ticks(self.end.ticks() - 1));
            let fitting = count(last.since(self.now), rate);
            let called = some.min(fitting);
            let needed = span(called, rate);
            *(if is_hub { &mut self.by_hub } else { &mut self.by_rate }) += needed;
            self.now = self.now.plus(needed);
            self.called += called;
            devices -= called;
            self.point();
            if called < some {
                // The rest of the window is too short for one more device.
                self.now = self.now.max(until.plus(Duration::from_millis(1)));
            }
        }
        true
    }

    /// Waits until devices may be called; returns until when.
    fn wait_for_window(&mut self) -> Timestamp {
        let Some(windows) = &self.settings.windows else { return self.end };
        let timeout = self.settings.response_timeout_in_seconds;
        let Some(span) = window::next_calls(windows, self.zone, timeout, self.now) else {
            self.now = self.end;
            return self.end;
        };
        self.windows += span.from.since(self.now);
        self.now = self.now.max(span.from);
        self.point();
        span.until
    }

    /// The rate now, in thousandths of a device a minute, and whether the hub limits it.
    fn rate(&self) -> (u64, bool) {
        match rate::at(self.settings.rate.as_ref(), self.called, self.called) {
            Some(rate) if rate <= self.hub => (rate, false),
            _ => (self.hub, true),
        }
    }

    /// Devices to call until the rate rises.
    fn until_next_step(&self) -> u64 {
        let Some((rate, ramp)) =
            self.settings.rate.as_ref().and_then(|rate| Some((rate, rate.ramp.as_ref()?)))
        else {
            return u64::MAX;
        };
        if rate::at(Some(rate), self.called, self.called) == Some(u64::from(ramp.up_to_per_minute) * 1_000) {
            return u64::MAX;
        }
        let (AfterEach::Notified(each) | AfterEach::Succeeded(each)) = ramp.after_each;
        let each = u64::from(each.max(1));
        each - self.called % each
    }

    fn point(&mut self) {
        let point = Point { at: self.now, devices: self.called };
        if self.line.last() != Some(&point) {
            self.line.push(point);
        }
    }
}

/// How long so many devices take at a rate in thousandths of a device a minute.
fn span(devices: u64, rate: u64) -> Duration {
    let ticks = u128::from(devices) * u128::from(TICKS_AND_PARTS) / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(ticks * 100).unwrap_or(u64::MAX))
}

/// How many devices may be called within a span, the first at its beginning, and one at its end if it is due then.
fn count(within: Duration, rate: u64) -> u64 {
    let parts = within.as_nanos() / 100 * u128::from(rate) / u128::from(TICKS_AND_PARTS);
    u64::try_from(parts).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests;
