//! One device: read, patch, call.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::{
    device::{DeviceJob, MethodAnswer, TelemetryMessage},
    device_call::{DeviceCall, DeviceCalls},
    page::Page,
};
use hub_wire::{Timestamp, twin::Twin};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// One device's twin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceView {
    /// The twin.
    pub(crate) twin: Twin,
    /// When it was read.
    pub(crate) as_of: Timestamp,
}

/// One device.
#[server(prefix = "/fn", endpoint = "device", input = GetUrl)]
pub(crate) async fn get_device(device_id: String) -> Result<DeviceView, ApiError> {
    let id = ssr::visible_device(&device_id).await?;
    let twin = super::ssr::console()?.device(&id).await.map_err(super::ssr::refuse)?;
    Ok(DeviceView { twin, as_of: std::time::SystemTime::now().into() })
}

/// A device's jobs, calls and messages, as far as the console and its hub know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeviceHistory {
    /// The newest jobs that addressed it.
    pub(crate) jobs: Page<DeviceJob>,
    /// The newest direct calls and twin changes that this console sent to it.
    pub(crate) calls: DeviceCalls,
    /// Its last messages; `None` where the hub hands them on and keeps none.
    pub(crate) telemetry: Option<Vec<TelemetryMessage>>,
}

impl DeviceHistory {
    /// Nothing is known.
    pub(crate) const fn empty() -> Self {
        Self {
            jobs: Page { items: Vec::new(), next_cursor: None },
            calls: DeviceCalls { items: Vec::new(), next_cursor: None, count: 0 },
            telemetry: Some(Vec::new()),
        }
    }
}

/// The newest jobs, calls and messages of a device.
#[server(prefix = "/fn", endpoint = "device-history", input = GetUrl)]
pub(crate) async fn read_history(device_id: String) -> Result<DeviceHistory, ApiError> {
    let id = ssr::visible_device(&device_id).await?;
    let console = super::ssr::console()?;
    let jobs = console.device_jobs(&id, None, Some(20)).await.map_err(super::ssr::to_api_error)?;
    let calls = console.device_calls(&id, None, Some(20)).await.map_err(super::ssr::to_api_error)?;
    let telemetry = match console.device_telemetry(&id).await {
        Ok(telemetry) => Some(telemetry.items),
        Err(console::ConsoleError::NotHere { .. }) => None,
        Err(error) => return Err(super::ssr::to_api_error(error)),
    };
    Ok(DeviceHistory { jobs, calls, telemetry })
}

/// The three ids nearest to an unknown one.
#[server(prefix = "/fn", endpoint = "nearest-devices", input = GetUrl)]
pub(crate) async fn nearest_devices(device_id: String) -> Result<Vec<String>, ApiError> {
    Ok(nearest::nearest(&super::ssr::console()?, &device_id, &super::ssr::actor()?).await)
}

/// Merges a JSON object into the tags or the desired properties (null removes) of a twin whose etag is still this one,
/// and redirects a plain form to the device's page.
#[server(prefix = "/fn", endpoint = "patch-twin")]
pub(crate) async fn patch_twin(
    device_id: String,
    section: String,
    patch: String,
    etag: String,
) -> Result<DeviceView, ApiError> {
    use hub_wire::twin::{PatchProperties, TwinPatch};

    use crate::forms::job::ActionKind;

    let id = ssr::device_id(&device_id)?;
    let kind = ActionKind::parse(&section);
    let object = match crate::forms::job::change(kind, "patch", &patch) {
        Ok(object) => object,
        Err(error) => return Err(super::ssr::with_status(ApiError::invalid(vec![error]))),
    };
    let etag = Some(etag).filter(|etag| !etag.is_empty());
    let patch = if kind == ActionKind::Tags {
        TwinPatch { etag, tags: Some(object), ..TwinPatch::default() }
    } else {
        let properties = Some(PatchProperties { desired: Some(object) });
        TwinPatch { etag, properties, ..TwinPatch::default() }
    };
    let sent = super::ssr::console()?.patch_twin(&id, &patch, super::ssr::call_requester()?).await;
    let twin = sent.and_then(|sent| sent.result).map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::device(id.as_str()));
    }
    Ok(DeviceView { twin, as_of: std::time::SystemTime::now().into() })
}

/// Calls a direct method and waits for the answer. A plain form is redirected to the device's page, which shows the call as
/// it was kept, whether or not it was answered.
#[server(prefix = "/fn", endpoint = "invoke-method")]
pub(crate) async fn invoke_method(
    device_id: String,
    method: String,
    payload: String,
    wait: String,
) -> Result<MethodAnswer, ApiError> {
    let id = ssr::device_id(&device_id)?;
    let request = match crate::forms::job::method_request(&method, &payload, "0", &wait) {
        Ok(request) => request,
        Err(errors) => return Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    let console = super::ssr::console()?;
    let requester = super::ssr::call_requester()?;
    let sent = console.invoke_method(&id, &request, requester).await.map_err(super::ssr::refuse)?;
    if !super::ssr::is_plain_form() {
        return sent.result.map_err(super::ssr::refuse);
    }
    super::ssr::redirect(&crate::paths::device_call(id.as_str(), sent.call_id));
    sent.result.map_err(super::ssr::to_api_error)
}

/// A call of this device, by its number; `None` when there is none such.
#[server(prefix = "/fn", endpoint = "device-call", input = GetUrl)]
pub(crate) async fn get_call(device_id: String, call_id: String) -> Result<Option<DeviceCall>, ApiError> {
    let id = ssr::visible_device(&device_id).await?;
    let Ok(call_id) = call_id.parse() else { return Ok(None) };
    super::ssr::console()?.device_call(&id, call_id).await.map_err(super::ssr::refuse)
}

#[cfg(feature = "ssr")]
pub(super) mod nearest;

#[cfg(feature = "ssr")]
pub(super) mod ssr {
    use console_wire::problem::Problem;
    use hub_wire::DeviceId;

    use crate::error::ApiError;

    /// Reads a device id; an invalid one is not found.
    pub(in crate::api) fn device_id(text: &str) -> Result<DeviceId, ApiError> {
        DeviceId::new(text).map_err(|error| {
            super::super::ssr::with_status(ApiError(Box::new(Problem {
                kind: "not-found".into(),
                title: "No such device".into(),
                status: 404,
                detail: error.to_string(),
                request_id: String::new(),
                retryable: false,
                errors: Vec::new(),
            })))
        })
    }

    /// Reads the id of a device that is to be shown. One outside of the person's scope is not found.
    pub(in crate::api) async fn visible_device(text: &str) -> Result<DeviceId, ApiError> {
        let id = device_id(text)?;
        let visible = super::super::ssr::console()?.check_visible(&id, &super::super::ssr::actor()?).await;
        visible.map_err(super::super::ssr::refuse)?;
        Ok(id)
    }
}
