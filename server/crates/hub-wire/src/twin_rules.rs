//! What may be written to a twin: names, values, depth, size. The embedded hub refuses by these rules; the console
//! says the same beside the field before it asks. Pure.
//!
//! Source: `iot-hub-devguide-device-twins.md`; that arrays count as a level and hold no null, and how size is counted,
//! `ReportedPropertiesValidator.cs` of the edge hub and live hubs.

use serde_json::Value;

use crate::twin::{Object, TwinPatch};

/// Most bytes of all tags, as [`size`] counts.
pub const MAX_TAGS: usize = 8 * 1024;
/// Most bytes of the desired, or of the reported properties.
pub const MAX_PROPERTIES: usize = 32 * 1024;
/// Longest member name, in bytes of UTF-8.
pub const MAX_KEY: usize = 1024;
/// Longest text value, in bytes of UTF-8.
pub const MAX_STRING: usize = 4 * 1024;
/// How deep objects and arrays nest below a section; values sit in the deepest.
pub const MAX_DEPTH: usize = 10;
/// Smallest integer.
pub const MIN_INTEGER: i64 = -4_503_599_627_370_496;
/// Largest integer.
pub const MAX_INTEGER: i64 = 4_503_599_627_370_495;

/// A write that the hub refuses: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct InvalidTwin {
    /// Path of the member, such as `tags.site` or `properties.desired.rings[2]`.
    pub path: String,
    /// The rule that is broken.
    pub rule: TwinRule,
}

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TwinRule {
    /// A name is too long.
    #[error("a name may have at most {MAX_KEY} bytes")]
    KeyTooLong,
    /// A name holds a character that the hub does not take.
    #[error("a name may not hold control characters, spaces, or . $ #")]
    KeyCharacter,
    /// A text is too long.
    #[error("a text may have at most {MAX_STRING} bytes")]
    StringTooLong,
    /// An integer is out of range.
    #[error("an integer must be {MIN_INTEGER} to {MAX_INTEGER}")]
    IntegerRange,
    /// Objects and arrays nest too deep.
    #[error("objects and arrays may nest at most {MAX_DEPTH} deep")]
    TooDeep,
    /// A null inside an array, where it cannot mean "remove".
    #[error("an array may not hold null")]
    NullInArray,
    /// The section is too large.
    #[error("is {size} bytes; at most {max} are allowed")]
    TooLarge {
        /// Counted size, in bytes.
        size: usize,
        /// What is allowed.
        max: usize,
    },
}

/// Checks a change of a twin as far as the change alone can tell: the merged twin may still grow too large.
///
/// # Errors
/// The first rule that is broken, with the member's path.
pub fn check_patch(patch: &TwinPatch) -> Result<(), InvalidTwin> {
    if let Some(tags) = &patch.tags {
        check_section("tags", tags, MAX_TAGS)?;
    }
    if let Some(desired) = patch.desired() {
        check_section("properties.desired", desired, MAX_PROPERTIES)?;
    }
    Ok(())
}

/// Checks one section, whole or as a change. `$metadata` and `$version` at its top are the hub's own and left out.
///
/// # Errors
/// The first rule that is broken; its path begins with `path`.
pub fn check_section(path: &str, section: &Object, max_size: usize) -> Result<(), InvalidTwin> {
    for (name, value) in own(section) {
        check_member(path, name, value, 1)?;
    }
    let size = own(section).map(|(name, value)| visible(name) + size(value)).sum();
    if size > max_size {
        return Err(refuse(path, TwinRule::TooLarge { size, max: max_size }));
    }
    Ok(())
}

fn own(section: &Object) -> impl Iterator<Item = (&String, &Value)> {
    section.iter().filter(|(name, _)| !matches!(name.as_str(), "$metadata" | "$version"))
}

fn check_member(path: &str, name: &str, value: &Value, depth: usize) -> Result<(), InvalidTwin> {
    let path = format!("{path}.{}", name.chars().take(80).collect::<String>());
    if name.len() > MAX_KEY {
        return Err(refuse(&path, TwinRule::KeyTooLong));
    }
    if name.chars().any(|c| c.is_control() || matches!(c, ' ' | '.' | '$' | '#')) {
        return Err(refuse(&path, TwinRule::KeyCharacter));
    }
    check_value(&path, value, depth)
}

fn check_value(path: &str, value: &Value, depth: usize) -> Result<(), InvalidTwin> {
    match value {
        Value::String(text) if text.len() > MAX_STRING => Err(refuse(path, TwinRule::StringTooLong)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => {
            let fits = number.as_i64().map_or(!number.is_u64(), |n| (MIN_INTEGER..=MAX_INTEGER).contains(&n));
            if fits { Ok(()) } else { Err(refuse(path, TwinRule::IntegerRange)) }
        }
        Value::Object(_) | Value::Array(_) if depth > MAX_DEPTH => Err(refuse(path, TwinRule::TooDeep)),
        Value::Object(members) => {
            members.iter().try_for_each(|(name, value)| check_member(path, name, value, depth + 1))
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            let path = format!("{path}[{index}]");
            if has_null(item) {
                return Err(refuse(&path, TwinRule::NullInArray));
            }
            check_value(&path, item, depth + 1)
        }),
    }
}

/// Inside an array a null is refused at any depth: there is nothing that it could remove.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().any(has_null),
        Value::Array(items) => items.iter().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn refuse(path: &str, rule: TwinRule) -> InvalidTwin {
    InvalidTwin { path: path.to_owned(), rule }
}

/// A value's size as the hub counts: text by its bytes without control characters, numbers 8, booleans 4, null
/// nothing; names count, those that begin with `$` do not.
pub fn size(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => visible(text),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !name.starts_with('$'))
            .map(|(name, value)| visible(name) + size(value))
            .sum(),
    }
}

fn visible(text: &str) -> usize {
    text.chars().filter(|c| !c.is_control()).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the cases read better")]
    fn check(patch: Value, refusal: Option<(&str, TwinRule)>) {
        let read: TwinPatch = serde_json::from_value(patch.clone()).unwrap();
        let expected = refusal.map_or(Ok(()), |(path, rule)| Err(self::refuse(path, rule)));
        let text = patch.to_string().chars().take(120).collect::<String>();
        assert_eq!(check_patch(&read), expected, "{text}");
    }

    /// `value` inside so many objects.
    fn nested(levels: usize, value: Value) -> Value {
        (0..levels).fold(value, |inner, _| json!({"a": inner}))
    }

    #[test]
    fn names() {
        check(json!({}), None);
        check(json!({"tags": {"": 1, "日本": 2, "a-b_c:d": 3, "gone": null}}), None);
        check(
            json!({"properties": {"desired": {"$version": 3, "$metadata": {"$lastUpdated": "x"}, "a": 1}}}),
            None,
        );
        for bad in ["a b", "a.b", "a$b", "a#b", "a\u{1}b", "a\u{85}b", "$a"] {
            check(json!({"tags": {bad: 1}}), Some((&format!("tags.{bad}"), TwinRule::KeyCharacter)));
        }
        check(json!({"tags": {"x".repeat(MAX_KEY): 1}}), None);
        let long = "x".repeat(MAX_KEY + 1);
        check(json!({"tags": {&long: 1}}), Some((&format!("tags.{}", "x".repeat(80)), TwinRule::KeyTooLong)));
    }

    #[test]
    fn values() {
        let desired = |value: Value| json!({"properties": {"desired": {"a": value}}});
        let at = "properties.desired.a";
        check(desired(json!(MAX_INTEGER)), None);
        check(desired(json!(MIN_INTEGER)), None);
        check(desired(json!(1e300)), None);
        check(desired(json!(MAX_INTEGER + 1)), Some((at, TwinRule::IntegerRange)));
        check(desired(json!(MIN_INTEGER - 1)), Some((at, TwinRule::IntegerRange)));
        check(desired(json!(u64::MAX)), Some((at, TwinRule::IntegerRange)));
        check(desired(json!("x".repeat(MAX_STRING))), None);
        check(desired(json!("x".repeat(MAX_STRING + 1))), Some((at, TwinRule::StringTooLong)));
        check(desired(json!([1, "b", {"c": true}])), None);
        check(desired(json!([1, null])), Some(("properties.desired.a[1]", TwinRule::NullInArray)));
        check(desired(json!([{"b": null}])), Some(("properties.desired.a[0]", TwinRule::NullInArray)));
    }

    #[test]
    fn depth() {
        check(json!({"tags": nested(MAX_DEPTH + 1, json!(1))}), None);
        let path = format!("tags{}", ".a".repeat(MAX_DEPTH + 1));
        check(json!({"tags": nested(MAX_DEPTH + 1, json!({}))}), Some((&path, TwinRule::TooDeep)));
        check(json!({"tags": nested(MAX_DEPTH + 1, json!([]))}), Some((&path, TwinRule::TooDeep)));
    }

    #[test]
    fn sizes() {
        assert_eq!(
            size(&json!({"ab": "cdé\u{1}", "n": 1, "t": true, "x": null, "$v": "no"})),
            2 + 4 + 9 + 5 + 1
        );
        let filled = |bytes: usize| {
            let mut tags = Object::new();
            let mut left = bytes;
            while left > 0 {
                let name = format!("{:04}", tags.len());
                let value = (left - 4).min(4000);
                tags.insert(name, "x".repeat(value).into());
                left -= value + 4;
            }
            tags
        };
        check(json!({"tags": filled(MAX_TAGS)}), None);
        check(
            json!({"tags": filled(MAX_TAGS + 1)}),
            Some(("tags", TwinRule::TooLarge { size: MAX_TAGS + 1, max: MAX_TAGS })),
        );
        check(json!({"properties": {"desired": filled(MAX_PROPERTIES)}}), None);
        check(
            json!({"properties": {"desired": filled(MAX_PROPERTIES + 1)}}),
            Some((
                "properties.desired",
                TwinRule::TooLarge { size: MAX_PROPERTIES + 1, max: MAX_PROPERTIES },
            )),
        );
    }
}
