//! Device identities. PUT creates without `If-Match` and replaces with it.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use hub_wire::{
    DeviceId, Timestamp,
    device::{Authentication, Capabilities, ConnectionState, Device, DeviceStatus},
};
use serde::Deserialize;

use super::{
    Rest,
    answer::{Answer, with_etag},
    error::Refusal,
    extract::{
        Authorized, Body, IfMatchHeader, Parameters, PathTarget, Registry, RegistryRead, RegistryWrite,
        Throttled,
    },
};

/// Most devices in a list, and the default.
const MAX_TOP: u32 = 1000;

/// The body of a PUT of an identity. SDKs send whole identities back, C# with nulls for what it does not know yet: the
/// server's own members are passed over, and null is as good as nothing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceBody {
    device_id: Option<DeviceId>,
    status: Option<DeviceStatus>,
    status_reason: Option<String>,
    authentication: Option<Authentication>,
    capabilities: Option<Capabilities>,
    device_scope: Option<String>,
    parent_scopes: Option<Vec<String>>,
}

impl DeviceBody {
    fn into_device(self, path: DeviceId) -> Answer<Device> {
        same_id("deviceId", self.device_id.as_ref(), &path)?;
        Ok(Device {
            device_id: path,
            generation_id: String::new(),
            etag: String::new(),
            connection_state: ConnectionState::default(),
            status: self.status.unwrap_or_default(),
            status_reason: self.status_reason,
            connection_state_updated_time: Timestamp::NEVER,
            status_updated_time: Timestamp::NEVER,
            last_activity_time: Timestamp::NEVER,
            cloud_to_device_message_count: 0,
            authentication: self.authentication.unwrap_or_default(),
            capabilities: self.capabilities.unwrap_or_default(),
            device_scope: self.device_scope,
            parent_scopes: self.parent_scopes.unwrap_or_default(),
        })
    }
}

/// Clients always send the id twice; when the two differ, one of them is a mistake.
pub(super) fn same_id<T: PartialEq + std::fmt::Display>(
    member: &str,
    body: Option<&T>,
    path: &T,
) -> Answer<()> {
    match body {
        Some(body) if body != path => {
            Err(Refusal::argument(format!("{member} is '{body}' in the body and '{path}' in the path")))
        }
        _ => Ok(()),
    }
}

pub(super) async fn list(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    parameters: Parameters,
) -> Answer {
    let top = match parameters.text("top") {
        None => MAX_TOP,
        Some(text) => text
            .parse()
            .ok()
            .filter(|top| (1..=MAX_TOP).contains(top))
            .ok_or_else(|| Refusal::argument(format!("top must be 1 to {MAX_TOP}")))?,
    };
    Ok(Json(rest.store.devices(top).await?).into_response())
}

pub(super) async fn get(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    let device = rest.store.device(&target.device_id).await?;
    Ok(with_etag(&device.etag, &device))
}

pub(super) async fn put(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Body(body): Body<DeviceBody>,
) -> Answer {
    let device = body.into_device(target.device_id)?;
    let device = rest.store.put_device(&device, if_match.as_ref()).await?;
    if device.status == DeviceStatus::Disabled {
        let modules = rest.store.modules(&device.device_id).await?;
        rest.revoke(&device.device_id, modules.into_iter().map(|module| module.module_id));
    }
    Ok(with_etag(&device.etag, &device))
}

/// 204: Python takes nothing else for a success.
pub(super) async fn delete(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
) -> Answer<StatusCode> {
    let modules = rest.store.modules(&target.device_id).await?;
    rest.store.delete_device(&target.device_id, if_match.as_ref()).await?;
    rest.revoke(&target.device_id, modules.into_iter().map(|module| module.module_id));
    rest.telemetry.forget(&target);
    rest.history.forget(&target);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn statistics(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
) -> Answer {
    Ok(Json(rest.store.registry_statistics().await?).into_response())
}

pub(super) async fn service_statistics(
    _: Authorized<RegistryRead>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
) -> Answer {
    Ok(Json(rest.store.service_statistics().await?).into_response())
}
