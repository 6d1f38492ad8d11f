//! Cancelling a job, or the parts of it that have not begun. What may be cancelled is in
//! [`console_wire::job_actions`].

use console_wire::{
    access::Actor,
    job::JobSummary,
    job_actions::{Cancellable, cancellable},
};
use hub_client::ErrorKind;
use hub_wire::job::{DEFAULT_MAX_EXECUTION_TIME, JobStatus};
use serde_json::json;
use tracing::{info, warn};

use crate::{
    ConsoleError, audit,
    clock::now,
    core::Core,
    jobs::job,
    multipart, rollouts,
    scope::check_job,
    store::{Reading, Settle},
};

pub(crate) async fn cancel_job(core: &Core, job_id: &str, actor: &Actor) -> Result<JobSummary, ConsoleError> {
    let before = job(core, job_id).await?;
    audit::note_subject(job_id, Some(&before.name));
    check_job(core, &before, actor).await?;
    if before.rollout.is_some() {
        return rollouts::cancel(core, &before, actor).await;
    }
    if cancellable(before.status) == Cancellable::Nothing {
        return Err(has_ended(job_id, before.status));
    }
    if core.store.is_multipart(job_id).await? {
        if multipart::cancel(core, job_id).await? == 0 {
            return Err(has_begun(&before, "Every part of the job"));
        }
    } else {
        cancel_on_hub(core, &before).await?;
    }
    if let Some(person) = actor.person() {
        core.store.set_cancelled_by(job_id, &person).await?;
    }
    info!(job_id, "job cancelled");
    let after = job(core, job_id).await?;
    audit::note_change(Some(json!({"status": before.status})), Some(json!({"status": after.status})));
    Ok(after)
}

/// Cancels a job that is one job on the hub and has lost the right to run. A job that has begun runs to its end.
pub(crate) async fn withdraw(core: &Core, job_id: &str, reason: &str) -> Result<(), ConsoleError> {
    let before = job(core, job_id).await?;
    if cancellable(before.status) != Cancellable::Whole {
        return Ok(());
    }
    match cancel_on_hub(core, &before).await {
        Ok(()) => {}
        // It has begun meanwhile.
        Err(ConsoleError::Conflict { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    warn!(job_id, reason, "job cancelled");
    Ok(core.store.set_cancel_reason(job_id, reason).await?)
}

async fn cancel_on_hub(core: &Core, before: &JobSummary) -> Result<(), ConsoleError> {
    let job_id = before.job_id.as_str();
    let cancelled = core.hub.cancel_job(job_id).await;
    if let Ok(job) = &cancelled {
        let reading = Reading {
            job_id,
            part: None,
            job,
            rows: &[],
            read_up_to: None,
            settle: Settle::WhenCountsAgree,
            as_of: now(),
            watched_since: now(),
        };
        core.apply(&reading).await?;
    }
    core.watchers.wake(job_id);
    cancelled.map(drop).map_err(|error| match error.kind {
        ErrorKind::NotFound { .. } => ConsoleError::job_not_found(job_id),
        ErrorKind::Refused | ErrorKind::Conflict => has_begun(before, "The job"),
        _ => error.into(),
    })
}

fn has_ended(job_id: &str, status: JobStatus) -> ConsoleError {
    let state = match status {
        JobStatus::Completed => "has completed",
        JobStatus::Failed => "has failed",
        _ => "is cancelled already",
    };
    ConsoleError::Conflict {
        detail: format!("The job '{job_id}' {state}, so there is nothing left to cancel."),
    }
}

fn has_begun(job: &JobSummary, what: &str) -> ConsoleError {
    let limit = job.max_execution_time_in_seconds.unwrap_or(DEFAULT_MAX_EXECUTION_TIME);
    let detail = format!(
        "{what} '{}' has begun, and a hub cancels only what has not begun. It ends at the latest {limit} s after its \
         start (maxExecutionTimeInSeconds).",
        job.job_id
    );
    ConsoleError::Conflict { detail }
}
