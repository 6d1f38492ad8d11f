//! Which devices of a list are chosen: the query and its exceptions, never a list of rows as long as the fleet.
//!
//! Pure. What it means to a job is a query condition again.

use std::collections::BTreeSet;

/// Longest condition that a job takes, with room for what the hub's queries put around it. Source: the hub's 8,192
/// characters for a query.
const LONGEST: usize = 8000;

/// The devices chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Selection {
    /// Whether every device that matches is chosen, but for the exceptions.
    is_all: bool,
    /// Those that are otherwise than the rest.
    exceptions: BTreeSet<String>,
}

impl Selection {
    /// Every device that matches.
    pub(crate) const fn all() -> Self {
        Self { is_all: true, exceptions: BTreeSet::new() }
    }

    /// Whether nothing is chosen.
    pub(crate) fn is_empty(&self) -> bool {
        !self.is_all && self.exceptions.is_empty()
    }

    /// Whether it goes beyond what is on screen.
    pub(crate) const fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether a device is chosen.
    pub(crate) fn holds(&self, device_id: &str) -> bool {
        self.is_all != self.exceptions.contains(device_id)
    }

    /// Chooses a device, or no longer.
    pub(crate) fn set(&mut self, device_id: &str, is_chosen: bool) {
        if is_chosen == self.is_all {
            self.exceptions.remove(device_id);
        } else {
            self.exceptions.insert(device_id.to_owned());
        }
    }

    /// How many devices are chosen, of so many that match; `None` while that is not known.
    pub(crate) fn count(&self, matching: Option<u64>) -> Option<u64> {
        let exceptions = self.exceptions.len() as u64;
        if self.is_all {
            matching.map(|matching| matching.saturating_sub(exceptions))
        } else {
            Some(exceptions)
        }
    }

    /// The condition that means these devices, in a list of what this condition matches; `None` when it would be longer
    /// than a query may be.
    pub(crate) fn condition(&self, listed: &str) -> Option<String> {
        let listed = listed.trim();
        let ids: Vec<_> = self.exceptions.iter().map(|id| format!("'{}'", id.replace('\'', "\\'"))).collect();
        let ids = ids.join(", ");
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

    fn chosen(selection: Selection, changes: &[(&str, bool)]) -> Selection {
        changes.iter().fold(selection, |mut selection, (id, is_chosen)| {
            selection.set(id, *is_chosen);
            selection
        })
    }

    #[test]
    fn conditions() {
        for (selection, listed, condition) in [
            (chosen(Selection::default(), &[("b", true), ("a", true)]), "x = 1", "deviceId IN ['a', 'b']"),
            (chosen(Selection::default(), &[("it's", true)]), "", r"deviceId IN ['it\'s']"),
            (Selection::all(), " ", "*"),
            (Selection::all(), "a OR b", "a OR b"),
            (chosen(Selection::all(), &[("a", false)]), "", "deviceId NIN ['a']"),
            (chosen(Selection::all(), &[("a", false)]), "b OR c", "(b OR c) AND deviceId NIN ['a']"),
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
        let some = chosen(Selection::default(), &[("a", true), ("b", true), ("b", false)]);
        assert!(some.holds("a") && !some.holds("b") && !some.is_empty());
        assert_eq!(some.count(None), Some(1));
        let rest = chosen(Selection::all(), &[("a", false)]);
        assert!(!rest.holds("a") && rest.holds("z") && rest.is_all());
        assert_eq!((rest.count(Some(10)), rest.count(None)), (Some(9), None));
        assert!(chosen(Selection::default(), &[("a", true), ("a", false)]).is_empty());
    }
}
