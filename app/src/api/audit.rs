//! The audit log.

use console_wire::{
    audit::{AuditCheck, AuditEntry},
    page::Page,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{audit_query::AuditQuery, error::ApiError};

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AuditView {
    /// The entries, newest first.
    pub(crate) entries: Page<AuditEntry>,
    /// The last check of the chain; `None` until the first one after the server's start has ended, and for who reads only what
    /// the person did.
    pub(crate) check: Option<AuditCheck>,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// One page of a view of the audit log.
#[server(prefix = "/fn", endpoint = "audit", input = GetUrl)]
pub(crate) async fn read_audit(view: AuditQuery) -> Result<AuditView, ApiError> {
    use console_wire::access::{Action, Subject, permit};

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let entries = console.audit_entries(&actor, &view.filter()).await.map_err(super::ssr::refuse)?;
    let reads_all = permit(&actor, Action::AuditRead, Subject::Any).is_ok();
    Ok(AuditView {
        entries,
        check: console.last_audit_check().filter(|_| reads_all),
        as_of: std::time::SystemTime::now().into(),
    })
}

/// Checks every row of the audit log, and redirects a plain form to its page.
#[server(prefix = "/fn", endpoint = "check-audit")]
pub(crate) async fn check_audit() -> Result<AuditCheck, ApiError> {
    let check = super::ssr::console()?.check_audit().await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::AUDIT);
    }
    Ok(check)
}
