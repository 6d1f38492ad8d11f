//! Limits how often the same is logged, so that a client that is refused repeatedly does not fill the log.
//!
//! Time is divided into windows. In each, a kind of line from one source is logged a few times and then only counted; all
//! sources together have a limit too, since a client may use many addresses. Counts are reported when their window has
//! ended. The table of sources is bounded: sources that do not fit share one entry.

use std::{collections::HashMap, hash::Hash, time::Duration};

use hub_wire::Timestamp;

/// What may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Length of a window.
    pub window: Duration,
    /// Lines of one key in a window.
    pub of_one: u32,
    /// Lines of all keys in a window.
    pub of_all: u32,
    /// Keys that are counted one by one, and so reports at the end of a window.
    pub keys: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { window: Duration::from_mins(1), of_one: 5, of_all: 100, keys: 256 }
    }
}

/// Lines that were left out in a window that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed<K> {
    /// Of what; none for those that the table had no room for.
    pub key: Option<K>,
    /// How many.
    pub count: u64,
}

/// Counts lines by key.
#[derive(Debug)]
pub struct LogLimit<K> {
    allowance: Allowance,
    /// Since when the window runs; none before the first line.
    began: Option<Timestamp>,
    of: HashMap<K, Count>,
    others: Count,
    logged: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    logged: u32,
    suppressed: u64,
}

impl<K: Clone + Eq + Hash> LogLimit<K> {
    /// Nothing logged yet.
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, began: None, of: HashMap::new(), others: Count::default(), logged: 0 }
    }

    /// Whether a line may be logged now. It is counted either way. To be called after [`LogLimit::ended`].
    pub fn admit(&mut self, key: &K, now: Timestamp) -> bool {
        self.began.get_or_insert(now);
        let has_room = self.of.len() < self.allowance.keys;
        let count = if has_room || self.of.contains_key(key) {
            self.of.entry(key.clone()).or_default()
        } else {
            &mut self.others
        };
        if count.logged < self.allowance.of_one && self.logged < self.allowance.of_all {
            count.logged += 1;
            self.logged += 1;
            true
        } else {
            count.suppressed += 1;
            false
        }
    }

    /// What was left out in the window, if it has ended; a new one begins. A clock that was set back ends it too.
    pub fn ended(&mut self, now: Timestamp) -> Vec<Suppressed<K>> {
        match self.began {
            Some(began) if now >= began && now < began.plus(self.allowance.window) => Vec::new(),
            _ => self.close(),
        }
    }

    /// Ends the window: what was left out in it.
    pub fn close(&mut self) -> Vec<Suppressed<K>> {
        self.began = None;
        self.logged = 0;
        let others = std::mem::take(&mut self.others);
        self.of
            .drain()
            .map(|(key, count)| Suppressed { key: Some(key), count: count.suppressed })
            .chain([Suppressed { key: None, count: others.suppressed }])
            .filter(|suppressed| suppressed.count > 0)
            .collect()
    }

    /// When the window ends in which something was left out.
    pub fn report_at(&self) -> Option<Timestamp> {
        let is_any = self.others.suppressed > 0 || self.of.values().any(|count| count.suppressed > 0);
        self.began.filter(|_| is_any).map(|began| began.plus(self.allowance.window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { window: Duration::from_mins(1), of_one: 2, of_all: 5, keys: 3 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_900_000_000_000 + seconds * 1000)
    }

    /// Second, key, whether it is logged, and what is reported before it.
    type Line<'a> = (i64, &'static str, bool, &'a [(Option<&'static str>, u64)]);

    /// Lines at their seconds, and whether each is logged with what is reported before it.
    fn check(lines: &[Line<'_>]) {
        let mut limit = LogLimit::new(ALLOWANCE);
        for (index, (second, key, is_logged, reports)) in lines.iter().enumerate() {
            let mut found: Vec<_> = limit
                .ended(at(*second))
                .into_iter()
                .map(|suppressed| (suppressed.key, suppressed.count))
                .collect();
            found.sort_unstable();
            assert_eq!(found, *reports, "reports before line {index}");
            assert_eq!(limit.admit(key, at(*second)), *is_logged, "line {index}");
        }
    }

    #[test]
    fn one_source_is_limited_and_counted() {
        check(&[
            (0, "a", true, &[]),
            (1, "a", true, &[]),
            (2, "a", false, &[]),
            (59, "a", false, &[]),
            (59, "b", true, &[]),
            (60, "a", true, &[(Some("a"), 2)]),
            (61, "a", true, &[]),
            (500, "b", true, &[]),
        ]);
    }

    #[test]
    fn all_sources_together_are_limited() {
        check(&[
            (0, "a", true, &[]),
            (0, "a", true, &[]),
            (0, "b", true, &[]),
            (0, "b", true, &[]),
            (0, "c", true, &[]),
            (0, "c", false, &[]),
            (0, "d", false, &[]),
            (0, "e", false, &[]),
            (60, "e", true, &[(None, 2), (Some("c"), 1)]),
        ]);
    }

    #[test]
    fn sources_beyond_the_table_share_an_entry() {
        check(&[
            (0, "a", true, &[]),
            (0, "b", true, &[]),
            (0, "c", true, &[]),
            (0, "d", true, &[]),
            (0, "e", true, &[]),
            (0, "f", false, &[]),
            (60, "a", true, &[(None, 1)]),
        ]);
    }

    #[test]
    fn a_clock_that_is_set_back_starts_a_new_window() {
        check(&[
            (0, "a", true, &[]),
            (0, "a", true, &[]),
            (0, "a", false, &[]),
            (-3600, "a", true, &[(Some("a"), 1)]),
            (-3599, "a", true, &[]),
            (-3598, "a", false, &[]),
        ]);
    }

    #[test]
    fn a_report_is_due_only_when_lines_were_suppressed() {
        let mut limit = LogLimit::new(ALLOWANCE);
        assert_eq!(limit.report_at(), None);
        for _ in 0..2 {
            assert!(limit.admit(&"a", at(5)));
        }
        assert_eq!(limit.report_at(), None);
        limit.admit(&"a", at(6));
        assert_eq!(limit.report_at(), Some(at(65)));
        assert_eq!(limit.close(), [Suppressed { key: Some("a"), count: 1 }]);
        assert_eq!((limit.report_at(), limit.close()), (None, Vec::new()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limit = LogLimit::new(Allowance::default());
        let logged = (0..100_000).filter(|number| limit.admit(number, at(0))).count();
        assert_eq!(logged, 100);
        assert_eq!(limit.of.len(), 256);
        let suppressed: u64 = limit.close().iter().map(|suppressed| suppressed.count).sum();
        assert_eq!(suppressed, 100_000 - 100);
    }
}
