//! The open stream of a page: opening it, hearing it, losing it and opening it again at the last event.
//!
//! Reconnecting is ours rather than the browser's, so that the page can say when it tries again, and so that a server
//! that accepts connections but says nothing counts as lost too.
//!
//! Browsers open six connections to a server, and a stream holds one. So pages that nobody looks at give theirs up: after
//! a minute, or at once when another page of the console is looked at. One whose tab tells how a job is doing then asks
//! for the news from time to time, and hangs up when it has it.

use console_wire::{
    event::{JOB, JobChanged, LIVE, SNAPSHOT, StreamState},
    job::JobSummary,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

use super::{Freshness, Live};
use crate::{browser, paths};

/// Time between two batches on the page, in milliseconds.
const BATCH: u64 = 250;
/// Silence after which the page calls itself stale, in milliseconds; the server speaks every 5 s. Seen at the next
/// batch, so that it is 10 s at most.
const SILENCE: i64 = 9_750;
/// How long a page may be hidden before it closes its stream, in milliseconds.
const HIDDEN: i64 = 60_000;
/// How often a hidden page whose tab tells of a job asks for news, in milliseconds.
const NEWS: i64 = 5_000;
/// Longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: i64 = 15_000;
/// Time between two changes of the shown lag, in milliseconds.
const LAG: i64 = 1_000;

thread_local! {
    /// The build that answered first; another one means that this page's program is old.
    static BUILD: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// What hears an event; dropped, it hears no more.
type Listener = Closure<dyn FnMut(MessageEvent)>;

/// The open stream and what it has told since the last batch. All times in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Stream {
    path: String,
    sequence: u64,
    source: Option<EventSource>,
    listeners: Vec<Listener>,
    gathered: Vec<JobChanged>,
    /// When the server last spoke.
    heard_at: i64,
    /// When it was last asked to.
    asked_at: i64,
    /// When to ask again, while it is lost.
    again_at: Option<i64>,
    tries: u32,
    hidden_since: Option<i64>,
    /// Another page of the console is being looked at.
    has_given_way: bool,
    lag_shown_at: i64,
    /// Where pages tell each other that they are looked at, and what listens there.
    others: Option<(BroadcastChannel, Listener)>,
}

impl Stream {
    /// Ends the connection. The listeners stay: one of them may be running now.
    fn hang_up(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onerror(None);
            source.close();
        }
    }

    fn close(&mut self) {
        self.hang_up();
        self.listeners.clear();
        if let Some((channel, _)) = self.others.take() {
            channel.close();
        }
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
        self.listen_to_others();
        browser::every(BATCH, move || self.tick());
        // Both are the moment to try again, rather than some seconds later.
        browser::on_look(move || {
            self.stream.update_value(|stream| stream.again_at = stream.again_at.map(|_| now()));
            self.say_looked_at();
            self.tick();
        });
        let handle = window_event_listener_untyped("online", move |_| {
            self.stream.update_value(|stream| stream.again_at = stream.again_at.map(|_| now()));
        });
        on_cleanup(move || handle.remove());
    }

    pub(super) fn follow(self, path: &str, since: u64) {
        let is_same = self.stream.with_value(|stream| stream.path == path);
        if is_same {
            return;
        }
        self.stream.update_value(|stream| {
            stream.hang_up();
            stream.gathered.clear();
            path.clone_into(&mut stream.path);
            stream.sequence = since;
            stream.heard_at = now();
            stream.tries = 0;
            stream.again_at = None;
        });
        self.lag.set(None);
        if browser::is_hidden() {
            // Opened in the background, perhaps with many others.
            self.freshness.set(Freshness::Paused);
            return;
        }
        self.freshness.set(Freshness::Connecting);
        self.say_looked_at();
        self.connect();
    }

    fn connect(self) {
        let address = self
            .stream
            .with_value(|stream| paths::with_query(&stream.path, &[("since", &stream.sequence.to_string())]));
        let Ok(source) = EventSource::new(&address) else { return };
        let mut listeners = Vec::new();
        for name in [JOB, LIVE, SNAPSHOT] {
            let listener = Listener::new(move |event: MessageEvent| self.hear(name, &event));
            let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            listeners.push(listener);
        }
        let on_error = Listener::new(move |_| self.lost());
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        listeners.push(on_error);
        self.stream.update_value(|stream| {
            stream.hang_up();
            stream.source = Some(source);
            stream.listeners = listeners;
            stream.asked_at = now();
            stream.again_at = None;
        });
        self.next_try.set(None);
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
        let freshness = self.freshness.get_untracked();
        if name == JOB {
            if let Ok(changed) = serde_json::from_str::<JobChanged>(&data) {
                self.stream.update_value(|stream| stream.gathered.push(changed));
            }
            if !matches!(freshness, Freshness::Live | Freshness::CatchingUp | Freshness::Paused) {
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
        if freshness == Freshness::Paused {
            if name == LIVE {
                // That was all the news there is.
                self.stream.update_value(Stream::hang_up);
            }
        } else if freshness != Freshness::Live {
            self.freshness.set(Freshness::Live);
        }
    }

    /// The connection has ended, or nothing comes through it. Tries again, with growing pauses.
    fn lost(self) {
        let freshness = self.freshness.get_untracked();
        let heard_at = self.stream.with_value(|stream| stream.heard_at);
        self.stream.update_value(|stream| {
            stream.hang_up();
            stream.again_at = Some(now() + (1000 << stream.tries.min(4)).min(LONGEST_PAUSE));
            stream.tries += 1;
        });
        if !matches!(freshness, Freshness::Stale(_) | Freshness::Paused) {
            let since = self.clock.by_server(heard_at);
            self.freshness.set(Freshness::Stale(since));
        }
        self.lag.set(None);
    }

    fn tick(self) {
        if self.stream.try_with_value(|stream| stream.path.is_empty()) != Some(false) {
            return;
        }
        if self.is_resting() {
            self.ask_for_news();
            return;
        }
        self.show();
        let now = now();
        let (again_at, is_silent) = self.stream.with_value(|stream| {
            let quiet_since = stream.heard_at.max(stream.asked_at);
            (stream.again_at, stream.source.is_some() && now - quiet_since >= SILENCE)
        });
        match again_at {
            Some(at) if now >= at => self.connect(),
            Some(at) => {
                let seconds = u32::try_from((at - now + 999) / 1000).ok();
                if self.next_try.get_untracked() != seconds {
                    self.next_try.set(seconds);
                }
            }
            None if is_silent => self.lost(),
            None => {}
        }
    }

    /// Whether the stream is closed because nobody looks; closes or opens it when that changes.
    fn is_resting(self) -> bool {
        let is_paused = self.freshness.get_untracked() == Freshness::Paused;
        if browser::is_hidden() {
            let (since, has_given_way) = self
                .stream
                .with_value(|stream| (stream.hidden_since.unwrap_or_else(now), stream.has_given_way));
            self.stream.update_value(|stream| stream.hidden_since = Some(since));
            if !is_paused && (has_given_way || now() - since > HIDDEN) {
                self.show();
                self.stream.update_value(|stream| {
                    stream.hang_up();
                    stream.again_at = None;
                });
                self.next_try.set(None);
                self.freshness.set(Freshness::Paused);
            }
            return self.freshness.get_untracked() == Freshness::Paused;
        }
        self.stream.update_value(|stream| {
            stream.hidden_since = None;
            stream.has_given_way = false;
        });
        if is_paused {
            self.stream.update_value(|stream| stream.heard_at = now());
            self.freshness.set(Freshness::CatchingUp);
            self.connect();
        }
        false
    }

    /// Lets a hidden page's tab go on telling how its job is doing.
    fn ask_for_news(self) {
        let is_due = self.stream.with_value(|stream| now() - stream.asked_at >= NEWS);
        if is_due && self.tab.is_telling() {
            self.connect();
        }
    }

    fn listen_to_others(self) {
        let Ok(channel) = BroadcastChannel::new("fleetcast") else { return };
        let listener = Listener::new(move |_| {
            if browser::is_hidden() {
                self.stream.try_update_value(|stream| stream.has_given_way = true);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        self.stream.update_value(|stream| stream.others = Some((channel, listener)));
    }

    /// Tells other pages that this one is looked at, so that it needs the connection more than they do.
    fn say_looked_at(self) {
        self.stream.with_value(|stream| {
            if let Some((channel, _)) = &stream.others {
                let _ = channel.post_message(&JsValue::NULL);
            }
        });
    }

    /// Puts what was gathered on the page, all at once.
    fn show(self) {
        let mut gathered = Vec::new();
        self.stream.update_value(|stream| std::mem::swap(&mut gathered, &mut stream.gathered));
        let Some(last) = gathered.last() else { return };
        self.counts.set(Some(last.counts));
        self.show_lag(&last.job);
        self.jobs.update(|jobs| {
            for changed in gathered {
                jobs.insert(changed.job.job_id.clone(), changed.job);
            }
        });
    }

    fn show_lag(self, job: &JobSummary) {
        let is_all_jobs = self.stream.with_value(|stream| stream.path == paths::EVENTS);
        if is_all_jobs || job.status.is_terminal() {
            if self.lag.get_untracked().is_some() {
                self.lag.set(None);
            }
            return;
        }
        let since = self.stream.with_value(|stream| now() - stream.lag_shown_at);
        let Some(server_now) = self.clock.now_untracked().filter(|_| since >= LAG) else { return };
        self.stream.update_value(|stream| stream.lag_shown_at = now());
        let behind = (server_now.unix_millis() - job.as_of.unix_millis()).max(0) / 100;
        self.lag.set(u32::try_from(behind).ok());
    }
}

fn is_other_build(build: &str) -> bool {
    BUILD.with_borrow_mut(|known| known.get_or_insert_with(|| build.to_owned()) != build)
}
