//! The doors: sockets are accepted here and each gets a task; nothing a socket does holds up the next one.

use std::{fmt, future::pending, net::SocketAddr, sync::Arc};

use axum::serve::ListenerExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, error, info};

use super::{
    Backend, CloseReason, Connections, admission, ending::Ending, fault::Fault, session, socket::Socket,
};
use crate::{clock::Clock, domain::Target, tls::TlsListener};

/// A place to accept devices at.
#[derive(Debug)]
pub enum Listener {
    /// In the clear.
    Tcp(TcpListener),
    /// Over TLS.
    Tls(TlsListener),
}

/// What all tasks of a gateway have in common.
pub(super) struct Shared<B> {
    pub(super) backend: Arc<B>,
    pub(super) connections: Connections,
    pub(super) clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
    sessions: TaskTracker,
    shutdown: CancellationToken,
}

/// A running gateway. It stops when its shutdown token is cancelled, and not by being dropped.
pub struct Gateway<B> {
    door: Door<B>,
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
        let places = connections.limits().max_connections.min(Semaphore::MAX_PERMITS);
        let shared = Arc::new(Shared {
            backend,
            connections,
            clock,
            places: Arc::new(Semaphore::new(places)),
            sessions: TaskTracker::new(),
            shutdown,
        });
        let door = Door(Arc::clone(&shared));
        for listener in listeners {
            let door = door.clone();
            shared.sessions.spawn(async move {
                let shutdown = door.0.shutdown.clone();
                match listener {
                    Listener::Tcp(listener) => {
                        // Small answers are wanted now, not when a segment is full.
                        let listener = listener.tap_io(|stream| {
                            let _ = stream.set_nodelay(true);
                        });
                        shutdown.run_until_cancelled(door.accept(listener)).await
                    }
                    Listener::Tls(listener) => shutdown.run_until_cancelled(door.accept(listener)).await,
                }
            });
        }
        shared.sessions.spawn(close_expired(Arc::clone(&shared)));
        let all_gone = CancellationToken::new();
        tokio::spawn(stop(Arc::clone(&shared), all_gone.clone()));
        let reporter = tokio::spawn(async move {
            shared.connections.presence().report(shared.backend.as_ref(), &all_gone).await;
        });
        Self { door, reporter }
    }

    /// A way in for sockets that others accepted.
    pub fn door(&self) -> Door<B> {
        self.door.clone()
    }

    /// Waits, after the shutdown token has been cancelled, until every connection has ended and the backend knows it.
    pub async fn stopped(self) {
        if let Err(error) = self.reporter.await {
            error!(error = &error as &dyn std::error::Error, "the reporter of connections died");
        }
    }
}

impl<B: Backend> Shared<B> {
    /// Lets a fault come about in its time. Of several that one device asks for meanwhile, the first counts.
    pub(super) fn inject(self: &Arc<Self>, target: &Arc<Target>, fault: Fault) {
        let begin = self.clock.now().plus(fault.delay);
        if !self.connections.faults().expect(target, fault.kind, begin.plus(fault.duration)) {
            return;
        }
        let (shared, target) = (Arc::clone(self), Arc::clone(target));
        self.sessions.spawn(async move {
            let due = shared.clock.sleep_until(begin);
            if shared.shutdown.run_until_cancelled(due).await.is_some() {
                info!(device = %target, kind = ?fault.kind, "injected a fault that the device asked for");
                shared.connections.faults().begin(&target);
                shared.connections.disconnect(&target, CloseReason::Fault);
            }
        });
    }
}

async fn stop<B: Backend>(shared: Arc<Shared<B>>, all_gone: CancellationToken) {
    shared.shutdown.cancelled().await;
    shared.connections.close_all();
    shared.sessions.close();
    shared.sessions.wait().await;
    all_gone.cancel();
}

/// Ends connections when their tokens do, by the hub's clock.
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

/// A way into a gateway. Cheap to clone.
pub struct Door<B>(Arc<Shared<B>>);

impl<B: Backend> Door<B> {
    /// Serves one device on a stream, until it or the hub ends. `peer` is for the log.
    pub async fn serve<S>(&self, stream: S, peer: impl fmt::Display)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let Ok(_place) = self.0.places.acquire().await else { return };
        self.0.sessions.track_future(self.attend(stream, peer)).await;
    }

    async fn accept<L>(&self, mut listener: L)
    where
        L: axum::serve::Listener<Addr = SocketAddr>,
    {
        loop {
            let Ok(permit) = Arc::clone(&self.0.places).acquire_owned().await else { return };
            let (stream, peer) = listener.accept().await;
            let door = self.clone();
            self.0.sessions.spawn(async move {
                door.attend(stream, peer).await;
                drop(permit);
            });
        }
    }

    async fn attend<S>(&self, stream: S, peer: impl fmt::Display)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut socket = Socket::new(stream);
        // Boxed, so that an idle connection does not carry the room that its first second needed.
        let ending = match Box::pin(self.admit(&mut socket)).await {
            Ok(admitted) => {
                let target = Arc::clone(admitted.link.target());
                debug!(device = %target, %peer, "connected");
                let ending = session::serve(admitted, socket).await;
                debug!(device = %target, %peer, reason = %ending, "disconnected");
                ending
            }
            Err(ending) => {
                debug!(%peer, reason = %ending, "not connected");
                ending
            }
        };
        if let Ending::Backend(error) = ending
            && error.is_fault()
        {
            error!(error = &error as &dyn std::error::Error, "a connection ended for want of the store");
        }
    }

    async fn admit<S>(&self, socket: &mut Socket<S>) -> Result<admission::Admitted<B>, Ending>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let within = self.0.connections.limits().connect_within;
        tokio::select! {
            admitted = timeout(within, admission::admit(&self.0, socket)) => {
                admitted.unwrap_or(Err(Ending::NoConnect(within)))
            }
            () = self.0.shutdown.cancelled() => Err(CloseReason::Stopping.into()),
        }
    }
}

impl<B> Clone for Door<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> fmt::Debug for Door<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("connections", &self.0.connections).finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Gateway<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("door", &self.door).finish_non_exhaustive()
    }
}
