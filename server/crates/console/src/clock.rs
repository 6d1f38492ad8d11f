//! The console's clock: the wall clock, as precise as the wire, and what counts as recent by it.

use std::time::Duration;

use hub_wire::Timestamp;

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
