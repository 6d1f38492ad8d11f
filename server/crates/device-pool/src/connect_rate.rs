//! Limits how many devices connect a second. A real hub accepts a limited number of new connections a second and refuses
//! the rest; a fleet that stays below the limit is connected sooner than one that is refused and backs off.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// New connections a second that a pool allows itself with a real hub: below the 100 of the smallest tiers, so that
/// real devices still get in beside it. Source: `iot-hub-devguide-quotas-throttling` (100 a second for S1 up to eight
/// units, 120 a second and unit for S2, 6,000 for S3).
pub const REAL_HUB_CONNECTS_PER_SECOND: u32 = 80;

/// Spaces connection attempts evenly; unused slots do not accumulate.
#[derive(Debug)]
pub(crate) struct ConnectRate(Mutex<Instant>);

impl ConnectRate {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Waits for the next slot; 0 a second means no limit. A slot whose caller stops waiting is lost, which only slows the
    /// others down.
    pub(crate) async fn wait(&self, per_second: u32) {
        if per_second > 0 {
            sleep_until(self.next(per_second, Instant::now())).await;
        }
    }

    fn next(&self, per_second: u32, now: Instant) -> Instant {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = (*next).max(now);
        *next = at + Duration::from_secs(1) / per_second;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_evenly_spaced_and_do_not_accumulate() {
        let rate = ConnectRate::new();
        let now = Instant::now() + Duration::from_secs(1);
        let after = |millis| now + Duration::from_millis(millis);
        assert_eq!(rate.next(10, now), now);
        assert_eq!(rate.next(10, now), after(100));
        assert_eq!(rate.next(10, after(10)), after(200));
        assert_eq!(rate.next(10, after(5000)), after(5000));
        assert_eq!(rate.next(1, after(5000)), after(5100));
        assert_eq!(rate.next(1, after(5000)), after(6100));
    }
}
