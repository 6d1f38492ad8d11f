//! One device: look, patch, call.

use console_wire::{
    device::{DeviceJob, MethodAnswer, TelemetryMessage},
    page::Page,
};
use hub_wire::{Timestamp, twin::Twin};
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

/// One device's twin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceView {
    /// The twin.
    pub(crate) twin: Twin,
    /// When it was read.
    pub(crate) as_of: Timestamp,
}

/// One device.
#[server(prefix = "/fn", endpoint = "device", protocol = Ask<GetUrl>)]
pub(crate) async fn get_device(device_id: String) -> Result<DeviceView, ApiError> {
    let id = ssr::device_id(&device_id)?;
    let twin = super::ssr::console()?.device(&id).await.map_err(super::ssr::refuse)?;
    Ok(DeviceView { twin, as_of: std::time::SystemTime::now().into() })
}

/// What touched a device and what it said last, as far as the console and its hub know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceHistory {
    /// The newest jobs that addressed it.
    pub(crate) jobs: Page<DeviceJob>,
    /// Its last messages; `None` where the hub hands them on and keeps none.
    pub(crate) telemetry: Option<Vec<TelemetryMessage>>,
}

impl DeviceHistory {
    /// What is known while nothing is.
    pub(crate) const fn empty() -> Self {
        Self { jobs: Page { items: Vec::new(), next_cursor: None }, telemetry: Some(Vec::new()) }
    }
}

/// The newest jobs and messages of a device.
#[server(prefix = "/fn", endpoint = "device-history", protocol = Ask<GetUrl>)]
pub(crate) async fn read_history(device_id: String) -> Result<DeviceHistory, ApiError> {
    let id = ssr::device_id(&device_id)?;
    let console = super::ssr::console()?;
    let jobs = console.device_jobs(&id, None, Some(20)).await.map_err(super::ssr::told)?;
    let telemetry = match console.device_telemetry(&id).await {
        Ok(telemetry) => Some(telemetry.items),
        Err(console::ConsoleError::NotHere { .. }) => None,
        Err(error) => return Err(super::ssr::told(error)),
    };
    Ok(DeviceHistory { jobs, telemetry })
}

/// The three ids that are nearest to one that there is not.
#[server(prefix = "/fn", endpoint = "nearest-devices", protocol = Ask<GetUrl>)]
pub(crate) async fn nearest_devices(device_id: String) -> Result<Vec<String>, ApiError> {
    Ok(nearest::nearest(&super::ssr::console()?, &device_id).await)
}

/// Merges a JSON object into the tags or the desired properties (null removes) of a twin that is still as its etag says,
/// and leads back to the device's page.
#[server(prefix = "/fn", endpoint = "patch-twin", protocol = Ask<PostUrl>)]
pub(crate) async fn patch_twin(
    device_id: String,
    section: String,
    patch: String,
    etag: String,
) -> Result<DeviceView, ApiError> {
    use hub_wire::twin::{PatchProperties, TwinPatch};

    let id = ssr::device_id(&device_id)?;
    let object = match crate::job_form::object("patch", &patch) {
        Ok(object) => object,
        Err(error) => return Err(super::ssr::with_status(ApiError::invalid(vec![error]))),
    };
    let etag = Some(etag).filter(|etag| !etag.is_empty());
    let patch = if section == "tags" {
        TwinPatch { etag, tags: Some(object), ..TwinPatch::default() }
    } else {
        let properties = Some(PatchProperties { desired: Some(object) });
        TwinPatch { etag, properties, ..TwinPatch::default() }
    };
    let twin = super::ssr::console()?.patch_twin(&id, &patch).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        leptos_axum::redirect(&crate::paths::device(id.as_str()));
    }
    Ok(DeviceView { twin, as_of: std::time::SystemTime::now().into() })
}

/// Calls a direct method and waits for the answer. A plain form finds the answer in the address it is led to.
#[server(prefix = "/fn", endpoint = "invoke-method", protocol = Ask<PostUrl>)]
pub(crate) async fn invoke_method(
    device_id: String,
    method: String,
    payload: String,
    wait: String,
) -> Result<MethodAnswer, ApiError> {
    let id = ssr::device_id(&device_id)?;
    let request = match crate::job_form::method_request(&method, &payload, "0", &wait) {
        Ok(request) => request,
        Err(errors) => return Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    let answer = super::ssr::console()?.invoke_method(&id, &request).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        let told = serde_json::to_string(&answer).unwrap_or_default();
        let address = [("method", method.as_str()), ("payload", payload.as_str()), ("answer", told.as_str())];
        leptos_axum::redirect(&crate::paths::with_query(&crate::paths::device(id.as_str()), &address));
    }
    Ok(answer)
}

#[cfg(feature = "ssr")]
mod nearest;

#[cfg(feature = "ssr")]
pub(super) mod ssr {
    use console_wire::problem::Problem;
    use hub_wire::DeviceId;

    use crate::api::ApiError;

    /// Reads a device id; what cannot be one does not exist.
    pub(in crate::api) fn device_id(text: &str) -> Result<DeviceId, ApiError> {
        DeviceId::new(text).map_err(|error| {
            super::super::ssr::with_status(ApiError(Box::new(Problem {
                kind: "not-found".into(),
                title: "There is no such device".into(),
                status: 404,
                detail: error.to_string(),
                request_id: String::new(),
                retryable: false,
                errors: Vec::new(),
            })))
        })
    }
}
