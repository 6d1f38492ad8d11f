//! Causes, landing map, round trips and reruns as the page holds them: read with the page, then again about once a
//! second while the job changes.

use console_wire::{cause::Cause, job::JobSummary, landing::Landing};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::job_insight::{JobInsight, read_insight},
    browser,
    present::order::order_by,
};

/// How often it is read again, in milliseconds.
const REREAD: u64 = 1000;

/// What the page knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insight {
    told: RwSignal<JobInsight>,
    /// Somebody points at the causes or has the focus in them, so they keep their order.
    pub(super) is_held: RwSignal<bool>,
}

impl Insight {
    /// Begins with what was read with the page, and follows the job.
    pub(super) fn follow(first: JobInsight, job: Memo<JobSummary>) -> Self {
        let insight = Self { told: RwSignal::new(first), is_held: RwSignal::new(false) };
        let is_reading = StoredValue::new(false);
        browser::every(REREAD, move || {
            let (job_id, sequence) = job.with_untracked(|job| (job.job_id.clone(), job.sequence));
            let is_new = insight.told.with_untracked(|told| told.landing.sequence < sequence);
            if !is_new || is_reading.get_value() || browser::is_hidden() {
                return;
            }
            is_reading.set_value(true);
            spawn_local(async move {
                let read = read_insight(job_id).await;
                if is_reading.try_update_value(|is_reading| *is_reading = false).is_some()
                    && let Ok(read) = read
                {
                    insight.take(read);
                }
            });
        });
        insight
    }

    fn take(self, mut read: JobInsight) {
        if self.is_held.get_untracked() {
            self.told.with_untracked(|told| keep_order(&told.causes, &mut read.causes));
        }
        self.told.set(read);
    }

    /// Looks at what is known.
    pub(super) fn with<T>(self, look: impl FnOnce(&JobInsight) -> T) -> T {
        self.told.with(look)
    }
}

/// What a page shows that could not read any.
pub(super) fn nothing(job: &JobSummary) -> JobInsight {
    let landing = Landing {
        device_count: 0,
        per_cell: 1,
        cells: String::new(),
        sequence: job.sequence,
        as_of: job.as_of,
    };
    JobInsight { causes: Vec::new(), landing, latency: None, reruns: Vec::new() }
}

/// Puts causes that are known in the order in which they are shown, new ones after them.
fn keep_order(shown: &[Cause], read: &mut [Cause]) {
    let place = |cause: &Cause| {
        shown
            .iter()
            .position(|other| (&other.key, other.outcome) == (&cause.key, cause.outcome))
            .unwrap_or(shown.len())
    };
    order_by(read, |a, b| place(a) < place(b));
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
    fn known_causes_keep_their_place() {
        let mut read = causes("dbca");
        keep_order(&causes("abc"), &mut read);
        assert_eq!(read, causes("abcd"));
    }
}
