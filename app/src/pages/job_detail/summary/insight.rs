//! Causes, landing map, round trips and reruns: those of the newest snapshot.

use console_wire::{cause::Cause, job::JobSummary, landing::Landing};
use leptos::prelude::*;

use crate::api::job_insight::JobInsight;

/// The newest insight.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages::job_detail) struct Insight {
    shown: Memo<JobInsight>,
    /// Pointer or focus is in the causes, so they keep their order.
    pub(in crate::pages::job_detail) keeps_order: RwSignal<bool>,
}

impl Insight {
    /// Follows the snapshots.
    pub(in crate::pages::job_detail) fn follow(newest: Memo<JobInsight>) -> Self {
        let keeps_order = RwSignal::new(false);
        let shown = Memo::new(move |before: Option<&JobInsight>| {
            let mut read = newest.get();
            if let Some(before) = before.filter(|_| keeps_order.get_untracked()) {
                keep_order(&before.causes, &mut read.causes);
            }
            read
        });
        Self { shown, keeps_order }
    }

    /// Reads a part of it.
    pub(in crate::pages::job_detail) fn with<T>(self, part: impl FnOnce(&JobInsight) -> T) -> T {
        self.shown.with(part)
    }
}

/// What the page shows where it could not be read.
pub(in crate::pages::job_detail) fn no_insight(job: &JobSummary) -> JobInsight {
    let landing = Landing {
        device_count: 0,
        per_cell: 1,
        cells: String::new(),
        sequence: job.sequence,
        as_of: job.as_of,
    };
    JobInsight {
        causes: Vec::new(),
        landing,
        curve: None,
        is_comparable: false,
        latency: None,
        reruns: Vec::new(),
        sync: None,
        reach: None,
    }
}

/// Sorts causes that are on the page as they are shown, new ones after them.
fn keep_order(shown: &[Cause], read: &mut [Cause]) {
    let place = |cause: &Cause| {
        shown
            .iter()
            .position(|other| (&other.key, other.outcome) == (&cause.key, cause.outcome))
            .unwrap_or(shown.len())
    };
    read.sort_by_key(place);
}

#[cfg(test)]
mod tests {
    use console_wire::{cause::CauseKey, outcome::Outcome};

    use super::*;

    fn causes(codes: &str) -> Vec<Cause> {
        let cause = |code: char| Cause {
            key: CauseKey { code: code.into(), message: String::new() },
            outcome: Outcome::Failed,
            count: 1,
            first_seen: None,
            last_seen: None,
            sample: Vec::new(),
        };
        codes.chars().map(cause).collect()
    }

    #[test]
    fn known_causes_keep_their_order() {
        let mut read = causes("dbca");
        keep_order(&causes("abc"), &mut read);
        assert_eq!(read, causes("abcd"));
    }
}
