//! `POST /api/v1/targets/preview`: which devices a condition would address, counted now.

use axum::{Json, extract::State};
use console_wire::target::{Preview, PreviewRequest};

use crate::{
    extract::{Body, Caller},
    problem::Refusal,
    state::AppState,
};

/// Which devices a condition would address, counted now.
#[utoipa::path(
    post,
    path = "/targets/preview",
    operation_id = "previewTargets",
    tag = "targets",
    request_body = PreviewRequest,
    responses((status = 200, description = "Done.", body = Preview), Refusal)
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(request): Body<PreviewRequest>,
) -> Result<Json<Preview>, Refusal> {
    Ok(Json(state.console.preview(request, &actor).await?))
}
