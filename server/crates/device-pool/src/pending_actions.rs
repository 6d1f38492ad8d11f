//! What a device does later: answers delayed by the simulated latency, and the steps that follow them.
//!
//! A sorted list, not a heap: a device rarely has more than a handful of pending actions.

use bytes::Bytes;
use tokio::time::Instant;

use crate::behaviour::Step;

/// A pending action.
#[derive(Debug)]
pub(crate) enum Due {
    /// An answer to a call.
    Answer(Box<Answer>),
    /// A step of the device's own.
    Step(Step),
    /// Break the connection before the call is answered.
    Break,
}

/// An answer that is computed and not yet sent.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The topic to publish to, the request's id in it.
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// When the call was received.
    pub(crate) received_at: Instant,
    /// Whether it is an injected error (`errorShare`).
    pub(crate) is_fault: bool,
    /// Steps to run after it.
    pub(crate) then: Vec<(std::time::Duration, Step)>,
}

/// Actions sorted by the time at which they are due.
#[derive(Debug, Default)]
pub(crate) struct PendingActions(Vec<(Instant, Due)>);

impl PendingActions {
    /// Adds an action. Of two that are due at the same instant, the one added first runs first.
    pub(crate) fn add(&mut self, at: Instant, due: Due) {
        let position = self.0.partition_point(|(other, _)| *other <= at);
        self.0.insert(position, (at, due));
    }

    /// When the next action is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Removes and returns the next action, if it is due.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        let (_, due) = self.0.remove(0);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Some(due)
    }

    /// Drops the actions of a connection that has ended: its request ids are not valid on the next one. Returns the
    /// number of calls that are never answered because of it.
    pub(crate) fn disconnect(&mut self) -> u64 {
        let before = self.0.len();
        self.0.retain(|(_, due)| matches!(due, Due::Step(_)));
        (before - self.0.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer() -> Due {
        Due::Answer(Box::new(Answer {
            topic: String::new(),
            payload: Bytes::new(),
            received_at: Instant::now(),
            is_fault: false,
            then: Vec::new(),
        }))
    }

    #[test]
    fn actions_are_returned_in_due_order() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut pending = PendingActions::default();
        pending.add(at(5), Due::Step(Step::Reboot));
        pending.add(at(1), answer());
        pending.add(at(5), Due::Step(Step::Install));
        pending.add(at(3), Due::Break);
        assert_eq!(pending.next(), Some(at(1)));
        assert!(pending.take(now).is_none());
        assert!(matches!(pending.take(at(9)), Some(Due::Answer(_))));
        assert!(matches!(pending.take(at(9)), Some(Due::Break)));
        assert!(matches!(pending.take(at(9)), Some(Due::Step(Step::Reboot))));
        assert!(matches!(pending.take(at(9)), Some(Due::Step(Step::Install))));
        assert!(pending.take(at(9)).is_none());
    }

    #[test]
    fn steps_survive_a_disconnect_and_answers_do_not() {
        let now = Instant::now();
        let mut pending = PendingActions::default();
        pending.add(now, answer());
        pending.add(now, Due::Step(Step::Install));
        pending.add(now, Due::Break);
        assert_eq!(pending.disconnect(), 2);
        assert!(matches!(pending.take(now), Some(Due::Step(Step::Install))));
    }
}
