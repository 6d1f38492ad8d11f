//! Creating a job, so that a crash at any instant neither loses an accepted job nor runs one twice.
//!
//! The order is: check, ask the hub who would be addressed (which also tells a bad condition), write an intent, put the
//! job to the hub, mark it accepted. The hub takes an id once, so the PUT itself can never run a job twice. What a
//! crash or a lost answer leaves behind is an intent, and reading the hub tells what became of it.
//!
//! A job on a list is put down with its devices; the hub is then given the first part of it in the same way, and the
//! rest by the job's watcher.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use console_wire::{
    hub::HubKind,
    job::{JobSummary, NewJob},
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    Timestamp,
    direct_method::DirectMethodRequest,
    job::{Job, JobRequest, JobStatus},
};
use tracing::{info, warn};

use crate::{
    Console, ConsoleError, StoreError,
    console::{Core, now},
    job_id,
    store::{Intent, List, Listed},
    validate,
    watch::{self, Sent},
};

/// How often another id is made up when the first is taken.
const ID_ATTEMPTS: u32 = 4;

/// Which devices a new job addresses.
pub(crate) enum Target {
    /// Those of the request's condition; so many are expected.
    Condition { expected: u64 },
    /// Those of a list.
    List(List),
}

impl Console {
    /// Creates a job and watches it.
    ///
    /// # Errors
    /// `Invalid` with every member at fault; `Conflict` when the id is taken, here or on the hub; `Hub` when the hub
    /// did not take it. Nothing is changed then. After a `Hub` error that leaves open whether the hub took it, the job
    /// appears by itself if it did.
    pub async fn create_job(&self, job: NewJob) -> Result<JobSummary, ConsoleError> {
        let id_is_ours = job.job_id.is_none();
        // As it was typed, so that a fault's line and column are those of the form.
        let condition = job.query_condition.clone();
        let expected = job.expected_devices;
        let (request, ids) = validate::job(job, now()).map_err(ConsoleError::Invalid)?;
        let target = if let Some(ids) = ids {
            Target::List(List::Ids(ids))
        } else {
            let count = self.core.count_targets(&condition).await?;
            Target::Condition { expected: expected.unwrap_or(count) }
        };
        self.create_checked(request, target, id_is_ours).await
    }

    pub(crate) async fn create_checked(
        &self,
        request: JobRequest,
        target: Target,
        id_is_ours: bool,
    ) -> Result<JobSummary, ConsoleError> {
        let core = Arc::clone(&self.core);
        // A task of its own: a caller that goes away must not leave the steps half done.
        let steps = self.core.tasks.spawn(async move { core.create(request, target, id_is_ours).await });
        steps.await.map_err(|_| ConsoleError::Stopping)?
    }
}

impl Core {
    async fn create(
        self: &Arc<Self>,
        mut request: JobRequest,
        target: Target,
        id_is_ours: bool,
    ) -> Result<JobSummary, ConsoleError> {
        let mut attempt = 1;
        loop {
            let created = match &target {
                Target::Condition { expected } => self.create_once(&request, *expected).await,
                Target::List(list) => self.create_list_once(&request, list).await,
            };
            match created {
                Err(ConsoleError::Conflict { .. }) if id_is_ours && attempt < ID_ATTEMPTS => {
                    request.job_id = job_id::generate(&job_id::action(&request));
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        let job_id = request.job_id.as_str();
        watch::job(self, job_id);
        let mut job = self.store.job(job_id).await?.ok_or_else(|| not_found(job_id))?;
        self.complete(std::slice::from_mut(&mut job)).await?;
        Ok(job)
    }

    async fn create_once(&self, request: &JobRequest, expected: u64) -> Result<(), ConsoleError> {
        let job_id = request.job_id.as_str();
        let since = now();
        let _under_way = self.creating.enter(job_id);
        if self.stop.is_cancelled() {
            return Err(ConsoleError::Stopping);
        }
        if !self.store.insert_intent(request, expected, since).await? {
            return Err(taken(job_id));
        }
        match self.hub.create_job(request).await {
            Ok(receipt) => {
                self.store.accept_intent(job_id, receipt.status).await?;
                info!(job_id, condition = request.query_condition, "job created");
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::Conflict => {
                self.store.drop_intent(job_id).await?;
                Err(taken(job_id))
            }
            Err(error) if leaves_it_open(&error) => self.clarify(request, since, error).await,
            Err(error) => {
                self.store.drop_intent(job_id).await?;
                Err(error.into())
            }
        }
    }

    async fn create_list_once(&self, request: &JobRequest, list: &List) -> Result<(), ConsoleError> {
        let job_id = request.job_id.as_str();
        let since = now();
        let _under_way = self.creating.enter(job_id);
        if self.stop.is_cancelled() {
            return Err(ConsoleError::Stopping);
        }
        let devices = match self.store.insert_list(request, list, since).await? {
            Listed::Intent(devices) => devices,
            Listed::Taken => return Err(taken(job_id)),
            Listed::Empty => return Err(nobody(list)),
        };
        let Some(part) = self.store.claim_part(job_id, since).await? else {
            return Err(StoreError::Damaged { column: "part" }.into());
        };
        let refusal = match self.send_part(job_id, &part).await? {
            Sent::Taken => None,
            Sent::Busy => {
                info!(job_id, "the hub runs as many jobs as it may; the job waits here");
                None
            }
            // The intent stays until the hub tells.
            Sent::Unclear(error) => return Err(error.into()),
            Sent::IdIsTaken => Some(taken(job_id)),
            Sent::Refused(error) => Some(error.into()),
            Sent::TooLate => {
                Some(ConsoleError::Conflict { detail: "The job's time was up before it began.".into() })
            }
        };
        if let Some(refusal) = refusal {
            self.store.drop_intent(job_id).await?;
            return Err(refusal);
        }
        self.store.accept_intent(job_id, JobStatus::Queued).await?;
        info!(job_id, devices, "job created on a list of devices");
        Ok(())
    }

    /// The answer got lost: the hub may have the job or not. The intent stays until that is known.
    async fn clarify(
        &self,
        request: &JobRequest,
        since: Timestamp,
        error: HubError,
    ) -> Result<(), ConsoleError> {
        let job_id = request.job_id.as_str();
        warn!(job_id, %error, "the hub's answer to a new job got lost");
        match self.hub.job(job_id).await {
            Ok(Some(job)) if self.is_ours(&job, request, since) => {
                self.store.accept_intent(job_id, job.status).await?;
                info!(job_id, "job created");
                Ok(())
            }
            Ok(Some(_)) => {
                self.store.drop_intent(job_id).await?;
                Err(taken(job_id))
            }
            // A hub that does not know it yet, or does not answer: the resolver, started with every console and on
            // its round ever since, asks again.
            Ok(None) | Err(_) => Err(error.into()),
        }
    }

    /// Finds out what became of intents that a crash or a lost answer left behind. Mostly there are none.
    pub(crate) async fn resolve_intents(self: &Arc<Self>) -> Result<(), ConsoleError> {
        let intents = self.store.intents().await?;
        for Intent { job_id, request, since } in intents {
            let job_id = job_id.as_str();
            // One that is being created right now resolves itself.
            if self.creating.holds(job_id) {
                continue;
            }
            self.throttle.jobs.pass().await;
            match self.hub.job(request.job_id.as_str()).await? {
                Some(job) if self.is_ours(&job, &request, since) => {
                    self.store.accept_intent(job_id, job.status).await?;
                    info!(job_id, "job found on the hub after its creation was cut short");
                    watch::job(self, job_id);
                }
                // The request may still be on its way in the hub.
                None if now().since(since) < self.grace() => {}
                found => {
                    self.store.drop_intent(job_id).await?;
                    let taken = found.is_some();
                    warn!(
                        job_id,
                        taken, "job never reached the hub before its creation was cut short; forgotten"
                    );
                }
            }
        }
        Ok(())
    }

    /// How long a hub may take until it knows a job that it was given.
    pub(crate) const fn grace(&self) -> Duration {
        match self.hub_kind {
            HubKind::Embedded => Duration::from_secs(5),
            HubKind::Remote => Duration::from_secs(150),
        }
    }

    /// Whether a job on the hub is the one we asked for, rather than an older one of the same id.
    pub(crate) fn is_ours(&self, job: &Job, request: &JobRequest, since: Timestamp) -> bool {
        // How far the hub's clock may be behind ours.
        let skew = match self.hub_kind {
            HubKind::Embedded => Duration::from_secs(1),
            HubKind::Remote => Duration::from_mins(5),
        };
        let name =
            |method: &Option<DirectMethodRequest>| method.as_ref().map(|method| method.method_name.clone());
        job.job_type == request.job_type
            && job.query_condition.as_deref() == Some(request.query_condition.as_str())
            && name(&job.cloud_to_device_method) == name(&request.cloud_to_device_method)
            && job.created_time.is_none_or(|created| since.since(created) < skew)
    }
}

/// Ids of the jobs whose creation is under way in this process.
#[derive(Debug, Default)]
pub(crate) struct Creating(Mutex<HashSet<String>>);

impl Creating {
    fn ids(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, job_id: &str) -> bool {
        self.ids().contains(job_id)
    }

    fn enter<'a>(&'a self, job_id: &str) -> UnderWay<'a> {
        self.ids().insert(job_id.to_owned());
        UnderWay { creating: self, job_id: job_id.to_owned() }
    }
}

/// Leaves on drop.
struct UnderWay<'a> {
    creating: &'a Creating,
    job_id: String,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.creating.ids().remove(&self.job_id);
    }
}

pub(crate) fn leaves_it_open(error: &HubError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Server | ErrorKind::Malformed
    )
}

fn nobody(list: &List) -> ConsoleError {
    let detail = match list {
        List::Ids(_) => "The list names no device, so there is nothing to run.".to_owned(),
        List::Of { job_id, .. } => {
            format!(
                "No device of the job '{job_id}' is in the state asked for, so there is nothing to run again."
            )
        }
    };
    ConsoleError::Conflict { detail }
}

fn taken(job_id: &str) -> ConsoleError {
    ConsoleError::Conflict { detail: format!("There is a job '{job_id}' already; choose another id.") }
}

pub(crate) fn not_found(job_id: &str) -> ConsoleError {
    ConsoleError::NotFound { what: "job", id: job_id.chars().take(80).collect() }
}
