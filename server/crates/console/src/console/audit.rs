//! The audit log: recording requests, reading what was done, checking the chain of hashes.

use std::sync::{Arc, PoisonError};

use console_wire::{
    access::Actor,
    audit::{AuditCheck, AuditEntry, AuditFilter},
    page::Page,
};
use futures::Stream;

use super::Console;
use crate::{
    ConsoleError,
    audit::{self, AuditAct, Recording},
};

/// The audit log.
impl Console {
    /// Writes that a request is about to be answered whose sender is known.
    ///
    /// # Errors
    /// `Store` when it cannot be written; the request must not be answered then.
    pub async fn begin_recording(&self, act: AuditAct) -> Result<Recording, ConsoleError> {
        audit::begin(&self.core, act).await
    }

    /// Records a request from before sign-in. Nothing is written before it has proved to be a person's.
    pub fn prepare_recording(&self, act: AuditAct) -> Recording {
        Recording::new(Arc::clone(&self.core), act)
    }

    /// Writes that a request was refused, by the type of the problem that it is answered with.
    ///
    /// # Errors
    /// `Store` when it cannot be written.
    pub async fn record_refusal(&self, act: &AuditAct, refusal: &str) -> Result<(), ConsoleError> {
        audit::refused(&self.core, act, refusal).await
    }

    /// A page of what was done, newest first; only what the person did for who may not read all of it.
    ///
    /// # Errors
    /// `Missing` without `audit:read`; `Invalid` for a filter that is too long, or a cursor of another list.
    pub async fn audit_entries(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
    ) -> Result<Page<AuditEntry>, ConsoleError> {
        audit::list(&self.core, actor, filter).await
    }

    /// All that match as CSV, in chunks; `cursor` and `limit` do not count.
    ///
    /// # Errors
    /// As [`Console::audit_entries`].
    pub fn audit_csv(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
    ) -> Result<impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<>, ConsoleError> {
        audit::export(Arc::clone(&self.core), actor, filter, audit::CSV)
    }

    /// All that match as one JSON array, in chunks; `cursor` and `limit` do not count.
    ///
    /// # Errors
    /// As [`Console::audit_entries`].
    pub fn audit_json(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
    ) -> Result<impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<>, ConsoleError> {
        audit::export(Arc::clone(&self.core), actor, filter, audit::JSON)
    }

    /// Checks every row of the audit log, from the first one on, in batches.
    pub async fn check_audit(&self) -> Result<AuditCheck, ConsoleError> {
        audit::check(&self.core).await
    }

    /// The result of the last check; `None` before the first one. Read from memory.
    pub fn last_audit_check(&self) -> Option<AuditCheck> {
        self.core.audit_check.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
