//! `POST /devices`: up to a hundred registry writes at once.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use hub_wire::{
    bulk::{BulkItem, ImportMode, MAX_BULK_ITEMS},
    envelope,
    error::ErrorCode,
};

use super::{
    Rest,
    answer::Answer,
    error::{Refusal, name_error},
    extract::{Authorized, RawBody, Registry, RegistryWrite, Throttled},
};
use crate::{domain::twin::bulk_change, error::HubError, mqtt::CloseReason};

/// 200 when every item was done, 400 with the same shape when one was not; Python reads both.
pub(super) async fn apply(
    _: Authorized<RegistryWrite>,
    _: Throttled<Registry>,
    State(rest): State<Rest>,
    RawBody(body): RawBody,
) -> Answer {
    let read = envelope::read::<Vec<BulkItem>>(&body).map_err(HubError::from)?;
    let items = read.content;
    if !(1..=MAX_BULK_ITEMS).contains(&items.len()) {
        return Err(Refusal::argument(format!(
            "{} items were sent; a request takes 1 to {MAX_BULK_ITEMS}",
            items.len()
        )));
    }
    for (index, item) in items.iter().enumerate() {
        if matches!(item.import_mode, ImportMode::UpdateTwin | ImportMode::UpdateTwinIfMatchEtag) {
            let place = format!("[{index}]");
            bulk_change(item)?.check_members(&place, &read.unknown).map_err(HubError::from)?;
        }
    }
    let outcome = rest.store.bulk(items).await?;
    for target in &outcome.disconnect {
        rest.connections.disconnect(target, CloseReason::Revoked);
        // Many of them have been deleted; of the others nothing is lost that anyone may count on.
        rest.telemetry.forget(target);
        if matches!(
            rest.store.device_keys(target).await,
            Err(HubError::DeviceNotFound(_) | HubError::ModuleNotFound(..))
        ) {
            rest.history.forget(target);
        }
    }
    for push in &outcome.pushes {
        rest.connections.push_desired(&push.target, &push.patch, push.version);
    }
    let is_successful = outcome.result.is_successful;
    let mut response = Json(outcome.result).into_response();
    if !is_successful {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        name_error(response.headers_mut(), ErrorCode::BulkRegistryOperationFailure);
    }
    Ok(response)
}
