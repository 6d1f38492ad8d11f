//! The newest events of the pool, for the simulator page.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use hub_wire::Timestamp;
use serde::Serialize;

use crate::PoolSettings;

/// Entries kept.
const MOST: usize = 50;

/// Something that the pool did or that happened to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// All devices are in the hub's registry.
    Registered {
        /// How many.
        devices: usize,
    },
    /// Every device that should be connected is.
    Complete {
        /// How many.
        connected: usize,
    },
    /// More than a tenth of the devices have lost their connection.
    Depleted {
        /// How many are left.
        connected: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The settings were changed.
    Changed {
        /// To these.
        to: PoolSettings,
        /// From these.
        from: PoolSettings,
    },
    /// An error, perhaps several times in a row. Holds no secret.
    Trouble {
        /// The newest of them.
        message: String,
        /// How many.
        times: u64,
    },
}

/// When something happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When; of consecutive troubles, the newest.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// The newest entries.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Entry>>);

impl Journal {
    /// Adds an event. Consecutive troubles are one entry: a fleet that cannot connect would fill the journal at once.
    pub(crate) fn note(&self, event: Event) {
        let at = SystemTime::now().into();
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Event::Trouble { message, .. }, Some(last)) = (&event, entries.back_mut())
            && let Event::Trouble { message: old, times } = &mut last.event
        {
            old.clone_from(message);
            *times += 1;
            last.at = at;
            return;
        }
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(Entry { at, event });
    }

    /// The newest entries, newest first.
    pub(crate) fn read(&self) -> Vec<Entry> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_entries_are_dropped_and_troubles_are_counted() {
        let journal = Journal::default();
        for devices in 0..60 {
            journal.note(Event::Registered { devices });
        }
        let trouble = |message: &str| Event::Trouble { message: message.into(), times: 1 };
        journal.note(trouble("a"));
        journal.note(trouble("b"));
        let read = journal.read();
        assert_eq!(read.len(), MOST);
        assert_eq!(read[0].event, Event::Trouble { message: "b".into(), times: 2 });
        assert_eq!(read[1].event, Event::Registered { devices: 59 });
    }
}
