//! Moves jobs along: starts them when their time has come, works through their devices, closes their window.
//!
//! The store is the truth: a job's state, its devices' and its counters are there before anything is done about them,
//! so the scheduler can be killed at any instant and its successor goes on from what it reads. Its one loop sleeps until
//! the next start or until a job is created or cancelled; each running job is a task of its own ([`method_job`],
//! [`twin_job`]).

mod caller;
mod method_job;
mod retry;
mod settings;
mod twin_job;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use hub_wire::{JobId, Timestamp, job::JobStatus};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use self::retry::persistently;
pub use self::{caller::Caller, settings::Settings};
use crate::{
    clock::Clock,
    domain::{job::lateness, throttle::Bucket},
    error::HubError,
    store::{JobWork, RunningJob, Store},
};

/// How often ended jobs are looked through for those to forget.
const PURGE_EVERY: Duration = Duration::from_hours(24);
/// Job operations on devices that may be saved up.
const BURST: Duration = Duration::from_secs(1);
/// How long a job rests after the store has failed it again and again, and the loop after it could not look.
const REST: Duration = Duration::from_secs(5);

/// The running scheduler. Stops when its token is cancelled.
#[derive(Debug)]
pub struct Scheduler {
    task: JoinHandle<()>,
}

impl Scheduler {
    /// Starts it. Calls that the last process left under way end as interrupted, jobs that are due start, running ones
    /// go on. There must be one scheduler to a store.
    pub fn start<C: Caller>(
        store: Store,
        caller: C,
        clock: Arc<dyn Clock>,
        settings: Settings,
        stop: CancellationToken,
    ) -> Self {
        let pace = settings.device_operations.map(|rate| Mutex::new(Bucket::new(rate, BURST, clock.now())));
        let context = Arc::new(Context { store, caller, clock, settings, pace, stop });
        Self { task: tokio::spawn(run(context)) }
    }

    /// Waits until it has stopped: what could be recorded is, and no task is left.
    pub async fn stopped(self) {
        if let Err(error) = self.task.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the job scheduler ended badly");
        }
    }
}

/// What jobs need to run.
struct Context<C> {
    store: Store,
    caller: C,
    clock: Arc<dyn Clock>,
    settings: Settings,
    /// One pace for all jobs: the throttle is the hub's.
    pace: Option<Mutex<Bucket>>,
    stop: CancellationToken,
}

impl<C: Caller> Context<C> {
    /// Waits for leave to work on up to `most` devices; gives for how many.
    async fn leave(&self, most: u32) -> u32 {
        let Some(pace) = &self.pace else { return most };
        loop {
            let wait_until = {
                let mut pace = pace.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                match pace.take(most, self.clock.now()) {
                    0 => pace.next_at(),
                    granted => return granted,
                }
            };
            self.clock.sleep_until(wait_until).await;
        }
    }
}

async fn run<C: Caller>(context: Arc<Context<C>>) {
    let Context { store, clock, stop, .. } = &*context;
    let mut jobs = Jobs::default();
    let mut interrupted = false;
    let mut purge_at = clock.now();
    while !stop.is_cancelled() {
        // Before any job goes on: its calls that were under way must not be taken for ours.
        if !interrupted {
            interrupted = succeeded("end interrupted calls", store.interrupt_device_jobs().await).is_some();
        }
        if clock.now() >= purge_at {
            succeeded("forget old jobs", store.purge_jobs().await);
            purge_at = clock.now().plus(PURGE_EVERY);
        }
        let looked = if interrupted { look(&context, &mut jobs).await } else { Ok(None) };
        let wake_at = match succeeded("look for due jobs", looked) {
            Some(next) if interrupted => next.unwrap_or(Timestamp::FAR_FUTURE),
            _ => clock.now().plus(REST),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = store.jobs_changed() => {}
            () = clock.sleep_until(wake_at.min(purge_at)) => {}
            Some(ended) = jobs.tasks.join_next(), if !jobs.tasks.is_empty() => jobs.ended(ended),
        }
    }
    // They have seen the token too and end by themselves within their grace.
    while let Some(ended) = jobs.tasks.join_next().await {
        jobs.ended(ended);
    }
}

/// Logs a failure, whole chain, where it is handled.
fn succeeded<T>(what: &str, result: Result<T, HubError>) -> Option<T> {
    result.inspect_err(|error| log(what, error)).ok()
}

fn log(what: &str, error: &HubError) {
    if !matches!(error, HubError::Stopping) {
        tracing::error!(error = error as &dyn std::error::Error, "the job scheduler could not {what}");
    }
}

/// The jobs that have a task.
#[derive(Default)]
struct Jobs {
    tasks: JoinSet<JobId>,
    ids: HashSet<JobId>,
}

impl Jobs {
    fn ended(&mut self, ended: Result<JobId, tokio::task::JoinError>) {
        match ended {
            Ok(job_id) => {
                self.ids.remove(&job_id);
            }
            // A bug; its job keeps its id here and is not tried again until the hub restarts.
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a job's task ended badly");
            }
        }
    }
}

/// Starts what is due and gives every running job its task. Says when the next job is due.
async fn look<C: Caller>(context: &Arc<Context<C>>, jobs: &mut Jobs) -> Result<Option<Timestamp>, HubError> {
    let store = &context.store;
    let mut next = None;
    for waiting in store.waiting_jobs().await? {
        let now = context.clock.now();
        if waiting.start_time <= now {
            if let Some(remark) = lateness(waiting.start_time, now) {
                tracing::warn!(job_id = %waiting.job_id, remark, "a job starts late");
            }
            start(store, &waiting.job_id).await?;
        } else {
            if waiting.status == JobStatus::Queued {
                store.schedule_job(&waiting.job_id).await?;
            }
            // They come in the order of their starts.
            next = next.or(Some(waiting.start_time));
        }
    }
    for job in store.running_jobs().await? {
        if jobs.ids.insert(job.job_id.clone()) {
            jobs.tasks.spawn(work(context.clone(), job));
        }
    }
    Ok(next)
}

/// Starts one job. A condition that reads well but that SQLite refuses, such as one nested too deep, must not hold up
/// the jobs behind it for ever.
async fn start(store: &Store, job_id: &JobId) -> Result<(), HubError> {
    match store.start_job(job_id).await {
        Err(error @ (HubError::Store(_) | HubError::Commit(_))) if !error.is_obstacle() => {
            log("fix a job's devices", &error);
            store.fail_job(job_id, "The hub could not evaluate queryCondition.").await
        }
        result => result.map(drop),
    }
}

/// Works through one job; gives its id when the job has ended, or has to rest.
async fn work<C: Caller>(context: Arc<Context<C>>, job: RunningJob) -> JobId {
    let result = match &job.work {
        JobWork::Method(request) => method_job::run(&context, &job, request).await,
        JobWork::Twin(patch) => twin_job::run(&context, &job, patch).await,
    };
    let result = match result {
        Ok(End::WindowEnded) => persistently(&context.stop, || context.store.close_window(&job.job_id)).await,
        Ok(End::Done | End::Stopped) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        log("carry on a job", &error);
        tokio::select! {
            () = context.stop.cancelled() => {}
            () = tokio::time::sleep(REST) => {}
        }
    }
    job.job_id
}

/// Why the work on a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// No device is left.
    Done,
    /// The hub stops.
    Stopped,
    /// Its execution window has passed.
    WindowEnded,
}
