//! Which jobs are watched, and how a watcher is woken or held back.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard, Semaphore, SemaphorePermit};

/// Jobs found after they ended that are read in at the same time. More would hold up those that still run, since all
/// share what a real hub allows.
const ENDED_JOBS: usize = 1;

/// The watchers by job.
#[derive(Debug)]
pub(crate) struct Watchers {
    by_job: Mutex<HashMap<String, Arc<Watcher>>>,
    ended_jobs: Semaphore,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { by_job: Mutex::default(), ended_jobs: Semaphore::new(ENDED_JOBS) }
    }
}

/// What a watcher shares with others.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    /// Ends the pause before the next poll.
    pub(crate) wake: Notify,
    /// A part has ended: there may be room on the hub for another.
    pub(crate) has_room: Notify,
    /// Held while a part is put to the hub, and while parts are cancelled: no part is sent after it was cancelled.
    pub(crate) sending: Arc<AsyncMutex<()>>,
    /// Ticks of when the hub was last read for the job. Kept here, since a poll that changes nothing is not worth a
    /// write.
    last_read: AtomicI64,
    /// Whether the job ran when it was read last.
    is_running: AtomicBool,
}

impl Watcher {
    /// Notes when the hub was read for the job, and whether the job runs.
    pub(crate) fn note_read(&self, at: Timestamp, is_running: bool) {
        self.last_read.store(at.ticks(), Ordering::Relaxed);
        self.is_running.store(is_running, Ordering::Relaxed);
    }
}

impl Watchers {
    fn by_job(&self) -> MutexGuard<'_, HashMap<String, Arc<Watcher>>> {
        self.by_job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets when the hub was last read, where that is later than the last change.
    pub(crate) fn apply_last_read(&self, jobs: &mut [JobSummary]) {
        let by_job = self.by_job();
        for job in jobs {
            if let Some(watcher) = by_job.get(&job.job_id) {
                let last_read = Timestamp::from_ticks(watcher.last_read.load(Ordering::Relaxed));
                job.as_of = job.as_of.max(last_read);
            }
        }
    }

    /// How many jobs are watched.
    pub(crate) fn count(&self) -> usize {
        self.by_job().len()
    }

    /// When the running job was read that was not read for the longest time; none while no job runs.
    pub(crate) fn oldest_read(&self) -> Option<Timestamp> {
        let by_job = self.by_job();
        let running = by_job.values().filter(|watcher| watcher.is_running.load(Ordering::Relaxed));
        running.map(|watcher| Timestamp::from_ticks(watcher.last_read.load(Ordering::Relaxed))).min()
    }

    /// Adds a watcher; `None` when the job is watched already.
    pub(crate) fn add(&self, job_id: &str) -> Option<Arc<Watcher>> {
        let mut by_job = self.by_job();
        if by_job.contains_key(job_id) {
            return None;
        }
        let watcher = Arc::new(Watcher::default());
        by_job.insert(job_id.to_owned(), Arc::clone(&watcher));
        Some(watcher)
    }

    pub(crate) fn remove(&self, job_id: &str) {
        self.by_job().remove(job_id);
    }

    /// Waits until a job that had ended when it was found may be read in.
    pub(crate) async fn wait_for_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.ended_jobs.acquire().await.ok()
    }

    /// Makes a job's watcher poll at once.
    pub(crate) fn wake(&self, job_id: &str) {
        if let Some(watcher) = self.by_job().get(job_id) {
            watcher.wake.notify_one();
        }
    }

    /// Sends no part of a job while the guard lives; `None` when the job is not watched.
    pub(crate) async fn hold_sending(&self, job_id: &str) -> Option<OwnedMutexGuard<()>> {
        let sending = self.by_job().get(job_id).map(|watcher| Arc::clone(&watcher.sending))?;
        Some(sending.lock_owned().await)
    }
}
