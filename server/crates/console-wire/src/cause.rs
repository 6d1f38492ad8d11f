//! Why devices failed: failures grouped by code and normalised message.

use std::fmt;

use hub_wire::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// What identifies a cause. In addresses it is one text, `code:message`; JSON may hold that text or the object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", from = "CauseKeyOrText")]
pub struct CauseKey {
    /// The hub's error code, or the status that the device answered: `DeviceNotOnline`, `500`. Holds no colon.
    pub code: String,
    /// The message, with numbers, ids and the like replaced by placeholders. May be empty.
    pub message: String,
}

impl CauseKey {
    /// The text for addresses.
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// Reads the text of an address. Any text is some key.
    pub fn from_text(text: &str) -> Self {
        let (code, message) = text.split_once(':').unwrap_or((text, ""));
        Self { code: code.to_owned(), message: message.to_owned() }
    }
}

impl fmt::Display for CauseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.code, self.message)
    }
}

/// A cause, or its text `code:message`.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub(crate) enum CauseKeyOrText {
    /// `code:message`.
    Text(String),
    /// The same as members.
    Members {
        code: String,
        #[serde(default)]
        message: String,
    },
}

impl From<CauseKeyOrText> for CauseKey {
    fn from(key: CauseKeyOrText) -> Self {
        match key {
            CauseKeyOrText::Text(text) => Self::from_text(&text),
            CauseKeyOrText::Members { code, message } => Self { code, message },
        }
    }
}

/// One cause among a job's failures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Which one.
    pub key: CauseKey,
    /// The outcome of its devices: one of the four that are problems.
    pub outcome: Outcome,
    /// How many devices. Over all causes of a job these sum to its problems.
    pub count: u64,
    /// When the first of them ended, as far as the hub reports it.
    pub first_seen: Option<Timestamp>,
    /// When the last of them ended.
    pub last_seen: Option<Timestamp>,
    /// The first few of them by device id, at most five.
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub sample: Vec<DeviceId>,
}

/// `GET /api/v1/jobs/{id}/causes`: all causes, the most frequent first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Causes {
    /// The causes.
    pub items: Vec<Cause>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_as_text_and_as_json() {
        for (text, code, message) in [
            ("500:BOLT_JAMMED", "500", "BOLT_JAMMED"),
            ("504101:", "504101", ""),
            ("a:b: c", "a", "b: c"),
            ("x", "x", ""),
        ] {
            let key = CauseKey::from_text(text);
            assert_eq!((key.code.as_str(), key.message.as_str()), (code, message));
            assert_eq!(CauseKey::from_text(&key.to_text()), key);
            assert_eq!(serde_json::from_value::<CauseKey>(json!(text)).unwrap(), key);
            let members = serde_json::to_value(&key).unwrap();
            assert_eq!(members, json!({"code": code, "message": message}));
            assert_eq!(serde_json::from_value::<CauseKey>(members).unwrap(), key);
        }
    }
}
