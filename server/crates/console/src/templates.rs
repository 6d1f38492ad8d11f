//! Jobs kept under a name, to start others from.

use console_wire::{
    job::NewJob,
    problem::FieldError,
    template::{MAX_NAME, MAX_TEMPLATES, Template, Templates},
};
use serde_json::Value;
use tracing::info;

use crate::{ConsoleError, audit, clock::now, core::Core, groups, names, rollouts, validate};

/// Most device ids that a template may list: longer lists are better made anew.
const MAX_IDS: usize = 10_000;

pub(crate) async fn templates(core: &Core) -> Result<Templates, ConsoleError> {
    Ok(Templates { items: core.store.templates().await? })
}

pub(crate) async fn template(core: &Core, name: &str) -> Result<Template, ConsoleError> {
    core.store.template(name).await?.ok_or_else(|| unknown(name))
}

pub(crate) async fn save_template(core: &Core, name: &str, job: NewJob) -> Result<Template, ConsoleError> {
    let mut job = NewJob { job_id: None, start_time: None, expected_devices: None, ..job };
    // Its start belongs to one job, as that of the job does.
    if let Some(rollout) = &mut job.rollout {
        rollout.start_time = None;
    }
    let mut errors: Vec<_> = name_fault(name).into_iter().collect();
    if job.device_ids.as_ref().is_some_and(|ids| ids.len() > MAX_IDS) {
        let message = format!("names more than {MAX_IDS} devices, which is too many for a template");
        errors.push(FieldError::new("deviceIds", message));
    }
    // The template keeps the group's id, so that a job from it has the group's devices of its time.
    match groups::with_devices_of_group(core, job.clone()).await {
        Ok((mut job, _)) => {
            errors.extend(rollouts::check_now(core, &mut job).await?.err().into_iter().flatten());
            errors.extend(validate::job(job, now()).err().into_iter().flatten());
        }
        Err(ConsoleError::Invalid(faults)) => errors.extend(faults),
        Err(error) => return Err(error),
    }
    if !errors.is_empty() {
        return Err(ConsoleError::Invalid(errors));
    }
    let name = name.trim();
    if audit::is_recorded() {
        let before = core.store.template(name).await?;
        audit::note_subject(name, None);
        audit::note_change(before.as_ref().map(|before| content(&before.job)), Some(content(&job)));
    }
    if !core.store.save_template(name, &job, now()).await? {
        let detail = format!("There are {MAX_TEMPLATES} templates already; delete one to keep another.");
        return Err(ConsoleError::Conflict { detail });
    }
    info!(name, "template saved");
    template(core, name).await
}

pub(crate) async fn delete_template(core: &Core, name: &str) -> Result<Template, ConsoleError> {
    let deleted = core.store.delete_template(name).await?.ok_or_else(|| unknown(name))?;
    audit::note_subject(name, None);
    audit::note_change(Some(content(&deleted.job)), None);
    info!(name, "template deleted");
    Ok(deleted)
}

/// A template's job, for the audit log.
fn content(job: &NewJob) -> Value {
    serde_json::to_value(job).expect("jobs have string keys and finite numbers")
}

fn unknown(name: &str) -> ConsoleError {
    ConsoleError::NotFound { what: "template", id: name.chars().take(80).collect() }
}

/// What is wrong with a template's name, which is a part of its address.
fn name_fault(name: &str) -> Option<FieldError> {
    if matches!(name.trim(), "." | "..") {
        return Some(FieldError::new("name", "cannot be written in an address"));
    }
    names::name_fault(name, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_address_can_hold_are_refused() {
        for (name, is_good) in
            [("Evening lock-up", true), ("...", true), ("", false), (".", false), (" .. ", false)]
        {
            assert_eq!(name_fault(name).is_none(), is_good, "{name:?}");
        }
    }
}
