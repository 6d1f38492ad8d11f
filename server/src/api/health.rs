//! `GET /healthz` and `GET /readyz`: for supervisors that restart this server, and for scripts that wait for it.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::{build::BUILD, problem::Refusal, state::AppState};

/// The process answers.
pub(crate) async fn alive() -> Response {
    Json(json!({"status": "ok", "build": *BUILD})).into_response()
}

/// The hub answers too, so jobs can be scheduled.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let hub = state.console.hub_info().await;
    if hub.reachable {
        return Json(json!({"status": "ready", "build": *BUILD, "asOf": hub.as_of})).into_response();
    }
    // What the hub said is for people who are signed in: anyone may ask here.
    let detail = match hub.failure {
        Some(failure) => format!("Since {}; the log says more.", failure.since),
        None => "No call to it has ended yet.".to_owned(),
    };
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "hub-unreachable", "The hub does not answer", detail)
        .into_response()
}
