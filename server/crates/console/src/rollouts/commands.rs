//! What a person does with a rollout: pause, resume, start the next wave, cancel, approve, reject; and reading it.

use console_wire::{
    access::Actor,
    job::JobSummary,
    problem::FieldError,
    rollout::{ApprovalDecision, ApprovalRequest, Approvals, Counting, HubUse, MAX_COMMENT, Phase, Rollout},
};
use rollout::{Event, approval::RequestHash};
use serde_json::json;
use tracing::info;

use super::pace::hub_use;
use crate::{
    ConsoleError, audit,
    core::{Core, RolloutInput},
    jobs,
    scope::{check_job, is_own_or_of_scope},
    validate::label,
};

/// Most requests that are listed: those that wait, and those that were decided.
const MAX_WAITING: u32 = 200;
const MAX_DECIDED: u32 = 50;

/// What an operator may do with a rollout that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Pause,
    Resume(Counting),
    NextWave,
}

/// A rollout as it is shown.
pub(crate) async fn rollout(core: &Core, job_id: &str) -> Result<Rollout, ConsoleError> {
    let found = core.store.rollout(job_id).await?;
    let mut rollout =
        found.ok_or_else(|| ConsoleError::NotFound { what: "rollout", id: job_id.to_owned() })?;
    if let Some(job) = core.store.job(job_id).await? {
        let payload = job.cloud_to_device_method.map_or(0, |method| method.payload.to_string().len() as u64);
        rollout.hub_use = hub_use(core, job.job_type, payload, rollout.settings.engine);
    }
    Ok(rollout)
}

/// How much of what the hub allows is used now; `None` where no limit is known.
pub(crate) async fn current_use(core: &Core, job_id: &str) -> Result<Option<HubUse>, ConsoleError> {
    // Pages ask every two seconds.
    if core.hub_tier.is_none() {
        return Ok(None);
    }
    Ok(rollout(core, job_id).await?.hub_use)
}

pub(crate) async fn command(
    core: &Core,
    job_id: &str,
    command: Command,
    comment: Option<&str>,
    actor: &Actor,
) -> Result<JobSummary, ConsoleError> {
    let comment = comment_of(comment)?;
    let before = of_rollout(core, job_id).await?;
    check_job(core, &before, actor).await?;
    let event = match command {
        Command::Pause => Event::Pause,
        Command::Resume(counting) => Event::Resume { counting },
        Command::NextWave => Event::NextWave,
    };
    step(core, &before, event, comment, actor).await
}

/// Cancels what has not begun; before the start the whole job.
pub(crate) async fn cancel(
    core: &Core,
    before: &JobSummary,
    actor: &Actor,
) -> Result<JobSummary, ConsoleError> {
    step(core, before, Event::Cancel, None, actor).await
}

/// Approves or rejects what another person asks for.
pub(crate) async fn decide(
    core: &Core,
    job_id: &str,
    is_approved: bool,
    decision: &ApprovalDecision,
    actor: &Actor,
) -> Result<JobSummary, ConsoleError> {
    let comment = comment_of(decision.comment.as_deref())?;
    if !is_approved && comment.is_none() {
        return Err(FieldError::new("comment", "is required to reject; say why").into());
    }
    let Some(seen) = RequestHash::read(&decision.hash) else {
        return Err(
            FieldError::new("hash", "is not a hash; write the 64 hexadecimal digits of the request").into()
        );
    };
    let before = of_rollout(core, job_id).await?;
    let by = actor.person().map(|person| person.user_id).unwrap_or_default();
    let event = if is_approved { Event::Approve { by, seen } } else { Event::Reject { by, seen } };
    step(core, &before, event, comment, actor).await
}

/// Requests that wait, and those that were decided; for an actor with a scope those of own jobs and of jobs of the same scope.
pub(crate) async fn approvals(core: &Core, actor: &Actor) -> Result<Approvals, ConsoleError> {
    let mut all = Approvals::default();
    for (is_waiting, most, list) in
        [(true, MAX_WAITING, &mut all.waiting), (false, MAX_DECIDED, &mut all.decided)]
    {
        for (job_id, approval) in core.store.approvals(is_waiting, most).await? {
            // A job that is being deleted is not shown any more.
            if let Some(job) = core.store.job(&job_id).await?
                && is_own_or_of_scope(&job, actor)
            {
                list.push(ApprovalRequest { approval, job });
            }
        }
    }
    Ok(all)
}

/// How many requests [`approvals`] lists as waiting.
pub(crate) async fn waiting_approvals(core: &Core, actor: &Actor) -> Result<u64, ConsoleError> {
    if actor.scope().is_none() {
        return Ok(core.store.waiting_approvals().await?);
    }
    Ok(approvals(core, actor).await?.waiting.len() as u64)
}

pub(super) async fn of_rollout(core: &Core, job_id: &str) -> Result<JobSummary, ConsoleError> {
    let job = jobs::job(core, job_id).await?;
    audit::note_subject(job_id, Some(&job.name));
    if job.rollout.is_none() {
        let detail = format!("The job '{job_id}' runs on the hub without waves; only a rollout can do that.");
        return Err(ConsoleError::Conflict { detail });
    }
    Ok(job)
}

/// Whether an event is what a person wants: it is not made again by itself.
pub(super) const fn is_command(event: &Event) -> bool {
    matches!(
        event,
        Event::Edit { .. }
            | Event::Approve { .. }
            | Event::Reject { .. }
            | Event::Pause
            | Event::Resume { .. }
            | Event::NextWave
            | Event::Cancel
    )
}

/// Makes a step and notes it in the audit log.
async fn step(
    core: &Core,
    before: &JobSummary,
    event: Event,
    comment: Option<String>,
    actor: &Actor,
) -> Result<JobSummary, ConsoleError> {
    let input = RolloutInput { comment: comment.clone(), ..event.into() };
    let after = send(core, &before.job_id, input, actor).await?;
    audit::note_change(
        Some(json!({"status": before.status, "phase": phase(before)})),
        Some(json!({"status": after.status, "phase": phase(&after), "comment": comment})),
    );
    Ok(after)
}

/// Makes a step and waits until it is stored.
pub(super) async fn send(
    core: &Core,
    job_id: &str,
    input: RolloutInput,
    actor: &Actor,
) -> Result<JobSummary, ConsoleError> {
    match core.rollouts.step(job_id, RolloutInput { by: actor.person(), ..input }).await {
        Some(made) => made?,
        None if core.stop.is_cancelled() => return Err(ConsoleError::Stopping),
        None => {
            let detail = format!("The job '{job_id}' has ended.");
            return Err(ConsoleError::Conflict { detail });
        }
    }
    let after = jobs::job(core, job_id).await?;
    info!(job_id, phase = ?phase(&after), "rollout changed by a person");
    Ok(after)
}

fn phase(job: &JobSummary) -> Option<Phase> {
    job.rollout.as_ref().map(|rollout| rollout.phase)
}

fn comment_of(text: Option<&str>) -> Result<Option<String>, ConsoleError> {
    let mut faults = Vec::new();
    let comment = label("comment", text, MAX_COMMENT, &mut faults);
    if faults.is_empty() { Ok(comment) } else { Err(ConsoleError::Invalid(faults)) }
}
