//! Injected faults: how long a call takes and how it ends. Pure: seed, device and call number decide.

use std::{f64::consts::TAU, time::Duration};

use crate::{
    Latency, PoolSettings,
    seeded_random::{Purpose, uniform},
    settings::MAX_LATENCY_MS,
};

/// The standard normal's 95th percentile.
const Z95: f64 = 1.644_853_626_951_472_2;

/// How long a call takes and how it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallOutcome {
    /// Time until the call ends.
    pub delay: Duration,
    /// How it ends.
    pub end: CallEnd,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallEnd {
    /// With the answer of the device's behaviour.
    Answer,
    /// With status 500; the device has done nothing.
    Error,
    /// It is never answered; the device has done nothing.
    Silence,
    /// The connection breaks first; the device has done nothing.
    Drop,
}

/// Decides how a call ends.
pub fn call_outcome(settings: &PoolSettings, device: usize, call: u64) -> CallOutcome {
    let draw = uniform(settings.seed, device, call, Purpose::CallOutcome);
    let mut bound = 0.0;
    let end = [
        (settings.drop_share, CallEnd::Drop),
        (settings.silent_share, CallEnd::Silence),
        (settings.error_share, CallEnd::Error),
    ]
    .into_iter()
    .find(|(share, _)| {
        bound += share;
        draw < bound
    });
    CallOutcome { delay: delay(settings, device, call), end: end.map_or(CallEnd::Answer, |(_, end)| end) }
}

/// Whether a device stays offline. Raising the share keeps those that were offline and adds others.
pub fn is_offline(settings: &PoolSettings, device: usize) -> bool {
    uniform(settings.seed, device, 0, Purpose::Offline) < settings.offline_share
}

fn delay(settings: &PoolSettings, device: usize, call: u64) -> Duration {
    let millis = match settings.latency_ms {
        Latency::Constant(millis) => millis,
        // A log-normal needs a median above zero.
        Latency::Percentiles { p50, .. } if p50 <= 0.0 => 0.0,
        Latency::Percentiles { p50, p95 } => {
            let sigma = (p95 / p50).ln() / Z95;
            p50 * (sigma * standard_normal(settings.seed, device, call)).exp()
        }
    };
    Duration::from_secs_f64(millis.clamp(0.0, MAX_LATENCY_MS) / 1000.0)
}

/// Box and Muller's transform of two uniform draws.
fn standard_normal(seed: u64, device: usize, call: u64) -> f64 {
    // One minus the draw is never zero, so the logarithm is finite.
    let radius = (-2.0 * (1.0 - uniform(seed, device, call, Purpose::Latency)).ln()).sqrt();
    radius * (TAU * uniform(seed, device, call, Purpose::SecondLatency)).cos()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn settings(latency_ms: Latency) -> PoolSettings {
        PoolSettings { latency_ms, seed: 42, ..PoolSettings::default() }
    }

    #[test]
    fn shares_are_met_and_exclusive() {
        let settings = PoolSettings {
            error_share: 0.1,
            silent_share: 0.05,
            drop_share: 0.02,
            ..settings(Latency::Constant(0.0))
        };
        let mut ends: HashMap<CallEnd, i32> = HashMap::new();
        for call in 0..100_000 {
            *ends.entry(call_outcome(&settings, 7, call).end).or_default() += 1;
        }
        for (end, expected) in [
            (CallEnd::Error, 10_000),
            (CallEnd::Silence, 5_000),
            (CallEnd::Drop, 2_000),
            (CallEnd::Answer, 83_000),
        ] {
            assert!((ends[&end] - expected).abs() < 500, "{ends:?}");
        }
    }

    #[test]
    fn a_share_of_one_affects_every_call() {
        let all = |change: fn(&mut PoolSettings), end| {
            let mut settings = settings(Latency::Constant(3.0));
            change(&mut settings);
            for call in 0..100 {
                assert_eq!(
                    call_outcome(&settings, 1, call),
                    CallOutcome { delay: Duration::from_millis(3), end }
                );
            }
        };
        all(|_| (), CallEnd::Answer);
        all(|settings| settings.error_share = 1.0, CallEnd::Error);
        all(|settings| settings.silent_share = 1.0, CallEnd::Silence);
        all(|settings| settings.drop_share = 1.0, CallEnd::Drop);
    }

    #[test]
    fn percentiles_are_met() {
        let settings = settings(Latency::Percentiles { p50: 100.0, p95: 400.0 });
        let mut delays: Vec<_> =
            (0..20_000).map(|call| call_outcome(&settings, 3, call).delay.as_secs_f64() * 1000.0).collect();
        delays.sort_by(f64::total_cmp);
        assert!((delays[10_000] - 100.0).abs() < 5.0, "{}", delays[10_000]);
        assert!((delays[19_000] - 400.0).abs() < 25.0, "{}", delays[19_000]);
        assert_eq!(
            call_outcome(
                &PoolSettings { latency_ms: Latency::Percentiles { p50: 0.0, p95: 5.0 }, ..settings },
                3,
                1
            )
            .delay,
            Duration::ZERO
        );
    }

    #[test]
    fn raising_the_offline_share_only_adds() {
        let offline = |offline_share| {
            let settings = PoolSettings { offline_share, ..settings(Latency::Constant(0.0)) };
            (1..=1000).filter(|device| is_offline(&settings, *device)).collect::<Vec<_>>()
        };
        assert!(offline(0.0).is_empty());
        assert_eq!(offline(1.0).len(), 1000);
        let (some, more) = (offline(0.2), offline(0.4));
        assert!((150..250).contains(&some.len()), "{}", some.len());
        assert!(some.iter().all(|device| more.contains(device)) && more.len() > some.len());
    }
}
