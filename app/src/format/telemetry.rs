//! Messages from devices: the filter of a live list, and a message as a line of JSON to be copied. Pure.

use console_wire::telemetry::LiveMessage;
use serde_json::Value;

/// A filter: words that a message must all have. `name=value` is a property, anything else is part of the id, the body or a
/// property. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Property { name: String, value: String },
    Text(String),
}

impl Filter {
    /// Reads what was typed.
    pub(crate) fn parse(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| {
            let word = word.to_lowercase();
            match word.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    Word::Property { name: name.to_owned(), value: value.to_owned() }
                }
                _ => Word::Text(word),
            }
        });
        Self(words.collect())
    }

    /// Whether a message has all words.
    pub(crate) fn matches(&self, message: &LiveMessage) -> bool {
        self.0.iter().all(|word| match word {
            Word::Property { name, value } => {
                message.message.properties.iter().any(|(own, text)| {
                    own.to_lowercase() == *name && plain(text).to_lowercase().contains(value)
                })
            }
            Word::Text(text) => {
                let has = |other: &str| other.to_lowercase().contains(text);
                let properties = &message.message.properties;
                has(message.device_id.as_str())
                    || message.message.body.as_ref().is_some_and(|body| has(&plain(body)))
                    || properties.iter().any(|(name, value)| has(name) || has(&plain(value)))
            }
        })
    }
}

/// Text without quotes, anything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The properties of a message in one line: `kind=answer site=43`.
pub(crate) fn properties(message: &LiveMessage) -> String {
    let pairs = message.message.properties.iter().map(|(name, value)| format!("{name}={}", plain(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

/// A message as one line of JSON.
pub(crate) fn line(message: &LiveMessage) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters() {
        let message: LiveMessage = serde_json::from_value(json!({
            "sequence": 4, "deviceId": "door-0001", "enqueuedTimeUtc": "2026-01-01T00:00:00Z",
            "properties": {"Site": "Building 43", "flag": ""}, "body": {"celsius": 21.5, "state": "Locked"}, "bodySize": 9,
        }))
        .unwrap();
        for (text, expected) in [
            ("", true),
            ("door-0001", true),
            ("DOOR locked", true),
            ("door-0002", false),
            ("21.5", true),
            ("site=43", true),
            ("SITE=building", true),
            ("site=44", false),
            ("other=43", false),
            ("flag=", true),
            ("building door", true),
            ("=43", false),
        ] {
            assert_eq!(Filter::parse(text).matches(&message), expected, "{text}");
        }
        assert_eq!(properties(&message), "Site=Building 43 flag=");
        assert!(line(&message).starts_with(r#"{"sequence":4,"deviceId":"door-0001""#));
    }
}
