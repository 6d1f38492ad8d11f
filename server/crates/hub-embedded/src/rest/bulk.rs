//! `POST /devices`: up to a hundred registry writes at once.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use hub_wire::bulk::{BulkItem, MAX_BULK_ITEMS};

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{Authorized, Body, Counted, Registry, RegistryWrite},
};
use crate::mqtt::CloseReason;

/// 200 when every item was done, 400 with the same shape when one was not; Python reads both.
pub(super) async fn apply(
    _: Authorized<RegistryWrite>,
    _: Counted<Registry>,
    State(rest): State<Rest>,
    Body(items): Body<Vec<BulkItem>>,
) -> Answer<(StatusCode, Response)> {
    if !(1..=MAX_BULK_ITEMS).contains(&items.len()) {
        return Err(Refusal::argument(format!(
            "{} items were sent; a request takes 1 to {MAX_BULK_ITEMS}",
            items.len()
        )));
    }
    let outcome = rest.store.bulk(items).await?;
    for target in &outcome.disconnect {
        rest.connections.disconnect(target, CloseReason::Revoked);
        // Many of them have been deleted; of the others nothing is lost that anyone may count on.
        rest.telemetry.forget(target);
    }
    for push in &outcome.pushes {
        rest.connections.push_desired(&push.target, &push.patch, push.version);
    }
    let status = if outcome.result.is_successful { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, Json(outcome.result).into_response()))
}
