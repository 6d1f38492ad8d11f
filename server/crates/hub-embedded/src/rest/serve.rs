//! One listener's connections: served with limits, let go in order.

use std::time::Duration;

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Longest wait for a request's headers, and so for the next request of a kept-alive connection. Longer than the idle
/// time after which SDKs let go of a connection themselves.
const HEADER_TIMEOUT: Duration = Duration::from_mins(5);
/// Largest head of a request, in bytes; one that comes at a stroke may be twice as large.
const MAX_HEAD: usize = 64 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Most connections at once; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 2048;
/// How long calls under way may take to end once the hub stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Accepts and serves until told to stop, then lets calls under way end. No connection is left when it returns.
pub(crate) async fn serve<L: Listener>(mut listener: L, router: Router, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            (io, _) = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                connections.spawn(connection(io, router.clone(), stop.clone()));
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!(calls = connections.len(), "calls were cut off");
        connections.shutdown().await;
    }
}

async fn connection<I>(io: I, router: Router, stop: CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A peer that goes away is nobody's fault.
    if let Err(error) = ended {
        tracing::debug!(error = &error as &(dyn std::error::Error + 'static), "connection ended");
    }
}
