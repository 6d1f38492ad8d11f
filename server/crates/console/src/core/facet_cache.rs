//! The newest value counts of attributes, kept for a moment: a real hub answers few queries a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use console_wire::device_table::Facet;

/// Facets kept.
const CAPACITY: usize = 64;

/// Facets by condition and attribute.
#[derive(Debug, Default)]
pub(crate) struct FacetCache(Mutex<HashMap<(String, String), (Facet, Instant)>>);

impl FacetCache {
    /// A facet younger than `max_age`.
    pub(crate) fn get(&self, key: &(String, String), max_age: Duration) -> Option<Facet> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (facet, at) = all.get(key)?;
        (at.elapsed() < max_age).then(|| facet.clone())
    }

    pub(crate) fn insert(&self, key: (String, String), facet: Facet) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert(key, (facet, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn facets_are_kept_for_a_while_and_not_too_many() {
        let cache = FacetCache::default();
        let facet = Facet {
            path: "tags.a".into(),
            values: Vec::new(),
            other_values: 0,
            unset_count: 0,
            is_unbounded: false,
            as_of: Timestamp::from_unix_millis(0),
        };
        let key = |number: usize| (number.to_string(), "tags.a".to_owned());
        for number in 0..=CAPACITY {
            cache.insert(key(number), facet.clone());
        }
        assert_eq!(cache.get(&key(0), Duration::MAX), None, "the oldest is removed");
        assert_eq!(cache.get(&key(CAPACITY), Duration::MAX), Some(facet));
        assert_eq!(cache.get(&key(CAPACITY), Duration::ZERO), None, "too old");
    }
}
