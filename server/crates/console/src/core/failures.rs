//! Counts wrong tokens and codes by where they come from, in memory.
//!
//! Each process counts for itself and forgets at its end. That is enough here: a token has 256 random bits, so the limit is
//! not what keeps one from being guessed; it keeps a client that tries many from taking the store's time.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hub_wire::Timestamp;

use crate::clock::is_recent;

/// Failures are counted over so long, from the first one.
const SPAN: Duration = Duration::from_mins(1);
/// Most sources that are counted at a time; further ones are not limited.
const MAX_SOURCES: usize = 10_000;

/// When the first failure of a source was, and how many there were since.
type Counts = HashMap<String, (Timestamp, u32)>;

/// Failures by source.
#[derive(Debug)]
pub(crate) struct Failures {
    /// So many are answered within [`SPAN`].
    allowed: u32,
    counts: Mutex<Counts>,
}

impl Failures {
    pub(crate) fn new(allowed: u32) -> Self {
        Self { allowed, counts: Mutex::default() }
    }

    /// How long a source has to wait; `None` when it may try.
    pub(crate) fn wait(&self, source: &str, now: Timestamp) -> Option<Duration> {
        let (first, count) = *self.counts().get(source)?;
        let is_limited = count >= self.allowed && is_recent(first, now, SPAN);
        is_limited.then(|| SPAN.saturating_sub(now.since(first)))
    }

    /// Counts a failure.
    pub(crate) fn record(&self, source: &str, now: Timestamp) {
        let mut counts = self.counts();
        if let Some((first, count)) = counts.get_mut(source) {
            if is_recent(*first, now, SPAN) {
                *count = count.saturating_add(1);
            } else {
                (*first, *count) = (now, 1);
            }
            return;
        }
        if counts.len() >= MAX_SOURCES {
            counts.retain(|_, (first, _)| is_recent(*first, now, SPAN));
        }
        if counts.len() < MAX_SOURCES {
            counts.insert(source.to_owned(), (now, 1));
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_source_waits_for_the_rest_of_the_minute() {
        let failures = Failures::new(3);
        for second in 0..3 {
            assert_eq!(failures.wait("a", at(second)), None, "{second}");
            failures.record("a", at(second));
        }
        assert_eq!(failures.wait("a", at(3)), Some(Duration::from_secs(57)));
        assert_eq!(failures.wait("b", at(3)), None, "another source does not wait");
        assert_eq!(failures.wait("a", at(60)), None, "the minute is over");
        failures.record("a", at(60));
        assert_eq!(failures.wait("a", at(61)), None, "and it is counted anew");
        for _ in 0..2 {
            failures.record("a", at(61));
        }
        assert_eq!(failures.wait("a", at(-3600)), None, "a clock that was set back makes nobody wait");
    }

    #[test]
    fn memory_is_bounded() {
        let failures = Failures::new(1);
        for number in 0..=MAX_SOURCES {
            failures.record(&number.to_string(), at(0));
        }
        assert_eq!(failures.counts().len(), MAX_SOURCES);
        failures.record("later", at(120));
        assert_eq!(failures.counts().len(), 1, "what is over is forgotten");
    }
}
