//! `/api/v1/tokens`: API tokens.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use console::TokensOf;
use console_wire::access::{MadeToken, NewToken, TokenInfo, Tokens};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    extract::{Body, Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

/// Whose tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TokenFilter {
    /// Everybody's, for administrators; one's own unless given.
    #[serde(default)]
    all: bool,
}

/// Tokens, the newest first: one's own, or everybody's.
#[utoipa::path(
    get,
    path = "/tokens",
    operation_id = "listTokens",
    tag = "accounts",
    params(TokenFilter),
    responses((status = 200, description = "Done.", body = Tokens), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(filter): Parameters<TokenFilter>,
) -> Result<Json<Tokens>, Refusal> {
    let of = if filter.all { TokensOf::All } else { TokensOf::Own };
    Ok(Json(state.console.tokens(&actor, of, std::time::SystemTime::now().into()).await?))
}

/// Makes a token for oneself, or for a service account. Its text is in this answer only. Takes a session, not a token.
#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "createToken",
    tag = "accounts",
    request_body = NewToken,
    responses((status = 201, description = "Made.", body = MadeToken), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(token): Body<NewToken>,
) -> Result<Response, Refusal> {
    let made = state.console.create_token(&actor, token, std::time::SystemTime::now().into()).await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, no_store, Json(made)).into_response())
}

/// Revokes a token, one's own or as an administrator any person's, and returns it once more.
#[utoipa::path(
    delete,
    path = "/tokens/{token_id}",
    operation_id = "revokeToken",
    tag = "accounts",
    params(("token_id" = u64, Path, description = "The token's number.")),
    responses((status = 200, description = "Revoked.", body = TokenInfo), Refusal)
)]
pub(super) async fn revoke(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(token_id): Path<String>,
) -> Result<Json<TokenInfo>, Refusal> {
    let number =
        token_id.parse().map_err(|_| Refusal::not_found(format!("There is no token '{token_id}'.")))?;
    let now = std::time::SystemTime::now().into();
    Ok(Json(state.console.revoke_token(&actor, number, now).await?))
}
