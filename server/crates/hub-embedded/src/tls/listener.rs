//! A TCP listener that returns connections after their TLS handshake.
//!
//! Handshakes run in tasks of their own: one that hangs delays no other, and ends after [`HANDSHAKE_WITHIN`]. When there
//! are too many, the oldest ends for the newest.

use std::{collections::VecDeque, io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::AbortHandle,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::debug;

/// Longest handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
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
    /// Starts to accept, with so many handshakes at once. Needs a Tokio runtime around it.
    ///
    /// # Errors
    /// When the listener does not know its own address.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>, max_handshakes: usize) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(READY);
        tokio::spawn(accept(listener, config.into(), max_handshakes.max(1), done));
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

async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    max_handshakes: usize,
    done: mpsc::Sender<Accepted>,
) {
    let mut handshakes: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let (stream, peer) = tokio::select! {
            // Axum's own accept, which pauses when the process is out of files.
            accepted = axum::serve::Listener::accept(&mut listener) => accepted,
            () = done.closed() => return,
        };
        handshakes.retain(|handshake| !handshake.is_finished());
        if handshakes.len() >= max_handshakes
            && let Some(oldest) = handshakes.pop_front()
        {
            oldest.abort();
        }
        let (acceptor, done) = (acceptor.clone(), done.clone());
        let handshake = tokio::spawn(async move {
            if let Some(stream) = shake_hands(&acceptor, stream, peer).await {
                // The listener may have been dropped meanwhile.
                let _ = done.send((stream, peer)).await;
            }
        });
        handshakes.push_back(handshake.abort_handle());
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
