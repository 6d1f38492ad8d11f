//! Groups of devices: created, changed, counted and deleted; and the devices of the group that a job or a preview names.
//!
//! A group is counted when its devices are chosen, on request, and in turn every few minutes. Counts of a person are as
//! frequent as those of facets; those in turn wait for the console's share of the hub's queries.

mod check;

use std::{sync::Arc, time::Duration};

use console_wire::{
    access::{Action, Actor, PersonRef, Subject, permit},
    group::{Group, GroupCount, GroupRef, GroupUse, Groups, MAX_GROUPS, NewGroup},
    hub::HubKind,
    job::NewJob,
    number::grouped,
    problem::FieldError,
    target::PreviewRequest,
};
use serde_json::{Value, json};
use tracing::{debug, info, warn};

use crate::{
    ConsoleError,
    access::announce_change,
    audit,
    clock::{earlier, is_recent, now},
    core::Core,
    job_id::slug,
    preview_list::count_listed,
    query_error::refuse_unknown_attribute,
    scope,
    store::{ChangeResult, CreateResult, DeleteResult, GroupContent, GroupTarget, ScopeChange},
    target_query::{FIELD, count_devices},
};

/// How old a count is when it is made again in turn.
const COUNT_AFTER: Duration = Duration::from_mins(5);
/// Pause where no group is due, and after a count that failed.
const PAUSE: Duration = Duration::from_secs(20);
/// The field that names a group.
const GROUP_FIELD: &str = "groupId";

pub(crate) async fn groups(core: &Core) -> Result<Groups, ConsoleError> {
    Ok(Groups { items: core.store.groups(now()).await? })
}

pub(crate) async fn group(core: &Core, group_id: &str) -> Result<Group, ConsoleError> {
    core.store.group(group_id, now()).await?.ok_or_else(|| unknown(group_id))
}

pub(crate) async fn create_group(
    core: &Core,
    new: NewGroup,
    person: Option<&PersonRef>,
) -> Result<Group, ConsoleError> {
    let content = check::content(new).map_err(ConsoleError::Invalid)?;
    let count = count(core, &content.target).await?;
    let slug = slug(&content.name, "group");
    match core.store.create_group(&slug, &content, person, &count, now()).await? {
        CreateResult::Created(group_id) => {
            audit::note_subject(&group_id, Some(&content.name));
            audit::note_change(None, Some(settings(&content)));
            info!(group_id, name = content.name, "group created");
            group(core, &group_id).await
        }
        CreateResult::NameTaken => Err(name_taken(&content.name)),
        CreateResult::TooMany => {
            let detail = format!("There are {MAX_GROUPS} groups already; delete one to create another.");
            Err(ConsoleError::Conflict { detail })
        }
    }
}

/// Puts another content in the place of a group's. The scopes that are its condition follow it, so only who may change scopes
/// may then change its devices.
pub(crate) async fn change_group(
    core: &Core,
    group_id: &str,
    new: NewGroup,
    actor: &Actor,
) -> Result<Group, ConsoleError> {
    let content = check::content(new).map_err(ConsoleError::Invalid)?;
    let (_, before) = core.store.group_target(group_id).await?.ok_or_else(|| unknown(group_id))?;
    // A change of the name needs no hub.
    let count = if before == content.target { None } else { Some(count(core, &content.target).await?) };
    let scope = match &content.target {
        target if *target == before => ScopeChange::None,
        GroupTarget::Condition(condition) if permit(actor, Action::UserWrite, Subject::Any).is_ok() => {
            // What cannot be a scope must not be that of a person.
            scope::check(condition).map_or(ScopeChange::Forbidden, ScopeChange::To)
        }
        _ => ScopeChange::Forbidden,
    };
    let (result, is_scope_changed) =
        core.store.change_group(group_id, &content, count.as_ref(), &scope, now()).await?;
    if is_scope_changed {
        announce_change(core);
    }
    match result {
        ChangeResult::Changed => {
            audit::note_subject(group_id, Some(&content.name));
            audit::note_change(None, Some(settings(&content)));
            info!(group_id, name = content.name, "group changed");
            group(core, group_id).await
        }
        ChangeResult::NotFound => Err(unknown(group_id)),
        ChangeResult::NameTaken => Err(name_taken(&content.name)),
        ChangeResult::IsScope => {
            let detail = format!(
                "The group '{}' is the scope of people. Only an administrator changes its devices, by a condition on devices.",
                content.name
            );
            Err(ConsoleError::Conflict { detail })
        }
    }
}

pub(crate) async fn delete_group(core: &Core, group_id: &str) -> Result<Group, ConsoleError> {
    let group = group(core, group_id).await?;
    match core.store.delete_group(group_id).await? {
        DeleteResult::Deleted => {
            audit::note_subject(group_id, Some(&group.name));
            info!(group_id, "group deleted");
            Ok(group)
        }
        DeleteResult::NotFound => Err(unknown(group_id)),
        DeleteResult::InUse(used_by) => {
            let detail = format!("The group '{}' is used by {}.", group.name, users(&used_by));
            Err(ConsoleError::Conflict { detail })
        }
    }
}

/// What a group is, for the audit log. A list is as long as it is: only its length is kept.
fn settings(content: &GroupContent) -> Value {
    match &content.target {
        GroupTarget::Condition(condition) => json!({"name": content.name, "queryCondition": condition}),
        GroupTarget::Devices(ids) => json!({"name": content.name, "listedDevices": ids.len()}),
    }
}

/// Counts a group now, unless its newest count is younger than the hub's limits allow.
pub(crate) async fn count_group(core: &Core, group_id: &str) -> Result<Group, ConsoleError> {
    let known = group(core, group_id).await?;
    let max_age = match core.rate_profile {
        HubKind::Embedded => Duration::from_secs(5),
        HubKind::Remote => Duration::from_mins(1),
    };
    if known.count.is_some_and(|count| is_recent(count.as_of, now(), max_age)) {
        return Ok(known);
    }
    core.store.begin_group_count(group_id, now()).await?;
    recount(core, &known).await?;
    group(core, group_id).await
}

/// Counts groups in turn, again and again.
pub(crate) async fn count_in_turn(core: Arc<Core>) {
    loop {
        match count_next(&core).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                match error {
                    // The hub's state reports it on every page; the log has it from there.
                    ConsoleError::Hub(error) => debug!(%error, "could not count a group"),
                    error => warn!(error = &error as &dyn std::error::Error, "could not count a group"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Counts the group that was not counted for the longest time; false when none is due.
async fn count_next(core: &Core) -> Result<bool, ConsoleError> {
    let now = now();
    let Some(group_id) = core.store.next_group_to_count(earlier(now, COUNT_AFTER), now).await? else {
        return Ok(false);
    };
    if let Some(group) = core.store.group(&group_id, now).await? {
        for _ in 0..queries(&group) {
            core.rate_limits.queries.acquire().await;
        }
        recount(core, &group).await?;
    }
    Ok(true)
}

/// About how many queries a count takes: one for the devices, one for those that are connected; for a list as many for
/// each part of it that fits into a query, as far as a real hub's limits allow.
fn queries(group: &Group) -> u64 {
    const PAIR: u64 = 2;
    const IDS_IN_A_QUERY: u64 = 400;
    const MOST_PARTS: u64 = 6;
    PAIR * group.listed_devices.unwrap_or(1).div_ceil(IDS_IN_A_QUERY).min(MOST_PARTS)
}

async fn recount(core: &Core, group: &Group) -> Result<(), ConsoleError> {
    let target = match (&group.query_condition, &group.device_ids) {
        (Some(condition), _) => GroupTarget::Condition(condition.clone()),
        (None, ids) => GroupTarget::Devices(ids.clone().unwrap_or_default()),
    };
    let count = count(core, &target).await?;
    core.store.record_group_count(&group.group_id, group.changed_time, &count).await?;
    Ok(())
}

async fn count(core: &Core, target: &GroupTarget) -> Result<GroupCount, ConsoleError> {
    match target {
        GroupTarget::Condition(condition) => {
            let (devices, connected) = count_devices(core, condition).await?;
            if devices == 0 {
                refuse_unknown_attribute(FIELD, condition)?;
            }
            Ok(GroupCount { devices, connected, unknown: 0, unchecked: 0, as_of: now() })
        }
        GroupTarget::Devices(ids) => {
            let ids = ids.iter().map(ToString::to_string).collect();
            let found = count_listed(core, ids).await?;
            Ok(GroupCount {
                devices: found.count,
                connected: found.connected,
                unknown: found.unknown.len() as u64,
                unchecked: found.unchecked,
                as_of: now(),
            })
        }
    }
}

/// The job on the devices of the group that it names, and that group.
///
/// # Errors
/// `Invalid` on `groupId` when there is no such group, or the job names its devices in another way too.
pub(crate) async fn with_devices_of_group(
    core: &Core,
    mut job: NewJob,
) -> Result<(NewJob, Option<GroupRef>), ConsoleError> {
    let Some(group_id) = job.group_id.take() else { return Ok((job, None)) };
    let names_others = !job.query_condition.trim().is_empty() || job.device_ids.is_some();
    let (group, target) = named_group(core, &group_id, names_others).await?;
    match target {
        GroupTarget::Condition(condition) => job.query_condition = condition,
        GroupTarget::Devices(ids) => job.device_ids = Some(ids),
    }
    Ok((job, Some(group)))
}

/// The preview of the devices of the group that it names.
///
/// # Errors
/// As [`with_devices_of_group`].
pub(crate) async fn preview_of_group(
    core: &Core,
    mut request: PreviewRequest,
) -> Result<PreviewRequest, ConsoleError> {
    let Some(group_id) = request.group_id.take() else { return Ok(request) };
    let names_others = !request.query_condition.trim().is_empty() || request.device_ids.is_some();
    match named_group(core, &group_id, names_others).await?.1 {
        GroupTarget::Condition(condition) => request.query_condition = condition,
        GroupTarget::Devices(ids) => request.device_ids = Some(ids.iter().map(ToString::to_string).collect()),
    }
    Ok(request)
}

async fn named_group(
    core: &Core,
    group_id: &str,
    names_others: bool,
) -> Result<(GroupRef, GroupTarget), ConsoleError> {
    if names_others {
        let message =
            "does not go together with queryCondition and deviceIds; one of the three says which devices";
        return Err(FieldError::new(GROUP_FIELD, message).into());
    }
    let found = core.store.group_target(group_id).await?;
    found.ok_or_else(|| {
        let shown: String = group_id.chars().take(80).collect();
        FieldError::new(GROUP_FIELD, format!("is '{shown}'; there is no such group")).into()
    })
}

fn unknown(group_id: &str) -> ConsoleError {
    ConsoleError::NotFound { what: "group", id: group_id.chars().take(80).collect() }
}

fn name_taken(name: &str) -> ConsoleError {
    FieldError::new("name", format!("is that of another group; '{name}' can be used once")).into()
}

/// What uses a group, as a clause: `1 job that has not ended and the template Evening`.
fn users(used_by: &GroupUse) -> String {
    let jobs = match used_by.open_jobs {
        0 => None,
        1 => Some("1 job that has not ended".to_owned()),
        several => Some(format!("{} jobs that have not ended", grouped(several))),
    };
    let templates = match used_by.templates.as_slice() {
        [] => None,
        [one] => Some(format!("the template {one}")),
        [one, rest @ ..] => Some(format!("the template {one} and {} more", rest.len())),
    };
    let schedules = match used_by.schedules.as_slice() {
        [] => None,
        [one] => Some(format!("the schedule {}", one.name)),
        [one, rest @ ..] => Some(format!("the schedule {} and {} more", one.name, rest.len())),
    };
    let scopes = match used_by.scopes {
        0 => None,
        1 => Some("the scope of a person".to_owned()),
        several => Some(format!("the scopes of {} people", grouped(several))),
    };
    jobs.into_iter().chain(templates).chain(schedules).chain(scopes).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use console_wire::schedule::ScheduleRef;

    use super::*;

    #[test]
    fn what_uses_a_group_is_named() {
        let used = |open_jobs, templates: &[&str]| GroupUse {
            open_jobs,
            templates: templates.iter().map(|name| (*name).to_owned()).collect(),
            ..GroupUse::default()
        };
        for (used_by, expected) in [
            (used(1, &[]), "1 job that has not ended"),
            (used(1200, &[]), "1,200 jobs that have not ended"),
            (used(0, &["Evening"]), "the template Evening"),
            (
                used(2, &["Evening", "Morning"]),
                "2 jobs that have not ended and the template Evening and 1 more",
            ),
        ] {
            assert_eq!(users(&used_by), expected);
        }
        let night = ScheduleRef { schedule_id: "night".into(), name: "Night".into() };
        let used_by = GroupUse { schedules: vec![night.clone(), night], scopes: 2, ..used(0, &[]) };
        assert_eq!(users(&used_by), "the schedule Night and 1 more and the scopes of 2 people");
    }
}
