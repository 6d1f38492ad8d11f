//! The newest count of the devices that report what a job set, by job. One count of a job at a time, and not too often:
//! it reads a twin for each device.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use console_wire::desired_sync::SyncCount;

/// Jobs kept.
const CAPACITY: usize = 64;
/// A count is repeated after this many times what it took: a large one takes at most a tenth of a core.
const REUSE_FACTOR: u32 = 10;

/// Counts by job.
#[derive(Debug, Default)]
pub(crate) struct SyncCache(Mutex<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    count: Option<SyncCount>,
    /// For which sequence number of the job it was made.
    sequence: u64,
    begun: Instant,
    /// How long it took; none while it is under way.
    took: Option<Duration>,
}

/// What a request for a count has to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Show this: it is new enough, or the next count is under way.
    Show(Option<SyncCount>),
    /// Count; meanwhile this can be shown.
    Count(Option<SyncCount>),
}

impl SyncCache {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a count, unless one is under way or the last one is younger than `max_age`. A job that has changed since is
    /// counted again without waiting for that age.
    pub(crate) fn begin(&self, job_id: &str, sequence: u64, max_age: Duration) -> Turn {
        let mut entries = self.entries();
        let last = entries.get(job_id);
        let count = last.and_then(|last| last.count);
        if let Some(last) = last {
            let Some(took) = last.took else { return Turn::Show(count) };
            let rest = if last.sequence == sequence { max_age } else { Duration::ZERO };
            if last.begun.elapsed() < rest.max(took * REUSE_FACTOR) {
                return Turn::Show(count);
            }
        } else if entries.len() >= CAPACITY {
            let oldest =
                entries.iter().min_by_key(|(_, entry)| entry.begun).map(|(job_id, _)| job_id.clone());
            oldest.and_then(|job_id| entries.remove(&job_id));
        }
        entries.insert(job_id.to_owned(), Entry { count, sequence, begun: Instant::now(), took: None });
        Turn::Count(count)
    }

    /// Ends a count; a failed one keeps the result before.
    pub(crate) fn end(&self, job_id: &str, count: Option<SyncCount>) {
        if let Some(entry) = self.entries().get_mut(job_id) {
            entry.took = Some(entry.begun.elapsed());
            entry.count = count.or(entry.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn one_count_at_a_time_and_not_too_often() {
        let cache = SyncCache::default();
        let as_of = Timestamp::from_unix_millis(0);
        let count = SyncCount { checked: 5, in_sync: 3, not_connected: 1, not_registered: 0, as_of };
        let hour = Duration::from_hours(1);
        assert_eq!(cache.begin("a", 1, hour), Turn::Count(None));
        assert_eq!(cache.begin("a", 2, Duration::ZERO), Turn::Show(None), "under way");
        assert_eq!(cache.begin("b", 1, hour), Turn::Count(None), "another job");
        cache.end("a", Some(count));
        assert_eq!(cache.begin("a", 1, hour), Turn::Show(Some(count)));
        cache.entries().get_mut("a").unwrap().took = Some(Duration::ZERO);
        assert_eq!(cache.begin("a", 2, hour), Turn::Count(Some(count)), "the job has changed");
        cache.end("a", None);
        cache.entries().get_mut("a").unwrap().took = Some(hour);
        assert_eq!(cache.begin("a", 3, Duration::ZERO), Turn::Show(Some(count)), "a slow one, and it failed");
        for number in 0..2 * CAPACITY {
            cache.begin(&number.to_string(), 1, hour);
        }
        assert_eq!(cache.entries().len(), CAPACITY);
    }
}
