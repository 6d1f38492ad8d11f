//! The effect of a merge patch on a section of a twin, before it is sent.

use std::cmp::Ordering;

use hub_wire::twin::{Object, TwinProperties, leaves};
use serde_json::Value;

use super::number::count_noun;

/// One value that a patch changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Dotted path.
    pub(crate) path: String,
    /// Before; `None` when it is not set.
    pub(crate) before: Option<Value>,
    /// After; `None` when it is removed.
    pub(crate) after: Option<Value>,
}

/// A section with a patch merged into it: objects merge, null removes.
pub(crate) fn merged(section: &Object, patch: &Object) -> Object {
    let mut result = section.clone();
    for (name, change) in patch {
        match change {
            Value::Null => {
                result.remove(name);
            }
            Value::Object(inner) => {
                let before = result.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
                result.insert(name.clone(), Value::Object(merged(&before, inner)));
            }
            other => {
                result.insert(name.clone(), other.clone());
            }
        }
    }
    result
}

/// The values that differ between two states of a section, by path.
pub(crate) fn changes(before: &Object, after: &Object) -> Vec<Change> {
    let (before, after) = (leaves(before), leaves(after));
    let find = |all: &[(String, &Value)], path: &str| {
        all.iter().find(|(known, _)| known == path).map(|(_, value)| (*value).clone())
    };
    let mut paths: Vec<&String> = before.iter().chain(&after).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| Change { path: path.clone(), before: find(&before, path), after: find(&after, path) })
        .filter(|change| change.before != change.after)
        .collect()
}

/// What changes, in a sentence: `This patch changes 1 value, adds 2 and removes 1.`
pub(crate) fn sentence(changes: &[Change]) -> String {
    let count = |of: fn(&Change) -> bool| changes.iter().filter(|change| of(change)).count() as u64;
    let parts: Vec<_> = [
        ("changes", count(|change| change.before.is_some() && change.after.is_some())),
        ("adds", count(|change| change.before.is_none())),
        ("removes", count(|change| change.after.is_none())),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(verb, count)| format!("{verb} {}", count_noun(count, "value", "values")))
    .collect();
    match parts.split_last() {
        None => "This patch changes nothing.".to_owned(),
        Some((last, [])) => format!("This patch {last}."),
        Some((last, others)) => format!("This patch {} and {last}.", others.join(", ")),
    }
}

/// How it changes the number of differences between desired and reported; `None` when it does not.
pub(crate) fn drift_sentence(properties: &TwinProperties, desired: &Object) -> Option<String> {
    let before = properties.differing();
    let after =
        TwinProperties { desired: desired.clone(), reported: properties.reported.clone() }.differing();
    match after.cmp(&before) {
        Ordering::Less => {
            let fewer = (before - after) as u64;
            Some(format!("It clears {}.", count_noun(fewer, "difference", "differences")))
        }
        Ordering::Greater => {
            let more = (after - before) as u64;
            let values = count_noun(more, "value will differ", "values will differ");
            let them = if more == 1 { "it" } else { "them" };
            Some(format!("{values} until the device reports {them}."))
        }
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn merging() {
        for (section, patch, result) in [
            (json!({"a": 1}), json!({"b": 2}), json!({"a": 1, "b": 2})),
            (
                json!({"a": {"b": 1, "c": 2}}),
                json!({"a": {"b": null, "d": [1]}}),
                json!({"a": {"c": 2, "d": [1]}}),
            ),
            (json!({"a": 1}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}})),
            (json!({"a": {"b": 1}}), json!({"a": null, "z": null}), json!({})),
        ] {
            assert_eq!(Value::Object(merged(&object(section), &object(patch))), result);
        }
    }

    #[test]
    fn what_changes() {
        let before = object(json!({"$version": 3, "every": "60s", "old": true, "same": 1}));
        let after = object(json!({"$version": 4, "every": "300s", "same": 1, "new": {"x": 0}}));
        let found = changes(&before, &after);
        let paths: Vec<_> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["every", "new.x", "old"]);
        assert_eq!(sentence(&found), "This patch changes 1 value, adds 1 value and removes 1 value.");
        assert_eq!(sentence(&[]), "This patch changes nothing.");
        assert_eq!(sentence(&found[..1]), "This patch changes 1 value.");
    }

    #[test]
    fn drift() {
        let properties: TwinProperties =
            serde_json::from_value(json!({"desired": {"a": 1}, "reported": {"a": 2}})).unwrap();
        let sentence = |desired| drift_sentence(&properties, &object(desired));
        assert_eq!(sentence(json!({"a": 2})).as_deref(), Some("It clears 1 difference."));
        assert_eq!(
            sentence(json!({"a": 1, "b": 1, "c": 1})).as_deref(),
            Some("2 values will differ until the device reports them.")
        );
        assert_eq!(
            sentence(json!({"a": 1, "b": 1})).as_deref(),
            Some("1 value will differ until the device reports it.")
        );
        assert_eq!(sentence(json!({"a": 3})), None);
    }
}
