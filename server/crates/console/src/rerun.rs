//! A job again, on some of its devices. Which devices may run again is in [`console_wire::job_actions`].

use std::sync::Arc;

use console_wire::{
    job::{JobSummary, MAX_NAME, MAX_REASON, rerun_name},
    job_actions::can_rerun,
    outcome::Outcome,
    problem::FieldError,
    rerun::{NewRerun, Subset},
};
use hub_wire::{
    JobId,
    job::{JobRequest, JobType},
    twin::TwinPatch,
};

use crate::{
    ConsoleError,
    core::Core,
    create::{JobRequester, Target, create_checked},
    job_id, jobs,
    store::DeviceList,
    validate::{label, reason_fault},
};

pub(crate) async fn rerun(
    core: &Arc<Core>,
    job_id: &str,
    rerun: NewRerun,
    requester: JobRequester,
) -> Result<JobSummary, ConsoleError> {
    let mut errors = Vec::new();
    let name = label("name", rerun.name.as_deref(), MAX_NAME, &mut errors);
    let reason = label("reason", rerun.reason.as_deref(), MAX_REASON, &mut errors);
    if !errors.is_empty() {
        return Err(ConsoleError::Invalid(errors));
    }
    let parent = jobs::job(core, job_id).await?;
    let reason = reason.or_else(|| parent.reason.clone());
    if let Some(fault) = reason_fault(core.requires_reason, reason.as_deref()) {
        return Err(fault.into());
    }
    let subset = rerun.subset();
    let outcomes = outcomes(&parent, &subset)?;
    let is_id_generated = rerun.job_id.is_none();
    let request = request(&parent, rerun.job_id)?;
    let name = name.unwrap_or_else(|| rerun_name(&parent.name));
    let labels = requester.labels(Some(name), reason);
    if labels.scope.is_some() && core.store.has_modules(&parent.job_id).await? {
        let detail = format!(
            "The job '{}' addressed modules, but your scope is about devices, so you cannot run it again.",
            parent.job_id
        );
        return Err(ConsoleError::Conflict { detail });
    }
    let devices = DeviceList::OfJob { job_id: parent.job_id, subset, outcomes };
    create_checked(core, request, labels, Target::List(devices), is_id_generated).await
}

pub(crate) async fn reruns(core: &Core, job_id: &str) -> Result<Vec<JobSummary>, ConsoleError> {
    let mut jobs = core.store.reruns(job_id).await?;
    core.enrich(&mut jobs).await?;
    Ok(jobs)
}

/// The outcomes that a subset includes.
fn outcomes(parent: &JobSummary, subset: &Subset) -> Result<Vec<Outcome>, FieldError> {
    if subset.statuses.is_empty() {
        let is_included =
            |outcome: &Outcome| *outcome != Outcome::Succeeded && can_rerun(parent.status, *outcome);
        return Ok(Outcome::ALL.into_iter().filter(is_included).collect());
    }
    if let Some(moving) = subset.statuses.iter().find(|outcome| !can_rerun(parent.status, **outcome)) {
        let message = format!(
            "names {} while the job runs; those devices have not ended, so they cannot be run again yet",
            moving.as_str()
        );
        return Err(FieldError::new("statuses", message));
    }
    Ok(subset.statuses.clone())
}

fn request(parent: &JobSummary, id: Option<JobId>) -> Result<JobRequest, ConsoleError> {
    let is_complete = match parent.job_type {
        JobType::ScheduleDeviceMethod => parent.cloud_to_device_method.is_some(),
        JobType::ScheduleUpdateTwin => parent.update_twin.is_some(),
        JobType::Unknown => false,
    };
    if !is_complete {
        let detail =
            format!("The hub does not say what the job '{}' did, so it cannot be run again.", parent.job_id);
        return Err(ConsoleError::Conflict { detail });
    }
    let given = id.clone();
    let placeholder = || JobId::new("job").expect("three letters");
    let mut request = JobRequest {
        job_id: id.unwrap_or_else(placeholder),
        job_type: parent.job_type,
        cloud_to_device_method: parent.cloud_to_device_method.clone(),
        update_twin: parent
            .update_twin
            .clone()
            .map(|patch| TwinPatch { etag: Some("*".to_owned()), ..patch }),
        query_condition: String::new(),
        start_time: None,
        max_execution_time_in_seconds: parent.max_execution_time_in_seconds,
    };
    if given.is_none() {
        request.job_id = job_id::generate(&job_id::action(&request));
    }
    Ok(request)
}
