//! Messages to a device as text: where one is, and what that means.

use console_wire::message::{DeviceMessage, MessageState};
use serde_json::Value;

use super::Badge;

/// The state as a person reads it.
pub(crate) const fn badge(state: MessageState) -> Badge {
    let (label, icon, status) = match state {
        MessageState::Sending => ("Sending", "loader-circle", "running"),
        MessageState::Pending => ("Waiting for the device", "circle-dashed", "queued"),
        MessageState::Accepted => ("Accepted", "circle-check", "succeeded"),
        MessageState::Rejected => ("Rejected", "circle-x", "failed"),
        MessageState::Expired => ("Expired", "clock-alert", "timedOut"),
        MessageState::Refused => ("Refused by the hub", "circle-x", "failed"),
        MessageState::Unknown => ("Unknown", "triangle-alert", "interrupted"),
    };
    Badge { label, icon, status }
}

/// What the state means, where the label does not say it: an error of the hub, or what to expect.
pub(crate) fn note(message: &DeviceMessage) -> Option<String> {
    if let Some(error) = &message.error {
        let sentence = error.description.trim();
        return Some(if sentence.is_empty() { error.code.clone() } else { sentence.to_owned() });
    }
    let text = match message.state {
        MessageState::Pending => "It is sent when the device is connected, until it expires.",
        MessageState::Accepted => "The device has taken it.",
        MessageState::Expired => "The device did not take it in time.",
        MessageState::Rejected => "The device did not complete it.",
        MessageState::Unknown => "Whether the hub has taken it is not known.",
        MessageState::Sending | MessageState::Refused => return None,
    };
    Some(text.to_owned())
}

/// A body as JSON, if it is JSON that is no text.
pub(crate) fn as_json(body: &str) -> Option<Value> {
    serde_json::from_str(body).ok().filter(|value: &Value| !value.is_string())
}

#[cfg(test)]
mod tests {
    use hub_wire::device_job::DeviceJobError;
    use serde_json::json;

    use super::*;

    #[test]
    fn states_in_words() {
        let message = |state: MessageState, error: Option<DeviceJobError>| -> DeviceMessage {
            let mut message: DeviceMessage = serde_json::from_value(json!({
                "messageId": "m", "deviceId": "d", "body": "", "contentType": "text/plain", "properties": {},
                "requestedTimeUtc": "2026-01-01T00:00:00Z", "expiryTimeUtc": "2026-01-01T01:00:00Z", "origin": "page",
                "state": state, "stateTimeUtc": "2026-01-01T00:00:00Z",
            }))
            .unwrap();
            message.error = error;
            message
        };
        let error = |description: &str| {
            Some(DeviceJobError { code: "Purged".into(), description: description.into() })
        };
        for (state, error, words) in [
            (MessageState::Sending, None, None),
            (MessageState::Pending, None, Some("It is sent when the device is connected, until it expires.")),
            (MessageState::Rejected, error("The queue was emptied."), Some("The queue was emptied.")),
            (MessageState::Rejected, error(""), Some("Purged")),
        ] {
            assert_eq!(note(&message(state, error)).as_deref(), words, "{state:?}");
        }
        let labels: std::collections::BTreeSet<_> =
            MessageState::ALL.into_iter().map(|state| badge(state).label).collect();
        assert_eq!(labels.len(), MessageState::ALL.len());
    }

    #[test]
    fn bodies() {
        assert_eq!(as_json(r#"{"a":1}"#), Some(json!({"a": 1})));
        assert_eq!((as_json("hello"), as_json("\"hello\"")), (None, None));
    }
}
