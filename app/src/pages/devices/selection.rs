//! Which devices of a list are selected: either some ids, or all that match the query except some ids. A job takes the
//! selection as a query condition.

use std::collections::BTreeSet;

/// Longest condition of a job, in characters. The hub allows 8,192 for a whole query.
const LONGEST: usize = 8000;

/// The selected devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Selection {
    /// Whether every device that matches is selected, except the exceptions.
    is_all: bool,
    /// Devices whose state differs from the rest.
    exceptions: BTreeSet<String>,
}

impl Selection {
    /// Every device that matches.
    pub(crate) const fn all() -> Self {
        Self { is_all: true, exceptions: BTreeSet::new() }
    }

    /// Whether no device is selected.
    pub(crate) fn is_empty(&self) -> bool {
        !self.is_all && self.exceptions.is_empty()
    }

    /// Whether all matching devices are selected, also those on other pages.
    pub(crate) const fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether a device is selected.
    pub(crate) fn holds(&self, device_id: &str) -> bool {
        self.is_all != self.exceptions.contains(device_id)
    }

    /// Selects a device, or clears its selection.
    pub(crate) fn set(&mut self, device_id: &str, is_selected: bool) {
        if is_selected == self.is_all {
            self.exceptions.remove(device_id);
        } else {
            self.exceptions.insert(device_id.to_owned());
        }
    }

    /// How many devices are selected, of so many that match; `None` while that is unknown.
    pub(crate) fn count(&self, matching: Option<u64>) -> Option<u64> {
        let exceptions = self.exceptions.len() as u64;
        if self.is_all {
            matching.map(|matching| matching.saturating_sub(exceptions))
        } else {
            Some(exceptions)
        }
    }

    /// The two devices, when exactly two are selected by name.
    pub(crate) fn pair(&self) -> Option<(String, String)> {
        let mut ids = self.exceptions.iter().filter(|_| !self.is_all);
        let pair = (ids.next()?.clone(), ids.next()?.clone());
        ids.next().is_none().then_some(pair)
    }

    /// The condition that matches these devices, in a list of what `listed` matches; `None` when it would be too long for a
    /// query.
    pub(crate) fn condition(&self, listed: &str) -> Option<String> {
        let listed = listed.trim();
        let ids = hub_query::write::texts(self.exceptions.iter().map(String::as_str));
        let condition = match (self.is_all, self.exceptions.is_empty(), listed.is_empty()) {
            (true, true, true) => "*".to_owned(),
            (true, true, false) => listed.to_owned(),
            (true, false, true) => format!("deviceId NIN [{ids}]"),
            (true, false, false) => format!("({listed}) AND deviceId NIN [{ids}]"),
            (false, ..) => format!("deviceId IN [{ids}]"),
        };
        (condition.chars().count() <= LONGEST).then_some(condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(selection: Selection, changes: &[(&str, bool)]) -> Selection {
        changes.iter().fold(selection, |mut selection, (id, is_selected)| {
            selection.set(id, *is_selected);
            selection
        })
    }

    #[test]
    fn conditions() {
        for (selection, listed, condition) in [
            (selected(Selection::default(), &[("b", true), ("a", true)]), "x = 1", "deviceId IN ['a', 'b']"),
            (selected(Selection::default(), &[("it's", true)]), "", r"deviceId IN ['it\'s']"),
            (Selection::all(), " ", "*"),
            (Selection::all(), "a OR b", "a OR b"),
            (selected(Selection::all(), &[("a", false)]), "", "deviceId NIN ['a']"),
            (selected(Selection::all(), &[("a", false)]), "b OR c", "(b OR c) AND deviceId NIN ['a']"),
        ] {
            assert_eq!(selection.condition(listed).as_deref(), Some(condition));
        }
        let mut many = Selection::default();
        for index in 0..1000 {
            many.set(&format!("device-{index}"), true);
        }
        assert_eq!(many.condition(""), None);
    }

    #[test]
    fn counts_and_membership() {
        let some = selected(Selection::default(), &[("a", true), ("b", true), ("b", false)]);
        assert!(some.holds("a") && !some.holds("b") && !some.is_empty());
        assert_eq!(some.count(None), Some(1));
        let rest = selected(Selection::all(), &[("a", false)]);
        assert!(!rest.holds("a") && rest.holds("z") && rest.is_all());
        assert_eq!((rest.count(Some(10)), rest.count(None)), (Some(9), None));
        assert!(selected(Selection::default(), &[("a", true), ("a", false)]).is_empty());
    }

    #[test]
    fn two_devices_are_a_pair() {
        for (selection, changes, pair) in [
            (Selection::default(), &[("b", true), ("a", true)][..], Some(("a".to_owned(), "b".to_owned()))),
            (Selection::default(), &[("a", true)], None),
            (Selection::default(), &[("a", true), ("b", true), ("c", true)], None),
            (Selection::all(), &[("a", false), ("b", false)], None),
        ] {
            assert_eq!(selected(selection, changes).pair(), pair, "{changes:?}");
        }
    }
}
