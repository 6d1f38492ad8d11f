//! Watching: one task per job that may still move, and one that finds jobs of others.

mod discovery;
mod job;
mod list;
mod pace;
mod plan;
mod read;
mod send;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard, Semaphore};

pub(crate) use self::send::Sent;
use crate::{ConsoleError, console::Core};

/// Jobs found after they ended that are read in at the same time. More would hold up those that still run, since all
/// share what a real hub allows.
const PAST_JOBS: usize = 1;

/// Who is being watched.
#[derive(Debug)]
pub(crate) struct Watchers {
    watched: Mutex<HashMap<String, Arc<Watched>>>,
    past: Semaphore,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { watched: Mutex::default(), past: Semaphore::new(PAST_JOBS) }
    }
}

/// What a watcher and others share.
#[derive(Debug, Default)]
struct Watched {
    /// Ends the watcher's pause.
    wake: Notify,
    /// A part of a list has ended: there may be room on the hub for another.
    has_room: Notify,
    /// Held while a part is put to the hub, and while parts are called off: none is sent after it was.
    sending: Arc<AsyncMutex<()>>,
    /// Ticks of when the hub was last read for the job. Kept here, since a reading that changes nothing is not worth a
    /// write.
    read_at: AtomicI64,
}

impl Watchers {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Watched>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in when the hub was last read, where that is later than the last change.
    pub(crate) fn freshen(&self, jobs: &mut [JobSummary]) {
        let all = self.all();
        for job in jobs {
            if let Some(watched) = all.get(&job.job_id) {
                let read_at = Timestamp::from_ticks(watched.read_at.load(Ordering::Relaxed));
                job.as_of = job.as_of.max(read_at);
            }
        }
    }

    /// Enters a job; `None` when it is watched already.
    fn enter(&self, job_id: &str) -> Option<Arc<Watched>> {
        let mut all = self.all();
        if all.contains_key(job_id) {
            return None;
        }
        let watched = Arc::new(Watched::default());
        all.insert(job_id.to_owned(), Arc::clone(&watched));
        Some(watched)
    }
}

/// Takes up what the last process left: open jobs are watched again; discovery and its round begin.
pub(crate) async fn start(core: &Arc<Core>) -> Result<(), ConsoleError> {
    for job_id in core.store.open_jobs().await? {
        job(core, &job_id);
    }
    let known = core.store.mirrored_jobs().await?.into_iter().collect();
    core.spawn(discovery::run(Arc::clone(core), known));
    Ok(())
}

/// Watches a job until nothing moves any more; does nothing if it is watched already.
pub(crate) fn job(core: &Arc<Core>, job_id: &str) {
    watch(core, job_id, false);
}

/// Reads in a job that had ended when it was found, when its turn comes.
fn past_job(core: &Arc<Core>, job_id: &str) {
    watch(core, job_id, true);
}

fn watch(core: &Arc<Core>, job_id: &str, takes_turns: bool) {
    let Some(watched) = core.watchers.enter(job_id) else { return };
    let (shared, job_id) = (Arc::clone(core), job_id.to_owned());
    core.spawn(async move {
        let turn = if takes_turns { shared.watchers.past.acquire().await.ok() } else { None };
        match shared.store.is_list(&job_id).await {
            Ok(true) => list::run(&shared, &job_id, &watched).await,
            _ => job::run(&shared, &job_id, &watched).await,
        }
        drop(turn);
        shared.watchers.all().remove(&job_id);
    });
}

/// Holds back the sending of a job's parts while the guard lives; none when the job is not watched.
pub(crate) async fn hold_sending(core: &Core, job_id: &str) -> Option<OwnedMutexGuard<()>> {
    let sending = core.watchers.all().get(job_id).map(|watched| Arc::clone(&watched.sending))?;
    Some(sending.lock_owned().await)
}

/// Makes a job's watcher look at once.
pub(crate) fn wake(core: &Core, job_id: &str) {
    if let Some(watched) = core.watchers.all().get(job_id) {
        watched.wake.notify_one();
    }
}
