//! `/api/v1/overview`: sums over jobs and devices, how the fleet was, and the devices by the values of two tags.

use axum::{Json, extract::State};
use console_wire::overview::{History, HistoryQuery, MatrixQuery, Overview, TagMatrix};

use crate::{
    extract::{Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

/// The overview: running jobs, what needs attention, what is due, outcomes and causes, at one instant.
///
/// The figures of devices (registered, connected, refused) are of those within the scope of the caller. Figures of jobs and of
/// the hub are not limited.
#[utoipa::path(
    get,
    path = "/overview",
    operation_id = "getOverview",
    tag = "overview",
    responses((status = 200, description = "Done.", body = Overview), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Overview>, Refusal> {
    Ok(Json(Overview::clone(&*state.console.overview(&actor).await?)))
}

/// Devices and jobs over the last hours, and when nothing was measured.
///
/// It is of the whole fleet, whatever the scope of the caller: samples are not kept by scope.
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
///
/// Only devices within the scope of the caller.
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
    Caller(actor): Caller,
    Parameters(query): Parameters<MatrixQuery>,
) -> Result<Json<TagMatrix>, Refusal> {
    Ok(Json(TagMatrix::clone(&*state.console.tag_matrix(&query, &actor).await?)))
}
