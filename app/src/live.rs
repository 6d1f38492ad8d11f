//! The one live-update hook: an event stream a page, from which its numbers stay true.
//!
//! A page opens the stream at the place where its data was read, so nothing falls between the two. Events are gathered
//! and shown in one batch at most four times a second. The server says every five seconds that all is well; after ten
//! without a word the page calls itself stale, keeps its numbers and says since when. The browser reconnects by itself
//! and resumes at the last event; where it gives up, we try again with growing pauses. A page hidden for a minute
//! closes its stream and resumes when it is looked at. Nothing happens on the server.

use std::collections::HashMap;

use console_wire::job::{JobCounts, JobSummary};
use hub_wire::Timestamp;
use leptos::prelude::*;

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
        Effect::new(move |_| self.follow(&path, since));
        #[cfg(not(feature = "hydrate"))]
        let _ = (path, since);
    }

    /// Whether the page is telling the truth now.
    pub(crate) fn freshness(self) -> Freshness {
        self.freshness.get()
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

#[cfg(feature = "hydrate")]
mod stream {
    use std::time::Duration;

    use console_wire::event::{JOB, JobChanged, LIVE, SNAPSHOT, StreamState};
    use hub_wire::Timestamp;
    use leptos::prelude::*;
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    use super::{Freshness, Live};
    use crate::browser;

    /// Time between two batches on the page, in milliseconds.
    const BATCH: u64 = 250;
    /// Silence after which the page calls itself stale, in milliseconds; the server speaks every 5 s.
    const SILENCE: i64 = 10_000;
    /// How long a page may be hidden before it closes its stream, in milliseconds.
    const HIDDEN: i64 = 60_000;
    /// Longest pause between two tries, in milliseconds.
    const LONGEST_PAUSE: u64 = 15_000;

    thread_local! {
        /// The build that answered first; another one means that this page's program is old.
        static BUILD: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
    }

    /// The open stream and what it has told since the last batch.
    #[derive(Debug, Default)]
    pub(super) struct Stream {
        path: String,
        sequence: u64,
        source: Option<EventSource>,
        listeners: Vec<Closure<dyn FnMut(MessageEvent)>>,
        gathered: Vec<JobChanged>,
        heard_at: i64,
        hidden_since: Option<i64>,
        tries: u32,
    }

    impl Stream {
        fn close(&mut self) {
            if let Some(source) = self.source.take() {
                source.set_onerror(None);
                source.close();
            }
            self.listeners.clear();
        }
    }

    fn now() -> i64 {
        browser::now_millis().unwrap_or_default()
    }

    impl Live {
        pub(super) fn start(self) {
            on_cleanup(move || {
                self.stream.try_update_value(Stream::close);
            });
            browser::every(BATCH, move || self.tick());
        }

        pub(super) fn follow(self, path: &str, since: u64) {
            let is_same = self.stream.with_value(|stream| stream.path == path);
            if is_same {
                return;
            }
            self.stream.update_value(|stream| {
                stream.close();
                stream.gathered.clear();
                path.clone_into(&mut stream.path);
                stream.sequence = since;
                stream.heard_at = now();
            });
            self.freshness.set(Freshness::Connecting);
            self.connect();
        }

        fn connect(self) {
            let address = self.stream.with_value(|stream| {
                crate::paths::with_query(&stream.path, &[("since", &stream.sequence.to_string())])
            });
            let Ok(source) = EventSource::new(&address) else { return };
            let mut listeners = Vec::new();
            for name in [JOB, LIVE, SNAPSHOT] {
                let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                    self.hear(name, &event);
                });
                let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
                listeners.push(listener);
            }
            let on_error = Closure::<dyn FnMut(MessageEvent)>::new(move |_| self.lost());
            source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
            listeners.push(on_error);
            self.stream.update_value(|stream| {
                stream.close();
                stream.source = Some(source);
                stream.listeners = listeners;
            });
        }

        fn hear(self, name: &'static str, event: &MessageEvent) {
            let Some(data) = event.data().as_string() else { return };
            self.stream.update_value(|stream| {
                stream.heard_at = now();
                stream.tries = 0;
                if let Ok(sequence) = event.last_event_id().parse::<u64>() {
                    stream.sequence = stream.sequence.max(sequence);
                }
            });
            if name == JOB {
                if let Ok(changed) = serde_json::from_str::<JobChanged>(&data) {
                    self.stream.update_value(|stream| stream.gathered.push(changed));
                }
                if self.freshness.get_untracked() != Freshness::Live {
                    self.freshness.set(Freshness::CatchingUp);
                }
                return;
            }
            let Ok(state) = serde_json::from_str::<StreamState>(&data) else { return };
            if is_other_build(&state.build) {
                browser::reload();
                return;
            }
            if name == SNAPSHOT {
                // A store that counts from anew: our place in the old one means nothing here.
                self.stream.update_value(|stream| stream.sequence = state.sequence);
                self.missed.update(|times| *times += 1);
            }
            self.show();
            if self.freshness.get_untracked() != Freshness::Live {
                self.freshness.set(Freshness::Live);
            }
        }

        /// The browser tries again by itself unless the server refused; then we do.
        fn lost(self) {
            let heard_at = self.stream.with_value(|stream| stream.heard_at);
            if !matches!(self.freshness.get_untracked(), Freshness::Stale(_) | Freshness::Paused) {
                self.freshness.set(Freshness::Stale(Timestamp::from_unix_millis(heard_at)));
            }
            let has_given_up = self.stream.with_value(|stream| {
                stream.source.as_ref().is_none_or(|source| source.ready_state() == EventSource::CLOSED)
            });
            if has_given_up {
                let pause = self.stream.with_value(|stream| (1000 << stream.tries.min(4)).min(LONGEST_PAUSE));
                self.stream.update_value(|stream| {
                    stream.tries += 1;
                    // The handler that is running now must outlive this call, so the listeners go with the next open.
                    stream.source = None;
                });
                let again = move || {
                    if self.stream.try_with_value(|stream| stream.source.is_none()) == Some(true) {
                        self.connect();
                    }
                };
                set_timeout(again, Duration::from_millis(pause));
            }
        }

        fn tick(self) {
            let (is_open, heard_at) =
                self.stream.with_value(|stream| (!stream.path.is_empty(), stream.heard_at));
            if !is_open {
                return;
            }
            if self.pause_or_resume() {
                return;
            }
            self.show();
            let freshness = self.freshness.get_untracked();
            if now() - heard_at > SILENCE && !matches!(freshness, Freshness::Stale(_)) {
                self.freshness.set(Freshness::Stale(Timestamp::from_unix_millis(heard_at)));
            }
        }

        /// Whether the stream is, or has just been, closed because nobody looks.
        fn pause_or_resume(self) -> bool {
            let is_paused = self.freshness.get_untracked() == Freshness::Paused;
            if browser::is_hidden() {
                let since = self.stream.with_value(|stream| stream.hidden_since).unwrap_or_else(now);
                self.stream.update_value(|stream| stream.hidden_since = Some(since));
                if !is_paused && now() - since > HIDDEN {
                    self.stream.update_value(Stream::close);
                    self.freshness.set(Freshness::Paused);
                }
                return self.freshness.get_untracked() == Freshness::Paused;
            }
            self.stream.update_value(|stream| stream.hidden_since = None);
            if is_paused {
                self.stream.update_value(|stream| stream.heard_at = now());
                self.freshness.set(Freshness::CatchingUp);
                self.connect();
            }
            false
        }

        /// Puts what was gathered on the page, all at once.
        fn show(self) {
            let mut gathered = Vec::new();
            self.stream.update_value(|stream| std::mem::swap(&mut gathered, &mut stream.gathered));
            let Some(last) = gathered.last() else { return };
            self.counts.set(Some(last.counts));
            self.jobs.update(|jobs| {
                for changed in gathered {
                    jobs.insert(changed.job.job_id.clone(), changed.job);
                }
            });
        }
    }

    fn is_other_build(build: &str) -> bool {
        BUILD.with_borrow_mut(|known| known.get_or_insert_with(|| build.to_owned()) != build)
    }
}
