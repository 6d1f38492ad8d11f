//! Addresses of changes to the registry.

use super::{REGISTRY_CHANGES, with_query};

/// One registry change.
pub(crate) fn registry_change(change_id: u64) -> String {
    format!("{REGISTRY_CHANGES}/{change_id}")
}

/// One registry change with its devices in a state, or in any, from a cursor on.
pub(crate) fn registry_change_devices(change_id: u64, state: &str, after: &str) -> String {
    with_query(&registry_change(change_id), &[("state", state), ("after", after)])
}

/// The changes of the registry from before a cursor.
pub(crate) fn registry_changes_before(cursor: &str) -> String {
    with_query(REGISTRY_CHANGES, &[("before", cursor)])
}

/// The page that asks before a change of the registry: of the devices of a condition, or an undo or rerun of a change.
pub(crate) fn registry_change_new(kind: &str, condition: &str, of: &str, again: &str) -> String {
    let path = format!("{REGISTRY_CHANGES}/new");
    with_query(&path, &[("kind", kind), ("query", condition), ("of", of), ("again", again)])
}
