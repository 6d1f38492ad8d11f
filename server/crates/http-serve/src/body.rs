//! Bodies of requests and answers, which set their connection's activity.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    Limits, Refusal,
    connections::{Activity, Connection},
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body with a deadline. Time counts only while the handler reads it.
pub(crate) struct Inbound {
    body: Incoming,
    connection: Arc<Connection>,
    limits: Arc<Limits>,
    /// When the whole body has to be received; set at the first wait.
    whole_by: Option<Instant>,
    wait: Option<Pin<Box<Sleep>>>,
    /// Cancelled when it is too late.
    too_slow: CancellationToken,
}

impl Inbound {
    pub(crate) fn new(
        body: Incoming,
        connection: Arc<Connection>,
        limits: Arc<Limits>,
        too_slow: CancellationToken,
    ) -> Self {
        Self { body, connection, limits, whole_by: None, wait: None, too_slow }
    }
}

impl Body for Inbound {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.wait = None;
            this.connection.set(Activity::Work);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        this.connection.set(Activity::Body);
        let now = Instant::now();
        let whole_by = *this.whole_by.get_or_insert(now + this.limits.body_within);
        let pause = this.limits.body_pause;
        let wait = this.wait.get_or_insert_with(|| Box::pin(sleep_until(whole_by.min(now + pause))));
        if wait.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.too_slow.cancel();
        Poll::Ready(Some(Err(Refusal::BodyTooSlow.sentence().into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request under way. It ends when this is dropped: with its answer, or when its caller has given it up.
pub(crate) struct Served {
    connection: Arc<Connection>,
    /// Its number among the requests of this process.
    number: u64,
}

impl Served {
    pub(crate) fn begin(connection: Arc<Connection>, is_shared: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        connection.begin_request(is_shared);
        Self { connection, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.connection.set_unread(self.number, false);
        self.connection.end_request();
    }
}

/// Largest piece of an answer on a shared connection, in bytes. The next one is asked for when its caller has room for it; a
/// large one would be taken at once, whether it is read or not.
const PIECE: usize = 64 * 1024;

/// An answer's body; when it is dropped, its request has ended.
pub(crate) struct Outbound {
    body: axum::body::Body,
    served: Served,
    /// What was taken from the body and not handed out.
    rest: Bytes,
}

impl Outbound {
    pub(crate) fn new(body: axum::body::Body, served: Served) -> Self {
        Self { body, served, rest: Bytes::new() }
    }
}

impl Outbound {
    /// The first piece of a frame; the rest is kept for the next one.
    fn first_piece(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(mut data) => {
                self.rest = data.split_off(data.len().min(PIECE));
                Frame::data(data)
            }
            Err(frame) => frame,
        }
    }
}

impl Body for Outbound {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        // With HTTP/1 an answer that is not read blocks the connection itself.
        if !this.served.connection.is_shared() {
            return Pin::new(&mut this.body).poll_frame(context);
        }
        let frame = if this.rest.is_empty() {
            Pin::new(&mut this.body).poll_frame(context)
        } else {
            Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.rest)))))
        };
        let Served { connection, number } = &this.served;
        connection.set_unread(*number, matches!(frame, Poll::Ready(Some(_))));
        frame.map(|frame| frame.map(|frame| frame.map(|frame| this.first_piece(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Asked for before the first piece.
        self.body.size_hint()
    }
}
