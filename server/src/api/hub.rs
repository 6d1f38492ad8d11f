//! `GET /api/v1/hub`: which hub, and how it is doing.

use axum::{Json, extract::State};
use console_wire::hub::HubInfo;

use crate::{problem::Refusal, state::AppState};

/// Which hub, and how it is doing. Never waits for the hub.
#[utoipa::path(
    get,
    path = "/hub",
    operation_id = "getHub",
    tag = "hub",
    responses((status = 200, description = "Done.", body = HubInfo), Refusal)
)]
pub(super) async fn get(State(state): State<AppState>) -> Json<HubInfo> {
    Json(state.console.hub_info().await)
}
