//! Accepts sockets and gives each a task; no socket can delay the next one.

use std::{fmt, future::pending, net::SocketAddr, sync::Arc};

use axum::serve::ListenerExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::error;

use super::{
    Backend, CloseReason, ConnectionEvent, ConnectionEventKind, Connections,
    admission::{self, NotAdmitted},
    connection_slots::ConnectionSlots,
    disconnect::DisconnectReason,
    session,
    shared::Shared,
    socket::Socket,
};
use crate::{clock::Clock, domain::Target, tls::TlsListener};

/// A listener that accepts devices.
#[derive(Debug)]
pub enum Listener {
    /// Without TLS.
    Tcp(TcpListener),
    /// Over TLS.
    Tls(TlsListener),
}

/// A running gateway. It stops when its shutdown token is cancelled, and not by being dropped.
pub struct Gateway<B> {
    handle: GatewayHandle<B>,
    reporter: JoinHandle<()>,
}

impl<B: Backend> Gateway<B> {
    /// Starts to accept. Needs a Tokio runtime around it.
    pub fn start(
        listeners: Vec<Listener>,
        connections: Connections,
        backend: Arc<B>,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
    ) -> Self {
        let slots = ConnectionSlots::new(connections.limits().max_connections);
        let shared =
            Arc::new(Shared { backend, connections, clock, slots, sessions: TaskTracker::new(), shutdown });
        let handle = GatewayHandle(Arc::clone(&shared));
        for listener in listeners {
            let handle = handle.clone();
            shared.sessions.spawn(async move {
                let shutdown = handle.0.shutdown.clone();
                match listener {
                    Listener::Tcp(listener) => {
                        // Small answers are sent at once, not when a segment is full.
                        let listener = listener.tap_io(|stream| {
                            let _ = stream.set_nodelay(true);
                        });
                        shutdown.run_until_cancelled(handle.accept(listener)).await
                    }
                    Listener::Tls(listener) => shutdown.run_until_cancelled(handle.accept(listener)).await,
                }
            });
        }
        shared.sessions.spawn(close_expired(Arc::clone(&shared)));
        let sessions_ended = CancellationToken::new();
        tokio::spawn(stop(Arc::clone(&shared), sessions_ended.clone()));
        let reporter = tokio::spawn(async move {
            shared.connections.changes().report(shared.backend.as_ref(), &sessions_ended).await;
        });
        Self { handle, reporter }
    }

    /// A handle for sockets that were accepted elsewhere.
    pub fn handle(&self) -> GatewayHandle<B> {
        self.handle.clone()
    }

    /// Waits, after the shutdown token has been cancelled, until every connection has ended and the backend knows it.
    pub async fn stopped(self) {
        if let Err(error) = self.reporter.await {
            error!(
                error = &error as &dyn std::error::Error,
                "the task that reports connection changes failed"
            );
        }
    }
}

async fn stop<B: Backend>(shared: Arc<Shared<B>>, sessions_ended: CancellationToken) {
    shared.shutdown.cancelled().await;
    shared.connections.close_all();
    shared.sessions.close();
    shared.sessions.wait().await;
    sessions_ended.cancel();
}

/// Closes connections whose token has expired, by the hub's clock.
async fn close_expired<B: Backend>(shared: Arc<Shared<B>>) {
    let connections = &shared.connections;
    loop {
        connections.close_expired(shared.clock.now());
        let expiry = async {
            match connections.next_expiry() {
                Some(next) => shared.clock.sleep_until(next).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = expiry => {}
            () = connections.earlier_expiry() => {}
            () = shared.shutdown.cancelled() => return,
        }
    }
}

/// Serves sockets through a gateway. Cheap to clone.
pub struct GatewayHandle<B>(Arc<Shared<B>>);

impl<B: Backend> GatewayHandle<B> {
    /// Serves one device on a stream, until it or the hub ends. `client` is where it connects from, as far as that is
    /// known; it is for the log and the device's history.
    pub async fn serve<S>(&self, stream: S, client: Option<SocketAddr>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let peer = client.map_or_else(|| "unknown".to_owned(), |client| client.to_string());
        let Some(slot) = self.0.slots.acquire(&peer) else { return };
        let evicted = slot.evicted();
        let running = self.run_connection(slot.attach(stream), client);
        self.0.sessions.track_future(evicted.run_until_cancelled(running)).await;
    }

    async fn accept<L>(&self, mut listener: L)
    where
        L: axum::serve::Listener<Addr = SocketAddr>,
    {
        loop {
            // The listener pauses by itself when the process is out of file descriptors.
            let (stream, peer) = listener.accept().await;
            let Some(slot) = self.0.slots.acquire(&peer) else { continue };
            let handle = self.clone();
            self.0.sessions.spawn(async move {
                let evicted = slot.evicted();
                evicted.run_until_cancelled(handle.run_connection(slot.attach(stream), Some(peer))).await;
            });
        }
    }

    async fn run_connection<S>(&self, stream: S, client: Option<SocketAddr>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut socket = Socket::new(stream);
        // Boxed, so that an idle connection does not keep the memory that admission needed.
        let (kind, target, reason) = match Box::pin(self.admit(&mut socket)).await {
            Ok(admitted) => {
                let target = Arc::clone(admitted.outbox.target());
                Box::pin(self.report(ConnectionEventKind::Connected, Some(&target), client, None)).await;
                let reason = session::serve(admitted, socket).await;
                (ConnectionEventKind::Disconnected, Some(target), reason)
            }
            Err(NotAdmitted { target, reason }) => {
                (ConnectionEventKind::Refused, target.map(Arc::new), reason)
            }
        };
        if let DisconnectReason::Backend(error) = &reason
            && error.is_fault()
        {
            error!(error = error as &dyn std::error::Error, "a connection ended because the store failed");
        }
        Box::pin(self.report(kind, target.as_deref(), client, Some(&reason))).await;
    }

    /// Reports an event of a connection; a connect has no reason.
    async fn report(
        &self,
        kind: ConnectionEventKind,
        target: Option<&Target>,
        client: Option<SocketAddr>,
        reason: Option<&DisconnectReason>,
    ) {
        let event = ConnectionEvent {
            target: target.cloned(),
            client,
            at: self.0.clock.now(),
            kind,
            cause: reason.map(DisconnectReason::cause),
            reason: reason.map(ToString::to_string).unwrap_or_default(),
            is_warning: reason.is_some_and(DisconnectReason::is_warning),
        };
        self.0.backend.connection_event(event).await;
    }

    async fn admit<S>(&self, socket: &mut Socket<S>) -> Result<admission::Admitted<B>, NotAdmitted>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let within = self.0.connections.limits().connect_within;
        tokio::select! {
            admitted = timeout(within, admission::admit(&self.0, socket)) => {
                admitted.unwrap_or_else(|_| Err(DisconnectReason::NoConnect(within).into()))
            }
            () = self.0.shutdown.cancelled() => Err(CloseReason::Stopping.into()),
        }
    }
}

impl<B> Clone for GatewayHandle<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> fmt::Debug for GatewayHandle<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayHandle").field("connections", &self.0.connections).finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Gateway<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("handle", &self.handle).finish_non_exhaustive()
    }
}
