//! A page's connection to the event stream.

use console_wire::event::JobChanged;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

/// Receives events until it is dropped.
pub(super) type Listener = Closure<dyn FnMut(MessageEvent)>;

/// The connection and the events since the last batch. All times in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) path: String,
    pub(super) sequence: u64,
    pub(super) source: Option<EventSource>,
    pub(super) listeners: Vec<Listener>,
    pub(super) batch: Vec<JobChanged>,
    /// When the last event was received.
    pub(super) received_at: i64,
    /// When it was last opened.
    pub(super) connected_at: i64,
    /// When to open it again, while it is lost.
    pub(super) retry_at: Option<i64>,
    pub(super) tries: u32,
    pub(super) hidden_since: Option<i64>,
    /// Another page of the console is visible.
    pub(super) has_yielded: bool,
    pub(super) lag_shown_at: i64,
    /// Where pages tell each other that they are visible.
    pub(super) other_pages: Option<(BroadcastChannel, Listener)>,
}

impl Connection {
    /// Ends the connection. The listeners stay: one of them may be running now.
    pub(super) fn disconnect(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onerror(None);
            source.close();
        }
    }

    pub(super) fn close(&mut self) {
        self.disconnect();
        self.listeners.clear();
        if let Some((channel, _)) = self.other_pages.take() {
            channel.close();
        }
    }
}
