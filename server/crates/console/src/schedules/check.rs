//! What is refused of a schedule before anything is written.

use console_wire::{
    access::{Action, Actor, Subject, permit},
    job::NewJob,
    problem::FieldError,
    schedule::{MAX_LISTED_DEVICES, MAX_NAME, NewSchedule, ScheduleSpec},
};

use super::convert;
use crate::{
    ConsoleError, clock::now, core::Core, groups, names, rollouts, scope::within, store::KeptSchedule,
    target_query::count_targets, validate,
};

/// Checks name, rule and job. The hub counts the devices of a condition, so a bad one is refused with its position.
///
/// # Errors
/// `Invalid` with every field at fault: those of the rule below `spec`, those of the job below `job`.
pub(super) async fn content(
    core: &Core,
    new: NewSchedule,
    actor: &Actor,
) -> Result<(String, ScheduleSpec, NewJob), ConsoleError> {
    let job = NewJob { job_id: None, start_time: None, expected_devices: None, ..new.job };
    let mut errors: Vec<_> = names::name_fault(&new.name, MAX_NAME).into_iter().collect();
    errors.extend(convert::plan("", &new.spec, &core.schedules.zones).err().into_iter().flatten());
    errors.extend(validate::reason_fault(core.requires_reason, job.reason.as_deref()).map(of_job));
    if job.device_ids.as_ref().is_some_and(|ids| ids.len() > MAX_LISTED_DEVICES) {
        let message = format!("names more than {MAX_LISTED_DEVICES} devices; make a group of them");
        errors.push(FieldError::new("job.deviceIds", message));
    }
    // The schedule keeps the group's id, so that each run has the group's devices of its time.
    match groups::with_devices_of_group(core, job.clone()).await {
        Ok((mut resolved, _)) => {
            if resolved.rollout.as_ref().is_some_and(|rollout| rollout.start_time.is_some()) {
                let message = "does not belong in a schedule, which says when a run starts; leave it out";
                errors.push(FieldError::new("job.rollout.startTime", message));
            }
            let checked = rollouts::check_now(core, &mut resolved).await?;
            errors.extend(checked.err().into_iter().flatten().map(of_job));
            resolved.start_time = None;
            let condition = resolved.query_condition.clone();
            let is_listed = resolved.device_ids.is_some();
            let faults = validate::job(resolved, now()).err().unwrap_or_default();
            if faults.is_empty() && errors.is_empty() && !is_listed {
                let condition = within(actor.scope(), &condition).map_err(of_job)?;
                count_targets(core, &condition).await.map_err(|error| match error {
                    ConsoleError::Invalid(faults) => {
                        ConsoleError::Invalid(faults.into_iter().map(of_job).collect())
                    }
                    error => error,
                })?;
            }
            errors.extend(faults.into_iter().map(of_job));
        }
        Err(ConsoleError::Invalid(faults)) => errors.extend(faults.into_iter().map(of_job)),
        Err(error) => return Err(error),
    }
    if errors.is_empty() {
        Ok((new.name.trim().to_owned(), new.spec, job))
    } else {
        Err(ConsoleError::Invalid(errors))
    }
}

/// A fault of the job within a schedule.
fn of_job(fault: FieldError) -> FieldError {
    FieldError { field: format!("job.{}", fault.field), ..fault }
}

/// The refusal of a rule that has no run left.
pub(super) fn never(spec: &ScheduleSpec) -> FieldError {
    let field = if spec.end.is_some() { "spec.end" } else { "spec.rule" };
    FieldError::new(field, "leaves no run; choose a later end or another rule")
}

pub(super) fn name_taken(name: &str) -> FieldError {
    FieldError::new("name", format!("is that of another schedule; '{name}' can be used once"))
}

/// Checks what a person writes when pausing a schedule or asking for a run.
pub(super) fn comment(text: &str, is_required: bool) -> Result<(), FieldError> {
    schedule::check_comment(text, is_required).map_err(|fault| {
        FieldError::new(fault.field.clone(), format!("{}; {}", fault.what, fault.what_to_do))
    })?;
    if text.chars().any(char::is_control) {
        return Err(FieldError::new(
            "comment",
            "holds a control character, such as a line break; write one line",
        ));
    }
    Ok(())
}

/// Refuses a schedule that is outside the actor's scope: another person's, unless it has the same scope.
pub(super) fn in_scope(kept: &KeptSchedule, actor: &Actor) -> Result<(), ConsoleError> {
    let Some(scope) = actor.scope() else { return Ok(()) };
    let is_own = kept.owner.is_some()
        && kept.owner.as_ref().map(|owner| &owner.user_id)
            == actor.person().as_ref().map(|person| &person.user_id);
    if is_own || kept.scope.as_deref() == Some(scope) {
        return Ok(());
    }
    let what = format!("The schedule '{}' is", kept.schedule_id);
    Err(ConsoleError::OutsideScope { what, scope: scope.to_owned() })
}

/// Refuses a person who may not create jobs.
pub(super) fn may_create_jobs(actor: &Actor) -> Result<(), ConsoleError> {
    permit(actor, Action::JobCreate, Subject::Any).map_err(ConsoleError::Missing)
}
