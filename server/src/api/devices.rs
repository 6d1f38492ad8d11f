//! `/api/v1/devices`: devices by query, their twins, and calls to one of them.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{
    device::{DeviceFilter, DeviceSummary, MethodAnswer},
    page::Page,
};
use hub_wire::{
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};
use serde::Deserialize;
use serde_json::Value;

use super::extract::{Body, Parameters, check, limit, parse_device_id};
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
    let mut errors = Vec::new();
    let filter = DeviceFilter {
        q: query.q.filter(|text| !text.trim().is_empty()),
        cursor: query.cursor.filter(|text| !text.is_empty()),
        limit: limit(query.limit.as_deref(), MAX_DEVICES, &mut errors),
    };
    check(errors)?;
    Ok(Json(state.console.devices(&filter).await?))
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
