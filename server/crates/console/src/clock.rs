//! The console's clock: the wall clock, as precise as the wire, and what counts as recent by it.

use std::{fmt::Debug, pin::Pin, time::Duration};

use hub_wire::Timestamp;

/// Longest single sleep. A suspended machine or a changed clock is noticed within this time.
const MAX_SLEEP: Duration = Duration::from_secs(30);

/// The clock that schedules follow. Tests drive one of their own.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall clock, which may be set back or ahead.
    fn now(&self) -> Timestamp;

    /// Waits until it shows `at` or later; at once when it already does.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            loop {
                let left = at.since(now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(MAX_SLEEP)).await;
            }
        })
    }
}

/// Now, by the machine's clock.
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

/// The moment so long before another one.
pub(crate) fn earlier(moment: Timestamp, span: Duration) -> Timestamp {
    let ticks = i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX);
    Timestamp::from_ticks(moment.ticks().saturating_sub(ticks))
}

/// Whether a moment is less than `span` ago. A moment further ahead than `span` was noted before the clock was set back,
/// or by another clock. It is not recent, so nothing waits until the clock has caught up with it.
pub(crate) fn is_recent(moment: Timestamp, now: Timestamp, span: Duration) -> bool {
    now.since(moment) < span && moment.since(now) < span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_is_near_now_on_both_sides() {
        let at = Timestamp::from_unix_millis;
        for (moment, expected) in
            [(1_000_000, true), (996_000, true), (995_000, false), (1_004_000, true), (4_600_000, false)]
        {
            assert_eq!(is_recent(at(moment), at(1_000_000), Duration::from_secs(5)), expected, "{moment}");
        }
    }
}
