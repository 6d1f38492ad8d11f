//! `/api/v1/service-accounts`: accounts of programs.

use axum::{Json, extract::State, http::StatusCode};
use console_wire::access::{NewServiceAccount, ServiceAccount, ServiceAccounts};

use crate::{
    extract::{Body, Caller},
    problem::Refusal,
    state::AppState,
};

/// Service accounts, by name.
#[utoipa::path(
    get,
    path = "/service-accounts",
    operation_id = "listServiceAccounts",
    tag = "accounts",
    responses((status = 200, description = "Done.", body = ServiceAccounts), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<ServiceAccounts>, Refusal> {
    Ok(Json(state.console.service_accounts(&actor, std::time::SystemTime::now().into()).await?))
}

/// Makes a service account, which has no token yet.
#[utoipa::path(
    post,
    path = "/service-accounts",
    operation_id = "createServiceAccount",
    tag = "accounts",
    request_body = NewServiceAccount,
    responses((status = 201, description = "Made.", body = ServiceAccount), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(account): Body<NewServiceAccount>,
) -> Result<(StatusCode, Json<ServiceAccount>), Refusal> {
    let now = std::time::SystemTime::now().into();
    let made = state.console.create_service_account(&actor, account, now).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
