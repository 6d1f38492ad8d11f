//! Which devices a condition or a list would address, before a job is created: counted by the hub, with a few of them.

use console_wire::{
    device::DeviceSummary,
    problem::FieldError,
    target::{Preview, PreviewRequest, ScopeLimit},
};
use hub_wire::{device::ConnectionState, twin::Twin};

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    estimate::estimate,
    groups,
    preview_list::preview_list,
    query_error::refuse_unknown_attribute,
    scope::within,
    target::Target,
    target_query::{FIELD, SAMPLE, count_devices, count_targets, twins},
};

/// Counts within a scope, if there is one, and what it leaves out.
pub(crate) async fn preview(
    core: &Core,
    request: PreviewRequest,
    scope: Option<&str>,
) -> Result<Preview, ConsoleError> {
    let request = groups::preview_of_group(core, request).await?;
    let mut preview = match &request.device_ids {
        None => preview_condition(core, &request.query_condition, scope).await?,
        Some(_) if !request.query_condition.trim().is_empty() => {
            let message = "does not go together with queryCondition; one of the two says which devices";
            return Err(FieldError::new("deviceIds", message).into());
        }
        Some(ids) => preview_list(core, ids, scope).await?,
    };
    preview.estimate = estimate(core, &preview, request.longest_wait_in_seconds).await?;
    Ok(preview)
}

async fn preview_condition(core: &Core, typed: &str, scope: Option<&str>) -> Result<Preview, ConsoleError> {
    let condition = within(scope, typed)?;
    let condition = condition.as_str();
    let target = Target::of(condition);
    let (count, connected_count) = count_devices(core, condition).await?;
    if count == 0 {
        refuse_unknown_attribute(FIELD, typed)?;
    }
    let limit = match scope {
        Some(scope) => Some(limit(core, typed, scope, count).await?),
        None => None,
    };
    let mut sample = twins(core, condition, &target.all(), SAMPLE).await?;
    let is_disconnected = |twin: &Twin| twin.connection_state == ConnectionState::Disconnected;
    if connected_count < count && !sample.iter().any(is_disconnected) {
        let disconnected = twins(core, condition, &target.disconnected(), 1).await?;
        if !disconnected.is_empty() {
            sample.truncate(SAMPLE - 1);
            sample.extend(disconnected);
        }
    }
    let sample = sample.into_iter().map(DeviceSummary::from).collect();
    Ok(Preview {
        count,
        connected_count,
        sample,
        unknown: Vec::new(),
        similar: Vec::new(),
        unknown_count: 0,
        unchecked_count: 0,
        duplicates: 0,
        limit,
        estimate: None,
        as_of: now(),
    })
}

/// What a scope leaves out of a condition. The two counts are taken one after the other, so a device that joined between
/// them must not make less than nothing.
async fn limit(core: &Core, typed: &str, scope: &str, inside: u64) -> Result<ScopeLimit, ConsoleError> {
    let all = count_targets(core, typed).await?;
    Ok(ScopeLimit { scope: scope.to_owned(), outside_count: all.saturating_sub(inside), outside: Vec::new() })
}
