//! The last connects, disconnects and refusals of each device, to explain why one is not online.
//!
//! In memory, so lost at a restart. Only registered devices have a history, so that clients with invented ids take no
//! memory.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hub_wire::Timestamp;

use crate::{
    domain::{Target, connection_cause::ConnectionCause},
    mqtt::{ConnectionEvent, ConnectionEventKind},
    recent::{Recent, Weighed},
    refused_lately::{RefusedLately, RefusedOne},
};

/// Most entries of one device or module.
const MOST_OF_ONE: usize = 20;
/// Most bytes of all entries together.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of an entry beside its text.
const FRAME: usize = 192;

/// Recent connection events, and who was refused lately. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHistory {
    events: Recent<Entry>,
    refused: Arc<Mutex<RefusedLately>>,
}

impl ConnectionHistory {
    /// No history yet.
    pub(crate) fn new() -> Self {
        Self { events: Recent::new(MOST_OF_ONE, MOST_BYTES), refused: Arc::default() }
    }

    /// Keeps an event of a registered device.
    pub(crate) fn record(&self, target: &Target, entry: Entry) {
        {
            let mut refused = self.refused();
            refused.note_registered(target);
            if entry.is_refusal() {
                refused.record(target, entry.clone(), true);
            }
        }
        self.events.keep_unless(target, entry, Entry::absorb);
    }

    /// Keeps that a client was refused whose id is not registered.
    pub(crate) fn record_unregistered(&self, target: &Target, entry: Entry) {
        self.refused().record(target, entry, false);
    }

    /// A device's or module's entries, oldest first.
    pub(crate) fn of(&self, target: &Target) -> Vec<Entry> {
        self.events.of(target)
    }

    /// Who was refused lately, the newest first.
    pub(crate) fn refused_lately(&self, now: Timestamp) -> Vec<RefusedOne> {
        self.refused().recent(now)
    }

    /// Deletes what is known of a module, or of a device and its modules: a later one of the same id is another.
    pub(crate) fn forget(&self, target: &Target) {
        self.events.forget(target);
        self.refused().forget(target);
    }

    fn refused(&self) -> MutexGuard<'_, RefusedLately> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When, the last time.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) kind: ConnectionEventKind,
    /// Why, for programs; none for a connect.
    pub(crate) cause: Option<ConnectionCause>,
    /// Why; empty for a connect.
    pub(crate) reason: String,
    /// Where the client connected from, as far as that is known.
    pub(crate) client: Option<SocketAddr>,
    /// How often in a row, from 1.
    pub(crate) count: u64,
}

impl From<&ConnectionEvent> for Entry {
    fn from(event: &ConnectionEvent) -> Self {
        let ConnectionEvent { at, kind, client, cause, .. } = *event;
        Self { at, kind, cause, reason: event.reason.clone(), client, count: 1 }
    }
}

impl Entry {
    /// Whether a rule of the hub refused or disconnected the device.
    fn is_refusal(&self) -> bool {
        self.cause.is_some_and(ConnectionCause::is_refusal)
    }

    /// Counts a refusal that equals the previous one, whatever its port: a client that retries must not evict the rest of the
    /// history.
    pub(crate) fn absorb(newest: &mut Self, entry: &Self) -> bool {
        let address = |of: &Self| of.client.map(|client| client.ip());
        let is_same = entry.kind == ConnectionEventKind::Refused
            && newest.kind == entry.kind
            && newest.reason == entry.reason
            && address(newest) == address(entry);
        if is_same {
            newest.count += entry.count;
            newest.at = entry.at;
            newest.client = entry.client;
        }
        is_same
    }
}

impl Weighed for Entry {
    fn size(&self) -> usize {
        FRAME + self.reason.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_refusals_are_counted() {
        use ConnectionEventKind::{Connected, Refused};
        let entry = |kind, reason: &str, client: &str, millis| Entry {
            at: Timestamp::from_unix_millis(millis),
            kind,
            cause: None,
            reason: reason.into(),
            client: client.parse().ok(),
            count: 1,
        };
        for (newest, next, absorbed) in [
            (entry(Refused, "expired", "10.0.0.1:1", 1), entry(Refused, "expired", "10.0.0.1:2", 2), true),
            (entry(Refused, "expired", "", 1), entry(Refused, "expired", "", 2), true),
            (entry(Refused, "expired", "10.0.0.1:1", 1), entry(Refused, "expired", "10.0.0.2:1", 2), false),
            (entry(Refused, "expired", "10.0.0.1:1", 1), entry(Refused, "wrong key", "10.0.0.1:1", 2), false),
            (entry(Connected, "", "10.0.0.1:1", 1), entry(Connected, "", "10.0.0.1:1", 2), false),
        ] {
            let mut merged = newest.clone();
            assert_eq!(Entry::absorb(&mut merged, &next), absorbed);
            let expected = if absorbed { Entry { count: 2, ..next } } else { newest };
            assert_eq!(merged, expected);
        }
    }
}
