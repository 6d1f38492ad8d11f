//! How often the console's own polls may call a hub. The embedded hub takes any number of calls. A real one limits
//! them, and what watchers use up is missing for a person's preview.

use std::time::Duration;

use console_wire::hub::HubKind;
use rollout::estimate::tier::Tier;
use tokio::{sync::Mutex, time::Instant};

/// Limits for each kind of call that the console makes by itself.
#[derive(Debug)]
pub(crate) struct HubRateLimits {
    /// Reading or listing jobs: a real hub allows 1.67 a second and unit, of which this takes half.
    pub(crate) jobs: RateLimiter,
    /// Pages of queries: a real hub allows 20 a minute and unit, of which this takes half.
    pub(crate) queries: RateLimiter,
    /// Identities read and bulk requests: half of what the hub's tier allows, that of an S1 with one unit where it is not
    /// known. Source: [`Tier::registry_requests_per_minute`].
    pub(crate) registry: RateLimiter,
}

impl HubRateLimits {
    /// `tier` and units, where they are known.
    pub(crate) fn new(kind: HubKind, tier: Option<(Tier, u32)>) -> Self {
        let (calls, queries, registry) = match kind {
            HubKind::Embedded => (Duration::ZERO, Duration::ZERO, Duration::ZERO),
            HubKind::Remote => {
                let (tier, units) = tier.unwrap_or((Tier::S1, 1));
                let allowed = tier.registry_requests_per_minute(units);
                let registry = 2 * Duration::from_mins(1) / allowed;
                (Duration::from_millis(1200), Duration::from_secs(6), registry)
            }
        };
        Self {
            jobs: RateLimiter::every(calls),
            queries: RateLimiter::every(queries),
            registry: RateLimiter::every(registry),
        }
    }
}

/// Lets one call through per interval.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    interval: Duration,
    next: Mutex<Instant>,
}

impl RateLimiter {
    fn every(interval: Duration) -> Self {
        Self { interval, next: Mutex::new(Instant::now()) }
    }

    /// Waits for this caller's turn.
    pub(crate) async fn acquire(&self) {
        if self.interval.is_zero() {
            return;
        }
        // Held while waiting: tokio's lock is fair, so callers go in the order they came.
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_spaced_out() {
        let limiter = RateLimiter::every(Duration::from_millis(20));
        let begin = Instant::now();
        for _ in 0..3 {
            limiter.acquire().await;
        }
        assert!(begin.elapsed() >= Duration::from_millis(40));
        assert!(HubRateLimits::new(HubKind::Embedded, None).jobs.interval.is_zero());
    }

    #[test]
    fn the_registry_is_called_as_often_as_the_tier_allows() {
        for (tier, millis) in [
            (None, 1_200),
            (Some((Tier::S1, 1)), 1_200),
            (Some((Tier::S2, 4)), 300),
            (Some((Tier::S3, 1)), 24),
        ] {
            let limits = HubRateLimits::new(HubKind::Remote, tier);
            assert_eq!(limits.registry.interval, Duration::from_millis(millis), "{tier:?}");
            assert_eq!(limits.jobs.interval, Duration::from_millis(1_200), "{tier:?}");
        }
        assert!(HubRateLimits::new(HubKind::Embedded, Some((Tier::S1, 1))).registry.interval.is_zero());
    }
}
