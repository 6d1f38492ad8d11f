//! Runs jobs: starts them at their time, processes their devices, closes their execution window.
//!
//! A job's state, its rows and its counters are stored before anything is done about them, so the scheduler can be killed
//! at any instant and continues from the store after a restart. Its loop sleeps until the next start or until a job is
//! created or cancelled; each running job is a task of its own ([`method_job`],
//! [`twin_job`]).

mod method_invoker;
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

use self::retry::retry_until_stopped;
pub use self::{method_invoker::MethodInvoker, settings::Settings};
use crate::{
    clock::Clock,
    domain::{job::lateness, throttle::Bucket},
    error::HubError,
    store::{JobAction, RunningJob, Store},
};

/// How often old jobs are purged.
const PURGE_EVERY: Duration = Duration::from_hours(24);
/// Unused job operations accumulate for this long at most.
const BURST: Duration = Duration::from_secs(1);
/// Pause of a job after the store has failed repeatedly, and of the loop after a failed tick.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The running scheduler. Stops when its token is cancelled.
#[derive(Debug)]
pub struct Scheduler {
    task: JoinHandle<()>,
}

impl Scheduler {
    /// Starts it. Calls that were under way in the last process end as interrupted, due jobs start, running ones continue.
    /// There must be only one scheduler for a store.
    pub fn start<C: MethodInvoker>(
        store: Store,
        invoker: C,
        clock: Arc<dyn Clock>,
        settings: Settings,
        stop: CancellationToken,
    ) -> Self {
        let rate_limit =
            settings.device_operations.map(|rate| Mutex::new(Bucket::new(rate, BURST, clock.steady())));
        let context = Arc::new(Context { store, invoker, clock, settings, rate_limit, stop });
        Self { task: tokio::spawn(run(context)) }
    }

    /// Waits until it has stopped and every task has ended.
    pub async fn stopped(self) {
        if let Err(error) = self.task.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the job scheduler failed");
        }
    }
}

/// What running jobs share.
struct Context<C> {
    store: Store,
    invoker: C,
    clock: Arc<dyn Clock>,
    settings: Settings,
    /// One limit for all jobs: the throttle is the hub's.
    rate_limit: Option<Mutex<Bucket>>,
    stop: CancellationToken,
}

impl<C: MethodInvoker> Context<C> {
    /// Waits until the throttle allows work on devices, up to `most`; returns how many.
    async fn acquire(&self, most: u32) -> u32 {
        let Some(rate_limit) = &self.rate_limit else { return most };
        loop {
            let wait_until = {
                let mut rate_limit = rate_limit.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                match rate_limit.take(most, self.clock.steady()) {
                    0 => rate_limit.next_at(),
                    granted => return granted,
                }
            };
            self.clock.sleep_until_steady(wait_until).await;
        }
    }
}

async fn run<C: MethodInvoker>(context: Arc<Context<C>>) {
    let Context { store, clock, stop, .. } = &*context;
    let mut jobs = Jobs::default();
    let mut interrupted = false;
    let mut purge_at = clock.steady();
    while !stop.is_cancelled() {
        // Before any job continues, so that interrupted calls are not mistaken for new ones.
        if !interrupted {
            interrupted = log_failure("end interrupted calls", store.interrupt_device_jobs().await).is_some();
        }
        if clock.steady() >= purge_at {
            log_failure("forget old jobs", store.purge_jobs().await);
            purge_at = clock.steady().plus(PURGE_EVERY);
        }
        let ticked = if interrupted { tick(&context, &mut jobs).await } else { Ok(None) };
        let (next_start, next_tick) = match log_failure("look for due jobs", ticked) {
            Some(next) if interrupted => (next.unwrap_or(Timestamp::FAR_FUTURE), purge_at),
            _ => (Timestamp::FAR_FUTURE, purge_at.min(clock.steady().plus(RETRY_AFTER))),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = store.jobs_changed() => {}
            () = clock.sleep_until(next_start) => {}
            () = clock.sleep_until_steady(next_tick) => {}
            Some(ended) = jobs.tasks.join_next(), if !jobs.tasks.is_empty() => jobs.remove_ended(ended),
        }
    }
    // They see the token too and end within their grace period.
    while let Some(ended) = jobs.tasks.join_next().await {
        jobs.remove_ended(ended);
    }
}

/// Logs a failure with its causes; returns the success.
fn log_failure<T>(what: &str, result: Result<T, HubError>) -> Option<T> {
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
    fn remove_ended(&mut self, ended: Result<JobId, tokio::task::JoinError>) {
        match ended {
            Ok(job_id) => {
                self.ids.remove(&job_id);
            }
            // A bug; the job's id stays here, so it is not retried until the hub restarts.
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a job's task ended badly");
            }
        }
    }
}

/// Starts due jobs and spawns a task for every running job without one. Returns when the next job is due.
async fn tick<C: MethodInvoker>(
    context: &Arc<Context<C>>,
    jobs: &mut Jobs,
) -> Result<Option<Timestamp>, HubError> {
    let store = &context.store;
    let mut next = None;
    for waiting in store.waiting_jobs().await? {
        let now = context.clock.now();
        if waiting.starts_immediately || waiting.start_time <= now {
            if let Some(remark) = lateness(waiting.start_time, now) {
                tracing::warn!(job_id = %waiting.job_id, remark, "a job starts late");
            }
            start(store, &waiting.job_id).await?;
        } else {
            if waiting.status == JobStatus::Queued {
                store.schedule_job(&waiting.job_id).await?;
            }
            // They are sorted by their start.
            next = next.or(Some(waiting.start_time));
        }
    }
    for job in store.running_jobs().await? {
        if jobs.ids.insert(job.job_id.clone()) {
            jobs.tasks.spawn(run_job(context.clone(), job));
        }
    }
    Ok(next)
}

/// Starts one job. A condition that parses but that SQLite refuses, such as one nested too deep, must not block the jobs
/// after it.
async fn start(store: &Store, job_id: &JobId) -> Result<(), HubError> {
    match store.start_job(job_id).await {
        Err(error @ (HubError::Store(_) | HubError::Commit(_))) if !error.is_obstacle() => {
            log("fix a job's devices", &error);
            store.fail_job(job_id, "The hub could not evaluate queryCondition.").await
        }
        result => result.map(drop),
    }
}

/// Runs one job; returns its id when the job has ended, or after a pause when it failed.
async fn run_job<C: MethodInvoker>(context: Arc<Context<C>>, job: RunningJob) -> JobId {
    let window_end = window_end(&*context.clock, &job);
    let result = match &job.action {
        JobAction::Method(request) => method_job::run(&context, &job, window_end, request).await,
        JobAction::Twin(patch) => twin_job::run(&context, &job, window_end, patch).await,
    };
    let result = match result {
        Ok(JobEnd::WindowEnded) => {
            retry_until_stopped(&context.stop, || context.store.close_window(&job.job_id)).await
        }
        Ok(JobEnd::Done | JobEnd::Stopped) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        log("carry on a job", &error);
        tokio::select! {
            () = context.stop.cancelled() => {}
            () = tokio::time::sleep(RETRY_AFTER) => {}
        }
    }
    job.job_id
}

/// When a job's execution window ends, by the steady clock. If the wall clock was set back before the job continued, it
/// has at most the whole window.
fn window_end(clock: &dyn Clock, job: &RunningJob) -> Timestamp {
    clock.steady().plus(job.deadline.since(clock.now()).min(job.window))
}

/// Why a job's task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JobEnd {
    /// All devices are processed.
    Done,
    /// The hub is stopping.
    Stopped,
    /// Its execution window has passed.
    WindowEnded,
}
