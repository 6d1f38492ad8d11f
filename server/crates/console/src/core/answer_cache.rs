//! Answers of the hub, kept for a moment: a real hub answers few queries a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Answers kept.
const CAPACITY: usize = 64;

/// Two texts that name an answer, such as a condition and an attribute.
type Key = (String, String);

/// The newest answers by their keys.
#[derive(Debug)]
pub(crate) struct AnswerCache<T>(Mutex<HashMap<Key, (T, Instant)>>);

impl<T> Default for AnswerCache<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> AnswerCache<T> {
    /// An answer younger than `max_age`.
    pub(crate) fn get(&self, key: &Key, max_age: Duration) -> Option<T> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = all.get(key)?;
        (at.elapsed() < max_age).then(|| answer.clone())
    }

    pub(crate) fn insert(&self, key: Key, answer: T) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert(key, (answer, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_for_a_while_and_not_too_many() {
        let cache = AnswerCache::default();
        let key = |number: usize| (number.to_string(), "tags.a".to_owned());
        for number in 0..=CAPACITY {
            cache.insert(key(number), number);
        }
        assert_eq!(cache.get(&key(0), Duration::MAX), None, "the oldest is removed");
        assert_eq!(cache.get(&key(CAPACITY), Duration::MAX), Some(CAPACITY));
        assert_eq!(cache.get(&key(CAPACITY), Duration::ZERO), None, "too old");
    }
}
