//! How long a watcher waits before it looks again. Pure; randomness is handed in.

use std::time::Duration;

use console_wire::hub::HubKind;

/// The bounds for one kind of hub.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// After something moved.
    fast: Duration,
    /// The same when reading it took longer than that: as long as it took, within these bounds. The embedded hub tells
    /// each change once however often one looks, so whoever is behind goes on at once; calls of a real one are counted.
    behind: (Duration, Duration),
    /// While a running job is silent: an answer that comes now is seen after at most this.
    silent: Duration,
    /// While a job waits for its start.
    waiting: Duration,
    /// First and longest pause after a failure.
    failed: (Duration, Duration),
}

impl Bounds {
    const fn of(kind: HubKind) -> Self {
        const fn ms(millis: u64) -> Duration {
            Duration::from_millis(millis)
        }
        match kind {
            // A page shows an answer within 300 ms of the device's giving it.
            HubKind::Embedded => Self {
                fast: ms(100),
                behind: (ms(20), ms(20)),
                silent: ms(200),
                waiting: ms(1000),
                failed: (ms(250), ms(5_000)),
            },
            HubKind::Remote => Self {
                fast: ms(2_000),
                behind: (ms(2_000), ms(15_000)),
                silent: ms(15_000),
                waiting: ms(30_000),
                failed: (ms(2_000), ms(60_000)),
            },
        }
    }
}

/// What the last look saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Something moved.
    Moved,
    /// The job runs, and nothing moved.
    Silent,
    /// It starts after this long.
    StartsIn(Duration),
    /// The hub could not be read, or asked to slow down.
    Failed,
}

/// A watcher's pace.
#[derive(Debug)]
pub(super) struct Pace {
    bounds: Bounds,
    silent: u32,
    failed: u32,
}

impl Pace {
    pub(super) const fn new(kind: HubKind) -> Self {
        Self { bounds: Bounds::of(kind), silent: 0, failed: 0 }
    }

    /// The pause after a look that took so long; `random` is from 0 to 1.
    pub(super) fn after(&mut self, seen: Seen, took: Duration, random: f64) -> Duration {
        let Bounds { fast, behind, silent, waiting, failed } = self.bounds;
        if seen == Seen::Failed {
            self.failed = self.failed.saturating_add(1);
            let (first, longest) = failed;
            let bound = first.saturating_mul(1 << (self.failed - 1).min(16)).min(longest);
            // Between half and all: watchers that failed together must not come back together.
            return bound.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        }
        self.failed = 0;
        self.silent = if seen == Seen::Silent { self.silent.saturating_add(1) } else { 0 };
        match seen {
            Seen::StartsIn(span) => span.clamp(fast, waiting),
            Seen::Silent => fast.saturating_mul(1 << self.silent.min(16)).min(silent),
            Seen::Moved if took > fast => took.clamp(behind.0, behind.1),
            Seen::Moved | Seen::Failed => fast,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_while_things_move_and_slower_after() {
        let mut pace = Pace::new(HubKind::Remote);
        let ms = Duration::from_millis;
        for (seen, pause) in [
            (Seen::Moved, 2_000),
            (Seen::Silent, 4_000),
            (Seen::Silent, 8_000),
            (Seen::Silent, 15_000),
            (Seen::Moved, 2_000),
            (Seen::StartsIn(ms(9_000)), 9_000),
            (Seen::StartsIn(ms(900_000)), 30_000),
            (Seen::StartsIn(ms(0)), 2_000),
            (Seen::Failed, 2_000),
            (Seen::Failed, 4_000),
            (Seen::Silent, 4_000),
            (Seen::Failed, 2_000),
        ] {
            assert_eq!(pace.after(seen, ms(1), 1.0), ms(pause), "{seen:?}");
        }
        for _ in 0..50 {
            assert!(pace.after(Seen::Failed, ms(1), 0.0) <= ms(30_000));
        }
        assert_eq!(pace.after(Seen::Failed, ms(1), 0.0), ms(30_000));
    }

    #[test]
    fn who_is_behind_goes_on_at_once_where_that_costs_nothing() {
        for (kind, took, pause) in [
            (HubKind::Embedded, 5, 100),
            (HubKind::Embedded, 400, 20),
            (HubKind::Remote, 5, 2_000),
            (HubKind::Remote, 4_000, 4_000),
            (HubKind::Remote, 90_000, 15_000),
        ] {
            let pause = Duration::from_millis(pause);
            assert_eq!(Pace::new(kind).after(Seen::Moved, Duration::from_millis(took), 0.5), pause);
        }
    }

    #[test]
    fn the_embedded_hub_is_watched_closely() {
        let mut pace = Pace::new(HubKind::Embedded);
        for _ in 0..20 {
            assert!(pace.after(Seen::Silent, Duration::ZERO, 0.5) <= Duration::from_millis(200));
        }
    }
}
