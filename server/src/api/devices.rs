//! `/api/v1/devices`: devices by query, their twins, and calls to one of them.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{
    device::{DeviceFilter, DeviceJob, DeviceSummary, MethodAnswer, Telemetry},
    page::{MAX_LIMIT, Page},
};
use hub_wire::{
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};
use serde::Deserialize;
use serde_json::Value;

use super::extract::{Body, Given, Parameters, parse_device_id, text};
use crate::{problem::Refusal, state::AppState};

/// The hub's own page size.
const MAX_DEVICES: u32 = 100;

/// Filters of the device list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// `GET /devices`: `q` is a query condition, the text after WHERE.
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Page<DeviceSummary>>, Refusal> {
    let mut given = Given::default();
    let filter = DeviceFilter {
        q: text(query.q),
        cursor: text(query.cursor),
        limit: given.number("limit", query.limit, 1..=MAX_DEVICES),
    };
    Ok(Json(state.console.devices(&given.check(filter)?).await?))
}

/// `GET /devices/{id}`: the twin.
pub(super) async fn get(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Twin>, Refusal> {
    Ok(Json(state.console.device(&parse_device_id(&id)?).await?))
}

/// `PATCH /devices/{id}/twin`: merges tags and desired properties; null removes.
pub(super) async fn patch_twin(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Body(patch): Body<TwinPatch>,
) -> Result<Json<Twin>, Refusal> {
    Ok(Json(state.console.patch_twin(&parse_device_id(&id)?, &patch).await?))
}

/// Which of a device's jobs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JobsQuery {
    cursor: Option<String>,
    limit: Option<String>,
}

/// `GET /devices/{id}/jobs`: the jobs that addressed it, newest first.
pub(super) async fn jobs(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Parameters(query): Parameters<JobsQuery>,
) -> Result<Json<Page<DeviceJob>>, Refusal> {
    let mut given = Given::default();
    let limit = given.number("limit", query.limit, 1..=MAX_LIMIT);
    let limit = given.check(limit)?;
    let id = parse_device_id(&id)?;
    Ok(Json(state.console.device_jobs(&id, text(query.cursor).as_deref(), limit).await?))
}

/// `GET /devices/{id}/telemetry`: its last messages, newest first; only with the embedded hub.
pub(super) async fn telemetry(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Telemetry>, Refusal> {
    Ok(Json(state.console.device_telemetry(&parse_device_id(&id)?).await?))
}

/// The body of a call; all of it may be left out.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Call {
    payload: Value,
    response_timeout_in_seconds: Option<u32>,
    connect_timeout_in_seconds: Option<u32>,
}

/// `POST /devices/{id}/methods/{name}`: 200 with the device's own status, whatever that is.
pub(super) async fn invoke_method(
    State(state): State<AppState>,
    Path((id, method_name)): Path<(String, String)>,
    Body(call): Body<Call>,
) -> Result<Json<MethodAnswer>, Refusal> {
    let request = DirectMethodRequest {
        method_name,
        payload: call.payload,
        response_timeout_in_seconds: call.response_timeout_in_seconds,
        connect_timeout_in_seconds: call.connect_timeout_in_seconds,
    };
    Ok(Json(state.console.invoke_method(&parse_device_id(&id)?, &request).await?))
}
