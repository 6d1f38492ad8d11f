//! The newest snapshot of each job that a client reads, so that a thousand open pages cost as much as one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Mutex as AsyncMutex;

use crate::store::Snapshot;

/// Jobs whose snapshots are kept.
const CAPACITY: usize = 64;
/// A snapshot is read again after this many times what reading it took: one of a large job takes at most a fifth of a
/// core.
const REST: u32 = 4;

/// Snapshots by job.
#[derive(Debug, Default)]
pub(crate) struct SnapshotCache(Mutex<HashMap<String, Arc<Slot>>>);

/// The newest snapshot of a job.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Held by the client that reads the next snapshot; the others wait for it.
    pub(crate) turn: AsyncMutex<()>,
    newest: Mutex<Option<Entry>>,
    used: Mutex<Instant>,
}

#[derive(Debug, Clone)]
struct Entry {
    snapshot: Arc<Snapshot>,
    read_at: Instant,
    took: Duration,
}

impl SnapshotCache {
    /// The place of a job's snapshot.
    pub(crate) fn slot(&self, job_id: &str) -> Arc<Slot> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = all.get(job_id) {
            *slot.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            return Arc::clone(slot);
        }
        if all.len() >= CAPACITY {
            let last_used = |slot: &Slot| *slot.used.lock().unwrap_or_else(PoisonError::into_inner);
            let oldest = all.iter().min_by_key(|(_, slot)| last_used(slot)).map(|(job_id, _)| job_id.clone());
            oldest.and_then(|job_id| all.remove(&job_id));
        }
        let slot = Arc::new(Slot {
            turn: AsyncMutex::new(()),
            newest: Mutex::new(None),
            used: Mutex::new(Instant::now()),
        });
        all.insert(job_id.to_owned(), Arc::clone(&slot));
        slot
    }
}

impl Slot {
    /// The snapshot, if it is at least as new as this sequence number of the job.
    pub(crate) fn at_least(&self, sequence: u64) -> Option<Arc<Snapshot>> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = &newest.as_ref()?.snapshot;
        (snapshot.job.sequence >= sequence).then(|| Arc::clone(snapshot))
    }

    /// How long to wait before the next one is read.
    pub(crate) fn rest(&self) -> Duration {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = |entry: &Entry| (entry.took * REST).saturating_sub(entry.read_at.elapsed());
        newest.as_ref().map(rest).unwrap_or_default()
    }

    /// Keeps a snapshot that took so long to read, unless a newer one is here.
    pub(crate) fn keep(&self, snapshot: Arc<Snapshot>, took: Duration) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_newer = |entry: &Entry| entry.snapshot.job.sequence > snapshot.job.sequence;
        if !newest.as_ref().is_some_and(is_newer) {
            *newest = Some(Entry { snapshot, read_at: Instant::now(), took });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(sequence: u64) -> Arc<Snapshot> {
        let job = serde_json::json!({
            "jobId": "a", "type": "scheduleDeviceMethod", "status": "running", "queryCondition": "*",
            "createdTime": "2026-09-17T18:00:00Z", "deviceJobStatistics": {"deviceCount": 0, "failedCount": 0,
            "succeededCount": 0, "runningCount": 0, "pendingCount": 0}, "outcomes": console_wire::outcome::Outcomes::default(),
            "origin": "console", "sequence": sequence, "asOf": "2026-09-17T18:00:00Z",
        });
        Arc::new(Snapshot {
            job: serde_json::from_value(job).unwrap(),
            causes: Vec::new(),
            landing: Vec::new(),
            per_cell: 1,
            unstarted: None,
        })
    }

    #[test]
    fn a_snapshot_is_used_while_the_job_has_not_changed() {
        let cache = SnapshotCache::default();
        let slot = cache.slot("a");
        slot.keep(snapshot(5), Duration::from_mins(1));
        assert!(slot.at_least(5).is_some() && slot.at_least(6).is_none());
        slot.keep(snapshot(4), Duration::ZERO);
        assert!(cache.slot("a").at_least(5).is_some(), "an older one does not replace it");
    }

    #[test]
    fn one_that_took_long_is_read_again_later() {
        let slot = SnapshotCache::default().slot("a");
        assert_eq!(slot.rest(), Duration::ZERO);
        slot.keep(snapshot(1), Duration::from_mins(1));
        assert!(slot.rest() > Duration::from_secs(200));
        slot.keep(snapshot(2), Duration::ZERO);
        assert_eq!(slot.rest(), Duration::ZERO);
    }

    #[test]
    fn as_many_as_fit_are_kept() {
        let cache = SnapshotCache::default();
        for number in 0..2 * CAPACITY {
            cache.slot(&number.to_string());
        }
        assert_eq!(cache.0.lock().unwrap().len(), CAPACITY);
    }
}
