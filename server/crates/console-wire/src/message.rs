//! Messages from the cloud to a device: what this console sent, until when the device may take it, and what became of it.

use std::collections::BTreeMap;

use hub_wire::{DeviceId, Timestamp, device_job::DeviceJobError};
use serde::{Deserialize, Serialize};

use crate::{device_call::CallOrigin, problem::FieldError};

/// Largest body, in bytes of UTF-8: the hub takes 64 KB with properties and what it adds.
pub const MAX_BODY: usize = 60 * 1024;
/// Most properties.
pub const MAX_PROPERTIES: usize = 20;
/// Longest name of a property, in characters.
pub const MAX_PROPERTY_NAME: usize = 64;
/// Longest value of a property, in bytes of UTF-8.
pub const MAX_PROPERTY_VALUE: usize = 128;
/// Longest content type, in characters.
pub const MAX_CONTENT_TYPE: usize = 128;
/// How long a message waits for its device when its sender does not say, in seconds.
pub const DEFAULT_EXPIRY: u64 = 3600;
/// Longest that a message waits for its device, in seconds: the hub's limit of 48 hours.
pub const MAX_EXPIRY: u64 = 48 * 3600;
/// How many messages of a device are kept.
pub const MAX_KEPT: u32 = 200;
/// How long messages are kept, in days.
pub const KEPT_DAYS: u32 = 30;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMessage {
    /// The body as text, at most 60 KB.
    pub body: String,
    /// Media type of the body; `application/json` where the body is JSON, else `text/plain`, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Names and values, at most 20. Names have 1 to 64 lower-case letters, digits, `-`, `_` and `.`: they are sent as HTTP
    /// headers, which do not keep case. Values have at most 128 bytes and no control characters.
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
    /// How long the message waits for the device, 1 to 172,800 seconds; 3,600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 172_800))]
    pub expires_in_seconds: Option<u64>,
}

impl NewMessage {
    /// Every member at fault.
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, message: String| faults.push(FieldError::new(field, message));
        if self.body.len() > MAX_BODY {
            let size = self.body.len();
            fault("body", format!("has {size} bytes; at most {MAX_BODY} are allowed"));
        }
        if let Some(text) = &self.content_type
            && !is_content_type(text)
        {
            fault("contentType", "must be a media type, such as application/json".to_owned());
        }
        if self.properties.len() > MAX_PROPERTIES {
            let count = self.properties.len();
            fault("properties", format!("are {count}; at most {MAX_PROPERTIES} are allowed"));
        }
        for (name, value) in &self.properties {
            if !is_property_name(name) {
                let allowed = "names have 1 to 64 lower-case letters, digits, '-', '_' and '.'";
                fault("properties", format!("'{}': {allowed}", shortened(name)));
            } else if value.len() > MAX_PROPERTY_VALUE {
                let size = value.len();
                fault(
                    "properties",
                    format!("'{name}': the value has {size} bytes; at most {MAX_PROPERTY_VALUE} are allowed"),
                );
            } else if value.chars().any(char::is_control) || value.trim() != value {
                let allowed = "a value must not have control characters, nor begin or end with a space";
                fault("properties", format!("'{name}': {allowed}"));
            }
        }
        if let Some(seconds) = self.expires_in_seconds
            && !(1..=MAX_EXPIRY).contains(&seconds)
        {
            fault("expiresInSeconds", format!("is {seconds}; it must be 1 to {MAX_EXPIRY}"));
        }
        faults
    }

    /// The content type, or that of the body where none is given.
    pub fn content_type_or_default(&self) -> &str {
        match &self.content_type {
            Some(given) => given,
            None if serde_json::from_str::<serde::de::IgnoredAny>(&self.body).is_ok() => "application/json",
            None => "text/plain",
        }
    }
}

/// Names that a header's name may end with.
fn is_property_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= MAX_PROPERTY_NAME && name.chars().all(is_allowed)
}

fn is_content_type(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_graphic() || c == ' ';
    text.len() <= MAX_CONTENT_TYPE
        && text.trim() == text
        && text.chars().all(is_allowed)
        && text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
}

/// So much of a text that an error stays readable.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST).chain(['…']).collect()
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum MessageState {
    /// It is written down here, and the hub has not answered yet.
    Sending,
    /// The hub has it and waits for the device.
    Pending,
    /// The device has taken it.
    Accepted,
    /// The hub gave it up: the device refused it or never completed it, or the queue was emptied.
    Rejected,
    /// It expired before the device took it.
    Expired,
    /// The hub did not take it.
    Refused,
    /// What became of it is not known: the answer of the hub got lost, or no feedback has come.
    Unknown,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Sending,
        Self::Pending,
        Self::Accepted,
        Self::Rejected,
        Self::Expired,
        Self::Refused,
        Self::Unknown,
    ];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it may still change.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sending | Self::Pending)
    }

    /// The state that feedback of the hub means.
    pub fn of_feedback(status_code: &str) -> Self {
        match status_code {
            "Success" => Self::Accepted,
            "Expired" => Self::Expired,
            _ => Self::Rejected,
        }
    }
}

/// A message that this console sent to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceMessage {
    /// Its id: the hub's feedback and the device see it too.
    pub message_id: String,
    /// The device.
    pub device_id: DeviceId,
    /// The body.
    pub body: String,
    /// Media type of the body.
    pub content_type: String,
    /// The sender's properties.
    pub properties: BTreeMap<String, String>,
    /// When it was written down, just before it was sent.
    pub requested_time_utc: Timestamp,
    /// Until when the device may take it.
    pub expiry_time_utc: Timestamp,
    /// Where it came from.
    pub origin: CallOrigin,
    /// Who sent it; absent without sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Where it is.
    pub state: MessageState,
    /// When it got into this state.
    pub state_time_utc: Timestamp,
    /// The hub's code and words, where it was refused, rejected or lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeviceJobError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(properties: &[(&str, &str)]) -> NewMessage {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        NewMessage {
            body: "{}".into(),
            properties: properties.iter().map(own).collect(),
            ..NewMessage::default()
        }
    }

    #[test]
    fn what_can_be_sent() {
        let long = "x".repeat(MAX_PROPERTY_VALUE + 1);
        for (message, fault) in [
            (message(&[("site", "größe 43"), ("a-b_c.1", "")]), None),
            (message(&[("Site", "43")]), Some("'Site': names have")),
            (message(&[("", "43")]), Some("'': names have")),
            (message(&[("a b", "43")]), Some("'a b': names have")),
            (message(&[("a", "x\ny")]), Some("control characters")),
            (message(&[("a", " x")]), Some("begin or end with a space")),
            (message(&[("a", &long)]), Some("129 bytes")),
            (NewMessage { body: "x".repeat(MAX_BODY), ..NewMessage::default() }, None),
            (NewMessage { body: "x".repeat(MAX_BODY + 1), ..NewMessage::default() }, Some("61441 bytes")),
            (NewMessage { content_type: Some("json".into()), ..NewMessage::default() }, Some("media type")),
            (
                NewMessage { content_type: Some("text/a\r\nb".into()), ..NewMessage::default() },
                Some("media type"),
            ),
            (NewMessage { expires_in_seconds: Some(0), ..NewMessage::default() }, Some("is 0")),
            (NewMessage { expires_in_seconds: Some(MAX_EXPIRY), ..NewMessage::default() }, None),
            (
                NewMessage { expires_in_seconds: Some(MAX_EXPIRY + 1), ..NewMessage::default() },
                Some("1 to 172800"),
            ),
        ] {
            let faults = message.faults();
            match fault {
                None => assert!(faults.is_empty(), "{faults:?}"),
                Some(part) => {
                    assert!(faults.len() == 1 && faults[0].message.contains(part), "{part}: {faults:?}");
                }
            }
        }
        let many: Vec<_> = (0..=MAX_PROPERTIES).map(|number| format!("p{number}")).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), "")).collect();
        assert!(message(&many).faults()[0].message.contains("are 21"));
    }

    #[test]
    fn the_content_type_follows_the_body() {
        for (body, given, expected) in [
            (r#"{"a": 1}"#, None, "application/json"),
            ("plain", None, "text/plain"),
            ("", None, "text/plain"),
            ("plain", Some("text/csv"), "text/csv"),
        ] {
            let message = NewMessage {
                body: body.into(),
                content_type: given.map(str::to_owned),
                ..NewMessage::default()
            };
            assert_eq!(message.content_type_or_default(), expected, "{body}");
        }
    }

    #[test]
    fn states() {
        for state in MessageState::ALL {
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.as_str()));
        }
        for (code, state) in [
            ("Success", MessageState::Accepted),
            ("Expired", MessageState::Expired),
            ("DeliveryCountExceeded", MessageState::Rejected),
            ("Rejected", MessageState::Rejected),
            ("Purged", MessageState::Rejected),
        ] {
            assert_eq!(MessageState::of_feedback(code), state);
        }
    }
}
