//! What the jobs page shows: the page of jobs that the address names, updated by the event stream.

use console_wire::job::{JobCounts, JobTab};
use leptos::prelude::*;

use crate::{
    api::job_list::{JobsView, list_jobs},
    data::{
        live::Live,
        read::{Answer, ReadOptions, Reading, use_read},
    },
    jobs_query::JobsQuery,
    paths,
};

/// A page of jobs, or why it could not be read, and the view that it is a page of.
pub(super) type JobsAnswer = Answer<JobsQuery, JobsView>;

/// The page's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jobs {
    /// The view that the address names.
    pub(super) view: Memo<JobsQuery>,
    /// The page's live data.
    pub(super) live: Live,
    /// Pages of jobs.
    pub(super) read: Reading<JobsQuery, JobsView>,
}

impl Jobs {
    /// Follows address and stream. A cancel reads nothing: the row hears of it from the stream and keeps its place.
    pub(super) fn follow(view: Memo<JobsQuery>, live: Live) -> Self {
        let key = Signal::derive(move || Some(view.get()));
        let jobs = Self { view, live, read: use_read(key, ReadOptions::once(), list_jobs) };
        jobs.read.refetch_when(move || live.missed());
        Effect::new(move |_| {
            if let Some(sequence) = jobs.known(|read| read.sequence) {
                live.open(paths::EVENTS.to_owned(), sequence);
            }
        });
        jobs
    }

    /// How many jobs each tab holds, once that is known.
    pub(super) fn counts(self) -> Option<JobCounts> {
        let counts = self.live.counts().or_else(|| self.known(|read| read.counts))?;
        // None is known here, and the hub could not be asked: that is not zero.
        let is_unknown =
            counts.get(JobTab::All) == 0 && self.known(|read| read.unknown.is_some()) == Some(true);
        (!is_unknown).then_some(counts)
    }

    /// How many jobs of each tab match the filters, on all pages, once that is known.
    pub(super) fn matching(self) -> Option<JobCounts> {
        self.known(|read| read.matching).flatten().or_else(|| self.counts())
    }

    /// A part of the newest answer; `None` where it is an error.
    pub(super) fn known<T>(self, part: impl FnOnce(&JobsView) -> T) -> Option<T> {
        self.read.answer().with(|answer| answer.as_ref()?.result.as_ref().ok().map(part))
    }

    /// Whether there has never been a job.
    pub(super) fn is_first(self) -> bool {
        self.known(|read| read.first.is_some()).unwrap_or_default()
    }
}
