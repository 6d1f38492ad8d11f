//! `/api/v1/registry-changes`: devices created, enabled, disabled and deleted, many at once.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::{
    page::{Page, PageQuery},
    problem::FieldError,
    registry::{
        ChangeAgain, ChangeDevicesQuery, ChangePreview, ChangedDevice, NewRegistryChange, RegistryChange,
    },
};

use crate::{
    extract::{Body, Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

/// Changes of the registry, newest first.
#[utoipa::path(
    get,
    path = "/registry-changes",
    operation_id = "listRegistryChanges",
    tag = "registry",
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<RegistryChange>), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<Page<RegistryChange>>, Refusal> {
    Ok(Json(state.console.registry_changes(&query).await?))
}

/// Begins to create, enable, disable or delete devices.
///
/// It goes on by itself, also after a restart, in bulk requests within the hub's limits. Of devices to create, none is created
/// if one of their ids exists.
#[utoipa::path(
    post,
    path = "/registry-changes",
    operation_id = "beginRegistryChange",
    tag = "registry",
    request_body = NewRegistryChange,
    responses((status = 201, description = "Begun.", body = RegistryChange, headers(("location" = String, description = "The address of the change."))), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(change): Body<NewRegistryChange>,
) -> Result<Response, Refusal> {
    Ok(begun(state.console.begin_registry_change(change, &actor).await?))
}

/// What a change would do, without doing it.
#[utoipa::path(
    post,
    path = "/registry-changes/preview",
    operation_id = "previewRegistryChange",
    tag = "registry",
    request_body = NewRegistryChange,
    responses((status = 200, description = "Done.", body = ChangePreview), Refusal)
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(change): Body<NewRegistryChange>,
) -> Result<Json<ChangePreview>, Refusal> {
    Ok(Json(state.console.preview_registry_change(change, &actor).await?))
}

/// One change, with its devices by state.
#[utoipa::path(
    get,
    path = "/registry-changes/{change_id}",
    operation_id = "getRegistryChange",
    tag = "registry",
    params(("change_id" = u64, Path, description = "The change.")),
    responses((status = 200, description = "Done.", body = RegistryChange), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(change_id): Path<String>,
) -> Result<Json<RegistryChange>, Refusal> {
    Ok(Json(state.console.registry_change(parse_change_id(&change_id)?).await?))
}

/// The devices of a change with their results, in the order in which they are sent.
#[utoipa::path(
    get,
    path = "/registry-changes/{change_id}/devices",
    operation_id = "listDevicesOfRegistryChange",
    tag = "registry",
    params(("change_id" = u64, Path, description = "The change."), ChangeDevicesQuery),
    responses((status = 200, description = "Done.", body = Page<ChangedDevice>), Refusal)
)]
pub(super) async fn devices(
    State(state): State<AppState>,
    Path(change_id): Path<String>,
    Parameters(query): Parameters<ChangeDevicesQuery>,
) -> Result<Json<Page<ChangedDevice>>, Refusal> {
    Ok(Json(state.console.registry_change_devices(parse_change_id(&change_id)?, &query).await?))
}

/// Cancels the devices of a change that were not sent. 409 when all were sent.
#[utoipa::path(
    post,
    path = "/registry-changes/{change_id}/cancel",
    operation_id = "cancelRegistryChange",
    tag = "registry",
    params(("change_id" = u64, Path, description = "The change.")),
    responses((status = 200, description = "Done.", body = RegistryChange), Refusal)
)]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(change_id): Path<String>,
) -> Result<Json<RegistryChange>, Refusal> {
    Ok(Json(state.console.cancel_registry_change(parse_change_id(&change_id)?, &actor).await?))
}

/// Begins a change that does the opposite to the devices that a change has changed.
///
/// Devices that were created are deleted, which needs `confirmedCount`. A deletion cannot be undone.
#[utoipa::path(
    post,
    path = "/registry-changes/{change_id}/undo",
    operation_id = "undoRegistryChange",
    tag = "registry",
    params(("change_id" = u64, Path, description = "The change.")),
    request_body = ChangeAgain,
    responses((status = 201, description = "Begun.", body = RegistryChange, headers(("location" = String, description = "The address of the change."))), Refusal)
)]
pub(super) async fn undo(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(change_id): Path<String>,
    Body(again): Body<ChangeAgain>,
) -> Result<Response, Refusal> {
    Ok(begun(state.console.undo_registry_change(parse_change_id(&change_id)?, again, &actor).await?))
}

/// Begins a change that does the same to the devices that failed, were interrupted or were cancelled.
#[utoipa::path(
    post,
    path = "/registry-changes/{change_id}/rerun",
    operation_id = "rerunRegistryChange",
    tag = "registry",
    params(("change_id" = u64, Path, description = "The change.")),
    request_body = ChangeAgain,
    responses((status = 201, description = "Begun.", body = RegistryChange, headers(("location" = String, description = "The address of the change."))), Refusal)
)]
pub(super) async fn rerun(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(change_id): Path<String>,
    Body(again): Body<ChangeAgain>,
) -> Result<Response, Refusal> {
    Ok(begun(state.console.rerun_registry_change(parse_change_id(&change_id)?, again, &actor).await?))
}

fn begun(change: RegistryChange) -> Response {
    let address = format!("/api/v1/registry-changes/{}", change.change_id);
    (StatusCode::CREATED, [(header::LOCATION, address)], Json(change)).into_response()
}

fn parse_change_id(text: &str) -> Result<u64, Refusal> {
    let refused =
        || Refusal::invalid(vec![FieldError::new("changeId", "must be the number of a registry change")]);
    text.parse().map_err(|_| refused())
}
