//! `/api/v1/devices`: devices by query, their twins, and calls to one of them.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use console::{CallRequester, DeviceFormat};
use console_wire::{
    access::Actor,
    device::{DeviceExport, DeviceFilter, DeviceJob, DeviceSummary, ExportedDevice, MethodAnswer, Telemetry},
    device_call::{CallOrigin, DeviceCalls},
    page::{Page, PageQuery},
};
use hub_wire::{
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::download::file;
use crate::{
    extract::{Body, Caller, Parameters, parse_device_id, visible_device},
    problem::Refusal,
    state::AppState,
};

/// Devices by query condition.
///
/// Only devices within the scope of the caller.
#[utoipa::path(
    get,
    path = "/devices",
    operation_id = "listDevices",
    tag = "devices",
    params(DeviceFilter),
    responses((status = 200, description = "Done.", body = Page<DeviceSummary>), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(filter): Parameters<DeviceFilter>,
) -> Result<Json<Page<DeviceSummary>>, Refusal> {
    Ok(Json(state.console.devices(&filter, &actor).await?))
}

/// Devices by query condition as CSV, streamed.
///
/// All that match, at most 100,000, with their tags as JSON and a column for each requested attribute. Only devices within the
/// scope of the caller.
#[utoipa::path(
    get,
    path = "/devices.csv",
    operation_id = "exportDevices",
    tag = "devices",
    params(DeviceExport),
    responses((status = 200, description = "Done.", body = String, content_type = "text/csv"), Refusal)
)]
pub(super) async fn export_csv(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(export): Parameters<DeviceExport>,
) -> Result<Response, Refusal> {
    let rows = state.console.export_devices(&export, DeviceFormat::Csv, &actor).await?;
    file("devices", "csv", "text/csv; charset=utf-8", rows).await
}

/// Devices by query condition as one JSON array, streamed.
///
/// All that match, at most 100,000, with their values of the requested attributes. Only devices within the scope of the caller.
#[utoipa::path(
    get,
    path = "/devices.json",
    operation_id = "exportDevicesAsJson",
    tag = "devices",
    params(DeviceExport),
    responses((status = 200, description = "Done.", body = Vec<ExportedDevice>), Refusal)
)]
pub(super) async fn export_json(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(export): Parameters<DeviceExport>,
) -> Result<Response, Refusal> {
    let rows = state.console.export_devices(&export, DeviceFormat::Json, &actor).await?;
    file("devices", "json", "application/json", rows).await
}

/// A device's twin.
#[utoipa::path(
    get,
    path = "/devices/{device_id}",
    operation_id = "getDevice",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = Twin), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Twin>, Refusal> {
    Ok(Json(state.console.device(&visible_device(&state.console, &id, &actor).await?).await?))
}

/// Merges tags and desired properties; null removes.
#[utoipa::path(
    patch,
    path = "/devices/{device_id}/twin",
    operation_id = "patchTwin",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    request_body = TwinPatch,
    responses((status = 200, description = "Done.", body = Twin), Refusal)
)]
pub(super) async fn patch_twin(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Body(patch): Body<TwinPatch>,
) -> Result<Json<Twin>, Refusal> {
    let sent = state.console.patch_twin(&parse_device_id(&id)?, &patch, requester(actor)).await?;
    Ok(Json(sent.result?))
}

/// The jobs that addressed the device, newest first.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/jobs",
    operation_id = "listDeviceJobs",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), PageQuery),
    responses((status = 200, description = "Done.", body = Page<DeviceJob>), Refusal)
)]
pub(super) async fn jobs(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Parameters(page): Parameters<PageQuery>,
) -> Result<Json<Page<DeviceJob>>, Refusal> {
    let id = visible_device(&state.console, &id, &actor).await?;
    Ok(Json(state.console.device_jobs(&id, page.cursor.as_deref(), page.limit).await?))
}

/// The direct method calls and twin changes that this console sent to the device outside of jobs, and the calls of its
/// modules, newest first.
///
/// Each is written down before it is sent. The newest 200 of a device are kept, and the newest 10,000 of all devices.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/calls",
    operation_id = "listDeviceCalls",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), PageQuery),
    responses((status = 200, description = "Done.", body = DeviceCalls), Refusal)
)]
pub(super) async fn calls(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Parameters(page): Parameters<PageQuery>,
) -> Result<Json<DeviceCalls>, Refusal> {
    let id = visible_device(&state.console, &id, &actor).await?;
    Ok(Json(state.console.device_calls(&id, page.cursor.as_deref(), page.limit).await?))
}

/// The last messages that the device sent, newest first. Only with the embedded hub.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/telemetry",
    operation_id = "listTelemetry",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = Telemetry), Refusal)
)]
pub(super) async fn telemetry(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Telemetry>, Refusal> {
    Ok(Json(state.console.device_telemetry(&visible_device(&state.console, &id, &actor).await?).await?))
}

/// The call of a direct method; all of it may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct MethodCall {
    /// Any JSON, up to 128 KB.
    payload: Value,
    /// How long to wait for the answer, 5 to 300 seconds; 30 when absent.
    #[schema(minimum = 5, maximum = 300)]
    response_timeout_in_seconds: Option<u32>,
    /// How long to wait for a connection, 0 to 300 seconds; 0 when absent.
    #[schema(minimum = 0, maximum = 300)]
    connect_timeout_in_seconds: Option<u32>,
}

impl MethodCall {
    /// The hub's request.
    pub(super) fn into_request(self, method_name: String) -> DirectMethodRequest {
        DirectMethodRequest {
            method_name,
            payload: self.payload,
            response_timeout_in_seconds: self.response_timeout_in_seconds,
            connect_timeout_in_seconds: self.connect_timeout_in_seconds,
        }
    }
}

/// Calls a direct method on one device.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/methods/{method_name}",
    operation_id = "invokeMethod",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), ("method_name" = String, Path, description = "The method.")),
    request_body = Option<MethodCall>,
    responses((status = 200, description = "The device answered, whatever its status.", body = MethodAnswer), Refusal)
)]
pub(super) async fn invoke_method(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, method_name)): Path<(String, String)>,
    Body(call): Body<MethodCall>,
) -> Result<Json<MethodAnswer>, Refusal> {
    let request = call.into_request(method_name);
    let sent = state.console.invoke_method(&parse_device_id(&id)?, &request, requester(actor)).await?;
    Ok(Json(sent.result?))
}

pub(super) fn requester(actor: Actor) -> CallRequester {
    CallRequester { origin: CallOrigin::Api, actor }
}
