//! `POST /api/v1/targets/preview`: who a condition would address, counted now.

use axum::{Json, extract::State};
use console_wire::target::{Preview, PreviewRequest};

use super::extract::Body;
use crate::{problem::Refusal, state::AppState};

/// Counts, counts the connected ones, and takes a sample.
pub(super) async fn preview(
    State(state): State<AppState>,
    Body(request): Body<PreviewRequest>,
) -> Result<Json<Preview>, Refusal> {
    Ok(Json(state.console.preview(request).await?))
}
