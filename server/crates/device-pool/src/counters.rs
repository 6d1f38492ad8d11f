//! Counters of the pool, and the snapshot for the API.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::{Instant, SystemTime},
};

use hub_wire::Timestamp;
use serde::Serialize;

use crate::{
    PoolSettings,
    histogram::{AnswerTimes, Histogram},
    journal::Entry,
    trend::Sample,
};

/// The pool at an instant. Of all `calls`, each is `answered`, `failed`, `silent`, `dropped`, or still to be answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolSnapshot {
    /// When the pool began to count.
    pub since: Timestamp,
    /// Requested devices.
    pub count: usize,
    /// Devices known to be in the hub's registry.
    pub registered: usize,
    /// Devices connected and subscribed to methods.
    pub connected: usize,
    /// Devices that should be connected: all but the offline share.
    pub expected: usize,
    /// Method calls received.
    pub calls: u64,
    /// Calls answered by the device's behaviour.
    pub answered: u64,
    /// Calls answered with 500 by the error share.
    pub failed: u64,
    /// Calls left unanswered by the silent share.
    pub silent: u64,
    /// Calls whose connection ended before the answer.
    pub dropped: u64,
    /// Connections made.
    pub connects: u64,
    /// Connections made after a device's first.
    pub reconnects: u64,
    /// Connections that broke, by the hub, the network or the drop share.
    pub losses: u64,
    /// Connection attempts that failed or were refused.
    pub connect_failures: u64,
    /// How long the devices took to answer, their own share of a call's round trip.
    pub answer_times: AnswerTimes,
    /// Calls a second, over the last five seconds.
    pub call_rate: f64,
    /// The newest error; holds no secret.
    pub last_error: Option<String>,
    /// The last ten minutes, oldest first.
    pub trend: Vec<Sample>,
    /// Events of the pool, newest first.
    pub journal: Vec<Entry>,
    /// The settings in force.
    pub settings: PoolSettings,
}

/// Incremented by the devices, read by the snapshot. Each number is exact; together they are not one consistent instant.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) registered: AtomicUsize,
    pub(crate) connected: AtomicUsize,
    pub(crate) calls: AtomicU64,
    pub(crate) answered: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) silent: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) connects: AtomicU64,
    pub(crate) reconnects: AtomicU64,
    pub(crate) losses: AtomicU64,
    pub(crate) connect_failures: AtomicU64,
    pub(crate) answer_times: Histogram,
    pub(crate) since: Timestamp,
    began: Instant,
    seconds: Seconds,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            registered: AtomicUsize::default(),
            connected: AtomicUsize::default(),
            calls: AtomicU64::default(),
            answered: AtomicU64::default(),
            failed: AtomicU64::default(),
            silent: AtomicU64::default(),
            dropped: AtomicU64::default(),
            connects: AtomicU64::default(),
            reconnects: AtomicU64::default(),
            losses: AtomicU64::default(),
            connect_failures: AtomicU64::default(),
            answer_times: Histogram::default(),
            since: SystemTime::now().into(),
            began: Instant::now(),
            seconds: Seconds::default(),
        }
    }

    /// Counts a received method call.
    pub(crate) fn count_call(&self) {
        self.calls.fetch_add(1, Relaxed);
        self.seconds.add(self.began.elapsed().as_secs());
    }

    /// Calls a second.
    pub(crate) fn call_rate(&self) -> f64 {
        self.seconds.rate(self.began.elapsed().as_secs())
    }
}

/// Seconds over which the rate is averaged.
const WINDOW: u64 = 5;

/// Counts by second, in a ring. A slot holds its second in the upper half and the count in the lower, so that one
/// atomic step both resets an old slot and counts.
#[derive(Debug, Default)]
struct Seconds([AtomicU64; 8]);

impl Seconds {
    fn add(&self, second: u64) {
        let slot = &self.0[Self::at(second)];
        let count_in = |old: u64| if old >> 32 == second { old + 1 } else { (second << 32) | 1 };
        slot.update(Relaxed, Relaxed, count_in);
    }

    /// Mean over the last whole seconds; the current one is not over and would lower it.
    #[expect(clippy::cast_precision_loss, reason = "counts of seconds are far below 2^52")]
    fn rate(&self, now: u64) -> f64 {
        let seconds = now.saturating_sub(WINDOW)..now;
        let whole = (seconds.end - seconds.start).max(1);
        let sum: u64 = seconds
            .map(|second| (second, self.0[Self::at(second)].load(Relaxed)))
            .filter(|(second, slot)| slot >> 32 == *second)
            .map(|(_, slot)| slot & u64::from(u32::MAX))
            .sum();
        sum as f64 / whole as f64
    }

    fn at(second: u64) -> usize {
        (second % 8) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_mean_of_the_last_five_whole_seconds() {
        let seconds = Seconds::default();
        for (second, calls) in [(10, 50), (11, 100), (12, 0), (13, 25), (14, 75), (15, 1000)] {
            for _ in 0..calls {
                seconds.add(second);
            }
        }
        for (now, rate) in [(15, 50.0), (16, 240.0), (21, 0.0), (40, 0.0)] {
            assert!((seconds.rate(now) - rate).abs() < 1e-9, "{now}: {}", seconds.rate(now));
        }
        assert!(Seconds::default().rate(0).abs() < 1e-9);
    }
}
