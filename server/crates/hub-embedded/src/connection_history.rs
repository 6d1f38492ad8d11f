//! The last connects, disconnects and refusals of each device, to explain why one is not online.
//!
//! In memory, so lost at a restart. Only registered devices have a history, so that clients with invented ids take no
//! memory.

use std::net::SocketAddr;

use hub_wire::Timestamp;

use crate::{
    mqtt::{ConnectionEvent, ConnectionEventKind},
    recent::{Recent, Weighed},
};

/// Most entries of one device or module.
const MOST_OF_ONE: usize = 20;
/// Most bytes of all entries together.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of an entry beside its text.
const FRAME: usize = 192;

/// Recent connection events.
pub(crate) type ConnectionHistory = Recent<Entry>;

/// No history yet.
pub(crate) fn history() -> ConnectionHistory {
    Recent::new(MOST_OF_ONE, MOST_BYTES)
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When, the last time.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) kind: ConnectionEventKind,
    /// Why; empty for a connect.
    pub(crate) reason: String,
    /// Where the client connected from, as far as that is known.
    pub(crate) client: Option<SocketAddr>,
    /// How often in a row, from 1.
    pub(crate) count: u64,
}

impl From<&ConnectionEvent> for Entry {
    fn from(event: &ConnectionEvent) -> Self {
        let ConnectionEvent { at, kind, client, .. } = *event;
        Self { at, kind, reason: event.reason.clone(), client, count: 1 }
    }
}

impl Entry {
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
