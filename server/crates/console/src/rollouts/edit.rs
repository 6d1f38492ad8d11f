//! Changing a rollout before it begins: its action, its devices, its settings. An approval that was given or is waited for is void.

use std::sync::Arc;

use console_wire::{
    job::{JobSummary, NewJob},
    problem::FieldError,
};
use hub_wire::JobId;
use rollout::Event;

use super::{
    commands::{of_rollout, send},
    create::{asked, rollout_target},
};
use crate::{
    ConsoleError, audit,
    core::{Core, RolloutInput},
    create::{JobRequester, Prepared, created_with, prepare},
    scope::check_job,
    store::{Labels, RolloutEdit},
};

/// Makes a job another one, under the same id. A job without `rollout` has one wave.
pub(crate) async fn edit(
    core: &Core,
    job_id: &str,
    mut job: NewJob,
    requester: &JobRequester,
) -> Result<JobSummary, ConsoleError> {
    let actor = &requester.actor;
    let before = of_rollout(core, job_id).await?;
    check_job(core, &before, actor).await?;
    if job.job_id.as_ref().is_some_and(|id| id.as_str() != job_id) {
        return Err(FieldError::new(
            "jobId",
            format!("is not '{job_id}', the id in the address; leave it out"),
        )
        .into());
    }
    job.job_id = JobId::new(job_id).ok();
    job.rollout.get_or_insert_default();
    let settings_before = core.store.rollout(job_id).await?.map(|rollout| rollout.settings);
    let labels = Labels { scope: scope_of(&before, actor.scope())?, ..requester.labels(None, None) };
    let Prepared { request, labels, target, rollout } = prepare(core, job, labels).await?;
    let (settings, target) = (rollout.unwrap_or_default(), rollout_target(target)?);
    let asked = asked(&request, &labels, &target, &settings, actor);
    let event = Event::Edit { settings: Box::new(settings.clone()), request: asked };
    let edit = Arc::new(RolloutEdit { request, labels, target });
    let after = send(core, job_id, RolloutInput { edit: Some(edit), ..event.into() }, actor).await?;
    audit::note_subject(job_id, Some(&after.name));
    audit::note_change(
        Some(created_with(&before, settings_before.as_ref())),
        Some(created_with(&after, Some(&settings))),
    );
    Ok(after)
}

/// The scope of the job after the edit. It keeps the one that it has: its creator has the right to run it within that only.
fn scope_of(before: &JobSummary, editor: Option<&str>) -> Result<Option<String>, ConsoleError> {
    match (&before.scope, editor) {
        (Some(scope), Some(editor)) if scope != editor => {
            let detail = format!(
                "The job '{}' was created within the scope {scope}, and yours is {editor}. Create another like it.",
                before.job_id
            );
            Err(ConsoleError::Conflict { detail })
        }
        (Some(scope), _) => Ok(Some(scope.clone())),
        (None, editor) => Ok(editor.map(str::to_owned)),
    }
}
