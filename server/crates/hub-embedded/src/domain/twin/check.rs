//! What the hub takes as a section's content.

use std::fmt::Write;

use hub_wire::twin::Object;
use serde_json::Value;

use super::Section;

/// Longest key, in bytes.
const MAX_KEY: usize = 1024;
/// Longest string value, in bytes.
const MAX_STRING: usize = 4096;
/// How deep objects and arrays may nest below the section; a scalar may sit in the last.
const MAX_DEPTH: usize = 10;
/// Smallest and largest integer: what the hub's number type keeps exactly.
const INTEGERS: std::ops::RangeInclusive<i64> = -4_503_599_627_370_496..=4_503_599_627_370_495;

/// What null means in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// It removes the member (PATCH, jobs, reported properties).
    Remove,
    /// It is refused (PUT).
    Refused,
}

/// Content that the hub does not take: where, and which rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct TwinFault {
    /// The member, such as `tags.site`.
    pub path: String,
    /// The rule, with its limit.
    pub rule: &'static str,
}

/// Checks a section of a request and gives its content without the members `$metadata` and `$version`, which clients
/// send back with a whole twin and the hub ignores. Does not look at the whole size: that depends on what is there.
///
/// # Errors
/// The first member that breaks a rule.
pub fn check(section: Section, content: &Object, nulls: Nulls) -> Result<Object, TwinFault> {
    let own: Object = content
        .iter()
        .filter(|(key, _)| section == Section::Tags || !matches!(key.as_str(), "$metadata" | "$version"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    check_members(&mut section.path().to_owned(), &own, 0, nulls)?;
    Ok(own)
}

fn check_members(path: &mut String, members: &Object, depth: usize, nulls: Nulls) -> Result<(), TwinFault> {
    for (key, value) in members {
        let parent = path.len();
        path.push('.');
        path.extend(key.chars().take(80));
        check_key(path, key)?;
        match value {
            Value::Null if nulls == Nulls::Refused => {
                return Err(fault(path, "null is not allowed when a twin is replaced"));
            }
            Value::Null => {}
            other => check_value(path, other, depth + 1, nulls)?,
        }
        path.truncate(parent);
    }
    Ok(())
}

fn check_key(path: &str, key: &str) -> Result<(), TwinFault> {
    if key.len() > MAX_KEY {
        return Err(fault(path, "a key may have at most 1024 bytes"));
    }
    // `char::is_control` is exactly C0, C1 and delete.
    if key.chars().any(|c| c.is_control() || matches!(c, '.' | '$' | '#' | ' ')) {
        return Err(fault(path, "a key may not hold control characters, '.', '$', '#' or a space"));
    }
    Ok(())
}

fn check_value(path: &mut String, value: &Value, depth: usize, nulls: Nulls) -> Result<(), TwinFault> {
    match value {
        Value::String(text) if text.len() > MAX_STRING => {
            Err(fault(path, "a string may have at most 4096 bytes"))
        }
        Value::Number(number) if !is_number_allowed(number) => {
            Err(fault(path, "an integer must be from -4503599627370496 to 4503599627370495"))
        }
        Value::Object(_) | Value::Array(_) if depth > MAX_DEPTH => {
            Err(fault(path, "objects and arrays may nest at most 10 deep"))
        }
        Value::Object(members) => check_members(path, members, depth, nulls),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                let parent = path.len();
                let _ = write!(path, "[{index}]");
                // A merge replaces arrays whole, so a null in one has nothing to remove, at any depth.
                if element.is_null() {
                    return Err(fault(path, "null is not allowed inside an array"));
                }
                check_value(path, element, depth + 1, Nulls::Refused)?;
                path.truncate(parent);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn is_number_allowed(number: &serde_json::Number) -> bool {
    if number.is_f64() {
        return true;
    }
    number.as_i64().is_some_and(|integer| INTEGERS.contains(&integer))
}

fn fault(path: &str, rule: &'static str) -> TwinFault {
    TwinFault { path: path.to_owned(), rule }
}

/// A section's size as the hub reckons it: bytes of keys and strings without control characters, 8 for a number, 4
/// for a boolean, nothing for `$` members.
pub fn size(content: &Object) -> usize {
    content
        .iter()
        .filter(|(key, _)| !key.starts_with('$'))
        .map(|(key, value)| text_size(key) + value_size(value))
        .sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text_size(text),
        Value::Array(elements) => elements.iter().map(value_size).sum(),
        Value::Object(members) => size(members),
    }
}

fn text_size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_control()).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    fn nested(depth: usize, innermost: Value) -> Value {
        (0..depth).fold(innermost, |value, _| json!({ "n": value }))
    }

    fn verdict(content: Value, nulls: Nulls) -> String {
        check(Section::Desired, &object(content), nulls)
            .map_or_else(|fault| fault.to_string(), |_| "ok".into())
    }

    #[test]
    fn what_is_taken() {
        for content in [
            json!({}),
            json!({"": 1, "größe": 1, "a\"b\\c": 1, "[]": {}}),
            json!({"a": null, "b": {"c": null}}),
            json!({"a": [1, "x", [true], {"b": 1}], "b": []}),
            json!({"a": 4_503_599_627_370_495_i64, "b": -4_503_599_627_370_496_i64, "c": 1e300, "d": 0.5}),
            json!({"a": "x".repeat(4096), "k".repeat(1024): 1}),
            json!({"$version": 4, "$metadata": {"$lastUpdated": "x"}, "a": 1}),
            // The section, ten objects, and a scalar in the tenth.
            nested(11, json!(1)),
        ] {
            assert_eq!(verdict(content.clone(), Nulls::Remove), "ok", "{content}");
        }
    }

    #[test]
    fn what_is_refused_and_where() {
        for (content, expected) in [
            (json!({"a.b": 1}), "properties.desired.a.b: a key may not hold"),
            (json!({"x": {"$a": 1}}), "properties.desired.x.$a: a key may not hold"),
            (json!({"a b": 1}), "properties.desired.a b: a key may not hold"),
            (json!({"a#": 1}), "properties.desired.a#: a key may not hold"),
            (json!({"a\u{7}": 1}), "properties.desired.a\u{7}: a key may not hold"),
            (json!({"a\u{85}": 1}), "properties.desired.a\u{85}: a key may not hold"),
            (json!({"k".repeat(1025): 1}), "properties.desired.k"),
            (json!({"a": "x".repeat(4097)}), "properties.desired.a: a string may"),
            (json!({"a": 4_503_599_627_370_496_i64}), "properties.desired.a: an integer must"),
            (json!({"a": -4_503_599_627_370_497_i64}), "properties.desired.a: an integer must"),
            (json!({"a": u64::MAX}), "properties.desired.a: an integer must"),
            (json!({"a": [1, null]}), "properties.desired.a[1]: null is not allowed inside"),
            (json!({"a": [[null]]}), "properties.desired.a[0][0]: null is not allowed inside"),
            (json!({"a": [{"b": null}]}), "properties.desired.a[0].b: null is not allowed"),
            (nested(12, json!(1)), "properties.desired.n.n.n.n.n.n.n.n.n.n.n: objects and arrays may"),
            (nested(11, json!([])), "properties.desired.n.n.n.n.n.n.n.n.n.n.n: objects and arrays may"),
        ] {
            let verdict = verdict(content.clone(), Nulls::Remove);
            assert!(verdict.starts_with(expected), "{content}: {verdict}");
        }
        assert_eq!(
            verdict(json!({"a": {"b": null}}), Nulls::Refused),
            "properties.desired.a.b: null is not allowed when a twin is replaced"
        );
        assert!(check(Section::Tags, &object(json!({"$version": 1})), Nulls::Remove).is_err());
    }

    #[test]
    fn sizes() {
        for (content, expected) in [
            (json!({}), 0),
            (json!({"ab": "cde"}), 5),
            (json!({"ä": "\u{1}x"}), 3),
            (json!({"n": 1, "b": true, "z": null}), 3 + 8 + 4),
            (json!({"o": {"a": [1, "x", {"k": false}]}, "$version": 3}), 1 + 1 + 8 + 1 + 1 + 4),
        ] {
            assert_eq!(size(&object(content.clone())), expected, "{content}");
        }
    }
}
