//! MQTT over WebSocket, as the SDKs speak it on port 443: path [`PATH`], subprotocol `mqtt`.
//!
//! Packets are not aligned with WebSocket messages; the stream is the concatenation of the messages.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::ws::{Message, WebSocketUpgrade},
    response::Response,
};
use bytes::{Buf, Bytes};
use futures::{Sink, Stream};
use http::{HeaderMap, HeaderValue, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Backend, GatewayHandle, limits::MAX_PACKET};
use crate::domain::quote::quoted;

/// Where the SDKs expect it.
pub const PATH: &str = "/$iothub/websocket";

/// Longest accepted message; a packet and its fixed header fit.
const MAX_MESSAGE: usize = MAX_PACKET + 16;

/// Why a handshake is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWebSocket {
    /// The client asks for AMQP, which the real hub speaks at the same path.
    #[error(
        "AMQP over WebSocket ('{AMQP}') is not part of the embedded hub, see docs/hub-differences.md; it speaks '{MQTT}'"
    )]
    Amqp,
    /// The client offers no protocol, or others only.
    #[error("{}", no_mqtt(.0))]
    NotOffered(Vec<String>),
    /// The request is no handshake of a WebSocket.
    #[error("this path takes WebSocket handshakes only: {0}")]
    NoHandshake(String),
}

/// The subprotocol of MQTT. Names of subprotocols are compared with their case (RFC 6455, section 4).
const MQTT: &str = "mqtt";
/// The subprotocol of AMQP, as Microsoft's SDKs name it.
const AMQP: &str = "AMQPWSB10";
/// Most offered protocols that a text repeats.
const MAX_NAMED: usize = 8;

fn no_mqtt(offered: &[String]) -> String {
    let offer = if offered.is_empty() {
        "the request offers none".to_owned()
    } else {
        let named: Vec<_> = offered.iter().take(MAX_NAMED).map(|protocol| quoted(protocol)).collect();
        format!("the request offers {}", named.join(", "))
    };
    format!("the header Sec-WebSocket-Protocol must offer '{MQTT}'; {offer}")
}

/// Picks MQTT out of the protocols that a handshake offers, in one header or in several; the others are taken out.
///
/// # Errors
/// [`NoWebSocket::Amqp`] when AMQP is offered instead, [`NoWebSocket::NotOffered`] otherwise.
pub fn pick_protocol(headers: &mut HeaderMap) -> Result<(), NoWebSocket> {
    let offered: Vec<_> = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .flat_map(|value| {
            String::from_utf8_lossy(value.as_bytes()).split(',').map(str::to_owned).collect::<Vec<_>>()
        })
        .map(|protocol| protocol.trim().to_owned())
        .filter(|protocol| !protocol.is_empty())
        .collect();
    if offered.iter().any(|protocol| protocol == MQTT) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(MQTT));
        Ok(())
    } else if offered.iter().any(|protocol| protocol.eq_ignore_ascii_case(AMQP)) {
        Err(NoWebSocket::Amqp)
    } else {
        Err(NoWebSocket::NotOffered(offered))
    }
}

/// Answers a WebSocket handshake that passed [`pick_protocol`], and serves the device behind it. The handshake needs
/// no credentials: CONNECT has them. `client` is where it comes from.
pub fn upgrade<B: Backend>(
    handle: GatewayHandle<B>,
    upgrade: WebSocketUpgrade,
    client: Option<SocketAddr>,
) -> Response {
    upgrade
        .protocols([MQTT])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move { handle.serve(MessageStream::new(socket), client).await })
}

/// The concatenated bytes of a WebSocket's messages.
struct MessageStream<W> {
    socket: W,
    unread: Bytes,
}

impl<W> MessageStream<W> {
    fn new(socket: W) -> Self {
        Self { socket, unread: Bytes::new() }
    }
}

impl<W> AsyncRead for MessageStream<W>
where
    W: Stream<Item = Result<Message, axum::Error>> + Unpin,
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.unread = bytes,
                // The library answers pings by itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a text message")));
                }
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.unread.len().min(buffer.remaining());
        buffer.put_slice(&self.unread[..count]);
        self.unread.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<W> AsyncWrite for MessageStream<W>
where
    W: Sink<Message, Error = axum::Error> + Unpin,
{
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut socket = Pin::new(&mut self.socket);
        ready!(socket.as_mut().poll_ready(cx)).map_err(io::Error::other)?;
        socket.start_send(Message::Binary(Bytes::copy_from_slice(bytes))).map_err(io::Error::other)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(io::Error::other)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        let offered =
            |names: &[&str]| Err(NoWebSocket::NotOffered(names.iter().map(|&name| name.into()).collect()));
        for (values, expected) in [
            (&["mqtt"][..], Ok(())),
            (&["AMQPWSB10, mqtt"], Ok(())),
            (&["AMQPWSB10,mqtt,x"], Ok(())),
            (&["AMQPWSB10", "mqtt"], Ok(())),
            (&["AMQPWSB10"], Err(NoWebSocket::Amqp)),
            (&["x", "amqpwsb10"], Err(NoWebSocket::Amqp)),
            (&[], offered(&[])),
            (&[""], offered(&[])),
            (&["MQTT"], offered(&["MQTT"])),
            (&["mqttv3.1, x"], offered(&["mqttv3.1", "x"])),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::SEC_WEBSOCKET_PROTOCOL, value.parse().unwrap());
            }
            assert_eq!(pick_protocol(&mut headers), expected, "{values:?}");
            assert!(expected.is_err() || headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().eq(["mqtt"]));
        }
        assert_eq!(
            NoWebSocket::NotOffered(vec!["MQTT".into()]).to_string(),
            "the header Sec-WebSocket-Protocol must offer 'mqtt'; the request offers \"MQTT\""
        );
    }
}
