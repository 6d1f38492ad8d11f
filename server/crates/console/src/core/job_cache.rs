//! The newest value of each job that clients read, such as its snapshot: a thousand open pages cost as much as one. Making
//! one takes time, so the next one is made by one client at a time, and after a rest.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Mutex as AsyncMutex;

/// Jobs whose values are kept.
const CAPACITY: usize = 64;

/// Values by job.
#[derive(Debug)]
pub(crate) struct JobCache<T> {
    slots: Mutex<HashMap<String, Arc<Slot<T>>>>,
    rest_factor: u32,
}

/// The newest value of a job.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    /// Held by the client that makes the next value.
    pub(crate) turn: Arc<AsyncMutex<()>>,
    newest: Mutex<Option<Entry<T>>>,
    used: Mutex<Instant>,
    rest_factor: u32,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    /// The job's sequence number that it was made for.
    sequence: u64,
    made_at: Instant,
    took: Duration,
}

/// Panics do not leave half-written values, so a poisoned lock is as good as any.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> JobCache<T> {
    /// After a value the next one rests `rest_factor` times as long as that one took: so much less than a core is used.
    pub(crate) fn new(rest_factor: u32) -> Self {
        Self { slots: Mutex::default(), rest_factor }
    }

    /// The place of a job's value. That of the job that was read longest ago gives way when there are too many.
    pub(crate) fn slot(&self, job_id: &str) -> Arc<Slot<T>> {
        let mut slots = locked(&self.slots);
        if let Some(slot) = slots.get(job_id) {
            *locked(&slot.used) = Instant::now();
            return Arc::clone(slot);
        }
        if slots.len() >= CAPACITY {
            let oldest = slots.iter().min_by_key(|(_, slot)| *locked(&slot.used));
            let oldest = oldest.map(|(job_id, _)| job_id.clone());
            oldest.and_then(|job_id| slots.remove(&job_id));
        }
        let slot = Arc::new(Slot {
            turn: Arc::default(),
            newest: Mutex::new(None),
            used: Mutex::new(Instant::now()),
            rest_factor: self.rest_factor,
        });
        slots.insert(job_id.to_owned(), Arc::clone(&slot));
        slot
    }
}

impl<T: Clone> Slot<T> {
    /// The newest value, whatever it was made for.
    pub(crate) fn newest(&self) -> Option<T> {
        locked(&self.newest).as_ref().map(|entry| entry.value.clone())
    }

    /// The value, if it was made for this sequence number of the job or a later one.
    pub(crate) fn at_least(&self, sequence: u64) -> Option<T> {
        let newest = locked(&self.newest);
        newest.as_ref().filter(|entry| entry.sequence >= sequence).map(|entry| entry.value.clone())
    }

    /// The same, if it is also younger than this.
    pub(crate) fn at_least_and_younger(&self, sequence: u64, age: Duration) -> Option<T> {
        let is_young = locked(&self.newest).as_ref().is_some_and(|entry| entry.made_at.elapsed() < age);
        self.at_least(sequence).filter(|_| is_young)
    }

    /// How long to wait before the next one is made.
    pub(crate) fn rest(&self) -> Duration {
        let newest = locked(&self.newest);
        let rest = |entry: &Entry<T>| (entry.took * self.rest_factor).saturating_sub(entry.made_at.elapsed());
        newest.as_ref().map(rest).unwrap_or_default()
    }

    /// Keeps a value that took so long to make, unless one for a later sequence number is here.
    pub(crate) fn keep(&self, value: T, sequence: u64, took: Duration) {
        let mut newest = locked(&self.newest);
        if newest.as_ref().is_none_or(|entry| entry.sequence <= sequence) {
            *newest = Some(Entry { value, sequence, made_at: Instant::now(), took });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Arc<Slot<&'static str>> {
        JobCache::new(4).slot("a")
    }

    #[test]
    fn a_value_is_used_while_the_job_has_not_changed() {
        let cache = JobCache::new(4);
        let slot = cache.slot("a");
        assert_eq!(slot.newest(), None);
        slot.keep("five", 5, Duration::from_mins(1));
        assert_eq!((slot.at_least(5), slot.at_least(6), slot.newest()), (Some("five"), None, Some("five")));
        slot.keep("four", 4, Duration::ZERO);
        assert_eq!(cache.slot("a").newest(), Some("five"), "an older one does not replace it");
        slot.keep("again", 5, Duration::ZERO);
        assert_eq!(slot.newest(), Some("again"));
        assert_eq!(cache.slot("b").newest(), None, "another job");
    }

    #[test]
    fn a_value_grows_old() {
        let (slot, hour) = (slot(), Duration::from_hours(1));
        assert_eq!(slot.at_least_and_younger(0, hour), None);
        slot.keep("five", 5, Duration::ZERO);
        assert_eq!(slot.at_least_and_younger(5, hour), Some("five"));
        assert_eq!(slot.at_least_and_younger(6, hour), None, "the job has changed");
        assert_eq!(slot.at_least_and_younger(5, Duration::ZERO), None, "too old");
    }

    #[test]
    fn one_that_took_long_is_made_again_later() {
        let slot = slot();
        assert_eq!(slot.rest(), Duration::ZERO);
        slot.keep("slow", 1, Duration::from_mins(1));
        assert!(slot.rest() > Duration::from_secs(200));
        slot.keep("quick", 2, Duration::ZERO);
        assert_eq!(slot.rest(), Duration::ZERO);
    }

    #[test]
    fn as_many_as_fit_are_kept() {
        let cache = JobCache::<()>::new(4);
        for number in 0..2 * CAPACITY {
            cache.slot(&number.to_string());
        }
        assert_eq!(cache.slots.lock().unwrap().len(), CAPACITY);
    }
}
