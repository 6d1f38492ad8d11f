//! The last messages of each device, for people who develop one and want to see that it speaks.
//!
//! In memory by design: the real hub hands telemetry on to an event hub and forgets it, so nothing may count on it. What
//! is kept is bounded, by count for each device and by bytes in all; the oldest go first.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hub_wire::Timestamp;

use crate::{domain::Target, mqtt::TelemetryMessage};

/// Most messages of one device or module.
const MOST_OF_ONE: usize = 32;
/// Most bytes of all messages together.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// What a message and a property cost beside their text.
const FRAME: usize = 128;

/// What devices sent lately. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct TelemetryLog(Arc<Mutex<Log>>);

/// A message as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    /// When.
    pub(crate) at: Timestamp,
    /// The message.
    pub(crate) message: TelemetryMessage,
    number: u64,
}

struct Log {
    most_bytes: usize,
    bytes: usize,
    next_number: u64,
    of: HashMap<Arc<Target>, VecDeque<Received>>,
    /// Whose message has which number; the first is the oldest.
    order: BTreeMap<u64, Arc<Target>>,
}

impl Default for TelemetryLog {
    fn default() -> Self {
        Self::with_room(MOST_BYTES)
    }
}

impl TelemetryLog {
    fn with_room(most_bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Log {
            most_bytes,
            bytes: 0,
            next_number: 0,
            of: HashMap::new(),
            order: BTreeMap::new(),
        })))
    }

    /// Keeps a message, and lets older ones go for it.
    pub(crate) fn keep(&self, target: &Target, message: TelemetryMessage, at: Timestamp) {
        let mut log = self.log();
        let target = match log.of.get_key_value(target) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(target.clone()),
        };
        let number = log.next_number;
        log.next_number += 1;
        log.bytes += size(&message);
        log.order.insert(number, Arc::clone(&target));
        let of_one = log.of.entry(Arc::clone(&target)).or_default();
        of_one.push_back(Received { at, message, number });
        if of_one.len() > MOST_OF_ONE {
            log.drop_oldest_of(&target);
        }
        while log.bytes > log.most_bytes
            && let Some((_, oldest)) = log.order.first_key_value()
        {
            let oldest = Arc::clone(oldest);
            log.drop_oldest_of(&oldest);
        }
    }

    /// A device's or module's messages, oldest first.
    pub(crate) fn of(&self, target: &Target) -> Vec<Received> {
        self.log().of.get(target).into_iter().flatten().cloned().collect()
    }

    /// Forgets a device and its modules: the next one of the same name is another device.
    pub(crate) fn forget(&self, target: &Target) {
        let mut log = self.log();
        let its: Vec<_> =
            log.of.keys().filter(|other| other.device_id == target.device_id).cloned().collect();
        for one in its {
            while log.of.contains_key(&one) {
                log.drop_oldest_of(&one);
            }
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn drop_oldest_of(&mut self, target: &Arc<Target>) {
        let Some(of_one) = self.of.get_mut(target) else { return };
        if let Some(oldest) = of_one.pop_front() {
            self.bytes -= size(&oldest.message);
            self.order.remove(&oldest.number);
        }
        if of_one.is_empty() {
            self.of.remove(target);
        }
    }
}

fn size(message: &TelemetryMessage) -> usize {
    let properties = message
        .properties
        .iter()
        .map(|property| FRAME + property.name.len() + property.value.as_ref().map_or(0, String::len));
    FRAME + message.payload.len() + properties.sum::<usize>()
}

/// What devices say is nobody's but theirs; the log gets sizes.
impl fmt::Debug for TelemetryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.log();
        f.debug_struct("TelemetryLog").field("messages", &log.order.len()).field("bytes", &log.bytes).finish()
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::DeviceId;

    use super::*;

    fn device(id: &str) -> Target {
        Target::device(DeviceId::new(id).unwrap())
    }

    fn message(body: &str) -> TelemetryMessage {
        TelemetryMessage { payload: body.to_owned().into(), properties: Vec::new() }
    }

    fn bodies(log: &TelemetryLog, id: &str) -> Vec<String> {
        let of_one = log.of(&device(id));
        of_one
            .iter()
            .map(|received| String::from_utf8_lossy(&received.message.payload).into_owned())
            .collect()
    }

    #[test]
    fn a_device_keeps_its_newest() {
        let log = TelemetryLog::default();
        for number in 0..40 {
            log.keep(&device("d1"), message(&number.to_string()), Timestamp::NEVER);
        }
        let kept = bodies(&log, "d1");
        assert_eq!((kept.len(), kept[0].as_str(), kept[31].as_str()), (32, "8", "39"));
        log.forget(&device("d1"));
        assert_eq!(format!("{log:?}"), "TelemetryLog { messages: 0, bytes: 0 }");
    }

    #[test]
    fn all_together_keep_the_newest() {
        let log = TelemetryLog::with_room(3 * (FRAME + 1));
        for (id, body) in [("d1", "a"), ("d2", "b"), ("d1", "c"), ("d3", "d")] {
            log.keep(&device(id), message(body), Timestamp::NEVER);
        }
        assert_eq!(
            (bodies(&log, "d1"), bodies(&log, "d2"), bodies(&log, "d3")),
            (vec!["c".into()], vec!["b".into()], vec!["d".into()])
        );
        log.keep(&device("d4"), message(&"x".repeat(4 * FRAME)), Timestamp::NEVER);
        assert_eq!(format!("{log:?}"), "TelemetryLog { messages: 0, bytes: 0 }", "larger than all the room");
    }
}
