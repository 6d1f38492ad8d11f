//! Why a device or module is connected or not: its state in words, and its last connections, disconnections and refusals.
//!
//! Read every second with the embedded hub, so that a refusal is seen while the device tries. A real hub says less and allows
//! fewer reads.

use console_wire::connection::{ConnectionEvent, ConnectionEventKind};
use hub_wire::{Timestamp, device::ConnectionState};
use leptos::prelude::*;

use crate::{
    api::connections::{ConnectionsView, read_connections},
    data::read::{ReadOptions, use_read_from},
    error::ApiError,
    kit::{ErrorPanel, Icon, TimeFormat, TimeText},
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 1000;
/// The same with a real hub, whose registry is read then.
const REMOTE_POLL: u64 = 15_000;

/// The panel; `module_id` is empty for the device itself.
#[component]
pub(super) fn ConnectionsPanel(
    device_id: String,
    module_id: String,
    first: Result<ConnectionsView, ApiError>,
) -> impl IntoView {
    let has_events = first.as_ref().map_or(true, |view| view.connections.has_events);
    let key = Signal::stored(Some((device_id, module_id)));
    let options = ReadOptions::every(if has_events { POLL } else { REMOTE_POLL });
    let read = use_read_from(key, Some(first), options, |(device_id, module_id)| {
        read_connections(device_id, module_id)
    });
    let good = read.good();
    let items = Memo::new(move |_| {
        good.with(|good| good.as_ref().map(|good| good.value.connections.items.clone())).unwrap_or_default()
    });
    let failed = Memo::new(move |_| read.error().filter(|_| good.with(Option::is_none)));
    let state = Memo::new(move |_| {
        good.with(|good| good.as_ref().map(|good| State::of(&good.value, good.value.as_of)))
    });
    let note = if has_events { "the last 20, newest first" } else { "as the hub's registry has it" };
    view! {
        <section class="panel" aria-labelledby="connections-title">
            <div class="panel__header">
                <h2 class="panel__title" id="connections-title">
                    "Connections"
                </h2>
                <span class="panel__note">{note}</span>
            </div>
            {move || failed.get().map(|error| view! { <ErrorPanel error retry=read.retry() /> })}
            {move || state.get().map(|state| view! { <Explanation state /> })}
            <ol class="timeline">
                {move || items.get().into_iter().map(|event| view! { <Line event /> }).collect_view()}
            </ol>
        </section>
    }
    .into_any()
}

/// What is said above the events.
#[derive(Debug, Clone)]
struct State {
    is_connected: bool,
    explanation: String,
    since: Timestamp,
    /// For the first frame.
    as_of: Timestamp,
}

/// The time of the read does not count: a memo of an unchanged state stays as it is.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let parts = |state: &Self| (state.is_connected, state.since);
        parts(self) == parts(other) && self.explanation == other.explanation
    }
}

impl State {
    fn of(view: &ConnectionsView, as_of: Timestamp) -> Self {
        let connections = &view.connections;
        Self {
            is_connected: connections.connection_state == ConnectionState::Connected,
            explanation: connections.explanation.clone(),
            since: connections.connection_state_updated_time,
            as_of,
        }
    }
}

#[component]
fn Explanation(state: State) -> impl IntoView {
    let State { is_connected, explanation, since, as_of } = state;
    let (icon, status) = if is_connected { ("wifi", "connected") } else { ("wifi-off", "disconnected") };
    let since = (since != Timestamp::NEVER).then(|| {
        let word = if is_connected { "Connected since " } else { "Not connected since " };
        view! {
            <span class="panel__note">
                {word} <TimeText at=since as_of style=TimeFormat::Clock /> ", "
                <TimeText at=since as_of style=TimeFormat::Relative />
            </span>
        }
    });
    view! {
        <div class="connections__state" role="status">
            <span class="status" data-status=status>
                <Icon name=icon />
            </span>
            <span class="connections__words">
                <span>{explanation}</span>
                {since}
            </span>
        </div>
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

/// What happened, how often where that was more than once, and why in two or three words.
fn label(event: &ConnectionEvent) -> String {
    let label = match event.kind {
        ConnectionEventKind::Connected => "Connected",
        ConnectionEventKind::Disconnected => "Disconnected",
        ConnectionEventKind::Refused => "Refused",
        ConnectionEventKind::Unknown => "Unknown event",
    };
    let label = if event.count > 1 { format!("{label} {} times", event.count) } else { label.to_owned() };
    match event.cause {
        Some(cause) => format!("{label}: {}", cause.title()),
        None => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for (kind, cause, count, expected) in [
            ("connected", None, 1, "Connected"),
            ("disconnected", Some("closed"), 1, "Disconnected: Closed by the device"),
            ("refused", None, 1, "Refused"),
            ("refused", Some("wrongKey"), 30, "Refused 30 times: Wrong key"),
            ("refused", Some("notKnownYet"), 1, "Refused: Unknown reason"),
            ("moved", None, 1, "Unknown event"),
        ] {
            let mut event =
                serde_json::json!({"timeUtc": "2026-01-01T00:00:00Z", "kind": kind, "count": count});
            if let Some(cause) = cause {
                event["cause"] = cause.into();
            }
            assert_eq!(label(&serde_json::from_value(event).unwrap()), expected);
        }
    }
}
