//! The name of a job: chosen by a person, or made from what the job does and to which devices.

use hub_wire::{direct_method::DirectMethodRequest, job::JobType, twin::TwinPatch};

use crate::number::grouped;

/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest reason, in characters.
pub const MAX_REASON: usize = 500;
/// What the name of a rerun begins with.
const RERUN: &str = "Rerun of ";

/// The name of a job without a chosen one: `lockDoor on building 43`, `Set ring on every device`.
pub fn default_name(
    method: Option<&DirectMethodRequest>,
    twin: Option<&TwinPatch>,
    target: &NamedTarget<'_>,
) -> String {
    let action = match (method, twin) {
        (Some(method), _) => method.method_name.clone(),
        (None, Some(patch)) => format!("Set {}", members(patch)),
        (None, None) => "Unknown action".to_owned(),
    };
    shortened(&format!("{action} on {}", target.words()))
}

/// The name of a rerun. A rerun of a rerun is called as the first one.
pub fn rerun_name(parent: &str) -> String {
    shortened(&format!("{RERUN}{}", parent.strip_prefix(RERUN).unwrap_or(parent)))
}

/// Whether a name is the one that a rerun gets by itself.
pub(super) fn is_rerun_name(name: &str) -> bool {
    name.starts_with(RERUN)
}

/// The action of a job as it is shown: the method's name, or the first members that a twin job writes.
pub fn action(job_type: JobType, method: Option<&DirectMethodRequest>, twin: Option<&TwinPatch>) -> String {
    match (method, twin) {
        (Some(method), _) => method.method_name.clone(),
        (None, Some(patch)) => members(patch),
        (None, None) => job_type.as_str().to_owned(),
    }
}

/// The first members that a change writes.
fn members(patch: &TwinPatch) -> String {
    let members = patch.desired().into_iter().chain(&patch.tags).flat_map(|object| object.keys());
    members.take(3).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Which devices, for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedTarget<'a> {
    /// Those of a condition.
    Condition(&'a str),
    /// So many of a list.
    Listed(u64),
    /// Those of the group with this name.
    Group(&'a str),
}

impl NamedTarget<'_> {
    fn words(&self) -> String {
        match self {
            Self::Group(name) => (*name).to_owned(),
            Self::Listed(1) => "1 device".to_owned(),
            Self::Listed(count) => format!("{} devices", grouped(*count)),
            Self::Condition(condition) => {
                let condition = condition.trim();
                if matches!(condition, "" | "*") {
                    return "every device".to_owned();
                }
                equality(condition)
                    .unwrap_or_else(|| condition.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// `tags.building = '43'` in words: `building 43`; of one device its id. `None` for anything else.
fn equality(condition: &str) -> Option<String> {
    let (left, right) = condition.split_once('=')?;
    let (left, right) = (left.trim(), right.trim());
    let quoted = |quote: char| right.strip_prefix(quote)?.strip_suffix(quote);
    let value = match quoted('\'').or_else(|| quoted('"')) {
        Some(text) if !text.is_empty() && !text.contains(['\'', '"', '\\']) => text,
        None if !right.is_empty() && right.chars().all(|c| c.is_ascii_digit()) => right,
        _ => return None,
    };
    if left == "deviceId" {
        return Some(value.to_owned());
    }
    let tag = left.strip_prefix("tags.")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if tag.is_empty() || !tag.chars().all(is_plain) {
        return None;
    }
    // `tags.building = 'Building 43'` says the word itself.
    let has_word = value.to_ascii_lowercase().starts_with(&tag.to_ascii_lowercase());
    Some(if has_word { value.to_owned() } else { format!("{tag} {value}") })
}

/// At most [`MAX_NAME`] characters, with an ellipsis where it was cut.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let mut cut: String = name.chars().take(MAX_NAME - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_says_what_and_where() {
        use NamedTarget::{Condition, Group, Listed};
        for (target, words) in [
            (Condition("*"), "every device"),
            (Condition(" "), "every device"),
            (Condition("tags.building = '43'"), "building 43"),
            (Condition("tags.building='Building 43'"), "Building 43"),
            (Condition("tags.floor = 3"), "floor 3"),
            (Condition("deviceId = 'door-0042'"), "door-0042"),
            (Condition("tags.simulated = true"), "tags.simulated = true"),
            (Condition("tags.a = 'x' AND tags.b = 'y'"), "tags.a = 'x' AND tags.b = 'y'"),
            (Condition("tags.a.b = 'x'"), "tags.a.b = 'x'"),
            (Condition("tags.a = 'it\\'s'"), "tags.a = 'it\\'s'"),
            (Condition("tags.a != 'x'"), "tags.a != 'x'"),
            (Condition("tags.a >= 3"), "tags.a >= 3"),
            (Condition("tags.kind\n  = tags.other"), "tags.kind = tags.other"),
            (Listed(1), "1 device"),
            (Listed(1204), "1,204 devices"),
            (Group("Doors, south"), "Doors, south"),
        ] {
            assert_eq!(target.words(), words, "{target:?}");
        }
    }

    #[test]
    fn a_name_begins_with_the_action() {
        let method: DirectMethodRequest = serde_json::from_value(json!({"methodName": "lockDoor"})).unwrap();
        let twin: TwinPatch =
            serde_json::from_value(json!({"tags": {"ring": 2}, "properties": {"desired": {"Floor": "3"}}}))
                .unwrap();
        let target = NamedTarget::Condition("tags.building = '43'");
        assert_eq!(default_name(Some(&method), None, &target), "lockDoor on building 43");
        assert_eq!(default_name(None, Some(&twin), &target), "Set Floor, ring on building 43");
        assert_eq!(default_name(None, None, &target), "Unknown action on building 43");
        let long = "x ".repeat(200);
        let name = default_name(Some(&method), None, &NamedTarget::Condition(&long));
        assert!(name.chars().count() <= MAX_NAME && name.ends_with("x…"), "{name}");
    }

    #[test]
    fn a_rerun_names_the_first_job() {
        assert_eq!(rerun_name("Lock Building 43"), "Rerun of Lock Building 43");
        assert_eq!(rerun_name("Rerun of Lock Building 43"), "Rerun of Lock Building 43");
        assert_eq!(rerun_name(&"é".repeat(MAX_NAME)).chars().count(), MAX_NAME);
    }
}
