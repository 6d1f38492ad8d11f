//! A byte stream with packets on it, in both directions at once, from one task.
//!
//! Buffers exist only while bytes are in them: reads go through a stack buffer, and empty buffers are freed. Ten thousand
//! idle devices then cost ten thousand sockets and little more.

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

use super::{codec, disconnect::Violation};

/// Bytes read at a time.
const CHUNK: usize = 8 * 1024;
/// Queued bytes above which neither the device nor its outbox is read.
const MAX_BUFFERED: usize = 64 * 1024;

pub(super) struct Socket<S> {
    stream: S,
    inbound: BytesMut,
    outbound: BytesMut,
    is_flushed: bool,
}

/// What was transferred.
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

    /// Whether more may be queued.
    pub(super) fn has_room(&self) -> bool {
        self.outbound.len() < MAX_BUFFERED
    }

    /// Queues a packet for writing.
    pub(super) fn queue(&mut self, packet: &Packet) -> io::Result<()> {
        self.is_flushed = false;
        codec::encode(packet, &mut self.outbound)
    }

    /// Writes queued bytes, and reads if `read`, until something was transferred. Cancel-safe.
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

    /// Writes everything that is queued.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while !self.is_flushed {
            self.progress(false).await?;
        }
        Ok(())
    }

    /// True when bytes were written.
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
