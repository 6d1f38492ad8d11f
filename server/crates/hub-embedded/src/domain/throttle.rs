//! The pace that a tier imposes on jobs: a token bucket that is told the time.

use std::time::Duration;

use hub_wire::Timestamp;

/// Device operations a second, with up to one second's worth saved up.
#[derive(Debug, Clone)]
pub struct Pace {
    per_second: u32,
    /// Operations saved up, in ticks' worth: one operation is [`Pace::cost`] ticks.
    saved: i64,
    at: Timestamp,
}

/// Ticks of saving that fill the bucket.
const FULL: i64 = hub_wire::time::TICKS_PER_SECOND;

impl Pace {
    /// A pace of so many operations a second (at least 1), with a full second's worth to begin with.
    pub fn new(per_second: u32, now: Timestamp) -> Self {
        Self { per_second: per_second.max(1), saved: FULL, at: now }
    }

    /// Takes up to `wanted` operations; gives how many may go now (perhaps none).
    pub fn take(&mut self, wanted: u32, now: Timestamp) -> u32 {
        // A clock that was set back saves nothing until it has caught up.
        let passed = now.ticks().saturating_sub(self.at.ticks()).max(0);
        self.at = self.at.max(now);
        self.saved = self.saved.saturating_add(passed).min(FULL);
        let granted = u32::try_from(self.saved / self.cost()).unwrap_or(u32::MAX).min(wanted);
        self.saved -= i64::from(granted) * self.cost();
        granted
    }

    /// When the next operation may go; `now` or before when one may already.
    pub fn next_at(&self) -> Timestamp {
        let missing = (self.cost() - self.saved).max(0);
        self.at.plus(Duration::from_nanos(missing.unsigned_abs() * 100))
    }

    /// Ticks that one operation takes.
    fn cost(&self) -> i64 {
        FULL.div_euclid(i64::from(self.per_second)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_second_and_never_more_than_one_second_saved() {
        let start = Timestamp::from_unix_millis(1_000_000);
        let after = |millis| start.plus(Duration::from_millis(millis));
        let mut pace = Pace::new(10, start);
        assert_eq!(pace.take(100, start), 10);
        assert_eq!(pace.take(1, start), 0);
        assert_eq!(pace.next_at(), after(100));
        assert_eq!(pace.take(5, after(99)), 0);
        assert_eq!(pace.take(5, after(250)), 2);
        assert_eq!(pace.next_at(), after(300));
        assert_eq!(pace.take(100, after(60_000)), 10);
        assert_eq!(pace.take(1, start), 0);
        assert_eq!(pace.take(1, after(60_100)), 1);
    }
}
