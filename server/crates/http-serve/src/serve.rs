//! Accepts connections and serves each in a task of its own.

use std::{convert::Infallible, future::pending, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    response::Response,
    serve::Listener,
};
use futures::future::BoxFuture;
use http::{HeaderValue, Version, header};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::debug;

use crate::{
    Connections, Limits, Refusal,
    body::{Inbound, Outbound, Served},
    connections::{Connection, Permit},
    tracked_io::TrackedIo,
};

/// Refused callers that get an answer at the same time; others are closed without one.
const REFUSING: usize = 64;
/// How long such a caller may take to read it.
const REFUSE_WITHIN: Duration = Duration::from_secs(2);
/// When such a caller may try again, in seconds.
const RETRY_AFTER: u32 = 5;

/// Accepts and serves until `stop`, with the caller's address in every request ([`ConnectInfo`]), then lets requests under way end, for as long as the limits say. No connection is
/// left when it returns, except upgraded ones.
pub async fn serve<L>(
    mut listener: L,
    router: Router,
    limits: Limits,
    connections: Connections,
    stop: CancellationToken,
) where
    L: Listener<Addr = SocketAddr>,
{
    let limits = Arc::new(limits);
    let mut tasks = JoinSet::new();
    let mut refusing = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = tasks.join_next() => {}
            Some(_) = refusing.join_next() => {}
            // The listener pauses by itself when the process is out of file descriptors.
            (io, peer) = listener.accept() => match connections.admit(peer.ip(), &limits) {
                Ok(permit) => {
                    let (router, limits, stop) = (router.clone(), Arc::clone(&limits), stop.clone());
                    tasks.spawn(connection(io, peer, router, permit, limits, stop));
                }
                Err(refusal) if refusing.len() < REFUSING => {
                    refusing.spawn(refuse(io, refusal, limits.refusal));
                }
                Err(_) => {}
            }
        }
    }
    drop((listener, refusing));
    let drained = async { while tasks.join_next().await.is_some() {} };
    if timeout(limits.drain, drained).await.is_err() {
        tracing::warn!(requests = tasks.len(), "requests were cut off");
        tasks.shutdown().await;
    }
}

async fn connection<I>(
    io: I,
    peer: SocketAddr,
    router: Router,
    permit: Permit,
    limits: Arc<Limits>,
    stop: CancellationToken,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = &permit.connection;
    let service = Handler { router, peer, connection: Arc::clone(connection), limits: Arc::clone(&limits) };
    let io = TokioIo::new(TrackedIo::new(io, Arc::clone(connection)));
    if limits.http2 {
        let protocol = http1_and_2(&limits);
        let exchange = protocol.serve_connection(io, service);
        drive(exchange, auto::Connection::graceful_shutdown, connection, &limits, &stop).await;
    } else {
        let exchange = http1(&limits).serve_connection(io, service).with_upgrades();
        drive(exchange, http1::UpgradeableConnection::graceful_shutdown, connection, &limits, &stop).await;
    }
}

/// Serves a connection until it ends, is closed to make room, or misses a deadline.
async fn drive<E, Error>(
    exchange: E,
    shut_down: fn(Pin<&mut E>),
    connection: &Connection,
    limits: &Limits,
    stop: &CancellationToken,
) where
    E: Future<Output = Result<(), Error>>,
    Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut exchange = std::pin::pin!(exchange);
    let mut is_stopping = false;
    loop {
        let due = async {
            match connection.deadline(limits) {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            ended = exchange.as_mut() => {
                // A peer that disconnects is not an error.
                if let Err(error) = ended {
                    let error: Box<dyn std::error::Error + Send + Sync> = error.into();
                    debug!(error = &*error as &(dyn std::error::Error + 'static), "connection ended");
                }
                return;
            }
            () = connection.closed.cancelled() => {
                debug!("connection closed to make room");
                return;
            }
            () = stop.cancelled(), if !is_stopping => {
                shut_down(exchange.as_mut());
                is_stopping = true;
            }
            () = connection.changed.notified() => {}
            () = due => {
                // The deadline may have moved meanwhile.
                if connection.deadline(limits).is_some_and(|at| at <= Instant::now()) {
                    debug!("connection closed: its caller took too long");
                    return;
                }
            }
        }
    }
}

/// HTTP/1 with upgrades.
fn http1(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // The timeout of the head is enforced here, like all others.
        .header_read_timeout(None)
        .max_buf_size(limits.max_head)
        .max_headers(limits.max_headers);
    builder
}

/// HTTP/1 and HTTP/2: the first bytes of a connection decide.
fn http1_and_2(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_buf_size(limits.max_head).max_headers(limits.max_headers);
    builder
        .http2()
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(u32::try_from(limits.max_head).unwrap_or(u32::MAX));
    builder
}

/// The router as a service that tracks its connection.
struct Handler {
    router: Router,
    peer: SocketAddr,
    connection: Arc<Connection>,
    limits: Arc<Limits>,
}

impl Service<Request<Incoming>> for Handler {
    type Response = Response<Outbound>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let Self { router, peer, connection, limits } = self;
        let served = Served::begin(Arc::clone(connection), request.version() == Version::HTTP_2);
        let (router, peer) = (router.clone(), *peer);
        let (connection, limits) = (Arc::clone(connection), Arc::clone(limits));
        Box::pin(async move {
            let too_slow = CancellationToken::new();
            let mut request = request.map(|body| {
                let inbound = Inbound::new(body, connection, Arc::clone(&limits), too_slow.clone());
                axum::body::Body::new(inbound)
            });
            request.extensions_mut().insert(ConnectInfo(peer));
            let mut answer = router.oneshot(request).await?;
            // The handler got an incomplete body and may blame its content.
            if too_slow.is_cancelled() {
                answer = late(limits.refusal);
            }
            Ok(answer.map(|body| Outbound::new(body, served)))
        })
    }
}

/// The answer to a request whose body did not arrive in time. The connection is closed, since the rest may still arrive.
fn late(write: fn(Refusal) -> (&'static str, String)) -> Response {
    let (content_type, text) = write(Refusal::BodyTooSlow);
    let mut response = Response::new(text.into());
    *response.status_mut() = Refusal::BodyTooSlow.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Answers 503 and closes.
async fn refuse<I>(mut io: I, refusal: Refusal, write: fn(Refusal) -> (&'static str, String))
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let (content_type, text) = write(refusal);
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nretry-after: {RETRY_AFTER}\r\n\
         connection: close\r\n\r\n{text}",
        refusal.status(),
        text.len()
    );
    let refusal = async {
        io.write_all(head.as_bytes()).await?;
        io.shutdown().await?;
        // Closing with unread bytes would reset the connection, and the answer would be lost.
        let mut unread = [0; 1024];
        while io.read(&mut unread).await? > 0 {}
        std::io::Result::Ok(())
    };
    // A caller that does not read it is not waited for.
    let _ = timeout(REFUSE_WITHIN, refusal).await;
}
