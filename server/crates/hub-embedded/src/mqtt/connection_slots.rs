//! Limits the number of open sockets. A full gateway closes the socket that has waited longest for a whole CONNECT; when
//! all are admitted devices, the new one is closed.

use std::{
    collections::BTreeMap,
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// A warning about closed sockets is repeated this often at most.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// The slots of a gateway. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub(super) struct ConnectionSlots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    free: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Sockets without a whole CONNECT, oldest first.
    waiting: BTreeMap<u64, (CancellationToken, OwnedSemaphorePermit)>,
    next: u64,
    warned: Option<Instant>,
    not_warned: u64,
}

/// A socket's slot, freed when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: ConnectionSlots,
    number: u64,
    evicted: CancellationToken,
    permit: Option<OwnedSemaphorePermit>,
}

impl ConnectionSlots {
    pub(super) fn new(max: usize) -> Self {
        let max = max.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Inner { max, free: Arc::new(Semaphore::new(max)), state: Mutex::default() }))
    }

    /// A slot for a new socket; none when admitted devices have all of them. `peer` is for the log.
    pub(super) fn acquire(&self, peer: &dyn fmt::Display) -> Option<Slot> {
        let mut state = self.state();
        let permit = if let Ok(permit) = Arc::clone(&self.0.free).try_acquire_owned() {
            permit
        } else if let Some((_, (evicted, permit))) = state.waiting.pop_first() {
            evicted.cancel();
            permit
        } else {
            self.warn(&mut state, peer);
            return None;
        };
        let (number, evicted) = (state.next, CancellationToken::new());
        state.next += 1;
        state.waiting.insert(number, (evicted.clone(), permit));
        drop(state);
        Some(Slot { slots: self.clone(), number, evicted, permit: None })
    }

    fn warn(&self, state: &mut State, peer: &dyn fmt::Display) {
        let now = Instant::now();
        if state.warned.is_some_and(|warned| now.duration_since(warned) < WARN_EVERY) {
            state.not_warned += 1;
            return;
        }
        warn!(
            %peer,
            connections = self.0.max,
            not_logged = state.not_warned,
            "a device's connection was closed: there are as many as the hub may have; raise the limit of open files \
             (ulimit -n, LimitNOFILE) and start again for more"
        );
        (state.warned, state.not_warned) = (Some(now), 0);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Cancelled when the socket has to be closed to free its slot.
    pub(super) fn evicted(&self) -> CancellationToken {
        self.evicted.clone()
    }

    /// Couples the slot to its stream. From the hub's first answer on it counts as a device's and is not evicted any more.
    pub(super) fn attach<S>(self, stream: S) -> SlotStream<S> {
        SlotStream { stream, slot: self }
    }

    /// Makes the slot a device's; false when it was evicted already.
    fn claim(&mut self) -> bool {
        if self.permit.is_none() {
            self.permit = self.slots.state().waiting.remove(&self.number).map(|(_, permit)| permit);
        }
        self.permit.is_some()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.state().waiting.remove(&self.number);
    }
}

/// A stream and its slot.
pub(super) struct SlotStream<S> {
    stream: S,
    slot: Slot,
}

impl<S: AsyncRead + Unpin> AsyncRead for SlotStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SlotStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.slot.claim() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn the_oldest_without_connect_makes_room_and_a_device_does_not() {
        let slots = ConnectionSlots::new(2);
        let (first, second) = (slots.acquire(&"1").unwrap(), slots.acquire(&"2").unwrap());
        let (first_evicted, second_evicted) = (first.evicted(), second.evicted());
        let mut device = first.attach(tokio::io::sink());
        device.write_all(b"connack").await.unwrap();
        let mut closed = second.attach(tokio::io::sink());
        let third = slots.acquire(&"3").unwrap();
        assert!(!first_evicted.is_cancelled() && second_evicted.is_cancelled());
        assert!(closed.write_all(b"connack").await.is_err(), "its slot is another's");
        let mut third = third.attach(tokio::io::sink());
        third.write_all(b"connack").await.unwrap();
        drop(closed);
        assert!(slots.acquire(&"4").is_none(), "both are devices");
        device.write_all(b"more").await.unwrap();
        drop(device);
        assert!(slots.acquire(&"5").is_some());
    }
}
