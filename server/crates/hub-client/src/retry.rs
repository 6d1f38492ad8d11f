//! When to try again, and after how long: exponential backoff with full jitter. Pure; the caller passes the random number.
//!
//! [`full_jitter`] is the one backoff of client and device pool.
//!
//! Full jitter (any wait from zero to the bound) spreads clients that failed together better than a fixed wait with a
//! little noise. A hub that throttles gets a longer wait from the start: the real one sends no `Retry-After`, and its
//! text asks for ten seconds.

use std::time::Duration;

/// When a client retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// All attempts together, the first included; 1 never repeats.
    pub max_attempts: u32,
    /// Bound of the first wait; it doubles with each attempt.
    pub base: Duration,
    /// Bound of the first wait after 429.
    pub throttled_base: Duration,
    /// No wait is longer, `Retry-After` excepted.
    pub cap: Duration,
    /// No attempt begins later than this after the first.
    pub max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            base: Duration::from_millis(200),
            throttled_base: Duration::from_secs(2),
            cap: Duration::from_secs(20),
            max_elapsed: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// Never repeats.
    pub const NEVER: Self = Self {
        max_attempts: 1,
        base: Duration::ZERO,
        throttled_base: Duration::ZERO,
        cap: Duration::ZERO,
        max_elapsed: Duration::ZERO,
    };

    /// How long to wait after the `failed`-th attempt (from 1) has failed, `elapsed` after the first began; `None`
    /// gives up. `random` is uniform in 0 to 1.
    pub fn wait(&self, failed: u32, reason: Reason, elapsed: Duration, random: f64) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        let wait = match reason {
            // `Retry-After` is a minimum; the jitter on top spreads the clients.
            Reason::Throttled { retry_after: Some(requested) } => {
                requested + full_jitter(self.base, self.cap, 0, random)
            }
            Reason::Throttled { retry_after: None } => {
                full_jitter(self.throttled_base, self.cap, failed - 1, random)
            }
            Reason::Fault => full_jitter(self.base, self.cap, failed - 1, random),
        };
        (elapsed + wait <= self.max_elapsed).then_some(wait)
    }
}

/// Why an attempt is to be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// 5xx, a broken or refused connection, no answer.
    Fault,
    /// 429.
    Throttled {
        /// The hub's `Retry-After`.
        retry_after: Option<Duration>,
    },
}

/// A wait between zero and `base · 2^doublings`, the latter at most `cap`. `random` is uniform in 0 to 1.
pub fn full_jitter(base: Duration, cap: Duration, doublings: u32, random: f64) -> Duration {
    let bound = base.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(cap);
    bound.mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn bounds_double_up_to_the_cap() {
        for (doublings, bound) in [(0, 100), (1, 200), (2, 400), (5, 3200), (6, 5000), (31, 5000), (40, 5000)]
        {
            assert_eq!(full_jitter(ms(100), ms(5000), doublings, 1.0), ms(bound), "{doublings}");
            assert_eq!(full_jitter(ms(100), ms(5000), doublings, 0.0), ms(0));
        }
        assert_eq!(full_jitter(ms(100), ms(5000), 1, 0.25), ms(50));
    }

    #[test]
    fn waits_by_attempt_and_reason() {
        let policy = RetryPolicy {
            max_attempts: 4,
            base: ms(100),
            throttled_base: ms(1000),
            cap: ms(3000),
            max_elapsed: ms(10_000),
        };
        let throttled = Reason::Throttled { retry_after: None };
        let requested = Reason::Throttled { retry_after: Some(ms(5000)) };
        for (failed, reason, elapsed, expected) in [
            (1, Reason::Fault, 0, Some(100)),
            (2, Reason::Fault, 0, Some(200)),
            (3, Reason::Fault, 0, Some(400)),
            (4, Reason::Fault, 0, None),
            (1, throttled, 0, Some(1000)),
            (2, throttled, 0, Some(2000)),
            (3, throttled, 0, Some(3000)),
            (1, requested, 0, Some(5100)),
            (1, requested, 5000, None),
            (1, Reason::Fault, 9900, Some(100)),
            (1, Reason::Fault, 9901, None),
        ] {
            assert_eq!(
                policy.wait(failed, reason, ms(elapsed), 1.0),
                expected.map(ms),
                "{failed} {reason:?} {elapsed}"
            );
        }
        assert_eq!(RetryPolicy::NEVER.wait(1, Reason::Fault, ms(0), 0.0), None);
    }
}
