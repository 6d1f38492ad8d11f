//! `/api/v1/devices/{id}/connections`, `/token` and `/api/v1/refusals`: why devices are connected or not, and how to connect one.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::{
    connect::{ConnectGuide, NewDeviceToken},
    connection::{Connections, Refusals},
};

use super::modules::parse_module_id;
use crate::{
    extract::{Body, Caller, parse_device_id, visible_device},
    problem::Refusal,
    state::AppState,
};

/// Whether the device is connected and why, with the last 20 connections, disconnections and refusals, newest first.
///
/// Only the embedded hub keeps these events. Of a real hub it is what the device's identity says.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/connections",
    operation_id = "getConnections",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = Connections), Refusal)
)]
pub(super) async fn of_device(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Connections>, Refusal> {
    Ok(Json(state.console.device_connections(&visible_device(&state.console, &id, &actor).await?).await?))
}

/// The same for a module.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/modules/{module_id}/connections",
    operation_id = "getModuleConnections",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), ("module_id" = String, Path, description = "The module.")),
    responses((status = 200, description = "Done.", body = Connections), Refusal)
)]
pub(super) async fn of_module(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, module_id)): Path<(String, String)>,
) -> Result<Json<Connections>, Refusal> {
    let (id, module_id) = (visible_device(&state.console, &id, &actor).await?, parse_module_id(&module_id)?);
    Ok(Json(state.console.module_connections(&id, &module_id).await?))
}

/// Devices that were refused or disconnected by a rule in the last hour, newest first, and ids that are not registered.
///
/// Only with the embedded hub. Who has a scope gets only the devices in it, and no ids that are not registered.
#[utoipa::path(
    get,
    path = "/refusals",
    operation_id = "listRefusals",
    tag = "devices",
    responses((status = 200, description = "Done.", body = Refusals), Refusal)
)]
pub(super) async fn refusals(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Refusals>, Refusal> {
    Ok(Json(state.console.refusals(&actor).await?))
}

/// Makes a token with which the device connects, and programs that use it.
///
/// The token is in this answer only. It cannot be revoked; it ends by itself, or when the device is disabled or its key is
/// replaced.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/token",
    operation_id = "createDeviceToken",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    request_body = Option<NewDeviceToken>,
    responses((status = 201, description = "Made.", body = ConnectGuide), Refusal)
)]
pub(super) async fn create_token(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Body(new): Body<NewDeviceToken>,
) -> Result<Response, Refusal> {
    let guide = state.console.connect_guide(&parse_device_id(&id)?, new, &actor).await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, no_store, Json(guide)).into_response())
}

/// `GET /hub-ca.pem`: the certificate authority that devices of the embedded hub have to trust, as a file.
pub(crate) async fn certificate_authority(State(state): State<AppState>) -> Result<Response, Refusal> {
    let Some(pem) = state.console.device_endpoint().certificate_authority.clone() else {
        let detail =
            "This hub has no certificate authority of its own: it is a real one, or listens without TLS.";
        return Err(Refusal::not_found(detail.to_owned()));
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file"));
    let attachment = HeaderValue::from_static("attachment; filename=\"hub-ca.pem\"");
    headers.insert(header::CONTENT_DISPOSITION, attachment);
    Ok((headers, pem).into_response())
}
