//! Event streams: every open page hears of every change, and a thousand of them cost as much as one.
//!
//! The console commits a change and bumps its sequence number. One task, the [`Feed`], reads what has changed since
//! its last batch, spells it once, and publishes the batch. A stream whose place lies within the newest batch takes
//! from it; one that was too slow, or that resumes after a gap, asks the console for what changed since its place. In
//! both cases it gets each job's newest summary: slow readers skip, nothing queues, and no change is missed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use console::{Console, ConsoleError};
use console_wire::{
    event::{JOB, JobChanged, LIVE, SNAPSHOT, StreamState},
    job::JobSummary,
};
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::{build::BUILD, problem::Refusal, state::AppState};

/// Shortest time between two batches: pages repaint four times a second at most, so more would be wasted.
const BATCH_INTERVAL: Duration = Duration::from_millis(100);
/// A stream says this often that it is up to date; a page that hears nothing for 10 s calls itself stale.
const LIVE_INTERVAL: Duration = Duration::from_secs(5);
/// Comment that keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Most streams at once; beyond it callers are told to come back.
const MAX_STREAMS: usize = 4096;

/// One change, spelt once for all streams.
#[derive(Debug, Clone)]
struct Change {
    sequence: u64,
    job_id: Arc<str>,
    json: Arc<str>,
}

/// What changed after `after`, up to and including `upto`.
#[derive(Debug, Default)]
struct Batch {
    after: u64,
    upto: u64,
    changes: Vec<Change>,
}

/// The streams' common source.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    newest: watch::Receiver<Arc<Batch>>,
    places: Arc<Semaphore>,
}

impl Feed {
    /// Starts the task that follows the console until `stopping`.
    pub(crate) fn start(console: Console, stopping: CancellationToken) -> Self {
        let mut sequence = console.sequence();
        let begin = *sequence.borrow_and_update();
        let (publish, newest) =
            watch::channel(Arc::new(Batch { after: begin, upto: begin, changes: Vec::new() }));
        tokio::spawn(stopping.run_until_cancelled_owned(async move {
            let mut upto = begin;
            while sequence.changed().await.is_ok() {
                match changes(&console, upto, None).await {
                    Ok(changes) => {
                        let after = upto;
                        upto = changes.last().map_or(upto, |change| change.sequence);
                        publish.send_replace(Arc::new(Batch { after, upto, changes }));
                    }
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "cannot read changes for the event streams"
                    ),
                }
                tokio::time::sleep(BATCH_INTERVAL).await;
            }
        }));
        Self { newest, places: Arc::new(Semaphore::new(MAX_STREAMS)) }
    }
}

/// What changed after a sequence number, oldest change first.
async fn changes(console: &Console, after: u64, job_id: Option<&str>) -> Result<Vec<Change>, ConsoleError> {
    let jobs = console.changes_since(after, job_id).await?;
    let counts = console.job_counts().await?;
    let spell = |job: JobSummary| {
        let (sequence, job_id) = (job.sequence, Arc::from(job.job_id.as_str()));
        let json = serde_json::to_string(&JobChanged { job, counts }).expect("summaries are plain data");
        Change { sequence, job_id, json: json.into() }
    };
    Ok(jobs.into_iter().map(spell).collect())
}

/// Where a stream starts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamQuery {
    /// The sequence number that the page was rendered with; the header `Last-Event-ID` of a reconnect wins over it.
    since: Option<u64>,
}

/// `GET /api/v1/events`: every job.
pub(crate) async fn all_jobs(
    State(state): State<AppState>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Response {
    open(state, None, query.since, &headers)
}

/// `GET /api/v1/jobs/{id}/events`: one job.
pub(crate) async fn one_job(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Response {
    if let Err(error) = state.console.job(&job_id).await {
        return Refusal::from(error).into_response();
    }
    open(state, Some(job_id), query.since, &headers)
}

fn open(state: AppState, job_id: Option<String>, since: Option<u64>, headers: &HeaderMap) -> Response {
    let Ok(place) = Arc::clone(&state.feed.places).try_acquire_owned() else {
        let detail =
            format!("{MAX_STREAMS} event streams are open already; close a page or try again later.");
        return Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-streams",
            "Too many open pages",
            detail,
        )
        .into_response();
    };
    let last_event_id = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let (send, receive) = mpsc::channel(1);
    let stream = Stream {
        console: state.console,
        job_id,
        place: last_event_id.or(since),
        newest: state.feed.newest,
        send,
        _permit: place,
    };
    tokio::spawn(state.stopping.run_until_cancelled_owned(stream.run()));
    Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

/// One open stream.
struct Stream {
    console: Console,
    job_id: Option<String>,
    /// The newest change it has sent; none before it has sent anything.
    place: Option<u64>,
    newest: watch::Receiver<Arc<Batch>>,
    /// Holds one event: while it is full the reader is slow, and what it has not read yet is skipped.
    send: mpsc::Sender<Result<Event, Infallible>>,
    _permit: OwnedSemaphorePermit,
}

/// The reader has gone, or the console cannot be read any more.
struct Ended;

impl Stream {
    async fn run(mut self) {
        metrics::gauge!("fleetcast_event_streams").increment(1.0);
        let _: Result<(), Ended> = self.follow().await;
        metrics::gauge!("fleetcast_event_streams").decrement(1.0);
    }

    async fn follow(&mut self) -> Result<(), Ended> {
        self.catch_up().await?;
        self.say_live().await?;
        let mut live = interval_at(Instant::now() + LIVE_INTERVAL, LIVE_INTERVAL);
        live.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reader = self.send.clone();
        loop {
            tokio::select! {
                changed = self.newest.changed() => {
                    changed.map_err(|_| Ended)?;
                    self.take_newest().await?;
                }
                _ = live.tick() => self.say_live().await?,
                () = reader.closed() => return Err(Ended),
            }
        }
    }

    /// Sends what the reader has missed; a reader whose place is unknown here starts from a snapshot.
    async fn catch_up(&mut self) -> Result<(), Ended> {
        let newest = *self.console.sequence().borrow();
        if let Some(place) = self.place.filter(|place| *place <= newest) {
            return self.read_since(place).await;
        }
        self.place = Some(newest);
        self.send(state_event(SNAPSHOT, newest)).await?;
        let Some(job_id) = &self.job_id else { return Ok(()) };
        let changes = changes(&self.console, 0, Some(job_id)).await.map_err(report)?;
        self.send_all(&changes).await
    }

    async fn take_newest(&mut self) -> Result<(), Ended> {
        let batch = Arc::clone(&self.newest.borrow_and_update());
        let place = self.place.unwrap_or_default();
        if batch.after > place {
            return self.read_since(place).await;
        }
        let wanted = |change: &&Change| {
            change.sequence > place && self.job_id.as_deref().is_none_or(|job_id| *job_id == *change.job_id)
        };
        let changes: Vec<_> = batch.changes.iter().filter(wanted).cloned().collect();
        self.send_all(&changes).await?;
        self.place = self.place.max(Some(batch.upto));
        Ok(())
    }

    async fn read_since(&mut self, place: u64) -> Result<(), Ended> {
        let changes = changes(&self.console, place, self.job_id.as_deref()).await.map_err(report)?;
        self.send_all(&changes).await
    }

    async fn send_all(&mut self, changes: &[Change]) -> Result<(), Ended> {
        for change in changes {
            self.send(Event::default().event(JOB).id(change.sequence.to_string()).data(&*change.json))
                .await?;
            self.place = self.place.max(Some(change.sequence));
        }
        Ok(())
    }

    async fn say_live(&mut self) -> Result<(), Ended> {
        self.send(state_event(LIVE, self.place.unwrap_or_default())).await
    }

    async fn send(&self, event: Event) -> Result<(), Ended> {
        self.send.send(Ok(event)).await.map_err(|_| Ended)
    }
}

fn state_event(name: &str, sequence: u64) -> Event {
    let state = StreamState { sequence, build: BUILD.clone() };
    let json = serde_json::to_string(&state).expect("two plain fields");
    Event::default().event(name).id(sequence.to_string()).data(json)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn report(error: ConsoleError) -> Ended {
    tracing::error!(error = &error as &dyn std::error::Error, "cannot read changes for an event stream");
    Ended
}
