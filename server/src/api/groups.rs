//! `/api/v1/groups`: devices under a name.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::group::{Group, Groups, NewGroup};

use crate::{
    extract::{Body, Caller},
    problem::Refusal,
    state::AppState,
};

/// All groups, by name, without the ids of their lists.
#[utoipa::path(
    get,
    path = "/groups",
    operation_id = "listGroups",
    tag = "groups",
    responses((status = 200, description = "Done.", body = Groups), Refusal)
)]
pub(super) async fn list(State(state): State<AppState>) -> Result<Json<Groups>, Refusal> {
    Ok(Json(state.console.groups().await?))
}

/// Creates a group and counts it.
#[utoipa::path(
    post,
    path = "/groups",
    operation_id = "createGroup",
    tag = "groups",
    request_body = NewGroup,
    responses((status = 201, description = "Created.", body = Group, headers(("location" = String, description = "The address of the group."))), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(group): Body<NewGroup>,
) -> Result<Response, Refusal> {
    let group = state.console.create_group(group, actor.person()).await?;
    let address = format!("/api/v1/groups/{}", group.group_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], Json(group)).into_response())
}

/// One group, with the ids of its list.
#[utoipa::path(
    get,
    path = "/groups/{group_id}",
    operation_id = "getGroup",
    tag = "groups",
    params(("group_id" = String, Path, description = "The group.")),
    responses((status = 200, description = "Done.", body = Group), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(group_id): Path<String>,
) -> Result<Json<Group>, Refusal> {
    Ok(Json(state.console.group(&group_id).await?))
}

/// Puts another name, description and choice of devices in the place of a group's. Jobs that were created before keep the
/// devices that they addressed. A scope that is the group follows it: then only an administrator changes its devices.
#[utoipa::path(
    put,
    path = "/groups/{group_id}",
    operation_id = "changeGroup",
    tag = "groups",
    params(("group_id" = String, Path, description = "The group.")),
    request_body = NewGroup,
    responses((status = 200, description = "Done.", body = Group), Refusal)
)]
pub(super) async fn put(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(group_id): Path<String>,
    Body(group): Body<NewGroup>,
) -> Result<Json<Group>, Refusal> {
    Ok(Json(state.console.change_group(&group_id, group, &actor).await?))
}

/// Deletes a group, and returns it once more. 409 while a job that has not ended, a template, a schedule or a scope uses it.
#[utoipa::path(
    delete,
    path = "/groups/{group_id}",
    operation_id = "deleteGroup",
    tag = "groups",
    params(("group_id" = String, Path, description = "The group.")),
    responses((status = 200, description = "Done.", body = Group), Refusal)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(group_id): Path<String>,
) -> Result<Json<Group>, Refusal> {
    Ok(Json(state.console.delete_group(&group_id).await?))
}

/// Counts a group now. A count that is some seconds old, with a real hub up to a minute, is returned as it is.
#[utoipa::path(
    post,
    path = "/groups/{group_id}/count",
    operation_id = "countGroup",
    tag = "groups",
    params(("group_id" = String, Path, description = "The group.")),
    responses((status = 200, description = "Done.", body = Group), Refusal)
)]
pub(super) async fn count(
    State(state): State<AppState>,
    Path(group_id): Path<String>,
) -> Result<Json<Group>, Refusal> {
    Ok(Json(state.console.count_group(&group_id).await?))
}
