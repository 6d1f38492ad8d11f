//! Creating a job, so that a crash at any instant neither loses an accepted job nor runs one twice.
//!
//! The order is: check, ask the hub how many devices the condition selects (which also refuses a bad condition), write
//! an intent, put the job to the hub, mark it accepted. The hub takes an id once, so the PUT itself can never run a job
//! twice. A crash or a lost answer leaves an intent, and reading the hub resolves it.
//!
//! The scope of an operator is added to the condition before anything of this, see [`crate::scope`].
//!
//! A job on a list of devices is created by [`multipart`].

use std::sync::Arc;

use console_wire::{
    access::Actor,
    job::{JobSummary, NewJob, Origin},
    rollout::settings::Settings,
    schedule::ScheduleRef,
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{Timestamp, job::JobRequest};
use serde_json::{Value, json};
use tracing::{Instrument as _, info, warn};

use crate::{
    ConsoleError, audit,
    clock::{is_recent, now},
    core::Core,
    groups,
    hub_job::{is_ours, is_outcome_unknown, listing_delay},
    job_id, jobs, multipart, rollouts,
    scope::within,
    store::{DeviceList, Intent, Labels},
    target_query::count_targets,
    twins_before,
    validate::{self, Checked},
    watch,
};

/// How many ids are generated when the first is taken.
const ID_ATTEMPTS: u32 = 4;

/// Where a request for a job comes from, and from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRequester {
    /// A page, the API.
    pub origin: Origin,
    /// Who asks. The scope of an operator limits the job.
    pub actor: Actor,
}

impl From<Origin> for JobRequester {
    /// The same without sign-in.
    fn from(origin: Origin) -> Self {
        Self { origin, actor: Actor::LocalOperator }
    }
}

impl JobRequester {
    /// What is kept of it with the job.
    pub(crate) fn labels(&self, name: Option<String>, reason: Option<String>) -> Labels {
        let scope = self.actor.scope().map(str::to_owned);
        let created_by = self.actor.person();
        Labels { name, reason, origin: self.origin, created_by, scope, group: None, schedule: None }
    }
}

/// Which devices a new job addresses.
pub(crate) enum Target {
    /// Those of the request's condition; so many are expected.
    Condition { expected: u64 },
    /// Those of a list.
    List(DeviceList),
}

pub(crate) async fn create_job(
    core: &Arc<Core>,
    job: NewJob,
    requester: JobRequester,
) -> Result<JobSummary, ConsoleError> {
    create_job_of(core, job, requester, None).await
}

/// The same for a run of a schedule.
pub(crate) async fn create_job_of(
    core: &Arc<Core>,
    job: NewJob,
    requester: JobRequester,
    schedule: Option<ScheduleRef>,
) -> Result<JobSummary, ConsoleError> {
    let is_id_generated = job.job_id.is_none();
    let labels = Labels { schedule, ..requester.labels(None, None) };
    let Prepared { request, labels, target, rollout } = prepare(core, job, labels).await?;
    let Some(settings) = rollout else {
        return create_checked(core, request, labels, target, is_id_generated).await;
    };
    let created =
        rollouts::create(core, request, labels, target, settings.clone(), &requester, is_id_generated).await;
    if let Ok(job) = &created {
        audit::note_subject(&job.job_id, Some(&job.name));
        audit::note_change(None, Some(created_with(job, Some(&settings))));
    }
    created
}

/// A job whose members have been checked, and whose devices have been counted.
pub(crate) struct Prepared {
    pub(crate) request: JobRequest,
    pub(crate) labels: Labels,
    pub(crate) target: Target,
    /// How it is delivered in waves, if it is.
    pub(crate) rollout: Option<Settings>,
}

/// Checks a job and counts its devices. `labels` are those that the job does not name itself; their scope limits it.
pub(crate) async fn prepare(core: &Core, job: NewJob, labels: Labels) -> Result<Prepared, ConsoleError> {
    let (job, group) = groups::with_devices_of_group(core, job).await?;
    // As it was typed, so that a fault's line and column are those of the form.
    let condition = job.query_condition.clone();
    let expected = job.expected_devices;
    let mut job = job;
    let (rollout, mut rollout_faults) = match rollouts::check_now(core, &mut job).await? {
        Ok(rollout) => (rollout, Vec::new()),
        Err(faults) => (None, faults),
    };
    let no_reason = validate::reason_fault(core.requires_reason, job.reason.as_deref());
    rollout_faults.extend(no_reason);
    let checked = validate::job(job, now()).map_err(|mut faults| {
        faults.append(&mut rollout_faults);
        ConsoleError::Invalid(faults)
    })?;
    if !rollout_faults.is_empty() {
        return Err(ConsoleError::Invalid(rollout_faults));
    }
    let Checked { mut request, name, reason, device_ids } = checked;
    let labels = Labels { name, reason, group, ..labels };
    let target = if let Some(ids) = device_ids {
        Target::List(DeviceList::Ids(ids))
    } else {
        let count = match &labels.scope {
            None => count_targets(core, &condition).await?,
            scope => {
                request.query_condition = within(scope.as_deref(), &condition)?;
                count_targets(core, &request.query_condition).await?
            }
        };
        Target::Condition { expected: expected.unwrap_or(count) }
    };
    Ok(Prepared { request, labels, target, rollout })
}

/// Creates a job whose request has been checked.
pub(crate) async fn create_checked(
    core: &Arc<Core>,
    request: JobRequest,
    labels: Labels,
    target: Target,
    is_id_generated: bool,
) -> Result<JobSummary, ConsoleError> {
    let shared = Arc::clone(core);
    let span = tracing::info_span!("create job", job_id = request.job_id.as_str());
    // A task of its own: a caller that goes away must not leave the steps half done.
    let steps = core.tasks.spawn(
        async move { create(&shared, request, labels, target, is_id_generated).await }.instrument(span),
    );
    let created = steps.await.map_err(|_| ConsoleError::Stopping)?;
    match &created {
        Ok(job) => {
            audit::note_subject(&job.job_id, Some(&job.name));
            audit::note_change(None, Some(created_with(job, None)));
        }
        Err(ConsoleError::Hub(error)) if is_outcome_unknown(error) => audit::note_unknown(),
        Err(_) => {}
    }
    created
}

/// What a job was created with, for the audit log.
pub(crate) fn created_with(job: &JobSummary, rollout: Option<&Settings>) -> Value {
    let mut settings = json!({
        "name": job.name,
        "reason": job.reason,
        "type": job.job_type,
        "cloudToDeviceMethod": job.cloud_to_device_method,
        "updateTwin": job.update_twin,
        "queryCondition": job.query_condition,
        "group": job.group,
        "devices": job.target_devices.or(job.expected_devices),
        "startTime": job.start_time,
        "maxExecutionTimeInSeconds": job.max_execution_time_in_seconds,
        "rollout": rollout,
        "rerunOf": job.parent.as_ref().map(|parent| &parent.job_id),
    });
    if let Some(settings) = settings.as_object_mut() {
        settings.retain(|_, value| !value.is_null());
    }
    settings
}

async fn create(
    core: &Arc<Core>,
    mut request: JobRequest,
    labels: Labels,
    target: Target,
    is_id_generated: bool,
) -> Result<JobSummary, ConsoleError> {
    let mut attempt = 1;
    loop {
        match create_once(core, &request, &labels, &target).await {
            Err(ConsoleError::Conflict { .. }) if is_id_generated && attempt < ID_ATTEMPTS => {
                request.job_id = job_id::another(&request.job_id);
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    let job_id = request.job_id.as_str();
    watch::start(core, job_id);
    jobs::job(core, job_id).await
}

async fn create_once(
    core: &Core,
    request: &JobRequest,
    labels: &Labels,
    target: &Target,
) -> Result<(), ConsoleError> {
    let _creation = core.creations.begin(request.job_id.as_str());
    if core.stop.is_cancelled() {
        return Err(ConsoleError::Stopping);
    }
    match target {
        Target::Condition { expected } => create_on_condition(core, request, labels, *expected).await,
        Target::List(devices) => multipart::create(core, request, labels, devices).await,
    }
}

async fn create_on_condition(
    core: &Core,
    request: &JobRequest,
    labels: &Labels,
    expected: u64,
) -> Result<(), ConsoleError> {
    let job_id = request.job_id.as_str();
    let since = now();
    if !core.store.insert_intent(request, labels, expected, since).await? {
        return Err(ConsoleError::job_id_taken(job_id));
    }
    twins_before::keep(core, request, expected).await;
    match core.hub.create_job(request).await {
        Ok(receipt) => {
            core.store.accept_intent(job_id, receipt.status).await?;
            info!(job_id, condition = request.query_condition, "job created");
            Ok(())
        }
        Err(error) if error.kind == ErrorKind::Conflict => {
            core.store.drop_intent(job_id).await?;
            Err(ConsoleError::job_id_taken(job_id))
        }
        Err(error) if is_outcome_unknown(&error) => resolve_unknown(core, request, since, error).await,
        Err(error) => {
            core.store.drop_intent(job_id).await?;
            Err(error.into())
        }
    }
}

/// The answer got lost: the hub may have the job or not. The intent stays until that is known.
async fn resolve_unknown(
    core: &Core,
    request: &JobRequest,
    since: Timestamp,
    error: HubError,
) -> Result<(), ConsoleError> {
    let job_id = request.job_id.as_str();
    warn!(job_id, %error, "the hub's answer to a new job got lost");
    match core.hub.job(job_id).await {
        Ok(Some(job)) if is_ours(&job, request, since, core.hub_kind) => {
            core.store.accept_intent(job_id, job.status).await?;
            info!(job_id, "job created");
            Ok(())
        }
        Ok(Some(_)) => {
            core.store.drop_intent(job_id).await?;
            Err(ConsoleError::job_id_taken(job_id))
        }
        // The hub does not list it yet, or does not answer: `resolve_intents` asks again with each discovery round.
        Ok(None) | Err(_) => Err(error.into()),
    }
}

/// Finds out what became of intents that a crash or a lost answer left behind. Mostly there are none.
pub(crate) async fn resolve_intents(core: &Arc<Core>) -> Result<(), ConsoleError> {
    let intents = core.store.intents().await?;
    for Intent { job_id, request, since } in intents {
        let job_id = job_id.as_str();
        // One that is being created right now resolves itself.
        if core.creations.contains(job_id) {
            continue;
        }
        core.rate_limits.jobs.acquire().await;
        match core.hub.job(request.job_id.as_str()).await? {
            Some(job) if is_ours(&job, &request, since, core.hub_kind) => {
                core.store.accept_intent(job_id, job.status).await?;
                info!(job_id, "job found on the hub after its creation was interrupted");
                watch::start(core, job_id);
            }
            // The request may still be on its way in the hub.
            None if is_recent(since, now(), listing_delay(core.hub_kind)) => {}
            other => {
                core.store.drop_intent(job_id).await?;
                let taken = other.is_some();
                warn!(
                    job_id,
                    taken, "job never reached the hub before its creation was interrupted; removed"
                );
            }
        }
    }
    Ok(())
}
