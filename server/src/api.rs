//! The HTTP API, `/api/v1`: JSON in, JSON or problem details out. Described by `openapi.json`, which is served too.

mod devices;
mod extract;
pub(crate) mod health;
mod hub;
mod jobs;
mod openapi;
pub(crate) mod simulator;
mod targets;

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    routing::{get, patch, post},
};

use crate::{live, problem::Refusal, state::AppState};

/// Every route of the API.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/jobs", get(jobs::list).post(jobs::create))
        .route("/jobs/{job_id}", get(jobs::get))
        .route("/jobs/{job_id}/cancel", post(jobs::cancel))
        .route("/jobs/{job_id}/devices", get(jobs::devices))
        .route("/jobs/{job_id}/devices.csv", get(jobs::devices_csv))
        .route("/jobs/{job_id}/events", get(live::one_job))
        .route("/events", get(live::all_jobs))
        .route("/targets/preview", post(targets::preview))
        .route("/devices", get(devices::list))
        .route("/devices/{device_id}", get(devices::get))
        .route("/devices/{device_id}/twin", patch(devices::patch_twin))
        .route("/devices/{device_id}/methods/{method_name}", post(devices::invoke_method))
        .route("/hub", get(hub::get))
        .route("/simulator", get(simulator::get).patch(simulator::change))
        .fallback(async |uri: Uri| {
            Refusal::not_found(format!("No resource {}; GET /api/v1/openapi.json lists them.", uri.path()))
        })
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            let detail = format!(
                "{} does not take {method}; GET /api/v1/openapi.json says what it takes.",
                uri.path()
            );
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong-verb",
                "This resource does not do that",
                detail,
            )
        })
}
