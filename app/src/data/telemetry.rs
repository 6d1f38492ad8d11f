//! Live messages of a device or a group: one event stream, and the newest messages in a list of bounded length.
//!
//! While it is paused, messages still arrive and are held, as many as the list has room for; the oldest are dropped and
//! counted. A hidden page closes its stream, since a browser opens six connections to a server; it goes on after the last
//! message when it is visible. On the server nothing happens.

#[cfg(feature = "hydrate")]
mod connection;
mod ring;

use console_wire::telemetry::LiveMessage;
use leptos::prelude::*;

use self::ring::Ring;

/// Whether messages arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server no stream is open"))]
pub(crate) enum Connection {
    /// Not yet.
    Connecting,
    /// Yes.
    Open,
    /// The connection was lost; it is tried again.
    Lost,
}

/// Live messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TelemetryList {
    ring: RwSignal<Ring>,
    connection: RwSignal<Connection>,
}

/// The live messages of the stream at a path; it is closed with the page.
pub(crate) fn use_telemetry(path: String) -> TelemetryList {
    let list = TelemetryList {
        ring: RwSignal::new(Ring::default()),
        connection: RwSignal::new(Connection::Connecting),
    };
    #[cfg(feature = "hydrate")]
    connection::start(list, path);
    #[cfg(not(feature = "hydrate"))]
    let _ = path;
    list
}

impl TelemetryList {
    /// The messages, newest first.
    pub(crate) fn messages(self) -> Vec<LiveMessage> {
        self.ring.with(|ring| ring.shown().rev().cloned().collect())
    }

    /// Whether messages arrive.
    pub(crate) fn connection(self) -> Connection {
        self.connection.get()
    }

    /// Whether new messages are held back.
    pub(crate) fn is_paused(self) -> bool {
        self.ring.with(Ring::is_paused)
    }

    /// How many messages are held back.
    pub(crate) fn held(self) -> usize {
        self.ring.with(Ring::held)
    }

    /// How many messages the stream skipped and how many were dropped here.
    pub(crate) fn lost(self) -> (u64, u64) {
        self.ring.with(|ring| (ring.skipped(), ring.dropped()))
    }

    /// Pauses or goes on.
    pub(crate) fn set_paused(self, is_paused: bool) {
        self.ring.update(|ring| ring.set_paused(is_paused));
    }

    /// Empties the list.
    pub(crate) fn clear(self) {
        self.ring.update(Ring::clear);
    }
}
