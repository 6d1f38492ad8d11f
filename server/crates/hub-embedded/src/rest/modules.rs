//! Module identities under a device. The etag rules are those of devices, but live hubs send the etag in the body only.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{Authentication, ConnectionState, Module},
    error::ErrorCode,
};
use serde::Deserialize;

use super::{
    Rest,
    answer::Answer,
    devices::same_id,
    error::Refusal,
    extract::{
        Authorized, Body, IfMatchHeader, PathTarget, Registry, RegistryRead, RegistryWrite, Throttled,
    },
};
use crate::{domain::Target, mqtt::CloseReason};

/// The body of a PUT of a module; see [`super::devices::DeviceBody`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModuleBody {
    device_id: Option<DeviceId>,
    module_id: Option<ModuleId>,
    managed_by: Option<String>,
    authentication: Option<Authentication>,
}

fn ids(target: Target) -> Answer<(DeviceId, ModuleId)> {
    let Some(module_id) = target.module_id else {
        return Err(Refusal::new(ErrorCode::GenericNotFound, "the path names no module"));
    };
    Ok((target.device_id, module_id))
}

pub(super) async fn list(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    Ok(Json(rest.store.modules(&target.device_id).await?).into_response())
}

pub(super) async fn get(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    let (device_id, module_id) = ids(target)?;
    let module = rest.store.module(&device_id, &module_id).await?;
    Ok(Json(module).into_response())
}

pub(super) async fn put(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Body(body): Body<ModuleBody>,
) -> Answer {
    let (device_id, module_id) = ids(target)?;
    same_id("deviceId", body.device_id.as_ref(), &device_id)?;
    same_id("moduleId", body.module_id.as_ref(), &module_id)?;
    let module = Module {
        module_id,
        managed_by: body.managed_by,
        device_id,
        generation_id: String::new(),
        etag: String::new(),
        connection_state: ConnectionState::default(),
        connection_state_updated_time: Timestamp::NEVER,
        last_activity_time: Timestamp::NEVER,
        cloud_to_device_message_count: 0,
        authentication: body.authentication.unwrap_or_default(),
    };
    let module = rest.store.put_module(&module, if_match.as_ref()).await?;
    Ok(Json(module).into_response())
}

pub(super) async fn delete(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
) -> Answer<StatusCode> {
    let (device_id, module_id) = ids(target.clone())?;
    rest.store.delete_module(&device_id, &module_id, if_match.as_ref()).await?;
    rest.connections.disconnect(&target, CloseReason::Revoked);
    rest.telemetry.forget(&target);
    rest.history.forget(&target);
    Ok(StatusCode::NO_CONTENT)
}
