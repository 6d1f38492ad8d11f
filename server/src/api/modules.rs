//! `/api/v1/devices/{id}/modules`: modules of a device, their twins, and calls to one of them.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{device::MethodAnswer, module::Modules, problem::FieldError};
use hub_wire::{
    ModuleId,
    twin::{Twin, TwinPatch},
};

use super::devices::{MethodCall, requester};
use crate::{
    extract::{Body, Caller, parse_device_id, visible_device},
    problem::Refusal,
    state::AppState,
};

/// Checks a module id.
pub(super) fn parse_module_id(text: &str) -> Result<ModuleId, Refusal> {
    ModuleId::new(text)
        .map_err(|error| Refusal::invalid(vec![FieldError::new("moduleId", error.to_string())]))
}

/// The modules of a device, by id.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/modules",
    operation_id = "listModules",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = Modules), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Modules>, Refusal> {
    Ok(Json(state.console.modules(&visible_device(&state.console, &id, &actor).await?).await?))
}

/// A module's twin.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/modules/{module_id}",
    operation_id = "getModule",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), ("module_id" = String, Path, description = "The module.")),
    responses((status = 200, description = "Done.", body = Twin), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, module_id)): Path<(String, String)>,
) -> Result<Json<Twin>, Refusal> {
    let (id, module_id) = (visible_device(&state.console, &id, &actor).await?, parse_module_id(&module_id)?);
    Ok(Json(state.console.module_twin(&id, &module_id).await?))
}

/// Merges tags and desired properties of a module; null removes.
#[utoipa::path(
    patch,
    path = "/devices/{device_id}/modules/{module_id}/twin",
    operation_id = "patchModuleTwin",
    tag = "devices",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), ("module_id" = String, Path, description = "The module.")),
    request_body = TwinPatch,
    responses((status = 200, description = "Done.", body = Twin), Refusal)
)]
pub(super) async fn patch_twin(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, module_id)): Path<(String, String)>,
    Body(patch): Body<TwinPatch>,
) -> Result<Json<Twin>, Refusal> {
    let (id, module_id) = (parse_device_id(&id)?, parse_module_id(&module_id)?);
    Ok(Json(state.console.patch_module_twin(&id, &module_id, &patch, &actor).await?))
}

/// Calls a direct method on one module. The call is among those of the device.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/modules/{module_id}/methods/{method_name}",
    operation_id = "invokeModuleMethod",
    tag = "devices",
    params(
        ("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."),
        ("module_id" = String, Path, description = "The module."),
        ("method_name" = String, Path, description = "The method.")
    ),
    request_body = Option<MethodCall>,
    responses((status = 200, description = "The module answered, whatever its status.", body = MethodAnswer), Refusal)
)]
pub(super) async fn invoke_method(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, module_id, method_name)): Path<(String, String, String)>,
    Body(call): Body<MethodCall>,
) -> Result<Json<MethodAnswer>, Refusal> {
    let (id, module_id) = (parse_device_id(&id)?, parse_module_id(&module_id)?);
    let request = call.into_request(method_name);
    let sent = state.console.invoke_module_method(&id, &module_id, &request, requester(actor)).await?;
    Ok(Json(sent.result?))
}
