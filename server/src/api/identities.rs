//! `/api/v1/devices/{device_id}`: one device created, enabled, disabled and deleted; its keys and its connection string.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::{
    problem::FieldError,
    registry::{AskConnectionString, ConnectionString, DeviceIdentity, KeyName, NewDevice, NewStatus},
};

use crate::{
    extract::{Body, Caller, parse_device_id, visible_device},
    problem::Refusal,
    state::AppState,
};

/// Creates a device. The hub makes its keys.
#[utoipa::path(
    post,
    path = "/devices",
    operation_id = "createDevice",
    tag = "registry",
    request_body = NewDevice,
    responses((status = 201, description = "Created.", body = DeviceIdentity, headers(("location" = String, description = "The address of the device."))), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(device): Body<NewDevice>,
) -> Result<Response, Refusal> {
    let created = state.console.create_device(device, &actor).await?;
    let id =
        percent_encoding::utf8_percent_encode(created.device_id.as_str(), percent_encoding::NON_ALPHANUMERIC);
    let address = format!("/api/v1/devices/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], Json(created)).into_response())
}

/// Deletes a device, its twin and its keys, and returns its identity once more. Nothing brings them back.
#[utoipa::path(
    delete,
    path = "/devices/{device_id}",
    operation_id = "deleteDevice",
    tag = "registry",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = DeviceIdentity), Refusal)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<DeviceIdentity>, Refusal> {
    Ok(Json(state.console.delete_device(&parse_device_id(&id)?, &actor).await?))
}

/// A device's identity, without its keys.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/identity",
    operation_id = "getDeviceIdentity",
    tag = "registry",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = DeviceIdentity), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<DeviceIdentity>, Refusal> {
    Ok(Json(state.console.device_identity(&visible_device(&state.console, &id, &actor).await?).await?))
}

/// Enables or disables a device. One that is disabled is disconnected at once.
#[utoipa::path(
    put,
    path = "/devices/{device_id}/status",
    operation_id = "setDeviceStatus",
    tag = "registry",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    request_body = NewStatus,
    responses((status = 200, description = "Done.", body = DeviceIdentity), Refusal)
)]
pub(super) async fn set_status(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Body(status): Body<NewStatus>,
) -> Result<Json<DeviceIdentity>, Refusal> {
    Ok(Json(state.console.set_device_status(&parse_device_id(&id)?, status, &actor).await?))
}

/// Replaces one of a device's two keys by a new random one. The other key still works.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/keys/{key}",
    operation_id = "rotateDeviceKey",
    tag = "registry",
    params(
        ("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."),
        ("key" = KeyName, Path, description = "The key.")
    ),
    responses((status = 200, description = "Done.", body = DeviceIdentity), Refusal)
)]
pub(super) async fn rotate_key(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<DeviceIdentity>, Refusal> {
    let key = KeyName::from_wire(&key)
        .ok_or_else(|| Refusal::invalid(vec![FieldError::new("key", "must be primary or secondary")]))?;
    Ok(Json(state.console.rotate_device_key(&parse_device_id(&id)?, key, &actor).await?))
}

/// A device's connection string, which holds a key. Every request is in the audit log.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/connection-string",
    operation_id = "getDeviceConnectionString",
    tag = "registry",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    request_body = AskConnectionString,
    responses((status = 200, description = "Done.", body = ConnectionString), Refusal)
)]
pub(super) async fn connection_string(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Body(ask): Body<AskConnectionString>,
) -> Result<Response, Refusal> {
    let shown = state.console.device_connection_string(&parse_device_id(&id)?, ask.key, &actor).await?;
    // It holds a key: no browser and no proxy keeps it.
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(shown)).into_response())
}
