//! Which jobs are being created in this process right now.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Ids of the jobs that are being created.
#[derive(Debug, Default)]
pub(crate) struct Creations(Mutex<HashSet<String>>);

impl Creations {
    fn ids(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn contains(&self, job_id: &str) -> bool {
        self.ids().contains(job_id)
    }

    /// Counts a job as being created while the guard lives.
    pub(crate) fn begin<'a>(&'a self, job_id: &str) -> Creation<'a> {
        self.ids().insert(job_id.to_owned());
        Creation { creations: self, job_id: job_id.to_owned() }
    }
}

/// Removes the job on drop.
pub(crate) struct Creation<'a> {
    creations: &'a Creations,
    job_id: String,
}

impl Drop for Creation<'_> {
    fn drop(&mut self) {
        self.creations.ids().remove(&self.job_id);
    }
}
