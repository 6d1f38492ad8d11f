//! The event stream of a live list.

use console_wire::{
    event::LIVE,
    telemetry::{LiveTelemetry, TELEMETRY},
};
use leptos::prelude::*;
use web_sys::MessageEvent;

use super::{Connection, TelemetryList};
use crate::{
    data::event_source::{self, Follower},
    paths,
};

/// Puts the messages of a stream into a list.
#[derive(Debug, Clone)]
struct Messages {
    list: TelemetryList,
    path: String,
    /// The number of the last message.
    sequence: StoredValue<Option<u64>>,
}

/// Opens the stream once the page is hydrated and visible, and closes it with the page.
pub(super) fn start(list: TelemetryList, path: String) {
    event_source::follow(Messages { list, path, sequence: StoredValue::new(None) });
}

impl Follower for Messages {
    const EVENTS: &'static [&'static str] = &[TELEMETRY, LIVE];

    /// It goes on after the last message.
    fn address(&self) -> Option<String> {
        let since = self.sequence.get_value().map(|sequence| sequence.to_string());
        Some(paths::with_query(&self.path, &[("since", since.as_deref().unwrap_or_default())]))
    }

    fn receive(&self, name: &'static str, event: &MessageEvent) {
        let list = self.list;
        if list.connection.get_untracked() != Connection::Open {
            list.connection.set(Connection::Open);
        }
        if name != TELEMETRY {
            return;
        }
        let Some(arrived) =
            event.data().as_string().and_then(|data| serde_json::from_str::<LiveTelemetry>(&data).ok())
        else {
            return;
        };
        if let Some(newest) = arrived.items.last() {
            self.sequence.set_value(Some(newest.sequence));
        }
        list.ring.update(|ring| ring.receive(arrived));
    }

    fn lost(&self) {
        self.list.connection.set(Connection::Lost);
    }
}
