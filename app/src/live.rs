//! The one live-update hook: an event stream a page, from which its numbers stay true.
//!
//! A page opens the stream at the place where its data was read, so nothing falls between the two. Events are gathered
//! and shown in one batch at most four times a second. The server says every five seconds that all is well; after ten
//! without a word the page calls itself stale, keeps its numbers, says since when and when it tries again, and resumes
//! at the last event. A page that nobody has looked at for a minute closes its stream and resumes when it is looked at;
//! see [`stream`]. Nothing happens on the server.

#[cfg(feature = "hydrate")]
mod stream;

use std::collections::HashMap;

use console_wire::job::{JobCounts, JobSummary};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::clock::{Clock, use_clock};
#[cfg(feature = "hydrate")]
use crate::frame::{Tab, use_tab};

/// Whether a page is telling the truth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server no stream is open"))]
pub(crate) enum Freshness {
    /// The first frame, or the stream has not answered yet.
    Connecting,
    /// Up to date.
    Live,
    /// Reading what was missed.
    CatchingUp,
    /// No word since then.
    Stale(Timestamp),
    /// Nobody was looking.
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
    /// Seconds until the next try.
    next_try: RwSignal<Option<u32>>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server no stream is open"))]
    clock: Clock,
    #[cfg(feature = "hydrate")]
    tab: Tab,
    #[cfg(feature = "hydrate")]
    stream: StoredValue<stream::Stream, LocalStorage>,
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
        stream: StoredValue::new_local(stream::Stream::default()),
    };
    #[cfg(feature = "hydrate")]
    live.start();
    live
}

impl Live {
    /// Follows the stream at `path` from the place where the page's data was read. Asking again for the same stream
    /// changes nothing.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "on the server no stream is open")
    )]
    pub(crate) fn open(self, path: String, since: u64) {
        #[cfg(feature = "hydrate")]
        crate::reactive::effect(move || {
            if crate::browser::is_alive() {
                self.follow(&path, since);
            }
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (path, since);
    }

    /// Whether the page is telling the truth now.
    pub(crate) fn freshness(self) -> Freshness {
        self.freshness.get()
    }

    /// The same, for who asks now and not when it changes.
    pub(crate) fn freshness_untracked(self) -> Freshness {
        self.freshness.get_untracked()
    }

    /// How far behind the newest event was, in tenths of a second: on a page about one job, while it moves.
    pub(crate) fn lag(self) -> Option<u32> {
        self.lag.get()
    }

    /// Seconds until the next try to reach the server, while it cannot be reached.
    pub(crate) fn next_try(self) -> Option<u32> {
        self.next_try.get()
    }

    /// The newer of a job that was read and the same job as the stream last told it.
    pub(crate) fn newest(self, read: &JobSummary) -> JobSummary {
        self.jobs.with(|jobs| {
            jobs.get(&read.job_id).filter(|told| told.sequence > read.sequence).unwrap_or(read).clone()
        })
    }

    /// How many jobs the stream has told of that are not among these.
    pub(crate) fn others(self, is_known: impl Fn(&JobSummary) -> bool) -> usize {
        self.jobs.with(|jobs| jobs.values().filter(|job| !is_known(job)).count())
    }

    /// The counts of the tabs, once the stream has told them.
    pub(crate) fn counts(self) -> Option<JobCounts> {
        self.counts.get()
    }

    /// Moves when something was missed that only reading the page's data again can bring.
    pub(crate) fn missed(self) -> u32 {
        self.missed.get()
    }
}
