//! The names of the devices' tags, kept for a moment: a search in plain text needs them, and a real hub answers few queries a
//! minute.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long they are good.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The names, and when they were read.
#[derive(Debug, Default)]
pub(crate) struct TagNames(Mutex<Option<(Instant, Vec<String>)>>);

impl TagNames {
    /// The names, if they were read a moment ago.
    pub(crate) fn get(&self) -> Option<Vec<String>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(read, _)| read.elapsed() < MAX_AGE).map(|(_, names)| names.clone())
    }

    /// Keeps names that were read now.
    pub(crate) fn set(&self, names: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), names));
    }
}
