//! A byte stream with packets on it, in both directions at once, from one task.
//!
//! Buffers exist only while bytes are in them: reading goes over the stack, and what is empty is given back. Ten
//! thousand idle devices then cost ten thousand sockets and little more.

use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, BytesMut};
use rumqttc::mqttbytes::v4::Packet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{codec, ending::Violation};

/// Bytes read at a time.
const CHUNK: usize = 8 * 1024;
/// Bytes that wait to be written before the device is read, or its outbox emptied, any further.
const FULL: usize = 64 * 1024;

pub(super) struct Socket<S> {
    stream: S,
    inbound: BytesMut,
    outbound: BytesMut,
    is_flushed: bool,
}

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Received,
    Sent,
    /// The peer has closed.
    Ended,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, inbound: BytesMut::new(), outbound: BytesMut::new(), is_flushed: true }
    }

    /// The next whole packet of what has been received.
    pub(super) fn next_packet(&mut self, max: usize) -> Result<Option<Packet>, Violation> {
        let packet = codec::decode(&mut self.inbound, max)?;
        if self.inbound.is_empty() {
            self.inbound = BytesMut::new();
        }
        Ok(packet)
    }

    /// Whether more may be put.
    pub(super) fn has_room(&self) -> bool {
        self.outbound.len() < FULL
    }

    /// Puts a packet behind those that wait to be written.
    pub(super) fn put(&mut self, packet: &Packet) -> io::Result<()> {
        self.is_flushed = false;
        codec::encode(packet, &mut self.outbound)
    }

    /// Writes what waits, and reads if asked to, until something has moved. Nothing is lost when it is dropped.
    pub(super) async fn progress(&mut self, read: bool) -> io::Result<Progress> {
        poll_fn(|cx| {
            let sent = self.poll_send(cx)?;
            if read && let Poll::Ready(received) = self.poll_receive(cx)? {
                return Poll::Ready(Ok(if received { Progress::Received } else { Progress::Ended }));
            }
            if sent { Poll::Ready(Ok(Progress::Sent)) } else { Poll::Pending }
        })
        .await
    }

    /// Writes all that waits.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while !self.is_flushed {
            self.progress(false).await?;
        }
        Ok(())
    }

    /// True when bytes went out.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut sent = false;
        while !self.outbound.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.outbound)? {
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(count) => {
                    self.outbound.advance(count);
                    sent = true;
                }
                Poll::Pending => return Ok(sent),
            }
        }
        if !self.is_flushed && Pin::new(&mut self.stream).poll_flush(cx)?.is_ready() {
            self.is_flushed = true;
            self.outbound = BytesMut::new();
            sent = true;
        }
        Ok(sent)
    }

    /// False at the end of the stream.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.inbound.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(!chunk.filled().is_empty()))
    }
}
