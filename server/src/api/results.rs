//! `/api/v1/jobs/{id}/…`: the results of a job's devices: list, exports, causes, landing map and latency.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use console_wire::{
    cause::Causes,
    desired_sync::DesiredSync,
    job::ResultFilter,
    landing::{Landing, LandingCell},
    latency::Distribution,
    outcome::DeviceResult,
    page::Page,
    problem::FieldError,
    run_compare::{CompareFilter, Comparison},
};

use super::download::file;
use crate::{extract::Parameters, problem::Refusal, state::AppState};

/// Per-device results, in order of device id unless `order` says otherwise.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/devices",
    operation_id = "listDeviceResults",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ResultFilter),
    responses((status = 200, description = "Done.", body = Page<DeviceResult>), Refusal)
)]
pub(super) async fn devices(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(filter): Parameters<ResultFilter>,
) -> Result<Json<Page<DeviceResult>>, Refusal> {
    Ok(Json(state.console.results(&job_id, &filter).await?))
}

/// Per-device results as CSV, streamed.
///
/// All that match; `cursor`, `offset` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/devices.csv",
    operation_id = "exportDeviceResults",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ResultFilter),
    responses((status = 200, description = "Done.", body = String, content_type = "text/csv"), Refusal)
)]
pub(super) async fn devices_csv(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(filter): Parameters<ResultFilter>,
) -> Result<Response, Refusal> {
    let job = state.console.job_to_export(&job_id, &filter).await?;
    file(&job.job_id, "csv", "text/csv; charset=utf-8", state.console.results_csv(&job_id, &filter)).await
}

/// Per-device results as one JSON array, streamed.
///
/// All that match; `cursor`, `offset` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/devices.json",
    operation_id = "exportDeviceResultsAsJson",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ResultFilter),
    responses((status = 200, description = "Done.", body = Vec<DeviceResult>), Refusal)
)]
pub(super) async fn devices_json(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(filter): Parameters<ResultFilter>,
) -> Result<Response, Refusal> {
    let job = state.console.job_to_export(&job_id, &filter).await?;
    file(&job.job_id, "json", "application/json", state.console.results_json(&job_id, &filter)).await
}

/// The ids of the devices, one a line, streamed.
///
/// All that match; `cursor`, `offset` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/devices.txt",
    operation_id = "exportDeviceIds",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ResultFilter),
    responses((status = 200, description = "Done.", body = String, content_type = "text/plain"), Refusal)
)]
pub(super) async fn devices_txt(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(filter): Parameters<ResultFilter>,
) -> Result<Response, Refusal> {
    let job = state.console.job_to_export(&job_id, &filter).await?;
    file(&job.job_id, "txt", "text/plain; charset=utf-8", state.console.results_ids(&job_id, &filter)).await
}

/// Which devices changed their outcome since an earlier run.
///
/// Both runs are read at one instant. Without `from` and `to` the list has the devices of both runs whose state is another one
/// now; the counts always are those of all devices.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/compare",
    operation_id = "compareRuns",
    tag = "results",
    params(("job_id" = String, Path, description = "The later run."), CompareFilter),
    responses((status = 200, description = "Done.", body = Comparison), Refusal)
)]
pub(super) async fn compare(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(filter): Parameters<CompareFilter>,
) -> Result<Json<Comparison>, Refusal> {
    Ok(Json(state.console.compare_runs(&job_id, &filter).await?))
}

/// Failures folded by code and normalised message, the most frequent first.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/causes",
    operation_id = "listCauses",
    tag = "results",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Causes), Refusal)
)]
pub(super) async fn causes(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Causes>, Refusal> {
    Ok(Json(state.console.causes(&job_id).await?))
}

/// Every device in the order it was sent, as at most 1,900 cells.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/landing",
    operation_id = "getLanding",
    tag = "results",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Landing), Refusal)
)]
pub(super) async fn landing(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Landing>, Refusal> {
    Ok(Json(state.console.landing(&job_id).await?))
}

/// One cell of the landing map, with its devices.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/landing/{cell}",
    operation_id = "getLandingCell",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ("cell" = u32, Path, description = "Its place, from 0.", minimum = 0)),
    responses((status = 200, description = "Done.", body = LandingCell), Refusal)
)]
pub(super) async fn landing_cell(
    State(state): State<AppState>,
    Path((job_id, cell)): Path<(String, String)>,
) -> Result<Json<LandingCell>, Refusal> {
    let cell = cell.parse().map_err(|_| {
        let expected = format!("expected a whole number from 0 to {}", u32::MAX);
        Refusal::invalid(vec![FieldError::new("cell", expected)])
    })?;
    Ok(Json(state.console.landing_cell(&job_id, cell).await?))
}

/// How long devices took to answer; null while none has, and for a job that changes twins.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/latency",
    operation_id = "getLatency",
    tag = "results",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Option<Distribution>), Refusal)
)]
pub(super) async fn latency(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Option<Distribution>>, Refusal> {
    Ok(Json(state.console.distribution(&job_id).await?))
}

/// How many devices report the desired properties that a job set; null for a job that sets none.
///
/// The job ends when the twins are written; devices report when they have applied the change. Counted when it is
/// requested, at most every 3 seconds, or every minute where the hub limits queries; `asOf` says when.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/desired-sync",
    operation_id = "getDesiredSync",
    tag = "results",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Option<DesiredSync>), Refusal)
)]
pub(super) async fn desired_sync(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Option<DesiredSync>>, Refusal> {
    Ok(Json(state.console.desired_sync(&job_id).await?))
}
