//! Webhooks and their messages in words.

use console_wire::webhook::{BodyFormat, Delivery, DeliveryState, EventType, WebhookState};

use super::{Badge, number::grouped};

/// Whether a webhook is sent messages.
pub(crate) const fn state(state: WebhookState) -> Badge {
    match state {
        WebhookState::Active => Badge { status: "succeeded", icon: "circle-check", label: "Active" },
        WebhookState::Paused => Badge { status: "cancelled", icon: "circle-slash", label: "Paused" },
        WebhookState::Gone => {
            Badge { status: "failed", icon: "circle-x", label: "Switched off: the receiver answered 410" }
        }
    }
}

/// What became of a message.
pub(crate) const fn delivery(delivery: &Delivery) -> Badge {
    match (delivery.state, delivery.attempts) {
        (DeliveryState::Delivered, _) => {
            Badge { status: "succeeded", icon: "circle-check", label: "Delivered" }
        }
        (DeliveryState::Failed, _) => Badge { status: "failed", icon: "circle-x", label: "Not delivered" },
        (DeliveryState::Pending, 0) => Badge { status: "queued", icon: "clock", label: "Waits to be sent" },
        (DeliveryState::Pending, _) => {
            Badge { status: "timedOut", icon: "clock-alert", label: "Will be sent again" }
        }
    }
}

/// The last attempt: `204 after 35 ms`, `no answer after 20,000 ms`; empty before the first one.
pub(crate) fn last_attempt(delivery: &Delivery) -> String {
    let Some(millis) = delivery.duration_ms else { return String::new() };
    let status = delivery.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{status} after {} ms", grouped(millis))
}

/// What an event is, for a person who chooses.
pub(crate) const fn event_label(event: EventType) -> &'static str {
    match event {
        EventType::JobStarted => "A job starts",
        EventType::JobFinished => "A job finishes",
        EventType::JobCancelled => "A job is cancelled",
        EventType::RolloutGate => "A job in waves asks for its next wave; the answer decides",
        EventType::Test => "Test",
    }
}

/// What a format is for.
pub(crate) const fn format_label(format: BodyFormat) -> &'static str {
    match format {
        BodyFormat::Standard => "Standard Webhooks (JSON)",
        BodyFormat::Slack => "Slack",
        BodyFormat::Teams => "Microsoft Teams",
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    fn message(state: DeliveryState, attempts: u32, status: Option<u16>, millis: Option<u64>) -> Delivery {
        Delivery {
            delivery_id: 1,
            webhook_id: 1,
            webhook_name: "On call".into(),
            message_id: "msg_1".into(),
            event: EventType::JobFinished,
            job_id: None,
            state,
            attempts,
            event_time: Timestamp::from_ticks(0),
            last_attempt: None,
            next_attempt: None,
            status,
            error: None,
            duration_ms: millis,
        }
    }

    #[test]
    fn what_became_of_a_message() {
        use DeliveryState::{Delivered, Failed, Pending};
        for (message, label, attempt) in [
            (message(Pending, 0, None, None), "Waits to be sent", ""),
            (message(Pending, 2, Some(503), Some(35)), "Will be sent again", "503 after 35 ms"),
            (message(Pending, 1, None, Some(20_000)), "Will be sent again", "no answer after 20,000 ms"),
            (message(Delivered, 1, Some(204), Some(7)), "Delivered", "204 after 7 ms"),
            (message(Failed, 10, Some(404), Some(7)), "Not delivered", "404 after 7 ms"),
        ] {
            assert_eq!((delivery(&message).label, last_attempt(&message).as_str()), (label, attempt));
        }
    }
}
