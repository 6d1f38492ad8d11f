//! The outcome of a job on one device as text: its state and the result column.

use console_wire::outcome::{DeviceResult, Outcome, Outcomes};
use hub_wire::{device_job::DeviceJobStatus, error::ErrorCode};
use serde_json::Value;

use super::{Badge, number};

/// Longest short answer, in characters.
const SHORT: usize = 80;

/// The state as a person reads it.
pub(crate) const fn badge(outcome: Outcome) -> Badge {
    let (label, icon) = match outcome {
        Outcome::Queued => ("Queued", "circle-dashed"),
        Outcome::InFlight => ("In flight", "loader-circle"),
        Outcome::Succeeded => ("Succeeded", "circle-check"),
        Outcome::Failed => ("Failed", "circle-x"),
        Outcome::TimedOut => ("Timed out", "clock-alert"),
        Outcome::NotOnline => ("Not online", "unplug"),
        Outcome::Interrupted => ("Interrupted", "triangle-alert"),
        Outcome::Cancelled => ("Cancelled", "circle-slash"),
    };
    Badge { label, icon, status: outcome.as_str() }
}

/// All counts as text, for screen readers: `36,911 succeeded, 41 failed`.
pub(crate) fn summary(outcomes: &Outcomes) -> String {
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| outcomes.get(*outcome) > 0)
        .map(|outcome| {
            format!(
                "{} {}",
                number::grouped(outcomes.get(outcome)),
                badge(outcome).label.to_ascii_lowercase()
            )
        })
        .collect();
    if parts.is_empty() { "no devices yet".into() } else { parts.join(", ") }
}

/// The result column: a code and a short text, either possibly empty.
pub(crate) fn result(row: &DeviceResult) -> (String, String) {
    if let Some(response) = &row.response {
        return (response.status.to_string(), short(&response.payload));
    }
    if let Some(error) = &row.error {
        let code =
            ErrorCode::from_name(&error.code).map_or_else(|| error.code.clone(), |c| c.number().to_string());
        let text = match row.outcome {
            Outcome::NotOnline => "device not online".into(),
            Outcome::TimedOut => "no answer in time".into(),
            Outcome::Interrupted => {
                "the hub stopped during the call; the device may or may not have acted".into()
            }
            _ if error.description.is_empty() => error.code.clone(),
            _ => cut(&error.description),
        };
        return (code, text);
    }
    let text = match row.outcome {
        Outcome::InFlight => "sent, waiting for the answer",
        Outcome::Cancelled => "never sent",
        Outcome::Succeeded => "twin written",
        _ => "",
    };
    (String::new(), text.into())
}

/// What the hub's own status of the row means.
pub(crate) fn hub_status_note(row: &DeviceResult) -> &'static str {
    match (row.status, row.outcome) {
        (DeviceJobStatus::Completed, Outcome::Failed) => "an answer arrived; its status says that it failed",
        (DeviceJobStatus::Completed, _) if row.response.is_some() => "an answer arrived",
        (DeviceJobStatus::Completed, _) => "the twin was written",
        (DeviceJobStatus::Failed, Outcome::Interrupted) => "the device may or may not have acted",
        (DeviceJobStatus::Failed, _) if is_unreadable(row) => "an answer arrived that cannot be read",
        (DeviceJobStatus::Failed, _) => "no answer arrived",
        (DeviceJobStatus::Canceled, _) => "it was never sent",
        (DeviceJobStatus::Running, _) => "sent, waiting for the answer",
        _ => "not sent yet",
    }
}

/// The device answered, and what it answered is not JSON or too large.
fn is_unreadable(row: &DeviceResult) -> bool {
    let code = ErrorCode::InvalidResponseWhileProxying;
    row.error
        .as_ref()
        .is_some_and(|error| error.code == code.name() || error.code == code.number().to_string())
}

/// A short form of an answer: the text of a member such as `error` or `message`, else the value itself.
fn short(payload: &Value) -> String {
    match payload {
        Value::Null => String::new(),
        Value::String(text) => cut(text),
        Value::Object(members) => ["error", "message", "state", "result"]
            .into_iter()
            .find_map(|name| members.get(name)?.as_str())
            .map_or_else(|| cut(&payload.to_string()), cut),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHORT {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(SHORT).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> DeviceResult {
        let mut row = json!({"deviceId": "d", "status": "completed", "outcome": "succeeded"});
        row.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(row).unwrap()
    }

    fn check(value: serde_json::Value, code: &str, text: &str) {
        assert_eq!(result(&row(value)), (code.to_owned(), text.to_owned()));
    }

    #[test]
    fn results() {
        check(json!({"response": {"status": 200, "payload": {"state": "locked"}}}), "200", "locked");
        check(
            json!({"response": {"status": 500, "payload": {"error": "BOLT_JAMMED", "state": "x"}}}),
            "500",
            "BOLT_JAMMED",
        );
        check(json!({"response": {"status": 200, "payload": null}}), "200", "");
        check(json!({"response": {"status": 200, "payload": {"a": 1}}}), "200", r#"{"a":1}"#);
        check(json!({"response": {"status": 200, "payload": 7}}), "200", "7");
        check(
            json!({"status": "failed", "outcome": "notOnline", "error": {"code": "DeviceNotOnline", "description": "…"}}),
            "404103",
            "device not online",
        );
        check(
            json!({"status": "failed", "outcome": "failed", "error": {"code": "Odd", "description": "why"}}),
            "Odd",
            "why",
        );
        check(
            json!({"status": "failed", "outcome": "interrupted", "error": {"code": "DeviceJobInterrupted", "description": "…"}}),
            "DeviceJobInterrupted",
            "the hub stopped during the call; the device may or may not have acted",
        );
        check(json!({}), "", "twin written");
        check(json!({"status": "running", "outcome": "inFlight"}), "", "sent, waiting for the answer");
        check(json!({"status": "pending", "outcome": "queued"}), "", "");
        assert_eq!(short(&json!("x".repeat(200))).chars().count(), SHORT + 1);
    }

    #[test]
    fn notes_on_the_hubs_status() {
        let failed = row(json!({"outcome": "failed", "response": {"status": 500, "payload": null}}));
        assert_eq!(hub_status_note(&failed), "an answer arrived; its status says that it failed");
        assert_eq!(hub_status_note(&row(json!({}))), "the twin was written");
        let interrupted = row(json!({"status": "failed", "outcome": "interrupted"}));
        assert_eq!(hub_status_note(&interrupted), "the device may or may not have acted");
        let error = |code: &str| {
            let error = json!({"code": code, "description": "The device's answer is not JSON."});
            row(json!({"status": "failed", "outcome": "failed", "error": error}))
        };
        let unreadable = error("InvalidResponseWhileProxying");
        assert_eq!(hub_status_note(&unreadable), "an answer arrived that cannot be read");
        assert_eq!(result(&unreadable), ("502101".into(), "The device's answer is not JSON.".into()));
        assert_eq!(hub_status_note(&error("DeviceConnectionClosedRemotely")), "no answer arrived");
    }

    #[test]
    fn summaries() {
        let outcomes = Outcomes { succeeded: 1204, failed: 2, in_flight: 3, ..Outcomes::default() };
        assert_eq!(summary(&outcomes), "1,204 succeeded, 2 failed, 3 in flight");
        assert_eq!(summary(&Outcomes::default()), "no devices yet");
    }
}
