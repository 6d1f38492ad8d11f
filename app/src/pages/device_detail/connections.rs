//! Why the device is or is not connected: its last connections, disconnections and refusals.

use console_wire::device::{ConnectionEvent, ConnectionEventKind};
use leptos::prelude::*;

use crate::{
    api::devices::DeviceHistory,
    kit::{TimeFormat, TimeText},
};

/// The panel.
#[component]
pub(super) fn ConnectionsPanel(history: Memo<DeviceHistory>) -> impl IntoView {
    let events = Memo::new(move |_| history.with(|history| history.connections.clone()));
    let body = move || {
        match events.get() {
        None => {
            view! { <p class="field__hint">"Only the embedded hub reports this; a real one sends it to Azure Monitor."</p> }
                .into_any()
        }
        Some(events) if events.is_empty() => {
            view! { <p class="field__hint">"No connections since the hub started."</p> }.into_any()
        }
        Some(events) => {
            let lines = events.into_iter().map(|event| view! { <Line event /> }).collect_view();
            view! { <ol class="timeline">{lines}</ol> }.into_any()
        }
    }
    };
    view! {
        <section class="panel" aria-labelledby="connections-title">
            <div class="panel__header">
                <h2 class="panel__title" id="connections-title">
                    "Connections"
                </h2>
                <span class="panel__note">"the last 20, newest first"</span>
            </div>
            {move || body()}
        </section>
    }
    .into_any()
}

#[component]
fn Line(event: ConnectionEvent) -> impl IntoView {
    let at = event.time_utc;
    let reason = (!event.reason.is_empty())
        .then(|| view! { <span class="timeline__reason">{event.reason.clone()}</span> });
    let address = event.client_address.clone();
    view! {
        <li class="timeline__item">
            <span class="timeline__when">
                <TimeText at as_of=at style=TimeFormat::Clock />
            </span>
            <span class="timeline__what">{label(&event)} {reason}</span>
            <span class="timeline__result">
                <span class="panel__note">{address}</span>
            </span>
        </li>
    }
    .into_any()
}

/// What happened, and how often where that was more than once.
fn label(event: &ConnectionEvent) -> String {
    let label = match event.kind {
        ConnectionEventKind::Connected => "Connected",
        ConnectionEventKind::Disconnected => "Disconnected",
        ConnectionEventKind::Refused => "Refused",
        ConnectionEventKind::Unknown => "Unknown event",
    };
    if event.count > 1 { format!("{label} {} times", event.count) } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for (kind, count, expected) in [
            ("connected", 1, "Connected"),
            ("disconnected", 1, "Disconnected"),
            ("refused", 1, "Refused"),
            ("refused", 30, "Refused 30 times"),
            ("moved", 1, "Unknown event"),
        ] {
            let event = serde_json::json!({"timeUtc": "2026-01-01T00:00:00Z", "kind": kind, "count": count});
            assert_eq!(label(&serde_json::from_value(event).unwrap()), expected);
        }
    }
}
