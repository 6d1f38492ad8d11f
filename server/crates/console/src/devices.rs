//! Devices, read from the hub as they are now: a page, a twin, messages; and a device's jobs.

use base64::{Engine, prelude::BASE64_STANDARD};
use console_wire::{
    access::Actor,
    compare::TwinComparison,
    device::{DeviceFilter, DeviceJob, DeviceSummary, Telemetry, TelemetryMessage},
    hub::HubKind,
    page::{DEFAULT_LIMIT, Page},
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{DeviceId, twin::Twin};
use serde_json::Value;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    cursor,
    query_error::{query_error, refuse_unknown_attribute},
    scope::{check_visible, q_within},
    store::DeviceJobsAfter,
    target::Target,
};

const LIST: &str = "devices";
/// Most devices in a page: the hub gives no more.
const MAX_LIMIT: u32 = 100;

/// A page of devices within a scope, if there is one.
pub(crate) async fn devices(
    core: &Core,
    scope: Option<&str>,
    filter: &DeviceFilter,
) -> Result<Page<DeviceSummary>, ConsoleError> {
    let Page { items, next_cursor } = twins(core, scope, filter).await?;
    Ok(Page { items: items.into_iter().map(DeviceSummary::from).collect(), next_cursor })
}

/// A page of twins within a scope, if there is one.
pub(crate) async fn twins(
    core: &Core,
    scope: Option<&str>,
    filter: &DeviceFilter,
) -> Result<Page<Twin>, ConsoleError> {
    let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let typed = filter.q.as_deref().unwrap_or_default();
    let condition = q_within(scope, typed)?;
    let condition = condition.trim();
    let continuation = match &filter.cursor {
        Some(text) => {
            let (of, continuation): (String, String) = cursor::read(LIST, text)?;
            // The hub's token belongs to one query.
            if of != condition {
                return Err(cursor::refuse().into());
            }
            Some(continuation)
        }
        None => None,
    };
    let query = Target::of(condition).all();
    let page = core.hub.query_page::<Twin>(&query, limit, continuation.as_deref()).await;
    let page = page.map_err(|error| match query_error("q", condition, error) {
        // The condition was valid for the page before.
        ConsoleError::Invalid(_) if continuation.is_some() => cursor::refuse().into(),
        error => error,
    })?;
    if page.items.is_empty() && continuation.is_none() {
        refuse_unknown_attribute("q", typed)?;
    }
    let next_cursor = page.continuation.map(|token| cursor::write(LIST, &(condition, token)));
    Ok(Page { items: page.items, next_cursor })
}

pub(crate) async fn device(core: &Core, id: &DeviceId) -> Result<Twin, ConsoleError> {
    core.hub.twin(id).await.map_err(|error| device_error(id, error))
}

/// Two devices' twins, compared. Where both are not found, the first one is the error.
pub(crate) async fn compare(
    core: &Core,
    left: &DeviceId,
    right: &DeviceId,
    actor: &Actor,
) -> Result<TwinComparison, ConsoleError> {
    let (left, right) = futures::join!(visible_twin(core, left, actor), visible_twin(core, right, actor));
    Ok(TwinComparison::of(&left?, &right?, now()))
}

async fn visible_twin(core: &Core, id: &DeviceId, actor: &Actor) -> Result<Twin, ConsoleError> {
    check_visible(core, id, actor).await?;
    device(core, id).await
}

pub(crate) async fn device_jobs(
    core: &Core,
    id: &DeviceId,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<DeviceJob>, ConsoleError> {
    const JOBS: &str = "device jobs";
    let limit = cursor::limit(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let after: Option<DeviceJobsAfter> = cursor.map(|text| cursor::read(JOBS, text)).transpose()?;
    let mut items = core.store.device_jobs(id, after.as_ref(), limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| more).map(DeviceJobsAfter::from);
    Ok(Page { items, next_cursor: last.map(|last| cursor::write(JOBS, &last)) })
}

pub(crate) async fn device_telemetry(core: &Core, id: &DeviceId) -> Result<Telemetry, ConsoleError> {
    if core.hub_kind == HubKind::Remote {
        let detail = "Only the embedded hub keeps what devices send; a real hub sends it to its event hub.";
        return Err(ConsoleError::NotHere { detail: detail.to_owned() });
    }
    let messages = core.hub.telemetry(id).await.map_err(|error| device_error(id, error))?;
    Ok(Telemetry { items: messages.into_iter().rev().map(telemetry).collect() })
}

pub(crate) fn telemetry(message: hub_client::telemetry::Telemetry) -> TelemetryMessage {
    let body_size = BASE64_STANDARD.decode(&message.body_base64).map_or(0, |bytes| bytes.len() as u64);
    let content_type = message.system_properties.get("content-type").and_then(Value::as_str);
    TelemetryMessage {
        enqueued_time_utc: message.enqueued_time_utc,
        content_type: content_type.map(str::to_owned),
        properties: message.properties,
        body: message.body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
        body_size,
    }
}

/// An error of the hub about one device.
pub(crate) fn device_error(id: &DeviceId, error: HubError) -> ConsoleError {
    match error.kind {
        ErrorKind::NotFound { .. } => ConsoleError::NotFound { what: "device", id: id.to_string() },
        ErrorKind::PreconditionFailed => ConsoleError::Conflict {
            detail: format!("The twin of '{id}' was changed meanwhile; read it again."),
        },
        _ => error.into(),
    }
}
