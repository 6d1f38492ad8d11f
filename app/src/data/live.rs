//! The live-update hook: one event stream per page keeps its numbers current.
//!
//! The stream starts at the sequence at which the page's data was read, so no event is missed. Events are shown in batches,
//! at most four a second. The server sends an event at least every five seconds; after ten without one the page is stale:
//! it keeps its numbers, shows since when and when it retries, and resumes after the last event. A page that was hidden
//! for a minute disconnects, and resumes when it is visible; see [`stream`]. On the server nothing happens.

#[cfg(feature = "hydrate")]
mod connection;
#[cfg(feature = "hydrate")]
mod stream;

use std::collections::HashMap;

use console_wire::job::{JobCounts, JobSummary};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::kit::clock::{Clock, use_clock};
#[cfg(feature = "hydrate")]
use crate::kit::{Tab, use_tab};

/// Whether a page is up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server no stream is open"))]
pub(crate) enum Freshness {
    /// The first frame, or no event was received yet.
    Connecting,
    /// Up to date.
    Live,
    /// Receiving missed events.
    CatchingUp,
    /// No event since then.
    Stale(Timestamp),
    /// The page is hidden.
    Paused,
}

/// A page's live data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    freshness: RwSignal<Freshness>,
    jobs: RwSignal<HashMap<String, JobSummary>>,
    counts: RwSignal<Option<JobCounts>>,
    missed: RwSignal<u32>,
    /// How far behind the newest event was, in tenths of a second.
    lag: RwSignal<Option<u32>>,
    /// Seconds until the next retry.
    next_try: RwSignal<Option<u32>>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server no stream is open"))]
    clock: Clock,
    #[cfg(feature = "hydrate")]
    tab: Tab,
    #[cfg(feature = "hydrate")]
    stream: StoredValue<connection::Connection, LocalStorage>,
}

/// A page's live data; its stream is opened by [`Live::open`] and closed with the page.
pub(crate) fn use_live() -> Live {
    let live = Live {
        freshness: RwSignal::new(Freshness::Connecting),
        jobs: RwSignal::default(),
        counts: RwSignal::default(),
        missed: RwSignal::new(0),
        lag: RwSignal::new(None),
        next_try: RwSignal::new(None),
        clock: use_clock(),
        #[cfg(feature = "hydrate")]
        tab: use_tab(),
        #[cfg(feature = "hydrate")]
        stream: StoredValue::new_local(connection::Connection::default()),
    };
    #[cfg(feature = "hydrate")]
    live.start();
    live
}

impl Live {
    /// Follows the stream at `path` from the sequence at which the page's data was read. Opening the same stream again does
    /// nothing.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "on the server no stream is open")
    )]
    pub(crate) fn open(self, path: String, since: u64) {
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| {
            if crate::kit::dom::is_hydrated() {
                self.follow(&path, since);
            }
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (path, since);
    }

    /// Whether the page is up to date.
    pub(crate) fn freshness(self) -> Freshness {
        self.freshness.get()
    }

    /// How far behind the newest event was, in tenths of a second: on a page about one job, while it moves.
    pub(crate) fn lag(self) -> Option<u32> {
        self.lag.get()
    }

    /// Seconds until the next retry, while the server cannot be reached.
    pub(crate) fn next_try(self) -> Option<u32> {
        self.next_try.get()
    }

    /// The newer of a job that was read and the same job in the last event.
    pub(crate) fn newest(self, read: &JobSummary) -> JobSummary {
        self.jobs.with(|jobs| {
            jobs.get(&read.job_id).filter(|job| job.sequence > read.sequence).unwrap_or(read).clone()
        })
    }

    /// The sequence number of a job's last change in the stream; 0 before the first.
    pub(crate) fn sequence_of(self, job_id: &str) -> u64 {
        self.jobs.with(|jobs| jobs.get(job_id).map_or(0, |job| job.sequence))
    }

    /// The sequence number of the newest change in the stream; 0 before the first.
    pub(crate) fn newest_sequence(self) -> u64 {
        self.jobs.with(|jobs| jobs.values().map(|job| job.sequence).max().unwrap_or_default())
    }

    /// How many jobs of the stream are unknown to the page.
    pub(crate) fn others(self, is_known: impl Fn(&JobSummary) -> bool) -> usize {
        self.jobs.with(|jobs| jobs.values().filter(|job| !is_known(job)).count())
    }

    /// The counts of the tabs, once received.
    pub(crate) fn counts(self) -> Option<JobCounts> {
        self.counts.get()
    }

    /// Incremented when events were missed, so that the page must read its data again.
    pub(crate) fn missed(self) -> u32 {
        self.missed.get()
    }
}
