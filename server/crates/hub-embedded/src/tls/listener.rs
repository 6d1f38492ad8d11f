//! A TCP listener that hands out connections whose TLS handshake is done.
//!
//! Handshakes run in tasks of their own: one that hangs holds up nobody, and ends after [`HANDSHAKE_WITHIN`].

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::debug;

/// Longest handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Handshakes at once; more connections wait unaccepted.
const HANDSHAKES: usize = 512;
/// Connections that are done and not yet taken.
const READY: usize = 64;

type Accepted = (TlsStream<TcpStream>, SocketAddr);

/// Accepts TLS connections, for `axum::serve` and for the gateway alike. Dropping it stops accepting.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Accepted>,
}

impl TlsListener {
    /// Starts to accept. Needs a Tokio runtime around it.
    ///
    /// # Errors
    /// When the listener does not know its own address.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(READY);
        tokio::spawn(accept(listener, config.into(), done));
        Ok(Self { address, ready })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            // The task that accepts lives as long as the runtime does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(mut listener: TcpListener, acceptor: TlsAcceptor, done: mpsc::Sender<Accepted>) {
    let places = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, peer) = tokio::select! {
            // Axum's own accept, which pauses when the process is out of files.
            accepted = axum::serve::Listener::accept(&mut listener) => accepted,
            () = done.closed() => return,
        };
        let (acceptor, done) = (acceptor.clone(), done.clone());
        tokio::spawn(async move {
            if let Some(stream) = shake_hands(&acceptor, stream, peer).await {
                // The listener may have been dropped meanwhile.
                let _ = done.send((stream, peer)).await;
            }
            drop(place);
        });
    }
}

async fn shake_hands(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
) -> Option<TlsStream<TcpStream>> {
    let _ = stream.set_nodelay(true);
    match timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            debug!(%peer, error = &error as &dyn std::error::Error, "no TLS handshake");
            None
        }
        Err(_) => {
            debug!(%peer, "the TLS handshake took too long");
            None
        }
    }
}
