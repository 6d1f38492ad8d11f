//! A row of the audit log as it is stored and hashed.

use console_wire::{access::PersonRef, audit::AuditOutcome};
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest value before or after, as JSON, in bytes: a twin's section at its limit.
const MAX_VALUE: usize = 32 * 1024;

/// A row. One that begins something says who, what and from where; one that ends it says what became of it. Something that
/// was refused at once has one row with all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditRow {
    /// Its number, given when it is stored.
    pub(crate) seq: u64,
    pub(crate) time: Timestamp,
    pub(crate) phase: AuditOutcome,
    /// The row that began what this row ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) begun: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<PersonRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl AuditRow {
    /// A row with a time and a phase, and nothing else.
    pub(crate) const fn new(time: Timestamp, phase: AuditOutcome) -> Self {
        Self {
            seq: 0,
            time,
            phase,
            begun: None,
            actor: None,
            credential: None,
            address: None,
            request: None,
            request_id: None,
            action: None,
            subject: None,
            subject_name: None,
            before: None,
            after: None,
            error: None,
        }
    }

    /// Its canonical JSON: members sorted by name, without spaces.
    pub(crate) fn canonical(&self) -> String {
        let mut value = serde_json::to_value(self).expect("rows have string keys and finite numbers");
        value.sort_all_objects();
        value.to_string()
    }
}

/// A value that is kept with a row; one that is too long is left out, with its size.
pub(crate) fn kept(value: Value) -> Value {
    let bytes = value.to_string().len();
    if bytes <= MAX_VALUE { value } else { json!({"leftOut": format!("{bytes} bytes")}) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_is_sorted_and_dense() {
        let row = AuditRow {
            seq: 7,
            begun: Some(6),
            before: Some(json!({"b": 1.50, "a": {"d": null, "c": "ü"}})),
            ..AuditRow::new(Timestamp::parse("2026-11-30T08:00:00Z").unwrap(), AuditOutcome::Done)
        };
        let text = row.canonical();
        assert_eq!(
            text,
            r#"{"before":{"a":{"c":"ü","d":null},"b":1.5},"begun":6,"phase":"done","seq":7,"time":"2026-11-30T08:00:00.0000000Z"}"#
        );
        assert_eq!(serde_json::from_str::<AuditRow>(&text).unwrap().canonical(), text);
    }

    #[test]
    fn long_values_are_left_out() {
        assert_eq!(kept(json!({"a": 1})), json!({"a": 1}));
        assert_eq!(kept(json!("x".repeat(MAX_VALUE))), json!({"leftOut": "32770 bytes"}));
    }
}
