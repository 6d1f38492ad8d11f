//! A group as text: its size, how that has changed, what uses it.

use console_wire::group::{Group, GroupUse};

use super::number::{count_noun, devices, grouped};

/// Whether the name, the id, the description or the condition of a group contains a text, ignoring case.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn is_match(group: &Group, search: &str) -> bool {
    let search = search.trim().to_lowercase();
    let texts = [
        Some(&group.name),
        Some(&group.group_id),
        group.description.as_ref(),
        group.query_condition.as_ref(),
    ];
    texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&search))
}

/// How many devices it has more or fewer than a week before: `+6`; `None` if as many, or where that is not known.
pub(crate) fn week_change(group: &Group) -> Option<String> {
    change(group.week_before()?, group.count?.devices)
}

/// How many more or fewer: `+6`, `−3,932`; `None` if as many.
pub(crate) fn change(before: u64, now: u64) -> Option<String> {
    match before.abs_diff(now) {
        0 => None,
        by if now > before => Some(format!("+{}", grouped(by))),
        by => Some(format!("\u{2212}{}", grouped(by))),
    }
}

/// What uses it: `1 open job, 3 ended, 1 template`.
pub(crate) fn used_by(used_by: &GroupUse) -> String {
    let mut parts = Vec::new();
    if used_by.open_jobs > 0 {
        parts.push(count_noun(used_by.open_jobs, "open job", "open jobs"));
    }
    if used_by.ended_jobs > 0 {
        parts.push(count_noun(used_by.ended_jobs, "ended job", "ended jobs"));
    }
    if !used_by.templates.is_empty() {
        parts.push(count_noun(used_by.templates.len() as u64, "template", "templates"));
    }
    if !used_by.schedules.is_empty() {
        parts.push(count_noun(used_by.schedules.len() as u64, "schedule", "schedules"));
    }
    if used_by.scopes > 0 {
        parts.push(count_noun(used_by.scopes, "scope", "scopes"));
    }
    if parts.is_empty() { "not used".to_owned() } else { parts.join(", ") }
}

/// What is to be known of ids of the list that were not found: `2 ids do not exist`; `None` where there are none.
pub(crate) fn unknown_ids(group: &Group) -> Option<String> {
    let count = group.count?;
    match (count.unknown, count.unchecked) {
        (0, 0) => None,
        (0, unchecked) => Some(format!("{} not looked up", count_noun(unchecked, "id", "ids"))),
        (1, _) => Some("1 id does not exist".to_owned()),
        (unknown, _) => Some(format!("{} ids do not exist", grouped(unknown))),
    }
}

/// The words of the button for a job on it.
pub(crate) fn new_job(group: &Group) -> String {
    match group.count {
        Some(count) => format!("New job on {}", devices(count.devices)),
        None => "New job on this group".to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn group() -> Group {
        let text = r#"{"groupId": "doors-south", "name": "Doors, south", "queryCondition": "tags.kind = 'door'",
            "createdTime": "2026-09-01T18:00:00Z", "changedTime": "2026-09-01T18:00:00Z",
            "count": {"devices": 1204, "connected": 1200, "unknown": 0, "unchecked": 0, "asOf": "2026-09-17T18:00:00Z"},
            "history": [{"asOf": "2026-09-09T18:00:00Z", "devices": 1200}],
            "usedBy": {"openJobs": 0, "endedJobs": 0, "templates": [], "schedules": [], "scopes": 0}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn groups_are_found_by_their_texts() {
        for (search, expected) in
            [("", true), (" SOUTH", true), ("doors-s", true), ("kind = 'door'", true), ("north", false)]
        {
            assert_eq!(is_match(&group(), search), expected, "{search}");
        }
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(week_change(&group()).as_deref(), Some("+4"));
        assert_eq!(change(3932, 0).as_deref(), Some("\u{2212}3,932"));
        assert_eq!(change(7, 7), None);
    }

    #[test]
    fn uses_are_counted() {
        let used = |open_jobs, ended_jobs, templates: usize| {
            let templates = vec![String::new(); templates];
            used_by(&GroupUse { open_jobs, ended_jobs, templates, ..GroupUse::default() })
        };
        assert_eq!(used(0, 0, 0), "not used");
        assert_eq!(used(1, 0, 0), "1 open job");
        assert_eq!(used(2, 1200, 1), "2 open jobs, 1,200 ended jobs, 1 template");
        assert_eq!(used_by(&GroupUse { scopes: 2, ..GroupUse::default() }), "2 scopes");
    }

    #[test]
    fn ids_that_were_not_found() {
        let with = |unknown, unchecked| {
            let mut group = group();
            let count = group.count.as_mut().unwrap();
            (count.unknown, count.unchecked) = (unknown, unchecked);
            unknown_ids(&group)
        };
        assert_eq!(with(0, 0), None);
        assert_eq!(with(1, 0).as_deref(), Some("1 id does not exist"));
        assert_eq!(with(1200, 4).as_deref(), Some("1,200 ids do not exist"));
        assert_eq!(with(0, 4).as_deref(), Some("4 ids not looked up"));
        assert_eq!(new_job(&group()), "New job on 1,204 devices");
        assert_eq!(new_job(&Group { count: None, ..group() }), "New job on this group");
    }
}
