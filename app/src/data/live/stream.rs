//! Connects a page to its event stream, receives events, and reconnects after the last event.
//!
//! Reconnecting is done here rather than by the browser, so that the page can say when it tries again, and so that a
//! connection without events counts as lost too.
//!
//! A browser opens six connections to a server, and a stream holds one. So a hidden page disconnects: after a minute, or
//! at once when another page of the console becomes visible. If its tab shows the progress of a job, it connects from time
//! to time, reads the newest state and disconnects.

use console_wire::{
    event::{JOB, JobChanged, LIVE, SNAPSHOT, StreamState},
    job::JobSummary,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

use super::{
    Freshness, Live,
    connection::{Connection, Listener},
};
use crate::{kit::dom, paths};

/// Time between two batches on the page, in milliseconds.
const BATCH: u64 = 250;
/// Time without events after which the page is stale, in milliseconds; the server sends one every 5 s. Checked with each
/// batch, so 10 s at most.
const SILENCE: i64 = 9_750;
/// How long a page may be hidden before it disconnects, in milliseconds.
const HIDDEN: i64 = 60_000;
/// How often a hidden page whose tab shows a job's progress connects, in milliseconds.
const NEWS: i64 = 5_000;
/// Longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: i64 = 15_000;
/// Time between two changes of the shown lag, in milliseconds.
const LAG: i64 = 1_000;

thread_local! {
    /// The build of the first event; another one means that this page's WASM module is old.
    static BUILD: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

fn now() -> i64 {
    dom::now_millis().unwrap_or_default()
}

impl Live {
    pub(super) fn start(self) {
        on_cleanup(move || {
            self.stream.try_update_value(Connection::close);
        });
        self.listen_to_other_pages();
        dom::on_interval(BATCH, move || self.tick());
        // Retry now rather than some seconds later; the same when the browser is online again.
        dom::on_visible(move || {
            self.stream.update_value(|stream| stream.retry_at = stream.retry_at.map(|_| now()));
            self.announce_visible();
            self.tick();
        });
        let handle = window_event_listener_untyped("online", move |_| {
            self.stream.update_value(|stream| stream.retry_at = stream.retry_at.map(|_| now()));
        });
        on_cleanup(move || handle.remove());
    }

    pub(super) fn follow(self, path: &str, since: u64) {
        let is_same = self.stream.with_value(|stream| stream.path == path);
        if is_same {
            return;
        }
        self.stream.update_value(|stream| {
            stream.disconnect();
            stream.batch.clear();
            path.clone_into(&mut stream.path);
            stream.sequence = since;
            stream.received_at = now();
            stream.tries = 0;
            stream.retry_at = None;
        });
        self.lag.set(None);
        if dom::is_hidden() {
            // Opened in the background, perhaps with many other_pages.
            self.freshness.set(Freshness::Paused);
            return;
        }
        self.freshness.set(Freshness::Connecting);
        self.announce_visible();
        self.connect();
    }

    fn connect(self) {
        let address = self
            .stream
            .with_value(|stream| paths::with_query(&stream.path, &[("since", &stream.sequence.to_string())]));
        let Ok(source) = EventSource::new(&address) else { return };
        let mut listeners = Vec::new();
        for name in [JOB, LIVE, SNAPSHOT] {
            let listener = Listener::new(move |event: MessageEvent| self.receive(name, &event));
            let _ = source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            listeners.push(listener);
        }
        let on_error = Listener::new(move |_| self.lost());
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        listeners.push(on_error);
        self.stream.update_value(|stream| {
            stream.disconnect();
            stream.source = Some(source);
            stream.listeners = listeners;
            stream.connected_at = now();
            stream.retry_at = None;
        });
        self.next_try.set(None);
    }

    fn receive(self, name: &'static str, event: &MessageEvent) {
        let Some(data) = event.data().as_string() else { return };
        self.stream.update_value(|stream| {
            stream.received_at = now();
            stream.tries = 0;
            if let Ok(sequence) = event.last_event_id().parse::<u64>() {
                stream.sequence = stream.sequence.max(sequence);
            }
        });
        let freshness = self.freshness.get_untracked();
        if name == JOB {
            if let Ok(changed) = serde_json::from_str::<JobChanged>(&data) {
                self.stream.update_value(|stream| stream.batch.push(changed));
            }
            if !matches!(freshness, Freshness::Live | Freshness::CatchingUp | Freshness::Paused) {
                self.freshness.set(Freshness::CatchingUp);
            }
            return;
        }
        let Ok(state) = serde_json::from_str::<StreamState>(&data) else { return };
        if is_other_build(&state.build) {
            dom::reload();
            return;
        }
        if name == SNAPSHOT {
            // The store has started a new sequence.
            self.stream.update_value(|stream| stream.sequence = state.sequence);
            self.missed.update(|times| *times += 1);
        }
        self.flush();
        if freshness == Freshness::Paused {
            if name == LIVE {
                // The page has all events now.
                self.stream.update_value(Connection::disconnect);
            }
        } else if freshness != Freshness::Live {
            self.freshness.set(Freshness::Live);
        }
    }

    /// The connection has ended or is silent. Retries, with growing pauses.
    fn lost(self) {
        let freshness = self.freshness.get_untracked();
        let received_at = self.stream.with_value(|stream| stream.received_at);
        self.stream.update_value(|stream| {
            stream.disconnect();
            stream.retry_at = Some(now() + (1000 << stream.tries.min(4)).min(LONGEST_PAUSE));
            stream.tries += 1;
        });
        if !matches!(freshness, Freshness::Stale(_) | Freshness::Paused) {
            let since = self.clock.to_server_time(received_at);
            self.freshness.set(Freshness::Stale(since));
        }
        self.lag.set(None);
    }

    fn tick(self) {
        if self.stream.try_with_value(|stream| stream.path.is_empty()) != Some(false) {
            return;
        }
        if self.pause_if_hidden() {
            self.poll_for_tab();
            return;
        }
        self.flush();
        let now = now();
        let (retry_at, is_silent) = self.stream.with_value(|stream| {
            let quiet_since = stream.received_at.max(stream.connected_at);
            (stream.retry_at, stream.source.is_some() && now - quiet_since >= SILENCE)
        });
        match retry_at {
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

    /// Disconnects a page that is hidden, and connects one that is visible again. Whether it is paused.
    fn pause_if_hidden(self) -> bool {
        let is_paused = self.freshness.get_untracked() == Freshness::Paused;
        if dom::is_hidden() {
            let (since, has_yielded) = self
                .stream
                .with_value(|stream| (stream.hidden_since.unwrap_or_else(now), stream.has_yielded));
            self.stream.update_value(|stream| stream.hidden_since = Some(since));
            if !is_paused && (has_yielded || now() - since > HIDDEN) {
                self.flush();
                self.stream.update_value(|stream| {
                    stream.disconnect();
                    stream.retry_at = None;
                });
                self.next_try.set(None);
                self.freshness.set(Freshness::Paused);
            }
            return self.freshness.get_untracked() == Freshness::Paused;
        }
        self.stream.update_value(|stream| {
            stream.hidden_since = None;
            stream.has_yielded = false;
        });
        if is_paused {
            self.stream.update_value(|stream| stream.received_at = now());
            self.freshness.set(Freshness::CatchingUp);
            self.connect();
        }
        false
    }

    /// Reads the newest state for the tab of a hidden page.
    fn poll_for_tab(self) {
        let is_due = self.stream.with_value(|stream| now() - stream.connected_at >= NEWS);
        if is_due && self.tab.is_following_job() {
            self.connect();
        }
    }

    fn listen_to_other_pages(self) {
        let Ok(channel) = BroadcastChannel::new("fleetcast") else { return };
        let listener = Listener::new(move |_| {
            if dom::is_hidden() {
                self.stream.try_update_value(|stream| stream.has_yielded = true);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        self.stream.update_value(|stream| stream.other_pages = Some((channel, listener)));
    }

    /// Tells other pages that this one is visible, so that they disconnect.
    fn announce_visible(self) {
        self.stream.with_value(|stream| {
            if let Some((channel, _)) = &stream.other_pages {
                let _ = channel.post_message(&JsValue::NULL);
            }
        });
    }

    /// Shows the batch of events.
    fn flush(self) {
        let batch =
            self.stream.try_update_value(|stream| std::mem::take(&mut stream.batch)).unwrap_or_default();
        let Some(last) = batch.last() else { return };
        self.counts.set(Some(last.counts));
        self.show_lag(&last.job);
        self.jobs.update(|jobs| {
            for changed in batch {
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
