//! A change of a section as merge patches: one for the document and two for its metadata.
//!
//! The first metadata patch removes the metadata of every member that the change removes or sets to something other
//! than an object, with all that is below it: an object that becomes a number must not keep its children's times. The
//! second sets the new times at every level the change touches. Merged one after the other they give the metadata
//! whatever was there before, so nothing has to be read first.

use hub_wire::{Timestamp, twin::Object};
use serde_json::{Value, json};

/// Stands in the second metadata patch for the section's new `$version`, which differs from device to device and is
/// put in by SQL. No key holds `$` (see [`hub_wire::twin_rules`]), so the text cannot occur in one.
pub const VERSION_PLACEHOLDER: &str = "\"$version\"";

/// A change of a section, ready for SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Merge patch of the document.
    pub document: String,
    /// First merge patch of the metadata.
    pub clear: String,
    /// Second merge patch of the metadata; holds [`VERSION_PLACEHOLDER`] where versions belong.
    pub touch: String,
}

impl Plan {
    /// Plans a checked patch of desired properties, whose metadata has `$lastUpdatedVersion`.
    pub fn desired(patch: &Object, at: Timestamp) -> Self {
        Self::new(patch, &Touch { at: at.to_string(), version: Some(json!("$version")) })
    }

    /// Plans a checked patch of reported properties.
    pub fn reported(patch: &Object, at: Timestamp) -> Self {
        Self::new(patch, &Touch { at: at.to_string(), version: None })
    }

    fn new(patch: &Object, touch: &Touch) -> Self {
        Self {
            document: Value::Object(patch.clone()).to_string(),
            clear: Value::Object(clear(patch)).to_string(),
            touch: touch.level(patch).to_string(),
        }
    }
}

/// Metadata of a section that is written as a whole. `version` is given for desired properties only.
pub fn fresh_metadata(content: &Object, at: Timestamp, version: Option<u64>) -> Value {
    Touch { at: at.to_string(), version: version.map(Value::from) }.level(content)
}

/// Null for every member that is not an object; it either goes or starts afresh.
fn clear(patch: &Object) -> Object {
    patch
        .iter()
        .map(|(key, value)| match value {
            Value::Object(members) => (key.clone(), Value::Object(clear(members))),
            _ => (key.clone(), Value::Null),
        })
        .collect()
}

/// The stamp set at each level.
struct Touch {
    at: String,
    version: Option<Value>,
}

impl Touch {
    fn level(&self, content: &Object) -> Value {
        let mut level = Object::new();
        level.insert("$lastUpdated".into(), self.at.clone().into());
        if let Some(version) = &self.version {
            level.insert("$lastUpdatedVersion".into(), version.clone());
        }
        for (key, value) in content {
            match value {
                Value::Null => {}
                Value::Object(members) => {
                    level.insert(key.clone(), self.level(members));
                }
                _ => {
                    level.insert(key.clone(), self.level(&Object::new()));
                }
            }
        }
        Value::Object(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_of_a_change() {
        let Value::Object(patch) = json!({"a": 1, "b": null, "c": {"d": null, "e": {}}}) else {
            unreachable!()
        };
        let plan = Plan::desired(&patch, Timestamp::from_ticks(0));
        let stamp = r#""$lastUpdated":"1970-01-01T00:00:00.0000000Z","$lastUpdatedVersion":"$version""#;
        assert_eq!(plan.document, r#"{"a":1,"b":null,"c":{"d":null,"e":{}}}"#);
        assert_eq!(plan.clear, r#"{"a":null,"b":null,"c":{"d":null,"e":{}}}"#);
        assert_eq!(plan.touch, format!(r#"{{{stamp},"a":{{{stamp}}},"c":{{{stamp},"e":{{{stamp}}}}}}}"#));
        assert!(plan.touch.contains(VERSION_PLACEHOLDER));
        assert!(!Plan::reported(&patch, Timestamp::NEVER).touch.contains("Version"));
    }
}
