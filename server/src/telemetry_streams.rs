//! Live streams of messages from devices: of one device, or of a group's devices.
//!
//! A stream begins with the last messages that the hub kept, or after the number that its client names. What its client does
//! not read in time is skipped and counted; nothing queues here.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use console::{ConsoleError, TelemetrySource, TelemetryStream};
use console_wire::{
    access::Actor,
    event::{LIVE, StreamState},
    telemetry::{LiveTelemetry, TELEMETRY},
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    build::BUILD,
    event_streams::{HEARTBEAT, LIVE_INTERVAL, StreamQuery, after, too_many_streams},
    extract::{Caller, Parameters, parse_device_id},
    problem::Refusal,
    state::AppState,
};

/// Shortest time between two events: what arrives meanwhile is in one event.
const BATCH_INTERVAL: Duration = Duration::from_millis(200);

/// Messages from one device and its modules, as they arrive. Only with the embedded hub.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/telemetry/events",
    operation_id = "followTelemetry",
    tag = "messages",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), StreamQuery),
    responses((status = 200, description = "Events `telemetry` {skipped, items}, newest last, and `live` {sequence, build}. The id is the number of the newest message; `Last-Event-ID` or `since` resumes. Begins with the last messages that the hub kept.", body = String, content_type = "text/event-stream"), Refusal)
)]
pub(crate) async fn of_device(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(device_id): Path<String>,
    Parameters(query): Parameters<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let source = TelemetrySource::Device(parse_device_id(&device_id)?);
    open(state, source, after(&query, &headers), &actor).await
}

/// Messages from the devices of a group, as they arrive. Only with the embedded hub.
///
/// Only devices within the scope of the caller.
#[utoipa::path(
    get,
    path = "/groups/{group_id}/telemetry/events",
    operation_id = "followTelemetryOfGroup",
    tag = "messages",
    params(("group_id" = String, Path, description = "The group."), StreamQuery),
    responses((status = 200, description = "Events `telemetry` {skipped, items}, newest last, and `live` {sequence, build}. The id is the number of the newest message; `Last-Event-ID` or `since` resumes. Begins with the last messages that the hub kept.", body = String, content_type = "text/event-stream"), Refusal)
)]
pub(crate) async fn of_group(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(group_id): Path<String>,
    Parameters(query): Parameters<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    open(state, TelemetrySource::Group(group_id), after(&query, &headers), &actor).await
}

async fn open(
    state: AppState,
    source: TelemetrySource,
    after: Option<u64>,
    actor: &Actor,
) -> Result<Response, Refusal> {
    let Ok(permit) = Arc::clone(&state.feed.permits).try_acquire_owned() else {
        return Ok(too_many_streams(&state.feed));
    };
    let messages = state.console.follow_telemetry(source, after, actor).await?;
    let (send, receive) = mpsc::channel(1);
    let stream = follow(messages, after.unwrap_or_default(), send, permit);
    tokio::spawn(state.stopping.run_until_cancelled_owned(stream));
    Ok(Sse::new(ReceiverStream::new(receive))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response())
}

/// Sends until the client has left, or the messages cannot be read any more: then the client opens the stream again.
async fn follow(
    mut messages: TelemetryStream,
    mut sequence: u64,
    send: mpsc::Sender<Result<Event, Infallible>>,
    _permit: OwnedSemaphorePermit,
) {
    metrics::gauge!("fleetcast_event_streams").increment(1.0);
    let mut live = interval_at(Instant::now(), LIVE_INTERVAL);
    live.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut next = pin!(messages.next());
        let event = loop {
            tokio::select! {
                result = &mut next => break result.map(|telemetry| event(&telemetry, &mut sequence)),
                _ = live.tick() => {
                    if send.send(Ok(live_event(sequence))).await.is_err() {
                        break Err(ConsoleError::Stopping);
                    }
                }
                () = send.closed() => break Err(ConsoleError::Stopping),
            }
        };
        match event {
            Ok(event) => {
                if send.send(Ok(event)).await.is_err() {
                    break;
                }
            }
            Err(ConsoleError::Stopping) => break,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a stream of telemetry ends");
                break;
            }
        }
        tokio::time::sleep(BATCH_INTERVAL).await;
    }
    metrics::gauge!("fleetcast_event_streams").decrement(1.0);
}

fn event(telemetry: &LiveTelemetry, sequence: &mut u64) -> Event {
    if let Some(newest) = telemetry.items.last() {
        *sequence = newest.sequence;
    }
    let json = serde_json::to_string(telemetry).expect("messages are plain data");
    Event::default().event(TELEMETRY).id(sequence.to_string()).data(json)
}

/// Without an id: it is that of the newest message.
fn live_event(sequence: u64) -> Event {
    let state = StreamState { sequence, build: BUILD.clone() };
    Event::default().event(LIVE).data(serde_json::to_string(&state).expect("two plain fields"))
}
