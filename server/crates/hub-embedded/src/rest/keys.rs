//! `POST /devices/keys/regenerate`: new keys for many identities.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use hub_wire::{
    error::ErrorCode,
    keys::{MAX_REGENERATIONS, RegenerateKeys},
};

use super::{
    Rest,
    answer::Answer,
    error::{Refusal, name_error},
    extract::{Authorized, Body, Registry, RegistryWrite, Throttled},
};

/// 200 when all were renewed, 207 when some were, 400 when none was; the body is the same.
pub(super) async fn regenerate(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    Body(request): Body<RegenerateKeys>,
) -> Answer {
    if !(1..=MAX_REGENERATIONS).contains(&request.devices.len()) {
        return Err(Refusal::argument(format!(
            "{} devices were sent; a request takes 1 to {MAX_REGENERATIONS}",
            request.devices.len()
        )));
    }
    let result = rest.store.regenerate_keys(request).await?;
    let (renewed, refused) = (result.rotated_keys.len(), result.errors.len());
    let mut response: Response = Json(result).into_response();
    match (renewed, refused) {
        (_, 0) => {}
        (0, _) => {
            *response.status_mut() = StatusCode::BAD_REQUEST;
            name_error(response.headers_mut(), ErrorCode::BulkRegistryOperationFailure);
        }
        _ => *response.status_mut() = StatusCode::MULTI_STATUS,
    }
    Ok(response)
}
