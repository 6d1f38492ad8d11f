//! How many devices may be called now: a rate, its ramp, and a bucket that holds the share of one second.

use hub_wire::{Timestamp, time::TICKS_PER_SECOND};
use serde::{Deserialize, Serialize};

use crate::settings::{AfterEach, Engine, Rate};

/// The span after which the next calls are worth a wake-up, in ticks: 50 ms.
const BATCH_TICKS: i64 = TICKS_PER_SECOND / 20;
/// Ticks in a minute, times the thousand parts of a device in which rates are kept.
const TICKS_AND_PARTS: i64 = 60 * TICKS_PER_SECOND * 1_000;

/// The rate at a point of a rollout, in thousandths of a device a minute, without the limit of the hub:
/// `min(highest, first × factorⁿ)`, where n counts the steps. `None`: there is no rate.
pub(crate) fn at(rate: Option<&Rate>, notified: u64, succeeded: u64) -> Option<u64> {
    let rate = rate?;
    let mut thousandths = u64::from(rate.per_minute) * 1_000;
    let Some(ramp) = &rate.ramp else { return Some(thousandths) };
    let highest = u64::from(ramp.up_to_per_minute) * 1_000;
    let mut steps = match ramp.after_each {
        AfterEach::Notified(devices) => notified / u64::from(devices.max(1)),
        AfterEach::Succeeded(devices) => succeeded / u64::from(devices.max(1)),
    };
    while steps > 0 && thousandths < highest {
        thousandths = thousandths * u64::from(ramp.factor.tenths()) / 10;
        steps -= 1;
    }
    Some(thousandths.min(highest))
}

/// A rate as the bucket uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Ticks from one call to the next, rounded up, so that the rate is never exceeded.
    interval: i64,
    /// How much of the time before now may be made up for, in ticks.
    burst: i64,
    /// Calls that are made together at least, if there are so many.
    batch: i64,
}

impl Pace {
    /// From thousandths of a device a minute, at least 1. Hub jobs get a minute's share at a time, since each is a job.
    pub(crate) fn new(thousandths: u64, engine: Engine) -> Self {
        let rate = i64::try_from(thousandths.max(1)).unwrap_or(i64::MAX);
        let interval = (TICKS_AND_PARTS + rate - 1) / rate;
        let span = match engine {
            Engine::DirectCalls => TICKS_PER_SECOND,
            Engine::HubJobs => 60 * TICKS_PER_SECOND,
        };
        let together = match engine {
            Engine::DirectCalls => BATCH_TICKS,
            Engine::HubJobs => span,
        };
        Self { interval, burst: (span - interval).max(0), batch: (together / interval).max(1) }
    }
}

/// Remembers how much of the rate is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Bucket {
    /// When the call after the last one is due if calls are spread evenly.
    next: Timestamp,
}

impl Bucket {
    /// A bucket that nothing was taken from.
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self { next: now }
    }

    /// How many calls may be made now, if so many devices are ready: none until enough for a batch may be made.
    pub(crate) fn available(self, pace: Pace, ready: u64, now: Timestamp) -> u64 {
        let unused = now.ticks().saturating_add(pace.burst).saturating_sub(self.next.max(now).ticks());
        if unused < 0 {
            return 0;
        }
        let calls = (unused / pace.interval).saturating_add(1).unsigned_abs().min(ready);
        if calls < ready.min(pace.batch.unsigned_abs()) { 0 } else { calls }
    }

    /// Takes one call.
    pub(crate) fn take(&mut self, pace: Pace, now: Timestamp) {
        self.next = Timestamp::from_ticks(self.next.max(now).ticks().saturating_add(pace.interval));
    }

    /// When calls may be made again, if so many devices are ready.
    pub(crate) fn next_batch(self, pace: Pace, ready: u64) -> Timestamp {
        let calls = i64::try_from(ready).unwrap_or(i64::MAX).clamp(1, pace.batch);
        let before_last = (calls - 1).saturating_mul(pace.interval);
        Timestamp::from_ticks(self.next.ticks().saturating_add(before_last).saturating_sub(pace.burst))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rate(settings: &serde_json::Value) -> Rate {
        serde_json::from_value(settings.clone()).unwrap()
    }

    #[test]
    fn a_ramp_rises_step_by_step() {
        let by = |after: &str| {
            rate(
                &json!({"perMinute": 50, "ramp": {"factor": 2, "afterEach": {after: 1_000}, "upToPerMinute": 300}}),
            )
        };
        for (devices, per_minute) in
            [(0, 50), (999, 50), (1_000, 100), (1_999, 100), (2_000, 200), (3_000, 300), (u64::MAX, 300)]
        {
            assert_eq!(at(Some(&by("notified")), devices, 0), Some(per_minute * 1_000), "{devices} notified");
            assert_eq!(
                at(Some(&by("succeeded")), 0, devices),
                Some(per_minute * 1_000),
                "{devices} succeeded"
            );
        }
        let small = rate(
            &json!({"perMinute": 1, "ramp": {"factor": 1.1, "afterEach": {"notified": 1}, "upToPerMinute": 60_000}}),
        );
        assert_eq!(at(Some(&small), 2, 0), Some(1_210));
        assert_eq!(at(Some(&small), 1_000_000, 0), Some(60_000_000));
        assert_eq!(at(None, 5, 5), None);
    }

    /// Calls with a device ready at all times; returns the milliseconds at which each was made.
    fn calls(per_minute: u64, engine: Engine, ready: u64, span_ms: i64) -> Vec<i64> {
        let pace = Pace::new(per_minute * 1_000, engine);
        let mut bucket = Bucket::new(Timestamp::from_unix_millis(0));
        let mut made = Vec::new();
        let mut now = Timestamp::from_unix_millis(0);
        while now.unix_millis() < span_ms && (made.len() as u64) < ready {
            let left = ready - made.len() as u64;
            for _ in 0..bucket.available(pace, left, now) {
                bucket.take(pace, now);
                made.push(now.unix_millis());
            }
            let next = bucket.next_batch(pace, ready - made.len() as u64);
            assert!(next > now, "a wake-up brings time forward");
            now = next;
        }
        made
    }

    #[test]
    fn no_burst_of_a_minute() {
        assert_eq!(calls(60, Engine::DirectCalls, 100, 3_500), [0, 1_000, 2_000, 3_000]);
        assert_eq!(
            calls(120, Engine::DirectCalls, 100, 1_600),
            [0, 0, 500, 1_000, 1_500],
            "one second's share at first"
        );
        assert_eq!(calls(2, Engine::DirectCalls, 100, 61_000), [0, 30_000, 60_000]);
        let fast = calls(60_000, Engine::DirectCalls, 100_000, 10_000);
        assert_eq!(fast.iter().filter(|at| **at == 0).count(), 1_000);
        assert_eq!(fast.len(), 11_000 - 50, "1,000 at once and 1,000 a second, 50 at a time");
    }

    #[test]
    fn hub_jobs_get_a_minute_at_a_time() {
        let made = calls(120, Engine::HubJobs, 250, 200_000);
        let at = |ms: i64| made.iter().filter(|call| **call == ms).count();
        assert_eq!([at(0), at(60_000), made.len()], [120, 120, 250], "{made:?}");
        assert!(made[240] < 66_000, "a rest smaller than a part does not wait for a full minute");
    }
}
