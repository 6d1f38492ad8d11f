//! An operator's scope: the condition that limits the devices on which the operator acts. Jobs, previews, single devices and
//! cancelled jobs are checked here; who has a scope is in [`console_wire::access::Actor::scope`].
//!
//! - A condition is narrowed by its tree ([`mod@hub_query::narrow`]). One that cannot be read is refused.
//! - The parts of a job on a list are narrowed too, so that the hub checks each device when a part starts. What is outside
//!   ends like an id that the hub does not know.
//! - A call or a twin change of one device is checked before it is sent, against the twin as it is then. So an operator can
//!   move a device out of the scope by its tags, and never into it.
//! - What is shown of one device is checked too. A device outside is not found, as an unknown one is.
//! - Lists, searches, counts and exports of devices are narrowed: what reads many devices for a person takes the scope.
//! - A job is in a person's scope if the person created it, if it was created under the same scope, or if every device that
//!   it addresses is inside at that moment.

use std::time::Duration;

use console_wire::{
    access::{Actor, MAX_SCOPE},
    hub::HubKind,
    job::JobSummary,
    problem::FieldError,
};
use hub_query::{NarrowError, narrow, write};
use hub_wire::{DeviceId, query::MAX_QUERY_LENGTH};

use crate::{
    ConsoleError,
    core::Core,
    query_error::{narrow_fault, refuse_unknown_attribute},
    store::GroupTarget,
    target::{LONGEST_FRAME, chunks, listed, narrowed, room_for_ids},
    target_query::{FIELD, count_targets, max_chunks},
};

/// How long it counts that a device of a real hub is inside or outside, where it is only shown.
const VISIBLE_FOR: Duration = Duration::from_mins(1);
/// The field that holds a scope.
const SCOPE_FIELD: &str = "scope";
/// The field that names a group.
const GROUP_FIELD: &str = "groupId";
/// The parameter of lists that holds a condition.
const Q_FIELD: &str = "q";

/// A condition within a scope; without one the condition as it is. An empty one is every device.
///
/// # Errors
/// What is wrong with the condition, at its place.
pub(crate) fn within(scope: Option<&str>, condition: &str) -> Result<String, FieldError> {
    // Lists and previews take an empty text for every device; a job does not get here with one.
    let condition = if scope.is_some() && condition.trim().is_empty() { "*" } else { condition };
    let narrowed = narrowed(scope, condition).map_err(|error| narrow_fault(FIELD, &error))?;
    if scope.is_some() && narrowed.chars().count() > MAX_QUERY_LENGTH - LONGEST_FRAME {
        return Err(narrow_fault(FIELD, &NarrowError::TooLarge));
    }
    Ok(narrowed)
}

/// The same for the parameter `q` of a list.
///
/// # Errors
/// As [`within`], on `q`.
pub(crate) fn q_within(scope: Option<&str>, q: &str) -> Result<String, FieldError> {
    within(scope, q).map_err(|fault| FieldError { field: Q_FIELD.to_owned(), ..fault })
}

/// A scope as it is kept: printed in the one canonical way; `None` for a text that limits nothing.
///
/// # Errors
/// Why it cannot be a scope.
pub(crate) fn check(text: &str) -> Result<Option<String>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    // As it will be used: in front of another condition.
    let probe = format!("deviceId = {}", write::text("x"));
    narrow(text, &probe).map_err(|error| match error {
        NarrowError::Scope(fault) => FieldError::new(SCOPE_FIELD, fault.message).at(fault.line, fault.column),
        NarrowError::Modules => {
            FieldError::new(SCOPE_FIELD, "must be a condition on devices, not on modules")
        }
        NarrowError::Condition(_) | NarrowError::TooLarge => {
            FieldError::new(SCOPE_FIELD, "is nested too deep; make it simpler")
        }
    })?;
    refuse_unknown_attribute(SCOPE_FIELD, text)?;
    let scope = narrow("*", text).map_err(|error| narrow_fault(SCOPE_FIELD, &error))?;
    let length = scope.chars().count();
    if length > MAX_SCOPE {
        let message = format!("has {length} characters; at most {MAX_SCOPE} are allowed");
        return Err(FieldError::new(SCOPE_FIELD, message));
    }
    Ok(Some(scope).filter(|scope| scope != "*"))
}

/// The scope that is the condition of a group.
///
/// # Errors
/// `Invalid` on `groupId` for a group that there is not, or that is a list; on `scope` for a condition beside it.
pub(crate) async fn of_group(
    core: &Core,
    group_id: &str,
    text: &str,
) -> Result<Option<String>, ConsoleError> {
    if !text.trim().is_empty() {
        return Err(FieldError::new(SCOPE_FIELD, "is given beside a group; clear one of the two").into());
    }
    match core.store.group_target(group_id).await? {
        Some((_, GroupTarget::Condition(condition))) => Ok(check(&condition)?),
        Some((group, GroupTarget::Devices(_))) => {
            let message = format!("is a list; a scope is a condition. Give {} a condition first", group.name);
            Err(FieldError::new(GROUP_FIELD, message).into())
        }
        None => Err(FieldError::new(GROUP_FIELD, "is no group; it may have been deleted").into()),
    }
}

/// How many devices are in a scope now.
///
/// # Errors
/// `Invalid` on the scope when the hub does not take it.
pub(crate) async fn count(core: &Core, scope: &str) -> Result<u64, ConsoleError> {
    count_targets(core, scope).await.map_err(|error| match error {
        ConsoleError::Invalid(faults) => {
            let of_scope = |fault: FieldError| FieldError { field: SCOPE_FIELD.to_owned(), ..fault };
            ConsoleError::Invalid(faults.into_iter().map(of_scope).collect())
        }
        error => error,
    })
}

/// Whether a device is in a scope now.
pub(crate) async fn holds_device(core: &Core, id: &DeviceId, scope: &str) -> Result<bool, ConsoleError> {
    let one = format!("deviceId = {}", write::text(id.as_str()));
    let condition = narrow(scope, &one).map_err(|error| cannot_check(&error.to_string()))?;
    match count_targets(core, &condition).await {
        Ok(count) => Ok(count > 0),
        Err(ConsoleError::Invalid(faults)) => Err(cannot_check(&faults[0].message)),
        Err(error) => Err(error),
    }
}

/// The hub, or this program, does not take the scope.
fn cannot_check(reason: &str) -> ConsoleError {
    let detail = format!(
        "Your scope cannot be checked, so nothing was sent or shown. An administrator has to correct it: {reason}"
    );
    ConsoleError::Conflict { detail }
}

/// Refuses a device that is outside a scope, as one that the hub does not know: who may not act on a device does not learn
/// whether there is one with this id.
pub(crate) async fn check_device(
    core: &Core,
    id: &DeviceId,
    scope: Option<&str>,
) -> Result<(), ConsoleError> {
    let Some(scope) = scope else { return Ok(()) };
    if holds_device(core, id, scope).await? {
        return Ok(());
    }
    Err(ConsoleError::NotFound { what: "device", id: id.to_string() })
}

/// The same for a device that is only shown. Pages read a device every few seconds, so with a hub that limits its queries an
/// answer counts for a minute.
pub(crate) async fn check_visible(core: &Core, id: &DeviceId, actor: &Actor) -> Result<(), ConsoleError> {
    let (Some(scope), HubKind::Remote) = (actor.scope(), core.rate_profile) else {
        return check_device(core, id, actor.scope()).await;
    };
    let key = (id.to_string(), scope.to_owned());
    let is_inside = if let Some(known) = core.visible_devices.get(&key, VISIBLE_FOR) {
        known
    } else {
        let read = holds_device(core, id, scope).await?;
        core.visible_devices.insert(key, read);
        read
    };
    if is_inside { Ok(()) } else { Err(ConsoleError::NotFound { what: "device", id: id.to_string() }) }
}

/// Refuses a job that is outside the actor's scope.
pub(crate) async fn check_job(core: &Core, job: &JobSummary, actor: &Actor) -> Result<(), ConsoleError> {
    let Some(scope) = actor.scope() else { return Ok(()) };
    if is_own_or_of_scope(job, actor) || holds_targets(core, job, scope).await? {
        return Ok(());
    }
    let what = format!("The job '{}' addresses, or may address, devices that are", job.job_id);
    Err(ConsoleError::OutsideScope { what, scope: scope.to_owned() })
}

/// Whether a job is the actor's own or was created under the same scope; true of every job for an actor without a scope. Lists
/// show these jobs only: to ask the hub about the devices of each other one would take too many queries.
pub(crate) fn is_own_or_of_scope(job: &JobSummary, actor: &Actor) -> bool {
    let Some(scope) = actor.scope() else { return true };
    let creator = job.created_by.as_ref().map(|person| person.user_id.as_str());
    let is_own =
        creator.is_some() && creator == actor.person().as_ref().map(|person| person.user_id.as_str());
    is_own || job.scope.as_deref() == Some(scope)
}

/// Whether every device that a job addresses is in a scope now. No, where it addresses none yet, where they are too many to
/// be looked up, and where its condition cannot be narrowed.
async fn holds_targets(core: &Core, job: &JobSummary, scope: &str) -> Result<bool, ConsoleError> {
    // The parts of a rollout have only those of its devices that were called.
    let has_ids = match &job.rollout {
        Some(_) => job.target_devices.is_some(),
        None => core.store.is_multipart(&job.job_id).await?,
    };
    if !has_ids {
        return are_within(core, &job.query_condition, scope).await;
    }
    let mut ids = Vec::new();
    if job.rollout.is_some() {
        let devices = core.store.rollout_devices(&job.job_id).await?;
        ids.extend(devices.into_iter().map(|device| device.device_id));
    } else {
        for part in 0.. {
            let devices = core.store.part_devices(&job.job_id, part).await?;
            if devices.ids.is_empty() {
                break;
            }
            if devices.module_id.is_some() {
                return Ok(false);
            }
            ids.extend(devices.ids);
        }
    }
    let lists = chunks(ids, room_for_ids(Some(scope)));
    if lists.len() > max_chunks(core.rate_profile) {
        return Ok(false);
    }
    for list in lists {
        if !are_within(core, &listed(&list, None), scope).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a condition selects devices, all of which are in a scope.
async fn are_within(core: &Core, condition: &str, scope: &str) -> Result<bool, ConsoleError> {
    let Ok(inside) = narrow(scope, condition) else { return Ok(false) };
    let inside = count_targets(core, &inside).await?;
    Ok(inside > 0 && inside == count_targets(core, condition).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_a_scope() {
        for (text, expected) in [
            ("", None),
            (" * ", None),
            ("tags.building=\"43\"", Some("tags.building = '43'")),
            ("tags.a = 1 or tags.b = 2", Some("tags.a = 1 OR tags.b = 2")),
            ("FROM devices WHERE tags.a = 1", Some("tags.a = 1")),
        ] {
            assert_eq!(check(text).unwrap().as_deref(), expected, "{text}");
        }
        let long = format!("tags.a = '{}'", "x".repeat(MAX_SCOPE));
        for (text, message) in [
            ("tags.a = ", "Unexpected end"),
            ("x = 1) OR (1 = 1", "Unexpected"),
            ("building = 43", "has no attribute"),
            ("FROM devices.modules", "not on modules"),
            (long.as_str(), "has 1011 characters"),
        ] {
            let fault = check(text).unwrap_err();
            assert!(fault.field == "scope" && fault.message.contains(message), "{text}: {fault:?}");
        }
    }

    #[test]
    fn conditions_within_a_scope() {
        let scope = Some("tags.building = '43'");
        for (scope, condition, expected) in [
            (None, "anything !!", "anything !!"),
            (None, "", ""),
            (scope, "", "tags.building = '43'"),
            (scope, "a OR b", "tags.building = '43' AND (a OR b)"),
        ] {
            assert_eq!(within(scope, condition).unwrap(), expected, "{condition}");
        }
        let fault = within(scope, "x = 1) OR (1 = 1").unwrap_err();
        assert_eq!((fault.field.as_str(), fault.line, fault.column), ("queryCondition", Some(1), Some(6)));
        assert_eq!(q_within(scope, "x = 1) OR (1 = 1").unwrap_err().field, "q");
        let long = format!("tags.a = '{}'", "x".repeat(MAX_QUERY_LENGTH - LONGEST_FRAME - 20));
        assert!(within(scope, &long).unwrap_err().message.contains("together with your scope"));
    }
}
