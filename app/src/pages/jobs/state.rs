//! What the page knows, and how it learns more. The first frame comes with its rows; from then on each new address is
//! read on the side while the page stays as it is, and what comes after another question is dropped.

use console_wire::job::JobCounts;
use leptos::{prelude::*, task::spawn_local};

#[cfg(feature = "hydrate")]
use super::empty;
use crate::{
    api::{
        ApiError,
        job_list::{JobsView, list_jobs},
    },
    jobs_query::JobsQuery,
    live::Live,
    paths,
    reactive::effect,
};

/// What was asked and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) asked: JobsQuery,
    pub(super) read: Result<JobsView, ApiError>,
}

/// The page's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jobs {
    /// The view that the address asks for.
    pub(super) view: Memo<JobsQuery>,
    /// The page's live data.
    pub(super) live: Live,
    /// The newest answer.
    pub(super) told: RwSignal<Told>,
    /// Counts up to have the same view read again.
    pub(super) refresh: RwSignal<u32>,
}

/// Reads a page of jobs.
pub(super) async fn read(asked: JobsQuery) -> Result<JobsView, ApiError> {
    let read = list_jobs(asked).await;
    // With all that shows it, so that nothing has to be waited for while a list gives way to another.
    #[cfg(feature = "hydrate")]
    if read.as_ref().is_ok_and(|read| read.jobs.is_empty()) {
        empty::fetch_part().await;
    }
    read
}

impl Jobs {
    /// The state after the first answer, which follows address and stream from now on.
    pub(super) fn follow(view: Memo<JobsQuery>, live: Live, first: Told) -> Self {
        let jobs = Self { view, live, told: RwSignal::new(first), refresh: RwSignal::new(0) };
        effect(move || {
            if let Some(sequence) = jobs.known(|read| read.sequence) {
                live.open(paths::EVENTS.to_owned(), sequence);
            }
        });
        let asks = StoredValue::new(0_u32);
        // Not read again after a cancel: the row hears of it and keeps its place.
        Effect::new(move |before: Option<()>| {
            let asked = view.get();
            jobs.refresh.track();
            live.missed();
            // The address may have moved on while the first rows were on their way.
            if before.is_none() && jobs.told.with_untracked(|told| told.asked == asked) {
                return;
            }
            asks.update_value(|asks| *asks += 1);
            let ask = asks.get_value();
            spawn_local(async move {
                let read = read(asked.clone()).await;
                if asks.try_get_value() == Some(ask) {
                    jobs.told.try_set(Told { asked, read });
                }
            });
        });
        jobs
    }

    /// How many jobs each tab holds, once anybody has told.
    pub(super) fn counts(self) -> Option<JobCounts> {
        self.live.counts().or_else(|| self.known(|read| read.counts))
    }

    /// Something of what was read; nothing while that cannot be read.
    pub(super) fn known<T>(self, of: impl FnOnce(&JobsView) -> T) -> Option<T> {
        self.told.with(|told| told.read.as_ref().ok().map(of))
    }

    /// Whether there has never been a job.
    pub(super) fn is_first(self) -> bool {
        self.known(|read| read.first.is_some()).unwrap_or_default()
    }
}
