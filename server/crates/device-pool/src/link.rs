//! One connection that carries MQTT packets, plain or over TLS.
//!
//! Buffers are sized for a device that is nearly always idle: the read buffer keeps half a kilobyte, the write buffer
//! nothing.

use std::{io, sync::Arc, time::Duration};

use bytes::BytesMut;
use rumqttc::mqttbytes::{
    self,
    v4::{ConnAck, Connect, ConnectReturnCode, Packet},
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Free space reserved before each read.
const READ_BUFFER: usize = 512;
/// Largest packet either way: a full twin with its metadata is below 200 KB.
const MAX_PACKET: usize = 512 * 1024;
/// How long the hub may take to accept a connection or to read what is written to it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Where devices connect; resolved once for all of them.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// Why a connection ended or was never made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The socket.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// Bytes that are not MQTT.
    #[error("the hub sent or was sent a bad packet: {0}")]
    Packet(#[from] mqttbytes::Error),
    /// The hub refused the CONNECT.
    #[error("the hub refused the device: {0:?}")]
    Refused(ConnectReturnCode),
    /// The hub refused a SUBSCRIBE.
    #[error("the hub refused the subscription")]
    NotSubscribed,
    /// Something else than a CONNACK.
    #[error("the hub answered CONNECT with another packet")]
    NotConnAck,
    /// The hub closed the connection; MQTT 3.1.1 gives no reason.
    #[error("the hub closed the connection")]
    Closed,
    /// The hub has stopped answering.
    #[error("the hub did not answer in time")]
    TimedOut,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An accepted connection.
pub(crate) struct Link {
    stream: Box<dyn Stream>,
    inbound: BytesMut,
    outbound: BytesMut,
}

impl Link {
    /// Connects and waits for CONNACK.
    pub(crate) async fn open(address: &Address, connect: Connect) -> Result<(Self, ConnAck), LinkError> {
        timeout(ANSWER_TIMEOUT, Self::open_now(address, connect)).await.map_err(|_| LinkError::TimedOut)?
    }

    async fn open_now(address: &Address, connect: Connect) -> Result<(Self, ConnAck), LinkError> {
        let tcp = TcpStream::connect((address.host.as_str(), address.port)).await?;
        // Packets are small, and the peer waits for each.
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &address.tls {
            None => Box::new(tcp),
            Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
        };
        let mut link = Self { stream, inbound: BytesMut::new(), outbound: BytesMut::new() };
        link.queue(&Packet::Connect(connect))?;
        link.flush().await?;
        match link.receive().await? {
            Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success => Ok((link, ack)),
            Packet::ConnAck(ack) => Err(LinkError::Refused(ack.code)),
            _ => Err(LinkError::NotConnAck),
        }
    }

    /// The next packet. Cancel-safe: received bytes are kept.
    pub(crate) async fn receive(&mut self) -> Result<Packet, LinkError> {
        loop {
            if let Some(packet) = self.buffered()? {
                return Ok(packet);
            }
            self.inbound.reserve(READ_BUFFER);
            if self.stream.read_buf(&mut self.inbound).await? == 0 {
                return Err(LinkError::Closed);
            }
        }
    }

    /// A packet that was received already.
    pub(crate) fn buffered(&mut self) -> Result<Option<Packet>, LinkError> {
        if self.inbound.is_empty() {
            return Ok(None);
        }
        match Packet::read(&mut self.inbound, MAX_PACKET) {
            Ok(packet) => Ok(Some(packet)),
            Err(mqttbytes::Error::InsufficientBytes(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a packet to what the next flush writes.
    pub(crate) fn queue(&mut self, packet: &Packet) -> Result<(), LinkError> {
        packet.write(&mut self.outbound, MAX_PACKET)?;
        Ok(())
    }

    /// Writes what is queued; false if there was nothing.
    pub(crate) async fn flush(&mut self) -> Result<bool, LinkError> {
        if self.outbound.is_empty() {
            return Ok(false);
        }
        let write = async {
            self.stream.write_all_buf(&mut self.outbound).await?;
            self.stream.flush().await
        };
        timeout(ANSWER_TIMEOUT, write).await.map_err(|_| LinkError::TimedOut)??;
        self.outbound = BytesMut::new();
        Ok(true)
    }

    /// Sends DISCONNECT, so that the hub need not wait for the keep-alive to pass. Errors do not matter any more.
    pub(crate) async fn close(mut self) {
        let disconnect = async {
            self.queue(&Packet::Disconnect)?;
            self.flush().await?;
            Ok::<_, LinkError>(self.stream.shutdown().await?)
        };
        if let Ok(Err(error)) = timeout(Duration::from_secs(2), disconnect).await {
            tracing::trace!(%error, "DISCONNECT not sent");
        }
    }
}

impl Address {
    /// An address; `None` if the host is not a name that a certificate can be issued for.
    pub(crate) fn new(host: &str, port: u16, tls: Option<rustls::ClientConfig>) -> Option<Self> {
        let tls = match tls {
            None => None,
            Some(config) => {
                let name = ServerName::try_from(host.to_owned()).ok()?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
        };
        Some(Self { host: host.to_owned(), port, tls })
    }
}

#[cfg(test)]
mod tests {
    use rumqttc::mqttbytes::{QoS, v4::Publish};
    use tokio::net::TcpListener;

    use super::*;

    /// A hub that answers a connection with these bytes, in pieces of `piece` bytes, and closes.
    async fn hub_that_sends(bytes: Vec<u8>, piece: usize) -> Address {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut connect = [0; 512];
            assert!(stream.read(&mut connect).await.unwrap() > 0);
            for piece in bytes.chunks(piece) {
                stream.write_all(piece).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        Address::new("127.0.0.1", port, None).unwrap()
    }

    fn written(packets: &[Packet]) -> Vec<u8> {
        let mut bytes = BytesMut::new();
        for packet in packets {
            packet.write(&mut bytes, MAX_PACKET).unwrap();
        }
        bytes.to_vec()
    }

    #[tokio::test]
    async fn packets_are_put_together_from_pieces() {
        let ack = Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, true));
        let publish = Packet::Publish(Publish::new("a/b", QoS::AtMostOnce, vec![7; 3000]));
        for piece in [1, 2, 700, 100_000] {
            let bytes = written(&[ack.clone(), publish.clone(), Packet::PingResp, publish.clone()]);
            let address = hub_that_sends(bytes, piece).await;
            let (mut link, ack) = Link::open(&address, Connect::new("d")).await.unwrap();
            assert!(ack.session_present);
            assert_eq!(link.receive().await.unwrap(), publish, "{piece}");
            assert_eq!(link.receive().await.unwrap(), Packet::PingResp);
            assert_eq!(link.receive().await.unwrap(), publish);
            assert!(matches!(link.receive().await, Err(LinkError::Closed)));
        }
    }

    #[tokio::test]
    async fn refusals() {
        let refused = written(&[Packet::ConnAck(ConnAck::new(ConnectReturnCode::NotAuthorized, false))]);
        let result = Link::open(&hub_that_sends(refused, 10).await, Connect::new("d")).await;
        assert!(matches!(result.err(), Some(LinkError::Refused(ConnectReturnCode::NotAuthorized))));
        let other = written(&[Packet::PingResp]);
        let result = Link::open(&hub_that_sends(other, 10).await, Connect::new("d")).await;
        assert!(matches!(result.err(), Some(LinkError::NotConnAck)));
        let result = Link::open(
            &hub_that_sends(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 100).await,
            Connect::new("d"),
        )
        .await;
        assert!(result.is_err());
    }
}
