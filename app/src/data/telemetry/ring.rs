//! The newest messages, and those held back while the list is paused. Pure.

use std::collections::VecDeque;

use console_wire::telemetry::LiveMessage;
#[cfg(any(feature = "hydrate", test))]
use console_wire::telemetry::LiveTelemetry;

/// Most messages in the list, and most that are held back: with bodies of the largest size, some 2 MB each.
pub(crate) const MOST: usize = 500;

/// The list.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Oldest first.
    shown: VecDeque<LiveMessage>,
    held: VecDeque<LiveMessage>,
    is_paused: bool,
    skipped: u64,
    dropped: u64,
}

impl Ring {
    /// Takes what has arrived.
    #[cfg(any(feature = "hydrate", test))]
    pub(super) fn receive(&mut self, arrived: LiveTelemetry) {
        self.skipped += arrived.skipped;
        if self.is_paused {
            self.held.extend(arrived.items);
            self.dropped += trim(&mut self.held);
        } else {
            // What makes room for newer messages was there to be read.
            self.shown.extend(arrived.items);
            trim(&mut self.shown);
        }
    }

    pub(super) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        if !is_paused {
            self.shown.append(&mut self.held);
            trim(&mut self.shown);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self { is_paused: self.is_paused, ..Self::default() };
    }

    pub(super) fn shown(&self) -> impl DoubleEndedIterator<Item = &LiveMessage> {
        self.shown.iter()
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.is_paused
    }

    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// How many messages the stream left out.
    pub(super) const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many messages were dropped while the list was paused.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Leaves the newest messages; returns how many were removed.
fn trim(messages: &mut VecDeque<LiveMessage>) -> u64 {
    let beyond = messages.len().saturating_sub(MOST);
    messages.drain(..beyond);
    beyond as u64
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use serde_json::json;

    use super::*;

    fn arrived(numbers: Range<usize>) -> LiveTelemetry {
        let message = |number: usize| -> LiveMessage {
            serde_json::from_value(json!({
                "sequence": number, "deviceId": "d", "enqueuedTimeUtc": "2026-01-01T00:00:00Z", "properties": {}, "bodySize": 0,
            }))
            .unwrap()
        };
        LiveTelemetry { skipped: 1, items: numbers.map(message).collect() }
    }

    fn ends(ring: &Ring) -> (Option<u64>, Option<u64>, usize) {
        let sequence = |message: &LiveMessage| message.sequence;
        (ring.shown().next().map(sequence), ring.shown().next_back().map(sequence), ring.shown().count())
    }

    #[test]
    fn the_newest_messages_are_shown() {
        let mut ring = Ring::default();
        ring.receive(arrived(0..3));
        assert_eq!(ends(&ring), (Some(0), Some(2), 3));
        ring.receive(arrived(3..MOST + 2));
        assert_eq!(ends(&ring), (Some(2), Some(MOST as u64 + 1), MOST));
        assert_eq!((ring.skipped(), ring.dropped()), (2, 0));
        ring.clear();
        assert_eq!((ends(&ring), ring.skipped()), ((None, None, 0), 0));
    }

    #[test]
    fn a_paused_list_stays_and_holds_back_what_it_has_room_for() {
        let mut ring = Ring::default();
        ring.receive(arrived(0..3));
        ring.set_paused(true);
        ring.receive(arrived(3..5));
        assert_eq!((ends(&ring), ring.held(), ring.dropped()), ((Some(0), Some(2), 3), 2, 0));
        ring.receive(arrived(5..MOST + 10));
        assert_eq!((ring.held(), ring.dropped()), (MOST, 7));
        ring.set_paused(false);
        assert_eq!((ends(&ring), ring.held()), ((Some(10), Some(MOST as u64 + 9), MOST), 0));
    }
}
