//! The newest entries of each device, in memory: bounded by count for each device and by bytes in all; the oldest are
//! dropped first.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hub_wire::DeviceId;
use tokio::sync::watch;

use crate::domain::Target;

/// An entry with its approximate size.
pub(crate) trait Weighed {
    /// Bytes, overhead included.
    fn size(&self) -> usize;
}

/// The newest entries of each device or module. Cheap to clone; clones share their state.
pub(crate) struct Recent<T>(Arc<Shared<T>>);

struct Shared<T> {
    entries: Mutex<Entries<T>>,
    /// The number of the next entry; changes after an entry is kept.
    next_number: watch::Sender<u64>,
}

/// Entries in the order in which they came.
#[derive(Debug, PartialEq)]
pub(crate) struct Numbered<T> {
    /// The number to go on from.
    pub(crate) next: u64,
    /// How many entries are not here that came in between: dropped, or beyond the requested count.
    pub(crate) skipped: u64,
    /// Oldest first.
    pub(crate) entries: Vec<(u64, Arc<Target>, T)>,
}

struct Entries<T> {
    most_of_one: usize,
    most_bytes: usize,
    bytes: usize,
    next_number: u64,
    of: HashMap<Arc<Target>, VecDeque<(u64, T)>>,
    /// The target of each entry by number; the first is the oldest.
    order: BTreeMap<u64, Arc<Target>>,
}

impl<T: Weighed + Clone> Recent<T> {
    /// No entries. At most `most_of_one` of one device and `most_bytes` of all together are kept.
    pub(crate) fn new(most_of_one: usize, most_bytes: usize) -> Self {
        let entries = Entries {
            most_of_one,
            most_bytes,
            bytes: 0,
            next_number: 0,
            of: HashMap::new(),
            order: BTreeMap::new(),
        };
        Self(Arc::new(Shared { entries: Mutex::new(entries), next_number: watch::Sender::new(0) }))
    }

    /// Keeps an entry, and drops older ones for it.
    pub(crate) fn keep(&self, target: &Target, entry: T) {
        self.keep_unless(target, entry, |_, _| false);
    }

    /// Keeps an entry, unless `merged` has put it into the device's newest one; that must not make it larger.
    pub(crate) fn keep_unless(&self, target: &Target, entry: T, merged: impl FnOnce(&mut T, &T) -> bool) {
        let mut entries = self.entries();
        if let Some((_, newest)) = entries.of.get_mut(target).and_then(VecDeque::back_mut)
            && merged(newest, &entry)
        {
            return;
        }
        let target = match entries.of.get_key_value(target) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(target.clone()),
        };
        let number = entries.next_number;
        entries.next_number += 1;
        entries.bytes += entry.size();
        entries.order.insert(number, Arc::clone(&target));
        let of_one = entries.of.entry(Arc::clone(&target)).or_default();
        of_one.push_back((number, entry));
        if of_one.len() > entries.most_of_one {
            entries.drop_oldest_of(&target);
        }
        while entries.bytes > entries.most_bytes
            && let Some((_, oldest)) = entries.order.first_key_value()
        {
            let oldest = Arc::clone(oldest);
            entries.drop_oldest_of(&oldest);
        }
        self.0.next_number.send_replace(number + 1);
    }

    /// Waits for the entry with a number, if it has not come yet.
    pub(crate) async fn wait_for(&self, number: u64) {
        // The sender is as long there as this.
        let _ = self.0.next_number.subscribe().wait_for(|next| *next > number).await;
    }

    /// The entries from a number on, of all devices or of one and its modules: at most `most`, the newest ones. Without a
    /// number, or with one that is still far ahead because it is from before a restart, the newest entries.
    pub(crate) fn from(&self, number: Option<u64>, device: Option<&DeviceId>, most: usize) -> Numbered<T> {
        let entries = self.entries();
        let next = entries.next_number;
        let from = number.filter(|from| *from <= next);
        let (mut present, mut matching, mut found) = (0, 0_u64, Vec::new());
        for (number, target) in entries.order.range(from.unwrap_or(0)..).rev() {
            // Before the first request nothing was missed, so nothing is counted.
            if from.is_none() && found.len() == most {
                break;
            }
            present += 1;
            if device.is_some_and(|device| *device != target.device_id) {
                continue;
            }
            matching += 1;
            if found.len() < most
                && let Some(of_one) = entries.of.get(target)
                && let Ok(place) = of_one.binary_search_by_key(number, |(number, _)| *number)
            {
                found.push((*number, Arc::clone(target), of_one[place].1.clone()));
            }
        }
        found.reverse();
        let skipped =
            from.map_or(0, |from| (next - from).saturating_sub(present) + matching - found.len() as u64);
        Numbered { next, skipped, entries: found }
    }

    /// A device's or module's entries, oldest first.
    pub(crate) fn of(&self, target: &Target) -> Vec<T> {
        self.entries().of.get(target).into_iter().flatten().map(|(_, entry)| entry.clone()).collect()
    }

    /// Deletes the entries of a module, or of a device and its modules: a later one of the same id is another.
    pub(crate) fn forget(&self, target: &Target) {
        let mut entries = self.entries();
        let is_its = |other: &&Arc<Target>| match target.module_id {
            None => other.device_id == target.device_id,
            Some(_) => ***other == *target,
        };
        let its: Vec<_> = entries.of.keys().filter(is_its).cloned().collect();
        for one in its {
            while entries.of.contains_key(&one) {
                entries.drop_oldest_of(&one);
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries<T>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Weighed> Entries<T> {
    fn drop_oldest_of(&mut self, target: &Arc<Target>) {
        let Some(of_one) = self.of.get_mut(target) else { return };
        if let Some((number, oldest)) = of_one.pop_front() {
            self.bytes -= oldest.size();
            self.order.remove(&number);
        }
        if of_one.is_empty() {
            self.of.remove(target);
        }
    }
}

impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Sizes only, not content.
impl<T> fmt::Debug for Recent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Recent")
            .field("entries", &entries.order.len())
            .field("bytes", &entries.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::DeviceId;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Text(&'static str);

    impl Weighed for Text {
        fn size(&self) -> usize {
            100 + self.0.len()
        }
    }

    fn device(id: &str) -> Target {
        Target::device(DeviceId::new(id).unwrap())
    }

    fn texts(recent: &Recent<Text>, id: &str) -> Vec<&'static str> {
        recent.of(&device(id)).iter().map(|text| text.0).collect()
    }

    fn is_empty(recent: &Recent<Text>) -> bool {
        format!("{recent:?}") == "Recent { entries: 0, bytes: 0, .. }"
    }

    #[test]
    fn the_newest_entries_of_a_device_are_kept() {
        let recent = Recent::new(2, 10_000);
        for text in ["a", "b", "c"] {
            recent.keep(&device("d1"), Text(text));
        }
        assert_eq!(texts(&recent, "d1"), ["b", "c"]);
        recent.forget(&device("d1"));
        assert!(is_empty(&recent));
    }

    #[test]
    fn the_newest_entries_of_all_devices_are_kept() {
        let recent = Recent::new(32, 303);
        for (id, text) in [("d1", "a"), ("d2", "b"), ("d1", "c"), ("d3", "d")] {
            recent.keep(&device(id), Text(text));
        }
        assert_eq!(
            (texts(&recent, "d1"), texts(&recent, "d2"), texts(&recent, "d3")),
            (vec!["c"], vec!["b"], vec!["d"])
        );
        recent.keep(&device("d4"), Text(Box::leak("x".repeat(400).into_boxed_str())));
        assert!(is_empty(&recent), "larger than all the room");
    }

    #[tokio::test]
    async fn entries_of_all_devices_in_the_order_in_which_they_came() {
        let recent: Recent<Text> = Recent::new(2, 10_000);
        let texts = |number, device: Option<&str>, most| {
            let device = device.map(|id| DeviceId::new(id).unwrap());
            let found = recent.from(number, device.as_ref(), most);
            let texts: Vec<_> = found.entries.iter().map(|(number, _, text)| (*number, text.0)).collect();
            (texts, found.skipped, found.next)
        };
        assert_eq!(texts(None, None, 9), (vec![], 0, 0));
        for (id, text) in [("d1", "a"), ("d2", "b"), ("d1", "c"), ("d1", "d")] {
            recent.keep(&device(id), Text(text));
        }
        recent.wait_for(3).await;
        for (number, of, most, expected) in [
            // "a" was dropped, since its device has two newer ones.
            (Some(0), None, 9, (vec![(1, "b"), (2, "c"), (3, "d")], 1, 4)),
            (Some(1), None, 2, (vec![(2, "c"), (3, "d")], 1, 4)),
            (Some(3), None, 9, (vec![(3, "d")], 0, 4)),
            (Some(4), None, 9, (vec![], 0, 4)),
            (Some(1), Some("d2"), 9, (vec![(1, "b")], 0, 4)),
            (None, None, 1, (vec![(3, "d")], 0, 4)),
            (Some(99), None, 1, (vec![(3, "d")], 0, 4)),
        ] {
            assert_eq!(texts(number, of, most), expected, "{number:?} {of:?} {most}");
        }
    }

    #[test]
    fn merged_entries_take_no_memory() {
        let recent = Recent::new(2, 10_000);
        recent.keep(&device("d1"), Text("a"));
        for _ in 0..10 {
            recent.keep_unless(&device("d1"), Text("b"), |newest, entry| newest == entry);
        }
        assert_eq!(texts(&recent, "d1"), ["a", "b"]);
    }
}
