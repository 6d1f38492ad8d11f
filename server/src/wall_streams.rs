//! The event stream of a screen that shows the wall, `GET /wall/events`: a part of the page, not of the API.
//!
//! All streams send the same, what [`WallFeed`](crate::wall_feed::WallFeed) has read for them. A screen that reads slowly skips
//! what was replaced meanwhile.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use console_wire::event::WALL;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    event_streams::{HEARTBEAT, too_many_streams},
    extract::Caller,
    state::AppState,
    wall_feed::View,
};

/// Events `wall`, each what the screen shows from then on.
pub(crate) async fn follow(State(state): State<AppState>, Caller(actor): Caller) -> Response {
    // Their figures are those of the devices in the scope, so what all screens share is not for them. No content, since a
    // browser does not open such a stream again by itself; the page goes on asking.
    if actor.scope().is_some() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let Ok(permit) = Arc::clone(&state.feed.permits).try_acquire_owned() else {
        return too_many_streams(&state.feed);
    };
    let (send, receive) = mpsc::channel(1);
    let stream = send_views(state.wall.listen(), send, permit);
    tokio::spawn(state.stopping.run_until_cancelled_owned(stream));
    Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

/// Sends until the screen has left.
async fn send_views(
    mut views: watch::Receiver<View>,
    send: mpsc::Sender<Result<Event, Infallible>>,
    _permit: OwnedSemaphorePermit,
) {
    metrics::gauge!("fleetcast_event_streams").increment(1.0);
    loop {
        let view = views.borrow_and_update().clone();
        if let Some(json) = view
            && send.send(Ok(Event::default().event(WALL).data(&*json))).await.is_err()
        {
            break;
        }
        tokio::select! {
            changed = views.changed() => if changed.is_err() { break },
            () = send.closed() => break,
        }
    }
    metrics::gauge!("fleetcast_event_streams").decrement(1.0);
}
