//! The hub's registry: single identities (`one`), and changes of many devices.
//!
//! A change is a list of devices, kept with the state of each. `start` checks what is asked for and writes it down; one task
//! (`send`) sends what is open, in bulk requests within the hub's limits, and continues after a restart. A device is marked
//! before it is sent: one that a stop interrupts ends as interrupted and is never sent again by itself. Undo and rerun (`again`)
//! are changes of their own.
//!
//! Keys are read only to be written back, or to be shown to whoever asks for them. They are never kept.

mod again;
mod bulk;
mod check;
mod import;
mod one;
mod send;
mod start;

use console_wire::{
    access::Actor,
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page, PageQuery},
    registry::{ChangeDevicesQuery, ChangedDevice, RegistryChange, error_words},
};

pub(crate) use self::{
    again::{rerun, undo},
    one::{connection_string, create_device, delete_device, identity, rotate_key, set_status},
    send::{interrupt, run},
    start::{begin, preview},
};
use crate::{ConsoleError, audit, clock::now, core::Core, cursor};

/// Names of the lists, for their cursors.
const CHANGES: &str = "registry changes";
const DEVICES: &str = "devices of a registry change";

/// A page of changes, newest first.
pub(crate) async fn changes(core: &Core, query: &PageQuery) -> Result<Page<RegistryChange>, ConsoleError> {
    let limit = cursor::limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let before: Option<u64> = query.cursor.as_deref().map(|text| cursor::read(CHANGES, text)).transpose()?;
    let mut items = core.store.registry_changes(before, limit + 1).await?;
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| has_more).map(|last| cursor::write(CHANGES, &last.change_id));
    Ok(Page { items, next_cursor: last })
}

/// One change.
pub(crate) async fn change(core: &Core, change_id: u64) -> Result<RegistryChange, ConsoleError> {
    core.store.registry_change(change_id).await?.ok_or_else(|| unknown(change_id))
}

/// A page of a change's devices, in the order in which they are sent.
pub(crate) async fn change_devices(
    core: &Core,
    change_id: u64,
    query: &ChangeDevicesQuery,
) -> Result<Page<ChangedDevice>, ConsoleError> {
    let limit = cursor::limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let from: Option<i64> = query.cursor.as_deref().map(|text| cursor::read(DEVICES, text)).transpose()?;
    change(core, change_id).await?;
    let rows = core
        .store
        .registry_change_devices(change_id, query.state, from.unwrap_or_default(), limit + 1)
        .await?;
    let next = rows.get(limit as usize).map(|(position, _)| cursor::write(DEVICES, position));
    let items = rows.into_iter().take(limit as usize).map(|(_, device)| explained(device)).collect();
    Ok(Page { items, next_cursor: next })
}

/// A device with what its error means.
fn explained(mut device: ChangedDevice) -> ChangedDevice {
    let words = device.error_code.as_deref().and_then(error_words);
    device.error = match (words, device.error.take()) {
        (Some(words), Some(text)) if !text.is_empty() => Some(format!("{words} {text}")),
        (Some(words), _) => Some(words.to_owned()),
        (None, text) => text,
    };
    device
}

/// Cancels what was not sent.
pub(crate) async fn cancel(
    core: &Core,
    change_id: u64,
    actor: &Actor,
) -> Result<RegistryChange, ConsoleError> {
    let change = change(core, change_id).await?;
    audit::note_subject(&change_id.to_string(), None);
    check_scope(&change, actor)?;
    if core.store.cancel_registry_change(change_id, actor.person().as_ref(), None, now()).await? == 0 {
        let detail = "Every device of this change was sent already; nothing is left to cancel.".to_owned();
        return Err(ConsoleError::Conflict { detail });
    }
    self::change(core, change_id).await
}

/// Refuses a change that another person began, and not under the same scope, to an operator with a scope.
fn check_scope(change: &RegistryChange, actor: &Actor) -> Result<(), ConsoleError> {
    let Some(scope) = actor.scope() else { return Ok(()) };
    let is_own = change.created_by.is_some()
        && change.created_by.as_ref().map(|person| &person.user_id)
            == actor.person().as_ref().map(|person| &person.user_id);
    if is_own || change.scope.as_deref() == Some(scope) {
        return Ok(());
    }
    let what = format!("The registry change {} may change devices that are", change.change_id);
    Err(ConsoleError::OutsideScope { what, scope: scope.to_owned() })
}

fn unknown(change_id: u64) -> ConsoleError {
    ConsoleError::NotFound { what: "registry change", id: change_id.to_string() }
}
