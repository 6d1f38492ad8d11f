//! `/api/v1/overview`: sums over jobs and devices, how the fleet was, and the devices by the values of two tags.

use axum::{Json, extract::State};
use console_wire::overview::{History, HistoryQuery, MatrixQuery, Overview, TagMatrix};

use crate::{extract::Parameters, problem::Refusal, state::AppState};

/// The overview: running jobs, what needs attention, what is due, outcomes and causes, at one instant.
///
/// It is of the whole fleet, also for an operator with a scope: so are the lists that it agrees with.
#[utoipa::path(
    get,
    path = "/overview",
    operation_id = "getOverview",
    tag = "overview",
    responses((status = 200, description = "Done.", body = Overview), Refusal)
)]
pub(super) async fn get(State(state): State<AppState>) -> Result<Json<Overview>, Refusal> {
    Ok(Json(Overview::clone(&*state.console.overview().await?)))
}

/// Devices and jobs over the last hours, and when nothing was measured.
#[utoipa::path(
    get,
    path = "/overview/history",
    operation_id = "getHistory",
    tag = "overview",
    params(HistoryQuery),
    responses((status = 200, description = "Done.", body = History), Refusal)
)]
pub(super) async fn history(
    State(state): State<AppState>,
    Parameters(query): Parameters<HistoryQuery>,
) -> Result<Json<History>, Refusal> {
    Ok(Json(state.console.history(query.hours).await?))
}

/// Devices by the values of two tags: how many, and how many of them are not connected or failed in the last job.
#[utoipa::path(
    get,
    path = "/overview/matrix",
    operation_id = "getTagMatrix",
    tag = "overview",
    params(MatrixQuery),
    responses((status = 200, description = "Done.", body = TagMatrix), Refusal)
)]
pub(super) async fn matrix(
    State(state): State<AppState>,
    Parameters(query): Parameters<MatrixQuery>,
) -> Result<Json<TagMatrix>, Refusal> {
    Ok(Json(TagMatrix::clone(&*state.console.tag_matrix(&query).await?)))
}
