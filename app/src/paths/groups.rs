//! Addresses of groups.

use super::{GROUP_NEW, GROUPS, segment, with_query};

/// One group's page.
pub(crate) fn group(group_id: &str) -> String {
    format!("{GROUPS}/{}", segment(group_id))
}

/// One group's page with the dialog to delete it open: the link of "Delete…" until the page is hydrated.
pub(crate) fn group_delete(group_id: &str) -> String {
    with_query(&group(group_id), &[("delete", "ask")])
}

/// A group's page from one of its listed devices on.
pub(crate) fn group_from(group_id: &str, after: usize) -> String {
    let after = if after == 0 { String::new() } else { after.to_string() };
    with_query(&group(group_id), &[("after", &after)])
}

/// The form to change a group.
pub(crate) fn group_edit(group_id: &str) -> String {
    format!("{}/edit", group(group_id))
}

/// The form for a new group of the devices that a condition matches.
pub(crate) fn group_new_where(condition: &str) -> String {
    with_query(GROUP_NEW, &[("query", condition)])
}
