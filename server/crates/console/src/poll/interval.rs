//! How long a watcher waits before the next poll. Pure; randomness is an argument.

use std::time::Duration;

use console_wire::hub::HubKind;
use hub_client::retry::full_jitter;

/// The bounds for one kind of hub.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// After a change.
    fast: Duration,
    /// After a change that took longer to read than `fast`: as long as it took, within these bounds. The embedded hub
    /// lists each change once however often it is polled, so a watcher that is behind goes on at once. Calls of a real
    /// hub are limited.
    behind: (Duration, Duration),
    /// Longest pause while nothing changes in a running job: an answer that comes now is read after at most this.
    unchanged: Duration,
    /// While a job waits for its start.
    waiting: Duration,
    /// Bounds of the first and the longest pause after a failure.
    failed: (Duration, Duration),
}

impl Bounds {
    const fn of(kind: HubKind) -> Self {
        const fn ms(millis: u64) -> Duration {
            Duration::from_millis(millis)
        }
        match kind {
            // A page shows an answer within 300 ms of the device giving it.
            HubKind::Embedded => Self {
                fast: ms(100),
                behind: (ms(20), ms(20)),
                unchanged: ms(200),
                waiting: ms(1000),
                failed: (ms(250), ms(5_000)),
            },
            HubKind::Remote => Self {
                fast: ms(2_000),
                behind: (ms(2_000), ms(15_000)),
                unchanged: ms(15_000),
                waiting: ms(30_000),
                failed: (ms(2_000), ms(60_000)),
            },
        }
    }
}

/// What a poll came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PollResult {
    /// Something changed.
    Changed,
    /// The job runs, and nothing changed.
    Unchanged,
    /// It starts after this long.
    StartsIn(Duration),
    /// The hub could not be read, or asked to slow down.
    Failed,
}

/// A watcher's pauses, from its results so far.
#[derive(Debug)]
pub(crate) struct PollInterval {
    bounds: Bounds,
    unchanged: u32,
    failed: u32,
}

impl PollInterval {
    pub(crate) const fn new(kind: HubKind) -> Self {
        Self { bounds: Bounds::of(kind), unchanged: 0, failed: 0 }
    }

    /// The pause after a poll that took so long; `random` is from 0 to 1.
    pub(crate) fn after(&mut self, result: PollResult, took: Duration, random: f64) -> Duration {
        let Bounds { fast, behind, unchanged, waiting, failed } = self.bounds;
        if result == PollResult::Failed {
            self.failed = self.failed.saturating_add(1);
            let (first, longest) = failed;
            // Watchers that failed together must not come back together.
            return full_jitter(first, longest, self.failed - 1, random);
        }
        self.failed = 0;
        self.unchanged = if result == PollResult::Unchanged { self.unchanged.saturating_add(1) } else { 0 };
        match result {
            PollResult::StartsIn(span) => span.clamp(fast, waiting),
            PollResult::Unchanged => fast.saturating_mul(1 << self.unchanged.min(16)).min(unchanged),
            PollResult::Changed if took > fast => took.clamp(behind.0, behind.1),
            PollResult::Changed | PollResult::Failed => fast,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_after_changes_and_longer_after() {
        let mut interval = PollInterval::new(HubKind::Remote);
        let ms = Duration::from_millis;
        for (result, pause) in [
            (PollResult::Changed, 2_000),
            (PollResult::Unchanged, 4_000),
            (PollResult::Unchanged, 8_000),
            (PollResult::Unchanged, 15_000),
            (PollResult::Changed, 2_000),
            (PollResult::StartsIn(ms(9_000)), 9_000),
            (PollResult::StartsIn(ms(900_000)), 30_000),
            (PollResult::StartsIn(ms(0)), 2_000),
            (PollResult::Failed, 2_000),
            (PollResult::Failed, 4_000),
            (PollResult::Unchanged, 4_000),
            (PollResult::Failed, 2_000),
        ] {
            assert_eq!(interval.after(result, ms(1), 1.0), ms(pause), "{result:?}");
        }
        for _ in 0..50 {
            assert!(interval.after(PollResult::Failed, ms(1), 1.0) <= ms(60_000));
        }
        assert_eq!(interval.after(PollResult::Failed, ms(1), 0.5), ms(30_000));
    }

    #[test]
    fn a_watcher_that_is_behind_polls_at_once_if_calls_are_free() {
        for (kind, took, pause) in [
            (HubKind::Embedded, 5, 100),
            (HubKind::Embedded, 400, 20),
            (HubKind::Remote, 5, 2_000),
            (HubKind::Remote, 4_000, 4_000),
            (HubKind::Remote, 90_000, 15_000),
        ] {
            let pause = Duration::from_millis(pause);
            assert_eq!(
                PollInterval::new(kind).after(PollResult::Changed, Duration::from_millis(took), 0.5),
                pause
            );
        }
    }

    #[test]
    fn the_embedded_hub_is_polled_often() {
        let mut interval = PollInterval::new(HubKind::Embedded);
        for _ in 0..20 {
            assert!(interval.after(PollResult::Unchanged, Duration::ZERO, 0.5) <= Duration::from_millis(200));
        }
    }
}
