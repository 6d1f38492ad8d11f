//! Device operations of jobs as they end: how many, and how fast now.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The rate is a mean of so long.
const SPAN: Duration = Duration::from_secs(10);

/// Counts operations; shared.
#[derive(Debug, Default)]
pub(crate) struct Operations(Mutex<OperationCounts>);

#[derive(Debug, Default)]
struct OperationCounts {
    total: u64,
    /// When how many ended, within the last [`SPAN`].
    recent: VecDeque<(Instant, u64)>,
}

impl Operations {
    /// Counts operations that have ended.
    pub(crate) fn add(&self, ended: u64, now: Instant) {
        if ended == 0 {
            return;
        }
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.total += ended;
        counted.recent.push_back((now, ended));
        counted.forget(now);
    }

    /// All that have ended since the start.
    pub(crate) fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// Ended in a second, as a mean of the last 10 seconds.
    pub(crate) fn per_second(&self, now: Instant) -> f64 {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.forget(now);
        let ended: u64 = counted.recent.iter().map(|(_, ended)| ended).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate is a rounded number")]
        let ended = ended as f64;
        ended / SPAN.as_secs_f64()
    }
}

impl OperationCounts {
    fn forget(&mut self, now: Instant) {
        while self.recent.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) >= SPAN) {
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let (operations, begin) = (Operations::default(), Instant::now());
        let after = |seconds| begin + Duration::from_secs(seconds);
        operations.add(100, begin);
        operations.add(50, after(4));
        operations.add(0, after(5));
        let rate = |seconds| format!("{:.1}", operations.per_second(after(seconds)));
        assert_eq!((rate(5), rate(10), rate(14)), ("15.0".into(), "5.0".into(), "0.0".into()));
        assert_eq!(operations.total(), 150);
    }
}
