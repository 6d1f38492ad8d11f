//! `/api/v1/templates`: jobs kept under a name.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{
    job::NewJob,
    template::{Template, Templates},
};

use super::extract::Body;
use crate::{problem::Refusal, state::AppState};

/// `GET /templates`: all of them, by name.
pub(super) async fn list(State(state): State<AppState>) -> Result<Json<Templates>, Refusal> {
    Ok(Json(state.console.templates().await?))
}

/// `GET /templates/{name}`.
pub(super) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.template(&name).await?))
}

/// `PUT /templates/{name}`: keeps a job under the name, instead of what was kept under it.
pub(super) async fn put(
    State(state): State<AppState>,
    Path(name): Path<String>,
    Body(job): Body<NewJob>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.save_template(&name, job).await?))
}

/// `DELETE /templates/{name}`: answers what was deleted.
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.delete_template(&name).await?))
}
