//! `GET /api/v1/hub`: which hub, and how it is doing.

use axum::{Json, extract::State};
use console_wire::hub::HubInfo;

use crate::state::AppState;

/// What the console knows by now; never waits for the hub.
pub(super) async fn get(State(state): State<AppState>) -> Json<HubInfo> {
    Json(state.console.hub_info().await)
}
