//! Twins of devices and modules. PATCH merges, PUT replaces; both answer the whole twin and tell the device.

use axum::{extract::State, response::Response};
use hub_wire::twin::TwinPatch;

use super::{
    Rest,
    answer::{Answer, with_etag},
    extract::{Authorized, Body, Counted, IfMatchHeader, PathTarget, ServiceConnect, TwinRead, TwinUpdate},
};
use crate::store::TwinWrite;

pub(super) async fn get(
    _: Authorized<ServiceConnect>,
    _: Counted<TwinRead>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    let twin = rest.store.twin(&target).await?;
    Ok(with_etag(&twin.etag, &twin))
}

pub(super) async fn patch(
    _: Authorized<ServiceConnect>,
    _: Counted<TwinUpdate>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Body(patch): Body<TwinPatch>,
) -> Answer {
    let write = rest.store.patch_twin(&target, &patch, if_match.as_ref()).await?;
    Ok(tell(&rest, &write))
}

pub(super) async fn replace(
    _: Authorized<ServiceConnect>,
    _: Counted<TwinUpdate>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    IfMatchHeader(if_match): IfMatchHeader,
    Body(replacement): Body<TwinPatch>,
) -> Answer {
    let write = rest.store.replace_twin(&target, &replacement, if_match.as_ref()).await?;
    Ok(tell(&rest, &write))
}

fn tell(rest: &Rest, write: &TwinWrite) -> Response {
    if let Some(push) = &write.push {
        rest.connections.push_desired(&push.target, &push.patch, push.version);
    }
    with_etag(&write.twin.etag, &write.twin)
}
