//! `/api/v1/templates`: jobs saved under a name.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{
    job::NewJob,
    template::{Template, Templates},
};

use crate::{extract::Body, problem::Refusal, state::AppState};

/// All templates, by name.
#[utoipa::path(
    get,
    path = "/templates",
    operation_id = "listTemplates",
    tag = "templates",
    responses((status = 200, description = "Done.", body = Templates), Refusal)
)]
pub(super) async fn list(State(state): State<AppState>) -> Result<Json<Templates>, Refusal> {
    Ok(Json(state.console.templates().await?))
}

/// One template.
#[utoipa::path(
    get,
    path = "/templates/{name}",
    operation_id = "getTemplate",
    tag = "templates",
    params(("name" = String, Path, description = "The template's name, 1 to 64 characters.", min_length = 1, max_length = 64)),
    responses((status = 200, description = "Done.", body = Template), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.template(&name).await?))
}

/// Saves a job as a template, without its id and start; replaces the one with this name.
#[utoipa::path(
    put,
    path = "/templates/{name}",
    operation_id = "saveTemplate",
    tag = "templates",
    params(("name" = String, Path, description = "The template's name, 1 to 64 characters.", min_length = 1, max_length = 64)),
    request_body = NewJob,
    responses((status = 200, description = "Done.", body = Template), Refusal)
)]
pub(super) async fn put(
    State(state): State<AppState>,
    Path(name): Path<String>,
    Body(job): Body<NewJob>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.save_template(&name, job).await?))
}

/// Deletes a template, and returns it once more.
#[utoipa::path(
    delete,
    path = "/templates/{name}",
    operation_id = "deleteTemplate",
    tag = "templates",
    params(("name" = String, Path, description = "The template's name, 1 to 64 characters.", min_length = 1, max_length = 64)),
    responses((status = 200, description = "Done.", body = Template), Refusal)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Template>, Refusal> {
    Ok(Json(state.console.delete_template(&name).await?))
}
