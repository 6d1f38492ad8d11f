//! An event stream that is open while its page is hydrated and visible and its follower wants it. In the browser only.
//!
//! The server sends an event at least every five seconds, so a stream without one for ten is lost. It is opened again after
//! a pause, also where the browser would do so: it would not after a refusal. A hidden page closes it, since a browser opens
//! six connections to a server.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use crate::kit::dom;

/// How often is checked whether the stream should be open, in milliseconds.
const CHECK: u64 = 1000;
/// Time without events after which the stream is lost, in milliseconds.
const SILENCE: i64 = 10_000;
/// Pause before a stream that was lost or refused is opened again, in milliseconds.
const PAUSE: i64 = 5000;

/// Receives events until it is dropped.
type Listener = Closure<dyn FnMut(MessageEvent)>;
type Stored = StoredValue<Connection, LocalStorage>;

/// What follows a stream.
pub(super) trait Follower: Clone + 'static {
    /// Names of the events that it takes.
    const EVENTS: &'static [&'static str];

    /// The address of the stream, while it should be open. Where signals decide, it is asked again when they change.
    fn address(&self) -> Option<String>;

    /// Takes an event.
    fn receive(&self, name: &'static str, event: &MessageEvent);

    /// The stream is lost, or was refused.
    fn lost(&self);

    /// The stream was closed here, since the page is hidden or has no address for it.
    fn closed(&self) {}
}

/// The connection. Times in milliseconds.
#[derive(Debug, Default)]
struct Connection {
    source: Option<EventSource>,
    listeners: Vec<Listener>,
    /// When it was opened, or the last event was received.
    received_at: i64,
    /// Not to be opened before then.
    retry_at: i64,
}

impl Connection {
    /// The listeners stay: one of them may be running now.
    fn disconnect(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onerror(None);
            source.close();
        }
    }
}

/// Follows a stream, which is closed with the page.
pub(super) fn follow(follower: impl Follower) {
    let connection = StoredValue::new_local(Connection::default());
    on_cleanup(move || {
        connection.try_update_value(Connection::disconnect);
    });
    let check = move || check(&follower, connection);
    let first = check.clone();
    Effect::new(move |_| {
        if dom::is_hydrated() {
            first();
        }
    });
    let again = move || untrack(&check);
    dom::on_visible(again.clone());
    dom::on_interval(CHECK, again);
}

fn now() -> i64 {
    dom::now_millis().unwrap_or_default()
}

/// Opens the stream or closes it, as it should be.
fn check(follower: &impl Follower, connection: Stored) {
    let now = now();
    let Some((is_open, is_silent, is_due)) = connection.try_with_value(|connection| {
        let is_silent = now - connection.received_at >= SILENCE;
        (connection.source.is_some(), is_silent, now >= connection.retry_at)
    }) else {
        return;
    };
    match follower.address().filter(|_| !dom::is_hidden()) {
        None if is_open => {
            connection.update_value(Connection::disconnect);
            follower.closed();
        }
        Some(_) if is_open && is_silent => lost(follower, connection),
        Some(address) if !is_open && is_due => connect(follower, connection, &address),
        _ => {}
    }
}

fn connect<F: Follower>(follower: &F, connection: Stored, address: &str) {
    let Ok(source) = EventSource::new(address) else { return };
    let mut listeners = Vec::new();
    for &name in F::EVENTS {
        let follower = follower.clone();
        let listener = Listener::new(move |event: MessageEvent| {
            connection.update_value(|connection| connection.received_at = now());
            follower.receive(name, &event);
        });
        let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        listeners.push(listener);
    }
    let of_lost = follower.clone();
    let on_error = Listener::new(move |_| lost(&of_lost, connection));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    listeners.push(on_error);
    connection.update_value(|connection| {
        connection.disconnect();
        connection.source = Some(source);
        connection.listeners = listeners;
        connection.received_at = now();
    });
}

fn lost(follower: &impl Follower, connection: Stored) {
    connection.update_value(|connection| {
        connection.disconnect();
        connection.retry_at = now() + PAUSE;
    });
    follower.lost();
}
