//! What may be written to a twin: names, values, depth, size. The embedded hub refuses by these rules ([`check`] and
//! [`size`]); the console checks the same before it sends ([`check_patch`]). Pure.
//!
//! Source: `iot-hub-devguide-device-twins.md`; that arrays count as a level and hold no null, and how size is counted,
//! `ReportedPropertiesValidator.cs` of the edge hub and live hubs.

use std::fmt::Write;

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
    /// A number with a fraction or an exponent is out of range.
    #[error("a number must be within the range of a double")]
    NumberRange,
    /// Objects and arrays nest too deep.
    #[error("objects and arrays may nest at most {MAX_DEPTH} deep")]
    TooDeep,
    /// A null where everything is replaced, so that there is nothing to remove.
    #[error("null is not allowed when a twin is replaced")]
    Null,
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

/// A part of a twin that is written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Labels that only the service sees.
    Tags,
    /// Set by the service.
    Desired,
    /// Reported by the device.
    Reported,
}

impl Section {
    /// The largest a section may be after a write, in bytes as [`size`] counts.
    pub const fn max_size(self) -> usize {
        match self {
            Self::Tags => MAX_TAGS,
            Self::Desired | Self::Reported => MAX_PROPERTIES,
        }
    }

    /// Its path in the twin, for messages.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Desired => "properties.desired",
            Self::Reported => "properties.reported",
        }
    }
}

/// What null means in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// It removes the member (PATCH, jobs, reported properties).
    Remove,
    /// It is refused (PUT).
    Refused,
}

/// Checks a change of a twin as far as the change alone can tell: the merged twin may still grow too large.
///
/// # Errors
/// The first rule that is broken, with the member's path.
pub fn check_patch(patch: &TwinPatch) -> Result<(), InvalidTwin> {
    for (section, content) in [(Section::Tags, patch.tags.as_ref()), (Section::Desired, patch.desired())] {
        if let Some(content) = content {
            let own = check(section, content, Nulls::Remove)?;
            let (size, max) = (size(&own), section.max_size());
            if size > max {
                return Err(refuse(section.path(), TwinRule::TooLarge { size, max }));
            }
        }
    }
    Ok(())
}

/// Checks a section of a request and gives its content without the members `$metadata` and `$version`, which clients
/// send back with a whole twin and the hub ignores. Does not check the total size, which depends on the stored twin.
///
/// # Errors
/// The first rule that is broken, with the member's path.
pub fn check(section: Section, content: &Object, nulls: Nulls) -> Result<Object, InvalidTwin> {
    let own: Object = content
        .iter()
        .filter(|(name, _)| section == Section::Tags || !matches!(name.as_str(), "$metadata" | "$version"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    check_members(&mut section.path().to_owned(), &own, 0, nulls)?;
    Ok(own)
}

fn check_members(path: &mut String, members: &Object, depth: usize, nulls: Nulls) -> Result<(), InvalidTwin> {
    for (name, value) in members {
        let parent = path.len();
        path.push('.');
        path.extend(name.chars().take(80));
        if name.len() > MAX_KEY {
            return Err(refuse(path, TwinRule::KeyTooLong));
        }
        // `char::is_control` is exactly C0, C1 and delete.
        if name.chars().any(|c| c.is_control() || matches!(c, ' ' | '.' | '$' | '#')) {
            return Err(refuse(path, TwinRule::KeyCharacter));
        }
        match value {
            Value::Null if nulls == Nulls::Refused => return Err(refuse(path, TwinRule::Null)),
            Value::Null => {}
            other => check_value(path, other, depth + 1, nulls)?,
        }
        path.truncate(parent);
    }
    Ok(())
}

fn check_value(path: &mut String, value: &Value, depth: usize, nulls: Nulls) -> Result<(), InvalidTwin> {
    match value {
        Value::String(text) if text.len() > MAX_STRING => Err(refuse(path, TwinRule::StringTooLong)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => {
            // Numbers are kept as they are written, so the text says whether it is an integer, whatever its length.
            if number.as_str().contains(['.', 'e', 'E']) {
                let is_double = number.as_f64().is_some_and(f64::is_finite);
                return if is_double { Ok(()) } else { Err(refuse(path, TwinRule::NumberRange)) };
            }
            let fits = number.as_i64().is_some_and(|n| (MIN_INTEGER..=MAX_INTEGER).contains(&n));
            if fits { Ok(()) } else { Err(refuse(path, TwinRule::IntegerRange)) }
        }
        Value::Object(_) | Value::Array(_) if depth > MAX_DEPTH => Err(refuse(path, TwinRule::TooDeep)),
        Value::Object(members) => check_members(path, members, depth, nulls),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            let parent = path.len();
            let _ = write!(path, "[{index}]");
            // A merge replaces arrays whole, so a null in one has nothing to remove, at any depth.
            if has_null(item) {
                return Err(refuse(path, TwinRule::NullInArray));
            }
            check_value(path, item, depth + 1, nulls)?;
            path.truncate(parent);
            Ok(())
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

/// A section's size as the hub counts: bytes of names and texts without control characters, 8 for a number, 4 for a
/// boolean, nothing for null and for members whose name begins with `$`.
pub fn size(content: &Object) -> usize {
    content
        .iter()
        .filter(|(name, _)| !name.starts_with('$'))
        .map(|(name, value)| visible(name) + value_size(value))
        .sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => visible(text),
        Value::Array(items) => items.iter().map(value_size).sum(),
        Value::Object(members) => size(members),
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
    fn patch(patch: Value, refusal: Option<(&str, TwinRule)>) {
        let read: TwinPatch = serde_json::from_value(patch.clone()).unwrap();
        let expected = refusal.map_or(Ok(()), |(path, rule)| Err(refuse(path, rule)));
        let text = patch.to_string().chars().take(120).collect::<String>();
        assert_eq!(check_patch(&read), expected, "{text}");
    }

    /// `value` inside so many objects.
    fn nested(levels: usize, value: Value) -> Value {
        (0..levels).fold(value, |inner, _| json!({"a": inner}))
    }

    #[test]
    fn names() {
        patch(json!({}), None);
        patch(json!({"tags": {"": 1, "日本": 2, "a-b_c:d": 3, "gone": null}}), None);
        patch(
            json!({"properties": {"desired": {"$version": 3, "$metadata": {"$lastUpdated": "x"}, "a": 1}}}),
            None,
        );
        for bad in ["a b", "a.b", "a$b", "a#b", "a\u{1}b", "a\u{85}b", "$a"] {
            patch(json!({"tags": {bad: 1}}), Some((&format!("tags.{bad}"), TwinRule::KeyCharacter)));
        }
        patch(json!({"tags": {"x".repeat(MAX_KEY): 1}}), None);
        let long = "x".repeat(MAX_KEY + 1);
        patch(json!({"tags": {&long: 1}}), Some((&format!("tags.{}", "x".repeat(80)), TwinRule::KeyTooLong)));
    }

    #[test]
    fn values() {
        let desired = |value: Value| json!({"properties": {"desired": {"a": value}}});
        let at = "properties.desired.a";
        patch(desired(json!(MAX_INTEGER)), None);
        patch(desired(json!(MIN_INTEGER)), None);
        patch(desired(json!(1e300)), None);
        patch(desired(json!(MAX_INTEGER + 1)), Some((at, TwinRule::IntegerRange)));
        patch(desired(json!(MIN_INTEGER - 1)), Some((at, TwinRule::IntegerRange)));
        patch(desired(json!(u64::MAX)), Some((at, TwinRule::IntegerRange)));
        let number = |text: &str| desired(serde_json::from_str(text).unwrap());
        patch(number("4503599627370496.5"), None);
        patch(number("18446744073709551616"), Some((at, TwinRule::IntegerRange)));
        patch(number("1e400"), Some((at, TwinRule::NumberRange)));
        patch(desired(json!("x".repeat(MAX_STRING))), None);
        patch(desired(json!("x".repeat(MAX_STRING + 1))), Some((at, TwinRule::StringTooLong)));
        patch(desired(json!([1, "b", {"c": true}])), None);
        patch(desired(json!([1, null])), Some(("properties.desired.a[1]", TwinRule::NullInArray)));
        patch(desired(json!([{"b": null}])), Some(("properties.desired.a[0]", TwinRule::NullInArray)));
        patch(desired(json!([[null]])), Some(("properties.desired.a[0]", TwinRule::NullInArray)));
    }

    #[test]
    fn whole_twins_hold_no_nulls_and_lose_what_is_the_hubs() {
        let twin = json!({"$version": 4, "$metadata": {"$lastUpdated": "x"}, "a": {"b": 1}});
        let own = check(Section::Desired, twin.as_object().unwrap(), Nulls::Refused);
        assert_eq!(own, Ok(json!({"a": {"b": 1}}).as_object().unwrap().clone()));
        let removing = json!({"a": {"b": null}});
        let removing = removing.as_object().unwrap();
        assert_eq!(check(Section::Reported, removing, Nulls::Remove).as_ref(), Ok(removing));
        assert_eq!(
            check(Section::Desired, removing, Nulls::Refused).unwrap_err().to_string(),
            "properties.desired.a.b: null is not allowed when a twin is replaced"
        );
        patch(json!({"tags": {"$version": 1}}), Some(("tags.$version", TwinRule::KeyCharacter)));
    }

    #[test]
    fn depth() {
        patch(json!({"tags": nested(MAX_DEPTH + 1, json!(1))}), None);
        let path = format!("tags{}", ".a".repeat(MAX_DEPTH + 1));
        patch(json!({"tags": nested(MAX_DEPTH + 1, json!({}))}), Some((&path, TwinRule::TooDeep)));
        patch(json!({"tags": nested(MAX_DEPTH + 1, json!([]))}), Some((&path, TwinRule::TooDeep)));
    }

    #[test]
    fn sizes() {
        for (content, expected) in [
            (json!({}), 0),
            (json!({"ab": "cdé\u{1}", "n": 1, "t": true, "x": null, "$v": "no"}), 2 + 4 + 9 + 5 + 1),
            (json!({"o": {"a": [1, "x", {"k": false}]}, "$version": 3}), 1 + 1 + 8 + 1 + 1 + 4),
        ] {
            assert_eq!(size(content.as_object().unwrap()), expected, "{content}");
        }
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
        patch(json!({"tags": filled(MAX_TAGS)}), None);
        patch(
            json!({"tags": filled(MAX_TAGS + 1)}),
            Some(("tags", TwinRule::TooLarge { size: MAX_TAGS + 1, max: MAX_TAGS })),
        );
        patch(json!({"properties": {"desired": filled(MAX_PROPERTIES)}}), None);
        patch(
            json!({"properties": {"desired": filled(MAX_PROPERTIES + 1)}}),
            Some((
                "properties.desired",
                TwinRule::TooLarge { size: MAX_PROPERTIES + 1, max: MAX_PROPERTIES },
            )),
        );
    }
}
