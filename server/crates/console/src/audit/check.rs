//! The check of the running console's audit log.

use std::sync::PoisonError;

use console_wire::audit::AuditCheck;

use crate::{
    ConsoleError,
    audit_log::{Checker, digits},
    clock::now,
    core::Core,
};

/// Rows read at once: some megabytes.
const BATCH: u32 = 2_000;

/// Checks every row; the result is kept for pages.
pub(crate) async fn check(core: &Core) -> Result<AuditCheck, ConsoleError> {
    let mut checker = Checker::new(None);
    let fault = loop {
        let rows = core.store.audit_rows(checker.rows(), BATCH).await?;
        if let Some(fault) = rows.iter().find_map(|row| checker.take(row).err()) {
            break Some(fault);
        }
        if rows.len() < BATCH as usize {
            break None;
        }
    };
    let check = AuditCheck { rows: checker.rows(), head: digits(&checker.head()), checked: now(), fault };
    *core.audit_check.lock().unwrap_or_else(PoisonError::into_inner) = Some(check.clone());
    Ok(check)
}
