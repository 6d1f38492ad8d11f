//! Direct methods on devices and modules. 200 whatever the device's own status is.

use axum::{Json, extract::State};
use hub_wire::{
    device::DeviceStatus,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
};

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{Authorized, Body, PathTarget, ServiceConnect},
};
use crate::{
    domain::{
        MethodError, Target,
        tier::{Operation, method_meters},
    },
    error::HubError,
};

pub(super) async fn invoke(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    Body(request): Body<DirectMethodRequest>,
) -> Answer<Json<DirectMethodResponse>> {
    request.check().map_err(|invalid| Refusal::argument(invalid.to_string()).of_method())?;
    callable(&rest, &target).await?;
    let meters = || method_meters(request.payload.to_string().len());
    let leave = rest.throttles.acquire_many(Operation::DirectMethod, meters).await;
    leave.map_err(|error| Refusal::from(error).of_method())?;
    let answer = rest.connections.invoke(&target, &request).await;
    answer.map(Json).map_err(|error: MethodError| Refusal::from(HubError::from(error)).of_method())
}

/// A disabled device is as good as unknown: the documentation gives both as causes of 404001.
async fn callable(rest: &Rest, target: &Target) -> Answer<()> {
    let keys = rest.store.device_keys(target).await.map_err(|error| Refusal::from(error).of_method())?;
    match keys.status {
        DeviceStatus::Enabled => Ok(()),
        DeviceStatus::Disabled => {
            Err(Refusal::from(HubError::DeviceNotFound(target.device_id.clone())).of_method())
        }
    }
}
