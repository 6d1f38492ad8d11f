//! When a [`super::Reading`] reads.

use leptos::prelude::*;

/// When to read again, besides on request and for another key. By default never.
#[derive(Debug)]
pub(crate) struct ReadOptions<K, T> {
    pub(super) every: Option<u64>,
    pub(super) sequence: Option<Signal<u64>>,
    pub(super) read_at: u64,
    pub(super) only_while: Option<fn(&T) -> bool>,
    pub(super) unless: Option<Signal<bool>>,
    pub(super) covers: Option<fn(&K, &K) -> bool>,
}

impl<K, T> Clone for ReadOptions<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, T> Copy for ReadOptions<K, T> {}

impl<K, T> ReadOptions<K, T> {
    /// Reads each key once.
    pub(crate) const fn once() -> Self {
        Self { every: None, sequence: None, read_at: 0, only_while: None, unless: None, covers: None }
    }

    /// Reads every so many milliseconds.
    pub(crate) const fn every(millis: u64) -> Self {
        Self { every: Some(millis), ..Self::once() }
    }

    /// Reads at these times only if the sequence has moved since the last read; `read_at` is the first value's.
    pub(crate) fn when_moved(self, sequence: impl Into<Signal<u64>>, read_at: u64) -> Self {
        Self { sequence: Some(sequence.into()), read_at, ..self }
    }

    /// Reads at these times only while this holds for the last good value.
    pub(crate) fn only_while(self, condition: fn(&T) -> bool) -> Self {
        Self { only_while: Some(condition), ..self }
    }

    /// Does not read at these times while this holds, such as while values come another way.
    pub(crate) fn unless(self, holds: impl Into<Signal<bool>>) -> Self {
        Self { unless: Some(holds.into()), ..self }
    }

    /// Whether an answer to the first key is one to the second as well; by default if they are equal.
    pub(crate) fn covers(self, covers: fn(&K, &K) -> bool) -> Self {
        Self { covers: Some(covers), ..self }
    }
}
