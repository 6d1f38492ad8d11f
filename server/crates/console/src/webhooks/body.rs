//! The body of a message. The same message has the same body at each attempt. Pure.

use console_wire::{
    number::grouped,
    outcome::Outcomes,
    webhook::{BodyFormat, EventType},
};
use hub_wire::{Timestamp, job::JobStatus};
use serde_json::{Value, json, value::RawValue};

use crate::webhook_event::JobEvent;

/// Writes the body. `data` is the JSON that the message was written with.
///
/// # Errors
/// When `data` is not JSON of the event.
pub(crate) fn body(
    format: BodyFormat,
    event: EventType,
    time: Timestamp,
    data: &str,
) -> serde_json::Result<Vec<u8>> {
    match format {
        BodyFormat::Standard => {
            let data: &RawValue = serde_json::from_str(data)?;
            serde_json::to_vec(&Envelope { event, timestamp: time, data })
        }
        BodyFormat::Slack => serde_json::to_vec(&json!({"text": for_slack(&sentence(event, data)?)})),
        BodyFormat::Teams => serde_json::to_vec(&card(&sentence(event, data)?)),
    }
}

/// The form that Standard Webhooks recommends.
#[derive(serde::Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    event: EventType,
    timestamp: Timestamp,
    data: &'a RawValue,
}

/// What has happened, for a person.
fn sentence(event: EventType, data: &str) -> serde_json::Result<String> {
    if event == EventType::Test {
        return Ok("This is a test of a webhook of Fleetcast. Messages arrive here.".to_owned());
    }
    let job: JobEvent = serde_json::from_str(data)?;
    let what = match (event, job.status) {
        (EventType::JobStarted, _) => "has started",
        (EventType::JobCancelled, _) => "was cancelled",
        (EventType::RolloutGate, _) => "asks whether its next wave may start",
        (_, JobStatus::Failed) => "could not run",
        _ => "has finished",
    };
    let who = job.created_by.map(|person| format!(", created by {}", person.name)).unwrap_or_default();
    let counts = if event == EventType::JobStarted {
        devices(job.device_count)
    } else {
        counts(job.device_count, &job.outcomes)
    };
    let reason = job.failure_reason.map(|reason| format!(" {reason}")).unwrap_or_default();
    Ok(format!("{} ({}{who}) {what}: {counts}.{reason}", job.name, job.job_id))
}

fn devices(count: u64) -> String {
    format!("{} {}", grouped(count), if count == 1 { "device" } else { "devices" })
}

/// `100 devices, 97 succeeded, 3 failed`.
fn counts(count: u64, outcomes: &Outcomes) -> String {
    let parts = [
        (outcomes.succeeded, "succeeded"),
        (outcomes.failed, "failed"),
        (outcomes.timed_out, "timed out"),
        (outcomes.not_online, "not online"),
        (outcomes.interrupted, "interrupted"),
        (outcomes.cancelled, "cancelled"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let texts: Vec<_> = std::iter::once(devices(count))
        .chain(parts.map(|(count, label)| format!("{} {label}", grouped(count))))
        .collect();
    texts.join(", ")
}

/// Slack reads links and mentions between angle brackets. A job's name must not make any.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text run shows its text as it is; a text block would read links in it.
fn card(text: &str) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.2",
                "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}],
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(name: &str, status: &str, outcomes: [u64; 3]) -> String {
        let [succeeded, failed, cancelled] = outcomes;
        json!({
            "jobId": "lock-1", "name": name, "type": "scheduleDeviceMethod", "status": status,
            "queryCondition": "*", "createdTime": "2026-11-30T10:00:00Z", "origin": "console",
            "createdBy": {"userId": "u", "name": "Mara Lindqvist"}, "deviceCount": succeeded + failed + cancelled,
            "outcomes": {"queued": 0, "inFlight": 0, "succeeded": succeeded, "failed": failed, "timedOut": 0,
                "notOnline": 0, "interrupted": 0, "cancelled": cancelled},
        })
        .to_string()
    }

    fn written(format: BodyFormat, event: EventType, data: &str) -> Value {
        let time = Timestamp::parse("2026-11-30T10:00:05Z").unwrap();
        serde_json::from_slice(&body(format, event, time, data).unwrap()).unwrap()
    }

    #[test]
    fn the_standard_body_has_type_time_and_data() {
        let data = data("Lock", "completed", [1, 0, 0]);
        let body = written(BodyFormat::Standard, EventType::JobFinished, &data);
        assert_eq!((&body["type"], &body["data"]["jobId"]), (&json!("job.finished"), &json!("lock-1")));
        assert!(body["timestamp"].as_str().unwrap().starts_with("2026-11-30T10:00:05"), "{body}");
        assert_eq!(body["data"], serde_json::from_str::<Value>(&data).unwrap());
    }

    #[test]
    fn sentences() {
        let job = "Lock (lock-1, created by Mara Lindqvist)";
        for (event, status, outcomes, expected) in [
            (EventType::JobStarted, "running", [0, 0, 1200], "has started: 1,200 devices."),
            (
                EventType::JobFinished,
                "completed",
                [1197, 3, 0],
                "has finished: 1,200 devices, 1,197 succeeded, 3 failed.",
            ),
            (EventType::JobFinished, "failed", [0, 1, 0], "could not run: 1 device, 1 failed."),
            (EventType::JobCancelled, "cancelled", [0, 0, 5], "was cancelled: 5 devices, 5 cancelled."),
        ] {
            let body = written(BodyFormat::Slack, event, &data("Lock", status, outcomes));
            assert_eq!(body, json!({"text": format!("{job} {expected}")}));
        }
    }

    #[test]
    fn a_name_makes_no_link() {
        let data = data("<https://attacker.example|Click> & <!channel>", "completed", [1, 0, 0]);
        let slack = written(BodyFormat::Slack, EventType::JobFinished, &data);
        let text = slack["text"].as_str().unwrap();
        assert!(
            text.starts_with("&lt;https://attacker.example|Click&gt; &amp; &lt;!channel&gt; ("),
            "{text}"
        );
        let teams = written(BodyFormat::Teams, EventType::JobFinished, &data);
        let block = &teams["attachments"][0]["content"]["body"][0];
        assert_eq!(
            (&block["type"], &block["inlines"][0]["type"]),
            (&json!("RichTextBlock"), &json!("TextRun"))
        );
    }

    #[test]
    fn a_test_says_so() {
        for format in [BodyFormat::Slack, BodyFormat::Teams] {
            let body = written(format, EventType::Test, "{}").to_string();
            assert!(body.contains("a test of a webhook"), "{body}");
        }
    }

    #[test]
    fn damaged_data_is_an_error() {
        let time = Timestamp::from_ticks(0);
        for format in BodyFormat::ALL {
            assert!(body(format, EventType::JobFinished, time, "{").is_err(), "{format:?}");
        }
    }
}
