//! The devices that were refused or disconnected by a rule lately, the newest first: where an operator begins to look.
//!
//! In memory. Ids that are not registered have room of their own, so that a client with invented ids does not evict devices.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use hub_wire::Timestamp;

use crate::{connection_history::Entry, domain::Target};

/// How long a refusal is recent. A device that is refused tries again within minutes.
const LATELY: Duration = Duration::from_hours(1);
/// Most registered devices and modules.
const MOST_REGISTERED: usize = 1000;
/// Most ids that are not registered.
const MOST_UNREGISTERED: usize = 100;

/// The last refusal of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedOne {
    /// Which device or module; what the client claims to be, if it is not registered.
    pub(crate) target: Arc<Target>,
    /// Whether it was registered then.
    pub(crate) is_registered: bool,
    /// The refusal; its `count` is how often there was one since the list has it.
    pub(crate) entry: Entry,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct RefusedLately {
    registered: Newest,
    unregistered: Newest,
}

impl RefusedLately {
    /// Adds a refusal.
    pub(crate) fn record(&mut self, target: &Target, entry: Entry, is_registered: bool) {
        if is_registered {
            self.registered.insert(target, entry, MOST_REGISTERED);
        } else {
            self.unregistered.insert(target, entry, MOST_UNREGISTERED);
        }
    }

    /// A device with this id is registered.
    pub(crate) fn note_registered(&mut self, target: &Target) {
        self.unregistered.remove(target);
    }

    /// A device was deleted.
    pub(crate) fn forget(&mut self, target: &Target) {
        for newest in [&mut self.registered, &mut self.unregistered] {
            let is_its = |other: &&Arc<Target>| {
                other.device_id == target.device_id
                    && (target.module_id.is_none() || other.module_id == target.module_id)
            };
            let its: Vec<_> = newest.of.keys().filter(is_its).cloned().collect();
            for one in its {
                newest.remove(&one);
            }
        }
    }

    /// The recent refusals, the newest first.
    pub(crate) fn recent(&self, now: Timestamp) -> Vec<RefusedOne> {
        let of = |newest: &Newest, is_registered| {
            let recent = newest.newest_first().filter(|(_, entry)| now.since(entry.at) < LATELY);
            recent.map(move |(target, entry)| RefusedOne { target, is_registered, entry }).collect::<Vec<_>>()
        };
        let mut all = of(&self.registered, true);
        all.extend(of(&self.unregistered, false));
        all.sort_by_key(|one| std::cmp::Reverse(one.entry.at));
        all
    }
}

/// The newest entry of each target.
#[derive(Debug, Default)]
struct Newest {
    next_number: u64,
    of: HashMap<Arc<Target>, (u64, Entry)>,
    /// By number; the first is the oldest.
    order: BTreeMap<u64, Arc<Target>>,
}

impl Newest {
    fn insert(&mut self, target: &Target, mut entry: Entry, most: usize) {
        entry.count = self.remove(target).map_or(1, |before| before.count.saturating_add(1));
        let (number, target) = (self.next_number, Arc::new(target.clone()));
        self.next_number += 1;
        self.order.insert(number, Arc::clone(&target));
        self.of.insert(target, (number, entry));
        while self.of.len() > most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.of.remove(&oldest);
        }
    }

    fn remove(&mut self, target: &Target) -> Option<Entry> {
        let (number, entry) = self.of.remove(target)?;
        self.order.remove(&number);
        Some(entry)
    }

    fn newest_first(&self) -> impl Iterator<Item = (Arc<Target>, Entry)> {
        self.order
            .values()
            .rev()
            .filter_map(|target| self.of.get(target).map(|(_, entry)| (Arc::clone(target), entry.clone())))
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::DeviceId;

    use super::*;
    use crate::{domain::connection_cause::ConnectionCause, mqtt::ConnectionEventKind};

    fn device(id: &str) -> Target {
        Target::device(DeviceId::new(id).unwrap())
    }

    fn at(millis: i64) -> Entry {
        Entry {
            at: Timestamp::from_unix_millis(millis),
            kind: ConnectionEventKind::Refused,
            cause: Some(ConnectionCause::WrongKey),
            reason: String::new(),
            client: None,
            count: 1,
        }
    }

    fn ids(lately: &RefusedLately, now: i64) -> Vec<(String, bool, u64)> {
        let all = lately.recent(Timestamp::from_unix_millis(now)).into_iter();
        all.map(|one| (one.target.to_string(), one.is_registered, one.entry.count)).collect()
    }

    #[test]
    fn the_newest_refusal_of_each_comes_first() {
        let mut lately = RefusedLately::default();
        for (id, millis, is_registered) in
            [("d1", 1, true), ("d2", 2, true), ("stranger", 3, false), ("d1", 4, true)]
        {
            lately.record(&device(id), at(millis), is_registered);
        }
        let expected = [("d1", true, 2), ("stranger", false, 1), ("d2", true, 1)];
        assert_eq!(ids(&lately, 0), expected.map(|(id, known, count)| (id.to_owned(), known, count)));
        assert_eq!(ids(&lately, 3_600_002).len(), 2, "an hour after d2");
        lately.note_registered(&device("stranger"));
        lately.forget(&device("d1"));
        assert_eq!(ids(&lately, 4), [("d2".to_owned(), true, 1)]);
    }

    #[test]
    fn invented_ids_do_not_evict_devices() {
        let mut lately = RefusedLately::default();
        lately.record(&device("d1"), at(0), true);
        for number in 0..2000 {
            lately.record(&device(&format!("invented-{number}")), at(number), false);
        }
        let all = ids(&lately, 0);
        assert_eq!((all.len(), all.last().unwrap().0.as_str()), (MOST_UNREGISTERED + 1, "d1"));
        assert_eq!(all[0].0, "invented-1999");
    }
}
