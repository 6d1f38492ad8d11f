//! Token buckets: how often something may be done. The caller passes the time, so tests need not wait.
//!
//! A full bucket admits a burst at once. After that, operations are admitted at its rate; earlier ones wait, and are
//! refused when the wait would be too long. The real hub calls this traffic shaping.

use std::time::Duration;

use hub_wire::{Timestamp, time::TICKS_PER_SECOND};

/// A number of operations per time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; 0 counts as 1.
    pub count: u32,
    /// In how long; at least a tick of 100 ns.
    pub per: Duration,
}

impl Rate {
    /// A rate per second.
    pub const fn a_second(count: u32) -> Self {
        Self { count, per: Duration::from_secs(1) }
    }
}

/// The result of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// Admitted.
    Now,
    /// Admitted at this time; the tokens are taken.
    At(Timestamp),
    /// The wait would be too long. Nothing is taken.
    Refused,
}

/// A bucket. Its unit is the rate's `count`th part of a tick, so that no rate is rounded: `count` of them are added each
/// tick, and one operation costs as many as `per` has ticks.
#[derive(Debug, Clone)]
pub struct Bucket {
    count: i64,
    cost: i64,
    full: i64,
    /// What is tokens up; below zero, what those in the line have taken in advance.
    tokens: i64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket, which holds the tokens of `burst` and at least one operation.
    pub fn new(rate: Rate, burst: Duration, now: Timestamp) -> Self {
        let count = i64::from(rate.count.max(1));
        let cost = ticks(rate.per).max(1);
        let full = ticks(burst).saturating_mul(count).max(cost);
        Self { count, cost, full, tokens: full, at: now }
    }

    /// Takes up to `wanted` operations; returns how many are admitted now (perhaps none).
    pub fn take(&mut self, wanted: u32, now: Timestamp) -> u32 {
        self.refill(now);
        let granted = u32::try_from(self.tokens.max(0) / self.cost).unwrap_or(u32::MAX).min(wanted);
        self.tokens -= i64::from(granted) * self.cost;
        granted
    }

    /// When the next operation may go; `now` or before when one may already.
    pub fn next_at(&self) -> Timestamp {
        self.when(self.cost)
    }

    /// Asks to do `wanted` operations together, waiting at most `max_wait`.
    pub fn reserve(&mut self, wanted: u32, max_wait: Duration, now: Timestamp) -> Reservation {
        self.refill(now);
        let taken = i64::from(wanted).saturating_mul(self.cost);
        // More at once than the bucket holds goes when it is full.
        let needed = taken.min(self.full);
        if self.tokens >= needed {
            self.tokens -= taken;
            return Reservation::Now;
        }
        let at = self.when(needed);
        if at.since(now) > max_wait {
            return Reservation::Refused;
        }
        self.tokens = self.tokens.saturating_sub(taken);
        Reservation::At(at)
    }

    /// A clock that was set back adds nothing until it has caught up.
    fn refill(&mut self, now: Timestamp) {
        let passed = now.ticks().saturating_sub(self.at.ticks()).max(0);
        self.at = self.at.max(now);
        self.tokens = self.tokens.saturating_add(passed.saturating_mul(self.count)).min(self.full);
    }

    /// When so much will have been tokens up.
    fn when(&self, needed: i64) -> Timestamp {
        let missing = needed.saturating_sub(self.tokens).max(0);
        let wait = missing.unsigned_abs().div_ceil(self.count.unsigned_abs());
        self.at.plus(Duration::from_nanos(wait.saturating_mul(100)))
    }
}

fn ticks(span: Duration) -> i64 {
    let nanos_of_a_tick = 1_000_000_000 / u128::from(TICKS_PER_SECOND.unsigned_abs());
    i64::try_from(span.as_nanos() / nanos_of_a_tick).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_millis(1_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn after(millis: u64) -> Timestamp {
        START.plus(Duration::from_millis(millis))
    }

    #[test]
    fn ten_a_second_and_never_more_than_one_second_saved() {
        let mut pace = Bucket::new(Rate::a_second(10), SECOND, START);
        assert_eq!(pace.take(100, START), 10);
        assert_eq!(pace.take(1, START), 0);
        assert_eq!(pace.next_at(), after(100));
        assert_eq!(pace.take(5, after(99)), 0);
        assert_eq!(pace.take(5, after(250)), 2);
        assert_eq!(pace.next_at(), after(300));
        assert_eq!(pace.take(100, after(60_000)), 10);
        assert_eq!(pace.take(1, START), 0);
        assert_eq!(pace.take(1, after(60_100)), 1);
    }

    #[test]
    fn a_burst_then_waits_then_refusals() {
        let rate = Rate { count: 20, per: Duration::from_mins(1) };
        let mut bucket = Bucket::new(rate, Duration::from_mins(1), START);
        let max_wait = Duration::from_secs(10);
        for _ in 0..20 {
            assert_eq!(bucket.reserve(1, max_wait, START), Reservation::Now);
        }
        for place in 1..=3 {
            assert_eq!(bucket.reserve(1, max_wait, START), Reservation::At(after(place * 3000)));
        }
        for _ in 0..5 {
            assert_eq!(bucket.reserve(1, max_wait, START), Reservation::Refused);
        }
        // The refused have taken nothing, and the line moves on.
        assert_eq!(bucket.reserve(1, max_wait, after(2000)), Reservation::At(after(12_000)));
        assert_eq!(bucket.reserve(1, max_wait, after(15_000)), Reservation::Now);
        assert_eq!(bucket.reserve(1, max_wait, after(15_000)), Reservation::At(after(18_000)));
    }

    #[test]
    fn no_rate_is_rounded() {
        for (count, per) in [(6_000, 1), (5_000, 60), (7, 1), (3, 60), (1, 3600)] {
            let per = Duration::from_secs(per);
            let mut bucket = Bucket::new(Rate { count, per }, per * 2, START);
            assert_eq!(bucket.take(u32::MAX, START), count * 2);
            let granted: u32 =
                (1..=997).map(|step| bucket.take(u32::MAX, START.plus(per * step / 997))).sum();
            assert_eq!(granted, count, "{count} in {per:?}");
        }
    }

    #[test]
    fn more_at_once_than_the_bucket_holds_goes_when_it_is_full() {
        let mut bucket = Bucket::new(Rate::a_second(40), SECOND, START);
        assert_eq!(bucket.reserve(100, SECOND, START), Reservation::Now);
        // 60 are owed, and one more comes after them.
        assert_eq!(bucket.reserve(1, SECOND * 10, START), Reservation::At(after(1525)));
        assert_eq!(bucket.reserve(u32::MAX, SECOND * 10, START), Reservation::At(after(2525)));
        assert_eq!(bucket.reserve(1, SECOND * 10, after(3000)), Reservation::Refused);
    }

    #[test]
    fn a_clock_that_jumps() {
        let mut bucket = Bucket::new(Rate::a_second(1), SECOND, START);
        assert_eq!(bucket.reserve(1, SECOND, START), Reservation::Now);
        // Back an hour: no tokens are added or lost, and none are gained afterwards.
        let back = Timestamp::from_unix_millis(1_000_000 - 3_600_000);
        assert_eq!(bucket.take(1, back), 0);
        assert_eq!(bucket.take(1, after(500)), 0);
        assert_eq!(bucket.take(2, Timestamp::FAR_FUTURE), 1);
    }
}
