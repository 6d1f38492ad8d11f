//! MQTT over WebSocket, as the SDKs speak it on port 443: path [`PATH`], subprotocol `mqtt`.
//!
//! Packets and messages have nothing to do with each other there; the messages' bytes in a row are the stream.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::ws::{Message, WebSocketUpgrade},
    response::Response,
};
use bytes::{Buf, Bytes};
use futures::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Backend, Door, limits::MAX_PACKET};

/// Where the SDKs expect it.
pub const PATH: &str = "/$iothub/websocket";

/// Longest message taken; a packet and its fixed header fit.
const MAX_MESSAGE: usize = MAX_PACKET + 16;

/// Answers a WebSocket handshake and serves the device behind it. The handshake needs no credentials: CONNECT has them.
pub fn upgrade<B: Backend>(door: Door<B>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols(["mqtt"])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move { door.serve(MessageStream::new(socket), "websocket").await })
}

/// The bytes of a WebSocket's messages, one after the other.
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
