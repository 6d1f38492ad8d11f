//! The event stream of a live list.

use console_wire::{
    event::LIVE,
    telemetry::{LiveTelemetry, TELEMETRY},
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{Connection, TelemetryList};
use crate::{kit::dom, paths};

/// How often is checked whether the stream should be open, in milliseconds.
const CHECK: u64 = 1000;
/// Pause before a stream that was refused is opened again, in milliseconds.
const PAUSE: i64 = 5000;

type Listener = Closure<dyn FnMut(MessageEvent)>;

#[derive(Debug, Default)]
struct Stream {
    source: Option<EventSource>,
    listeners: Vec<Listener>,
    /// The number of the last message.
    sequence: Option<u64>,
    /// Not before then, in milliseconds.
    retry_at: i64,
}

impl Stream {
    /// The listeners stay: one of them may be running now.
    fn disconnect(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onerror(None);
            source.close();
        }
    }
}

/// Opens the stream once the page is hydrated and visible, and closes it with the page.
pub(super) fn start(list: TelemetryList, path: String) {
    let stream = StoredValue::new_local(Stream::default());
    on_cleanup(move || {
        stream.try_update_value(Stream::disconnect);
    });
    let check = move || check(list, stream, &path);
    let first = check.clone();
    Effect::new(move |_| {
        if dom::is_hydrated() {
            first();
        }
    });
    dom::on_visible(check.clone());
    dom::on_interval(CHECK, check);
}

fn check(list: TelemetryList, stream: StoredValue<Stream, LocalStorage>, path: &str) {
    let now = dom::now_millis().unwrap_or_default();
    let Some((is_open, is_due)) =
        stream.try_with_value(|stream| (stream.source.is_some(), now >= stream.retry_at))
    else {
        return;
    };
    match (dom::is_hidden(), is_open) {
        (true, true) => stream.update_value(Stream::disconnect),
        (false, false) if is_due => connect(list, stream, path),
        _ => {}
    }
}

fn connect(list: TelemetryList, stream: StoredValue<Stream, LocalStorage>, path: &str) {
    let since = stream.with_value(|stream| stream.sequence.map(|sequence| sequence.to_string()));
    let address = paths::with_query(path, &[("since", since.as_deref().unwrap_or_default())]);
    let Ok(source) = EventSource::new(&address) else { return };
    let on_messages = Listener::new(move |event: MessageEvent| receive(list, stream, &event));
    let on_live = Listener::new(move |_| open(list));
    let on_error = Listener::new(move |_| lost(list, stream));
    for (name, listener) in [(TELEMETRY, &on_messages), (LIVE, &on_live)] {
        let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    }
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    stream.update_value(|stream| {
        stream.disconnect();
        stream.source = Some(source);
        stream.listeners = vec![on_messages, on_live, on_error];
    });
}

fn open(list: TelemetryList) {
    if list.connection.get_untracked() != Connection::Open {
        list.connection.set(Connection::Open);
    }
}

fn receive(list: TelemetryList, stream: StoredValue<Stream, LocalStorage>, event: &MessageEvent) {
    open(list);
    let Some(arrived) =
        event.data().as_string().and_then(|data| serde_json::from_str::<LiveTelemetry>(&data).ok())
    else {
        return;
    };
    if let Some(newest) = arrived.items.last() {
        stream.update_value(|stream| stream.sequence = Some(newest.sequence));
    }
    list.ring.update(|ring| ring.receive(arrived));
}

/// Opens the stream anew after a pause, also where the browser would do so: it would not after a refusal.
fn lost(list: TelemetryList, stream: StoredValue<Stream, LocalStorage>) {
    stream.update_value(|stream| {
        stream.disconnect();
        stream.retry_at = dom::now_millis().unwrap_or_default() + PAUSE;
    });
    list.connection.set(Connection::Lost);
}
