//! The last ten minutes: how many calls a second, how many devices connected.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use hub_wire::Timestamp;
use serde::Serialize;
use tokio::time::{Instant, MissedTickBehavior};

use crate::context::Context;

/// Time between two samples.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// Samples kept: ten minutes.
const MOST: usize = 120;

/// The pool at an instant, for a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Method calls a second since the sample before.
    pub call_rate: f64,
    /// Devices connected.
    pub connected: usize,
}

/// The newest samples.
#[derive(Debug, Default)]
pub(crate) struct Trend(Mutex<VecDeque<Sample>>);

impl Trend {
    fn add(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == MOST {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// The newest samples, oldest first.
    pub(crate) fn read(&self) -> Vec<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Takes samples until the pool ends.
#[expect(clippy::cast_precision_loss, reason = "calls in five seconds are far below 2^52")]
pub(crate) async fn follow(context: Arc<Context>) {
    let mut orders = context.orders.subscribe();
    let mut rounds = tokio::time::interval(SAMPLE_EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut calls, mut taken) = (context.counters.calls.load(Relaxed), Instant::now());
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            _ = orders.wait_for(|orders| !orders.is_running) => return,
        }
        let (now_calls, now) = (context.counters.calls.load(Relaxed), Instant::now());
        let passed = (now - taken).as_secs_f64();
        context.trend.add(Sample {
            at: SystemTime::now().into(),
            call_rate: if passed > 0.5 { (now_calls - calls) as f64 / passed } else { 0.0 },
            connected: context.counters.connected.load(Relaxed),
        });
        (calls, taken) = (now_calls, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_are_kept() {
        let trend = Trend::default();
        for second in 0..200 {
            let at = Timestamp::from_unix_millis(second * 5000);
            trend.add(Sample { at, call_rate: 0.0, connected: 0 });
        }
        let read = trend.read();
        assert_eq!((read.len(), read[0].at), (MOST, Timestamp::from_unix_millis(80 * 5000)));
    }
}
