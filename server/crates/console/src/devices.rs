//! Devices, read from the hub as they are now: a page, a twin, a change of it, a call.

use std::time::Instant;

use base64::{Engine, prelude::BASE64_STANDARD};
use console_wire::{
    device::{DeviceFilter, DeviceJob, DeviceSummary, MethodAnswer, Telemetry, TelemetryMessage},
    hub::HubKind,
    page::{DEFAULT_LIMIT, Page},
};
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    DeviceId,
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};
use serde_json::Value;
use tracing::info;

use crate::{
    Console, ConsoleError, cursor, explain::query_error, store::DeviceJobsAfter, target::Target, validate,
};

const LIST: &str = "devices";
/// Most devices in a page: the hub gives no more.
const MAX_LIMIT: u32 = 100;

impl Console {
    /// A page of devices, in the hub's order.
    ///
    /// # Errors
    /// `Invalid` on `q` for a condition that the hub does not take, on `cursor` and `limit` for what cannot be.
    pub async fn devices(&self, filter: &DeviceFilter) -> Result<Page<DeviceSummary>, ConsoleError> {
        let Page { items, next_cursor } = self.twins(filter).await?;
        Ok(Page { items: items.into_iter().map(DeviceSummary::from).collect(), next_cursor })
    }

    /// A page of twins.
    pub(crate) async fn twins(&self, filter: &DeviceFilter) -> Result<Page<Twin>, ConsoleError> {
        let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        let condition = filter.q.as_deref().unwrap_or_default();
        let continuation = match &filter.cursor {
            Some(text) => {
                let (of, continuation): (String, String) = cursor::read(LIST, text)?;
                // The hub's token belongs to one query; with another it means nothing.
                if of != condition.trim() {
                    return Err(cursor::refuse().into());
                }
                Some(continuation)
            }
            None => None,
        };
        let query = Target::of(condition).all();
        let page = self.core.hub.query_page::<Twin>(&query, limit, continuation.as_deref()).await;
        let page = page.map_err(|error| match query_error("q", condition, error) {
            // The condition was taken for the page before.
            ConsoleError::Invalid(_) if continuation.is_some() => cursor::refuse().into(),
            error => error,
        })?;
        let next_cursor = page.continuation.map(|token| cursor::write(LIST, &(condition.trim(), token)));
        Ok(Page { items: page.items, next_cursor })
    }

    /// A device's twin.
    ///
    /// # Errors
    /// `NotFound` when the hub does not know the device.
    pub async fn device(&self, id: &DeviceId) -> Result<Twin, ConsoleError> {
        self.core.hub.twin(id).await.map_err(|error| about(id, error))
    }

    /// Merges a change into a twin: null removes. With an etag in the patch only if the twin still has it.
    ///
    /// # Errors
    /// `Invalid` with the member at fault, `NotFound`, or `Conflict` when the twin has changed meanwhile.
    pub async fn patch_twin(&self, id: &DeviceId, patch: &TwinPatch) -> Result<Twin, ConsoleError> {
        if let Some(fault) = validate::patch_fault("", patch) {
            return Err(fault.into());
        }
        let etag = patch.etag.as_deref().unwrap_or("*");
        let twin = self.core.hub.patch_twin(id, patch, Some(etag)).await.map_err(|error| about(id, error))?;
        info!(device_id = %id, "twin changed");
        Ok(twin)
    }

    /// The jobs that addressed a device, newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that cannot be.
    pub async fn device_jobs(
        &self,
        id: &DeviceId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<DeviceJob>, ConsoleError> {
        const JOBS: &str = "device jobs";
        let limit = cursor::limit(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        let after: Option<DeviceJobsAfter> = cursor.map(|text| cursor::read(JOBS, text)).transpose()?;
        let mut items = self.core.store.device_jobs(id, after.as_ref(), limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more).map(DeviceJobsAfter::from);
        Ok(Page { items, next_cursor: last.map(|last| cursor::write(JOBS, &last)) })
    }

    /// The last messages of a device, newest first.
    ///
    /// # Errors
    /// `NotFound` for the device; `NotHere` when the hub is not the embedded one, which alone keeps any.
    pub async fn device_telemetry(&self, id: &DeviceId) -> Result<Telemetry, ConsoleError> {
        if self.core.hub_kind == HubKind::Remote {
            let detail =
                "Only the embedded hub keeps what devices send; a real one hands it on to an event hub.";
            return Err(ConsoleError::NotHere { detail: detail.to_owned() });
        }
        let messages = self.core.hub.telemetry(id).await.map_err(|error| about(id, error))?;
        Ok(Telemetry { items: messages.into_iter().rev().map(telemetry).collect() })
    }

    /// Calls a device now and waits for its answer. Never repeated: when the answer got lost, the device may have
    /// acted.
    ///
    /// # Errors
    /// `Invalid` with the member at fault, `NotFound`, or `Hub` when the device is not online or does not answer.
    pub async fn invoke_method(
        &self,
        id: &DeviceId,
        request: &DirectMethodRequest,
    ) -> Result<MethodAnswer, ConsoleError> {
        if let Some(fault) = validate::method_fault("", request) {
            return Err(fault.into());
        }
        let begin = Instant::now();
        let response = self.core.hub.invoke_method(id, request).await;
        let round_trip_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.as_ref().ok().map(|response| response.status);
        info!(device_id = %id, method = request.method_name, status, round_trip_ms, "direct method called");
        let response = response.map_err(|error| about(id, error))?;
        Ok(MethodAnswer { response, round_trip_ms })
    }
}

fn telemetry(message: hub_client::telemetry::Telemetry) -> TelemetryMessage {
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

fn about(id: &DeviceId, error: HubError) -> ConsoleError {
    match error.kind {
        ErrorKind::NotFound { .. } => ConsoleError::NotFound { what: "device", id: id.to_string() },
        ErrorKind::PreconditionFailed => ConsoleError::Conflict {
            detail: format!("The twin of '{id}' was changed meanwhile; read it again."),
        },
        _ => error.into(),
    }
}
