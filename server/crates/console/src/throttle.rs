//! How often the console's own reading may call a hub. The embedded hub takes what comes; a real one counts calls,
//! and what watchers use up a person's preview cannot have.

use std::time::Duration;

use console_wire::hub::HubKind;
use tokio::{sync::Mutex, time::Instant};

/// Gates for the two kinds of call that watchers make.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// Reading or listing jobs: a real hub allows 1.67 a second and unit, of which this takes half.
    pub(crate) jobs: Gate,
    /// Pages of queries: a real hub allows 20 a minute and unit, of which this takes half.
    pub(crate) queries: Gate,
}

impl Throttle {
    pub(crate) fn new(kind: HubKind) -> Self {
        let (jobs, queries) = match kind {
            HubKind::Embedded => (Duration::ZERO, Duration::ZERO),
            HubKind::Remote => (Duration::from_millis(1200), Duration::from_secs(6)),
        };
        Self { jobs: Gate::every(jobs), queries: Gate::every(queries) }
    }
}

/// Lets one through every so often.
#[derive(Debug)]
pub(crate) struct Gate {
    every: Duration,
    next: Mutex<Instant>,
}

impl Gate {
    fn every(every: Duration) -> Self {
        Self { every, next: Mutex::new(Instant::now()) }
    }

    /// Waits for this caller's turn.
    pub(crate) async fn pass(&self) {
        if self.every.is_zero() {
            return;
        }
        // Held while waiting: tokio's lock is fair, so callers go in the order they came.
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn spaced_out() {
        let gate = Gate::every(Duration::from_millis(20));
        let begin = Instant::now();
        for _ in 0..3 {
            gate.pass().await;
        }
        assert!(begin.elapsed() >= Duration::from_millis(40));
        assert!(Throttle::new(HubKind::Embedded).jobs.every.is_zero());
    }
}
