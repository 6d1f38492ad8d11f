//! Twins of devices and modules. PATCH merges, PUT replaces; both return the whole twin and notify the device.
//!
//! The etag is in the body only. Live hubs send no `ETag` header here, and C# would put the header's quoted text into
//! `Twin.ETag`.

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use hub_wire::{envelope, twin::TwinPatch};

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{
        Authorized, IfMatchHeader, PathTarget, RawBody, ServiceConnect, Throttled, TwinRead, TwinUpdate,
    },
};
use crate::{error::HubError, store::TwinWrite};

/// A body that changes a twin. One that changes nothing because its members are at the wrong level is refused.
#[derive(Debug)]
pub(super) struct Change(TwinPatch);

impl FromRequest<Rest> for Change {
    type Rejection = Refusal;

    async fn from_request(request: Request, rest: &Rest) -> Result<Self, Refusal> {
        let RawBody(bytes) = RawBody::from_request(request, rest).await?;
        let read = envelope::read::<TwinPatch>(&bytes).map_err(HubError::from)?;
        read.content.check_members("", &read.unknown).map_err(HubError::from)?;
        Ok(Self(read.content))
    }
}

pub(super) async fn get(
    _: Authorized<ServiceConnect>,
    _: Throttled<TwinRead>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    let twin = rest.store.twin(&target).await?;
    Ok(Json(twin).into_response())
}

pub(super) async fn patch(
    _: Authorized<ServiceConnect>,
    _: Throttled<TwinUpdate>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Change(patch): Change,
) -> Answer {
    let write = rest.store.patch_twin(&target, &patch, if_match.as_ref()).await?;
    Ok(pushed(&rest, &write))
}

pub(super) async fn replace(
    _: Authorized<ServiceConnect>,
    _: Throttled<TwinUpdate>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Change(replacement): Change,
) -> Answer {
    let write = rest.store.replace_twin(&target, &replacement, if_match.as_ref()).await?;
    Ok(pushed(&rest, &write))
}

/// Pushes the change to a connected device, and answers with the twin.
fn pushed(rest: &Rest, write: &TwinWrite) -> Response {
    if let Some(push) = &write.push {
        rest.connections.push_desired(&push.target, &push.patch, push.version);
    }
    Json(&write.twin).into_response()
}
