//! What a device has to do later: answers that wait out their latency, and the steps that follow them.
//!
//! A list, searched through: a device rarely has more than a handful of things to do.

use bytes::Bytes;
use tokio::time::Instant;

use crate::behaviour::Step;

/// Something due.
#[derive(Debug)]
pub(crate) enum Due {
    /// An answer to a call.
    Answer(Box<Answer>),
    /// A step of the device's own.
    Step(Step),
    /// The connection is to break in mid call.
    Break,
}

/// An answer made but not sent.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The topic to publish to, the request's id in it.
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// When the call came.
    pub(crate) asked_at: Instant,
    /// Whether the error share made it.
    pub(crate) is_fault: bool,
    /// What follows it.
    pub(crate) then: Vec<(std::time::Duration, Step)>,
}

/// Things due, in the order in which they become so.
#[derive(Debug, Default)]
pub(crate) struct Agenda(Vec<(Instant, Due)>);

impl Agenda {
    /// Adds something. Of two that are due at one instant, the one added first goes first.
    pub(crate) fn add(&mut self, at: Instant, due: Due) {
        let position = self.0.partition_point(|(other, _)| *other <= at);
        self.0.insert(position, (at, due));
    }

    /// When the next thing is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the next thing, if it is due.
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

    /// Forgets what belongs to a connection that has ended: a request id means nothing on the next. The number of
    /// calls that are thereby never answered.
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
            asked_at: Instant::now(),
            is_fault: false,
            then: Vec::new(),
        }))
    }

    #[test]
    fn things_are_due_in_order() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut agenda = Agenda::default();
        agenda.add(at(5), Due::Step(Step::Reboot));
        agenda.add(at(1), answer());
        agenda.add(at(5), Due::Step(Step::Install));
        agenda.add(at(3), Due::Break);
        assert_eq!(agenda.next(), Some(at(1)));
        assert!(agenda.take(now).is_none());
        assert!(matches!(agenda.take(at(9)), Some(Due::Answer(_))));
        assert!(matches!(agenda.take(at(9)), Some(Due::Break)));
        assert!(matches!(agenda.take(at(9)), Some(Due::Step(Step::Reboot))));
        assert!(matches!(agenda.take(at(9)), Some(Due::Step(Step::Install))));
        assert!(agenda.take(at(9)).is_none());
    }

    #[test]
    fn steps_outlive_a_connection_and_answers_do_not() {
        let now = Instant::now();
        let mut agenda = Agenda::default();
        agenda.add(now, answer());
        agenda.add(now, Due::Step(Step::Install));
        agenda.add(now, Due::Break);
        assert_eq!(agenda.disconnect(), 2);
        assert!(matches!(agenda.take(now), Some(Due::Step(Step::Install))));
    }
}
