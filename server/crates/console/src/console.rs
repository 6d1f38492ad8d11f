//! The facade: what the server and the pages' server functions call. Each method is one use case in a file of its own.

mod access;
mod audit;
mod connections;
mod devices;
mod groups;
mod messages;
mod overview;
mod registry;
mod results;
mod rollouts;
mod schedules;
mod tokens;
mod walls;
mod webhooks;

use std::{fmt, sync::Arc, time::Duration};

use console_wire::{
    access::Actor,
    hub::HubInfo,
    job::{JobCounts, JobFilter, JobSummary, NewJob, Origin},
    page::Page,
    rerun::NewRerun,
    target::{Preview, PreviewRequest, Reach},
    template::{Template, Templates},
};
use futures::Stream;
use hub_wire::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use crate::{
    ConsoleConfig, ConsoleError, Purged, cancel,
    clock::now,
    core::Core,
    create::{self, JobRequester},
    discovery, groups as device_groups, hub_info, jobs, jobs_export, preview, purge, reach,
    registry as device_registry, rerun, templates,
};

/// The console. Clones are cheap and are the same console; when the last one is dropped, its tasks end.
#[derive(Clone)]
pub struct Console {
    core: Arc<Core>,
    _ends_tasks: Arc<DropGuard>,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Console({:?})", self.core.hub)
    }
}

/// How the console itself is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Jobs that may still change.
    pub watched_jobs: usize,
    /// Since when the running job was not read that was not read for the longest time; zero while no job runs.
    pub oldest_read_age: Duration,
    /// Whether the last transaction of the store could be written.
    pub is_store_writable: bool,
}

/// Opening, stopping, and what concerns all jobs.
impl Console {
    /// Opens the store, brings it up to date, and starts to watch: jobs that were open when the last process ended
    /// catch up by themselves, with the hub reachable now or later.
    ///
    /// # Errors
    /// When the store cannot be opened. A hub that is not reachable is no error.
    pub async fn open(config: ConsoleConfig) -> Result<Self, ConsoleError> {
        let core = Arc::new(Core::open(config).await?);
        let ends_tasks = Arc::new(core.stop.clone().drop_guard());
        core.store.interrupt_calls().await?;
        crate::messages::end_interrupted(&core).await?;
        crate::audit::end_interrupted(&core).await?;
        crate::watch::resume(&core).await?;
        crate::rollouts::resume(&core).await?;
        discovery::start(&core).await?;
        core.spawn(hub_info::refresh(Arc::clone(&core)));
        core.store.release_deliveries().await?;
        core.spawn(crate::webhooks::run(Arc::clone(&core)));
        core.spawn(device_groups::count_in_turn(Arc::clone(&core)));
        core.spawn(crate::messages::feedback::run(Arc::clone(&core)));
        core.spawn(crate::telemetry::run(Arc::clone(&core)));
        core.spawn(crate::overview::sampler::run(Arc::clone(&core)));
        core.spawn(crate::schedules::run(Arc::clone(&core)));
        device_registry::interrupt(&core).await?;
        // Not `spawn`: it ends by itself, after the request that it is sending.
        core.tasks.spawn(device_registry::run(Arc::clone(&core)));
        Ok(Self { core, _ends_tasks: ends_tasks })
    }

    /// Ends the watchers, waits for them, and closes the store. Calls after this fail with
    /// [`ConsoleError::Stopping`].
    pub async fn stop(&self) {
        self.core.stop().await;
    }

    /// The hub's state. Read from memory: never waits for the hub.
    #[expect(clippy::unused_async, reason = "callers need not care whether this ever waits")]
    pub async fn hub_info(&self) -> HubInfo {
        hub_info::hub_info(&self.core)
    }

    /// How the console itself is doing, for metrics. Read from memory.
    pub fn operation(&self) -> Operation {
        let oldest_read = self.core.watchers.oldest_read();
        Operation {
            watched_jobs: self.core.watchers.count(),
            oldest_read_age: oldest_read.map_or(Duration::ZERO, |read| now().since(read)),
            is_store_writable: self.core.store.obstacle().is_none(),
        }
    }

    /// Deletes jobs that ended before a time, with their results, and calls of single devices from before it. The store
    /// can be written meanwhile. A job that the hub still lists is found again after a restart.
    pub async fn purge(&self, before: Timestamp) -> Result<Purged, ConsoleError> {
        purge::purge(&self.core.store, before).await
    }

    /// How many jobs each tab of the list holds.
    pub async fn job_counts(&self) -> Result<JobCounts, ConsoleError> {
        Ok(self.core.store.job_counts().await?)
    }

    /// The newest sequence number; changes after the change that it numbers is committed.
    pub fn sequence(&self) -> watch::Receiver<u64> {
        self.core.store.sequence()
    }

    /// Jobs that changed after a sequence number, in the order of their last change: all that a stream needs to
    /// resume without a gap. At most `limit` of them, the first ones.
    pub async fn changes_since(
        &self,
        sequence: u64,
        job_id: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobSummary>, ConsoleError> {
        jobs::changes_since(&self.core, sequence, job_id, limit).await
    }
}

/// Jobs.
impl Console {
    /// Creates a job from a page of the console, and watches it.
    ///
    /// # Errors
    /// `Invalid` with every member at fault; `Conflict` when the id is taken, here or on the hub; `Hub` when the hub
    /// did not take it. Nothing is changed then. After a `Hub` error that leaves open whether the hub took it, the job
    /// appears by itself if it did.
    pub async fn create_job(&self, job: NewJob) -> Result<JobSummary, ConsoleError> {
        self.create_job_from(job, Origin::Console).await
    }

    /// The same from elsewhere, or for a person who has signed in. The scope of an operator limits it.
    ///
    /// # Errors
    /// As [`Console::create_job`]; `Invalid` for a condition that cannot be limited to the scope.
    pub async fn create_job_from(
        &self,
        job: NewJob,
        requester: impl Into<JobRequester> + Send,
    ) -> Result<JobSummary, ConsoleError> {
        create::create_job(&self.core, job, requester.into()).await
    }

    /// Creates a job that does the same as another on exactly those of its devices that are in the requested states at
    /// this instant, and links the two.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for states of devices that the other job may still send to; `Conflict` when no device is in
    /// them, or the id is taken; `Hub` when the hub did not take it.
    pub async fn rerun(
        &self,
        job_id: &str,
        rerun: impl Into<NewRerun> + Send,
    ) -> Result<JobSummary, ConsoleError> {
        self.rerun_from(job_id, rerun.into(), Origin::Console).await
    }

    /// The same from elsewhere, or for a person who has signed in. Devices outside of the scope of an operator end as failed.
    ///
    /// # Errors
    /// As [`Console::rerun`].
    pub async fn rerun_from(
        &self,
        job_id: &str,
        rerun: NewRerun,
        requester: impl Into<JobRequester> + Send,
    ) -> Result<JobSummary, ConsoleError> {
        rerun::rerun(&self.core, job_id, rerun, requester.into()).await
    }

    /// The jobs that run this one's devices again, newest first.
    pub async fn reruns(&self, job_id: &str) -> Result<Vec<JobSummary>, ConsoleError> {
        rerun::reruns(&self.core, job_id).await
    }

    /// Cancels a job that has not begun; of a job on a long list, the parts that have not begun.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing is left that has not begun: what runs cannot be stopped.
    pub async fn cancel_job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        self.cancel_job_by(job_id, &Actor::LocalOperator).await
    }

    /// The same for a person who has signed in.
    ///
    /// # Errors
    /// As [`Console::cancel_job`]; `OutsideScope` for a job of another person that is not in the scope of an operator.
    pub async fn cancel_job_by(&self, job_id: &str, actor: &Actor) -> Result<JobSummary, ConsoleError> {
        cancel::cancel_job(&self.core, job_id, actor).await
    }

    /// A page of jobs, newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid, and for a search text that is too long.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Page<JobSummary>, ConsoleError> {
        jobs::jobs(&self.core, filter).await
    }

    /// How many jobs of each tab a filter selects; cursor, order and limit do not matter.
    ///
    /// # Errors
    /// `Invalid` for a search text that is too long.
    pub async fn filtered_counts(&self, filter: &JobFilter) -> Result<JobCounts, ConsoleError> {
        jobs::filtered_counts(&self.core, filter).await
    }

    /// All jobs that a filter selects, in its order, as chunks of CSV text: a header line, then a line each. Cursor and
    /// limit of the filter do not count. The first chunk is an error when the search is refused.
    pub fn jobs_csv(
        &self,
        filter: &JobFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        jobs_export::export(Arc::clone(&self.core), filter, jobs_export::CSV)
    }

    /// The same as one JSON array.
    pub fn jobs_json(
        &self,
        filter: &JobFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        jobs_export::export(Arc::clone(&self.core), filter, jobs_export::JSON)
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound` when it is not known here.
    pub async fn job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        jobs::job(&self.core, job_id).await
    }

    /// Counts and samples the devices that a condition selects now, or that a list names: within the scope of an operator, with
    /// what it leaves out. Empty and `*` mean every device; a job counts again when it starts.
    ///
    /// # Errors
    /// `Invalid` on `queryCondition` when the hub does not take it or it cannot be limited to the scope, on `deviceIds` when
    /// there are too many; `Hub` when the hub did not answer.
    pub async fn preview(
        &self,
        request: impl Into<PreviewRequest> + Send,
        actor: &Actor,
    ) -> Result<Preview, ConsoleError> {
        preview::preview(&self.core, request.into(), actor.scope()).await
    }

    /// Whom a scheduled job on a condition would reach if it started now. `None` for any other job, and where the hub takes
    /// longer than a page waits.
    ///
    /// # Errors
    /// `NotFound` for the job; `Hub` when the hub did not answer.
    pub async fn reach(&self, job_id: &str) -> Result<Option<Reach>, ConsoleError> {
        reach::reach(&self.core, job_id).await
    }

    /// All templates, by name.
    pub async fn templates(&self) -> Result<Templates, ConsoleError> {
        templates::templates(&self.core).await
    }

    /// One template.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name.
    pub async fn template(&self, name: &str) -> Result<Template, ConsoleError> {
        templates::template(&self.core, name).await
    }

    /// Saves a job under a name, and replaces what was saved under it. Its id, its start and its count are left out:
    /// they belong to one job.
    ///
    /// # Errors
    /// `Invalid` for a name or a job that is not valid; `Conflict` when there are too many templates.
    pub async fn save_template(&self, name: &str, job: NewJob) -> Result<Template, ConsoleError> {
        templates::save_template(&self.core, name, job).await
    }

    /// Deletes a template, and returns it so that it can be saved again.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name.
    pub async fn delete_template(&self, name: &str) -> Result<Template, ConsoleError> {
        templates::delete_template(&self.core, name).await
    }
}
