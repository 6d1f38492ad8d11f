//! `/api/v1/audit`: what was done, by whom, and what became of it.

use axum::{Json, extract::State, response::Response};
use console_wire::{
    audit::{AuditEntry, AuditFilter},
    page::Page,
};

use super::download::file;
use crate::{
    extract::{Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

/// The audit log, newest first.
///
/// Operators see what they did themselves; approvers and administrators see all of it.
#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "listAudit",
    tag = "audit",
    params(AuditFilter),
    responses((status = 200, description = "Done.", body = Page<AuditEntry>), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(filter): Parameters<AuditFilter>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    Ok(Json(state.console.audit_entries(&actor, &filter).await?))
}

/// The audit log as CSV, streamed.
///
/// All that match, newest first; `cursor` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/audit.csv",
    operation_id = "exportAudit",
    tag = "audit",
    params(AuditFilter),
    responses((status = 200, description = "Done.", body = String, content_type = "text/csv"), Refusal)
)]
pub(super) async fn list_csv(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(filter): Parameters<AuditFilter>,
) -> Result<Response, Refusal> {
    file("audit", "csv", "text/csv; charset=utf-8", state.console.audit_csv(&actor, &filter)?).await
}

/// The audit log as one JSON array, streamed.
///
/// All that match, newest first, with the hashes; `cursor` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/audit.json",
    operation_id = "exportAuditAsJson",
    tag = "audit",
    params(AuditFilter),
    responses((status = 200, description = "Done.", body = Vec<AuditEntry>), Refusal)
)]
pub(super) async fn list_json(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(filter): Parameters<AuditFilter>,
) -> Result<Response, Refusal> {
    file("audit", "json", "application/json", state.console.audit_json(&actor, &filter)?).await
}
