//! Undoing a change, and doing what failed in it once more: changes of their own, linked to the first.

use console_wire::{
    access::Actor,
    registry::{ChangeAgain, ChangeKind, ChangeState, RegistryChange},
};

use super::{
    check::count_fault,
    check_scope,
    start::{check_may_create, insert},
};
use crate::{ConsoleError, core::Core, store::NewChangeRow};

/// Does the opposite to the devices that were changed. Those that were as wanted before stay as they are.
pub(crate) async fn undo(
    core: &Core,
    change_id: u64,
    again: ChangeAgain,
    actor: &Actor,
) -> Result<RegistryChange, ConsoleError> {
    let change = super::change(core, change_id).await?;
    check_scope(&change, actor)?;
    let Some(kind) = change.kind.opposite() else {
        return Err(conflict("Deleted devices cannot be brought back: their keys are gone."));
    };
    check_ended(&change)?;
    if let Some(undone_by) = change.undone_by {
        return Err(conflict(&format!("The registry change {undone_by} undoes this one already.")));
    }
    let restores_reasons = change.kind != ChangeKind::Create;
    let items =
        core.store.registry_change_items(change_id, &[ChangeState::Succeeded], restores_reasons).await?;
    if items.is_empty() {
        return Err(conflict("No device was changed, so nothing is there to undo."));
    }
    if let Some(fault) = count_fault(kind, again.confirmed_count, items.len() as u64) {
        return Err(fault.into());
    }
    let row = row(kind, &change, Some(change_id), None);
    insert(core, NewChangeRow { status_reason: None, ..row }, &items, actor).await
}

/// Does the same to the devices that failed, were interrupted or were cancelled.
pub(crate) async fn rerun(
    core: &Core,
    change_id: u64,
    again: ChangeAgain,
    actor: &Actor,
) -> Result<RegistryChange, ConsoleError> {
    let change = super::change(core, change_id).await?;
    check_scope(&change, actor)?;
    if change.kind == ChangeKind::Create {
        check_may_create(actor)?;
    }
    check_ended(&change)?;
    let states = [ChangeState::Failed, ChangeState::Interrupted, ChangeState::Cancelled];
    let items = core.store.registry_change_items(change_id, &states, false).await?;
    if items.is_empty() {
        return Err(conflict("Every device was changed, so nothing is left to do again."));
    }
    if let Some(fault) = count_fault(change.kind, again.confirmed_count, items.len() as u64) {
        return Err(fault.into());
    }
    insert(core, row(change.kind, &change, None, Some(change_id)), &items, actor).await
}

fn row(
    kind: ChangeKind,
    change: &RegistryChange,
    undo_of: Option<u64>,
    rerun_of: Option<u64>,
) -> NewChangeRow<'_> {
    NewChangeRow {
        kind,
        query_condition: None,
        status_reason: change.status_reason.as_deref(),
        undo_of,
        rerun_of,
        created_by: None,
        scope: None,
    }
}

fn check_ended(change: &RegistryChange) -> Result<(), ConsoleError> {
    match change.end_time {
        Some(_) => Ok(()),
        None => Err(conflict("This change still runs. Wait for its end, or cancel the rest of it first.")),
    }
}

fn conflict(detail: &str) -> ConsoleError {
    ConsoleError::Conflict { detail: detail.to_owned() }
}
