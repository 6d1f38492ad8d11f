//! Bodies of requests and answers, which set their connection's activity.

use std::{
    pin::Pin,
    sync::Arc,
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

/// An answer's body; when it is dropped, the connection becomes idle.
pub(crate) struct Outbound {
    body: axum::body::Body,
    connection: Arc<Connection>,
}

impl Outbound {
    pub(crate) fn new(body: axum::body::Body, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl Body for Outbound {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.connection.set(Activity::Idle);
    }
}
