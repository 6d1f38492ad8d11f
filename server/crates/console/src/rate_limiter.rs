//! How often the console's own polls may call a hub. The embedded hub takes any number of calls. A real one limits
//! them, and what watchers use up is missing for a person's preview.

use std::time::Duration;

use console_wire::hub::HubKind;
use tokio::{sync::Mutex, time::Instant};

/// Limits for each kind of call that the console makes by itself.
#[derive(Debug)]
pub(crate) struct HubRateLimits {
    /// Reading or listing jobs: a real hub allows 1.67 a second and unit, of which this takes half.
    pub(crate) jobs: RateLimiter,
    /// Pages of queries: a real hub allows 20 a minute and unit, of which this takes half.
    pub(crate) queries: RateLimiter,
    /// Identities read and bulk requests: a real hub allows 1.67 a second and unit, of which this takes half.
    pub(crate) registry: RateLimiter,
}

impl HubRateLimits {
    pub(crate) fn new(kind: HubKind) -> Self {
        let (calls, queries) = match kind {
            HubKind::Embedded => (Duration::ZERO, Duration::ZERO),
            HubKind::Remote => (Duration::from_millis(1200), Duration::from_secs(6)),
        };
        Self {
            jobs: RateLimiter::every(calls),
            queries: RateLimiter::every(queries),
            registry: RateLimiter::every(calls),
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
        assert!(HubRateLimits::new(HubKind::Embedded).jobs.interval.is_zero());
    }
}
