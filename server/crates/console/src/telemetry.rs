//! Messages from devices as they arrive. One task follows the hub while a stream is open, and each stream takes what is for
//! its device or group. Only the embedded hub offers this: a real one hands telemetry to an event hub.

mod members;
mod stream;

use std::{sync::Arc, time::Duration};

use console_wire::{
    hub::HubKind,
    telemetry::{LiveMessage, MAX_LIVE_BODY},
};
use hub_client::telemetry::{NumberedTelemetry, TelemetryPage};
use hub_wire::DeviceId;
use serde_json::Value;
use tokio::time::sleep;
use tracing::debug;

pub use self::stream::TelemetryStream;
pub(crate) use self::stream::open;
use crate::{
    ConsoleError,
    core::{Core, LivePage},
    devices,
};

/// How long one call waits for a message.
const WAIT: Duration = Duration::from_secs(15);
/// Pause after the hub did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Whose messages a stream sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TelemetrySource {
    /// A device and its modules.
    Device(DeviceId),
    /// The devices of the group with this id, as far as they are within the scope of who opens the stream.
    Group(String),
}

/// Follows the hub while streams are open, until the console stops.
pub(crate) async fn run(core: Arc<Core>) {
    if core.hub_kind == HubKind::Remote {
        return;
    }
    let feed = &core.telemetry;
    loop {
        feed.opened().await;
        let mut from = None;
        while feed.is_read() {
            // The first call only learns where the hub is: streams read what came before by themselves.
            let wait = if from.is_some() { WAIT } else { Duration::ZERO };
            match core.hub.follow_telemetry(from, None, wait).await {
                Ok(page) => {
                    let began = from.replace(page.next).unwrap_or(page.next);
                    if page.next != began {
                        feed.publish(live_page(began, page));
                    }
                }
                Err(error) => {
                    debug!(error = &error as &dyn std::error::Error, "telemetry not read; trying again");
                    sleep(RETRY_AFTER).await;
                }
            }
        }
    }
}

fn live_page(from: u64, page: TelemetryPage) -> LivePage {
    let TelemetryPage { next, skipped, items } = page;
    LivePage { from, next, skipped, items: items.into_iter().map(live_message).collect() }
}

fn live_message(numbered: NumberedTelemetry) -> LiveMessage {
    let NumberedTelemetry { sequence, device_id, message } = numbered;
    let mut message = devices::telemetry(message);
    let text = match &message.body {
        Some(Value::String(text)) if text.len() > MAX_LIVE_BODY => Some(text.clone()),
        Some(body @ (Value::Array(_) | Value::Object(_))) => {
            Some(body.to_string()).filter(|text| text.len() > MAX_LIVE_BODY)
        }
        _ => None,
    };
    let is_cut = text.is_some();
    if let Some(text) = text {
        message.body = Some(beginning(&text).into());
    }
    LiveMessage { sequence, device_id, is_cut, message }
}

/// The first characters of a text that is too large.
fn beginning(text: &str) -> &str {
    let mut end = MAX_LIVE_BODY.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Refuses a hub that does not offer it.
pub(crate) fn check_offered(core: &Core) -> Result<(), ConsoleError> {
    if core.hub_kind == HubKind::Embedded {
        return Ok(());
    }
    let detail = "A real hub hands telemetry to its event hub, which is read over AMQP; only the embedded hub shows it here.";
    Err(ConsoleError::NotHere { detail: detail.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn large_bodies_are_cut() {
        let message = |body: &str| {
            let numbered = json!({
                "sequence": 7, "deviceId": "d1", "enqueuedTimeUtc": "2026-01-01T00:00:00Z", "properties": {},
                "systemProperties": {}, "body": body, "bodyBase64": "",
            });
            live_message(serde_json::from_value(numbered).unwrap())
        };
        let small = message(r#"{"a": 1}"#);
        assert_eq!((small.is_cut, small.message.body), (false, Some(json!({"a": 1}))));
        let large = message(&json!({"a": "ü".repeat(MAX_LIVE_BODY)}).to_string());
        let body = large.message.body.unwrap();
        assert!(large.is_cut && body.as_str().unwrap().starts_with("{\"a\":\"ü"));
        assert!(body.as_str().unwrap().len() <= MAX_LIVE_BODY);
        assert!(
            message(&"x".repeat(MAX_LIVE_BODY + 1)).is_cut && !message(&"x".repeat(MAX_LIVE_BODY)).is_cut
        );
    }
}
