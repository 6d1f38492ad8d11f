//! Event streams: every open page gets every change, and a thousand pages cost as much as one.
//!
//! The console commits a change and increments its sequence number. One task, the [`Feed`](crate::event_feed::Feed),
//! reads what has changed since its last batch, serialises it once, and publishes the batch. A stream that is within the
//! newest batch sends from it. A stream that was too slow, or that resumes after a gap, asks the console for what changed
//! since. In both cases it sends each job's newest summary: slow clients skip versions, nothing queues, and no change is
//! missed.
//!
//! Changes are read in chunks, and a stream reads the next chunk when its client has read the one before. So a stream
//! that is not read holds one chunk, however long its history is.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use console::ConsoleError;
use console_wire::event::{JOB, LIVE, SNAPSHOT, StreamState};
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::{
    build::BUILD,
    event_feed::{Batch, CHUNK, Change, Feed, Source},
    extract::Parameters,
    problem::Refusal,
    state::AppState,
};

/// How often a stream reports that it is up to date; a page without news for 10 s shows itself as stale.
pub(crate) const LIVE_INTERVAL: Duration = Duration::from_secs(5);
/// Comment that keeps proxies from closing a quiet stream.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
/// When a client that was refused may try again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Where a stream starts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamQuery {
    /// Sequence number to start after, such as that of a list. The header `Last-Event-ID` of a reconnect wins over it.
    since: Option<u64>,
}

/// Changes of every job.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "followJobs",
    tag = "events",
    params(StreamQuery),
    responses((status = 200, description = "Events `job` {job, counts}, `live` and `snapshot` {sequence, build}. The id is the sequence number; `Last-Event-ID` or `since` resumes.", body = String, content_type = "text/event-stream"), Refusal)
)]
pub(crate) async fn all_jobs(
    State(state): State<AppState>,
    Parameters(query): Parameters<StreamQuery>,
    headers: HeaderMap,
) -> Response {
    open(state, None, after(&query, &headers))
}

/// Changes of one job.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/events",
    operation_id = "followJob",
    tag = "events",
    params(("job_id" = String, Path, description = "The job."), StreamQuery),
    responses((status = 200, description = "Events `job` {job, counts}, `live` and `snapshot` {sequence, build}. The id is the sequence number; `Last-Event-ID` or `since` resumes.", body = String, content_type = "text/event-stream"), Refusal)
)]
pub(crate) async fn one_job(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(query): Parameters<StreamQuery>,
    headers: HeaderMap,
) -> Response {
    if let Err(error) = state.console.job(&job_id).await {
        return Refusal::from(error).into_response();
    }
    open(state, Some(job_id), after(&query, &headers))
}

/// The sequence number after which a stream starts: a reconnect's, else that of the query.
pub(crate) fn after(query: &StreamQuery, headers: &HeaderMap) -> Option<u64> {
    let last_event_id = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    last_event_id.or(query.since)
}

/// Refuses a stream beyond those that may be open.
pub(crate) fn too_many_streams(feed: &Feed) -> Response {
    let detail =
        format!("{} event streams are open already; close a page or try again later.", feed.max_streams);
    let mut response =
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", "Too many open pages", detail)
            .into_response();
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

fn open(state: AppState, job_id: Option<String>, sent: Option<u64>) -> Response {
    let Ok(permit) = Arc::clone(&state.feed.permits).try_acquire_owned() else {
        return too_many_streams(&state.feed);
    };
    let (send, receive) = mpsc::channel(1);
    let stream =
        Stream { source: state.console, job_id, sent, newest: state.feed.newest, send, _permit: permit };
    tokio::spawn(state.stopping.run_until_cancelled_owned(stream.run()));
    Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

/// One open stream.
struct Stream<S> {
    source: S,
    job_id: Option<String>,
    /// Sequence number of the newest change that it has sent, or that its client has.
    sent: Option<u64>,
    newest: watch::Receiver<Arc<Batch>>,
    /// Holds one event: while it is full the client is slow, and versions in between are skipped.
    send: mpsc::Sender<Result<Event, Infallible>>,
    _permit: OwnedSemaphorePermit,
}

/// The client has gone, or the console cannot be read any more.
struct Ended;

impl<S: Source> Stream<S> {
    async fn run(mut self) {
        metrics::gauge!("fleetcast_event_streams").increment(1.0);
        let _: Result<(), Ended> = self.follow().await;
        metrics::gauge!("fleetcast_event_streams").decrement(1.0);
    }

    async fn follow(&mut self) -> Result<(), Ended> {
        self.catch_up().await?;
        self.send_live().await?;
        let mut live = interval_at(Instant::now() + LIVE_INTERVAL, LIVE_INTERVAL);
        live.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reader = self.send.clone();
        loop {
            tokio::select! {
                changed = self.newest.changed() => {
                    changed.map_err(|_| Ended)?;
                    self.send_newest().await?;
                }
                _ = live.tick() => self.send_live().await?,
                () = reader.closed() => return Err(Ended),
            }
        }
    }

    /// Sends what the client has missed; a client with a sequence number that is unknown here starts from a snapshot.
    async fn catch_up(&mut self) -> Result<(), Ended> {
        let newest = self.source.newest();
        if let Some(sent) = self.sent.filter(|sent| *sent <= newest) {
            return self.read_since(sent).await;
        }
        self.sent = Some(newest);
        self.send(state_event(SNAPSHOT, newest)).await?;
        let Some(job_id) = &self.job_id else { return Ok(()) };
        let changes = self.source.changes(0, Some(job_id)).await.map_err(report)?;
        self.send_all(&changes).await
    }

    async fn send_newest(&mut self) -> Result<(), Ended> {
        let batch = Arc::clone(&self.newest.borrow_and_update());
        let sent = self.sent.unwrap_or_default();
        if batch.after > sent {
            return self.read_since(sent).await;
        }
        let wanted = |change: &&Change| {
            change.sequence > sent && self.job_id.as_deref().is_none_or(|job_id| *job_id == *change.job_id)
        };
        let changes: Vec<_> = batch.changes.iter().filter(wanted).cloned().collect();
        self.send_all(&changes).await?;
        self.sent = self.sent.max(Some(batch.upto));
        Ok(())
    }

    /// Sends what changed after a sequence number, chunk by chunk: the next is read when the client has read the one
    /// before.
    async fn read_since(&mut self, mut after: u64) -> Result<(), Ended> {
        loop {
            let changes = self.source.changes(after, self.job_id.as_deref()).await.map_err(report)?;
            self.send_all(&changes).await?;
            match changes.last() {
                Some(last) if changes.len() >= CHUNK as usize => after = last.sequence,
                _ => return Ok(()),
            }
        }
    }

    async fn send_all(&mut self, changes: &[Change]) -> Result<(), Ended> {
        for change in changes {
            self.send(Event::default().event(JOB).id(change.sequence.to_string()).data(&*change.json))
                .await?;
            self.sent = self.sent.max(Some(change.sequence));
        }
        Ok(())
    }

    async fn send_live(&mut self) -> Result<(), Ended> {
        self.send(state_event(LIVE, self.sent.unwrap_or_default())).await
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::Semaphore;
    use tokio_stream::StreamExt;

    use super::*;

    /// A history of so many jobs; counts what is read of it.
    struct History {
        jobs: u64,
        read: Arc<AtomicU64>,
    }

    impl Source for History {
        fn newest(&self) -> u64 {
            self.jobs
        }

        async fn changes(&self, after: u64, _job_id: Option<&str>) -> Result<Vec<Change>, ConsoleError> {
            let changes: Vec<_> = (after + 1..=self.jobs)
                .take(CHUNK as usize)
                .map(|sequence| Change { sequence, job_id: "job".into(), json: "{}".into() })
                .collect();
            self.read.fetch_add(changes.len() as u64, Ordering::Relaxed);
            Ok(changes)
        }
    }

    fn stream(jobs: u64) -> (Stream<History>, ReceiverStream<Result<Event, Infallible>>, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        let (send, receive) = mpsc::channel(1);
        let newest = Arc::new(Batch { after: jobs, upto: jobs, changes: Vec::new() });
        let stream = Stream {
            source: History { jobs, read: Arc::clone(&read) },
            job_id: None,
            sent: Some(0),
            newest: watch::Sender::new(newest).subscribe(),
            send,
            _permit: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
        };
        (stream, ReceiverStream::new(receive), read)
    }

    #[tokio::test]
    async fn a_stream_that_is_not_read_holds_one_chunk() {
        let (mut stream, mut reader, read) = stream(1000);
        let mut replay = Box::pin(stream.catch_up());
        // As far as it gets while its client does not read.
        assert!(futures::poll!(&mut replay).is_pending());
        assert!(futures::poll!(&mut replay).is_pending());
        assert_eq!(read.load(Ordering::Relaxed), u64::from(CHUNK));

        let reading = async {
            for _ in 0..1000 {
                let _: Event = reader.next().await.unwrap().unwrap();
            }
        };
        let (sent, ()) = tokio::join!(replay, reading);
        assert!(sent.is_ok(), "a client that reads gets all of it");
        assert_eq!(read.load(Ordering::Relaxed), 1000);
    }
}
