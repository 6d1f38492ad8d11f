//! The HTTP API, `/api/v1`: JSON in, JSON or problem details out. Described by `openapi.json`, which is served too.

mod devices;
mod extract;
pub(crate) mod health;
mod hub;
mod jobs;
mod openapi;
mod results;
pub(crate) mod simulator;
mod targets;
mod templates;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
    routing::{get, patch, post},
};

use crate::{live, problem::Refusal, state::AppState};

/// Largest body with a list of devices: a hundred thousand of the longest ids, in JSON or as a form.
pub(crate) const MAX_LIST_BODY: usize = 16 * 1024 * 1024;

/// Every route of the API.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/jobs", get(jobs::list).post(jobs::create).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .route("/jobs/{job_id}", get(jobs::get))
        .route("/jobs/{job_id}/cancel", post(jobs::cancel))
        .route("/jobs/{job_id}/rerun", post(jobs::rerun))
        .route("/jobs/{job_id}/reruns", get(jobs::reruns))
        .route("/jobs/{job_id}/devices", get(results::devices))
        .route("/jobs/{job_id}/devices.csv", get(results::devices_csv))
        .route("/jobs/{job_id}/devices.json", get(results::devices_json))
        .route("/jobs/{job_id}/devices.txt", get(results::devices_txt))
        .route("/jobs/{job_id}/causes", get(results::causes))
        .route("/jobs/{job_id}/landing", get(results::landing))
        .route("/jobs/{job_id}/landing/{cell}", get(results::landing_cell))
        .route("/jobs/{job_id}/latency", get(results::latency))
        .route("/jobs/{job_id}/events", get(live::one_job))
        .route("/events", get(live::all_jobs))
        .route("/targets/preview", post(targets::preview).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .route("/templates", get(templates::list))
        .route("/templates/{name}", get(templates::get).put(templates::put).delete(templates::delete))
        .route("/devices", get(devices::list))
        .route("/devices/{device_id}", get(devices::get))
        .route("/devices/{device_id}/jobs", get(devices::jobs))
        .route("/devices/{device_id}/telemetry", get(devices::telemetry))
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
