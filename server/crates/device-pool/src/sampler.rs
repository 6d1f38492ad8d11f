//! Samples the counters for [`trend`](crate::trend).

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::SystemTime,
};

use tokio::time::{self, Instant, MissedTickBehavior};

use crate::{
    context::Context,
    trend::{SAMPLE_EVERY, Sample},
};

/// Adds a sample every [`SAMPLE_EVERY`] until the pool stops.
#[expect(clippy::cast_precision_loss, reason = "calls in five seconds are far below 2^52")]
pub(crate) async fn run(context: Arc<Context>) {
    let mut target_state = context.target_state.subscribe();
    let mut interval = time::interval(SAMPLE_EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut calls, mut sampled_at) = (context.counters.calls.load(Relaxed), Instant::now());
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = target_state.wait_for(|target_state| !target_state.is_running) => return,
        }
        let (now_calls, now) = (context.counters.calls.load(Relaxed), Instant::now());
        let elapsed = (now - sampled_at).as_secs_f64();
        context.trend.add(Sample {
            at: SystemTime::now().into(),
            call_rate: if elapsed > 0.5 { (now_calls - calls) as f64 / elapsed } else { 0.0 },
            connected: context.counters.connected.load(Relaxed),
        });
        (calls, sampled_at) = (now_calls, now);
    }
}
