//! Open connections, their activity, and which one is closed to admit a new one.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{Limits, Refusal};

/// A warning about refused callers is repeated this often at most.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// The open connections of one or several listeners. Cheap to clone; clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
    next: u64,
    warned: Option<Instant>,
    not_warned: u64,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It is new and has sent nothing.
    New,
    /// A request has begun and its head is not whole.
    Head,
    /// More of a body is waited for.
    Body,
    /// A request is worked on or its answer is sent.
    Work,
    /// An answer has been sent; the next request has not begun.
    Idle,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    address: IpAddr,
    state: Mutex<State>,
    /// Answers of a shared connection of which a piece was handed out and no further one was asked for, each with the time:
    /// its caller does not read it.
    unread: Mutex<BTreeMap<u64, Instant>>,
    /// The deadline may be earlier than before.
    pub(crate) changed: Notify,
    /// Cancelled when the connection is closed to make room.
    pub(crate) closed: CancellationToken,
}

#[derive(Debug, Clone, Copy)]
struct State {
    activity: Activity,
    since: Instant,
    /// Since when the caller does not read what is to be sent.
    blocked: Option<Instant>,
    /// Requests under way. HTTP/1 has one at a time.
    requests: u32,
    /// Whether requests share the connection: HTTP/2.
    is_shared: bool,
}

/// An admitted connection; deregistered when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    pub(crate) connection: Arc<Connection>,
    connections: Connections,
}

impl Connections {
    /// Number of open connections.
    pub fn count(&self) -> usize {
        self.open().connections.len()
    }

    /// Admits a new connection, closing another one if necessary.
    pub(crate) fn admit(&self, address: IpAddr, limits: &Limits) -> Result<Permit, Refusal> {
        let mut open = self.open();
        let counts_alone = !address.to_canonical().is_loopback();
        let of_address = open.by_address.get(&address).copied().unwrap_or_default();
        if counts_alone && of_address >= limits.max_per_address && !open.close_oldest(Some(address)) {
            return Err(open.refuse(Refusal::FullForAddress, address));
        }
        if open.connections.len() >= limits.max_connections && !open.close_oldest(None) {
            return Err(open.refuse(Refusal::Full, address));
        }
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection {
            number,
            address,
            state: Mutex::new(State {
                activity: Activity::New,
                since: Instant::now(),
                blocked: None,
                requests: 0,
                is_shared: false,
            }),
            unread: Mutex::default(),
            changed: Notify::new(),
            closed: CancellationToken::new(),
        });
        open.connections.insert(number, Arc::clone(&connection));
        *open.by_address.entry(address).or_default() += 1;
        drop(open);
        Ok(Permit { connection, connections: self.clone() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the connection that has waited longest for its caller: idle ones or those reading a head first, those reading
    /// a body only when there are no others. False when all are serving requests.
    fn close_oldest(&mut self, address: Option<IpAddr>) -> bool {
        let oldest = self
            .connections
            .values()
            .filter(|connection| address.is_none_or(|address| connection.address == address))
            .filter_map(|connection| {
                let state = *connection.state();
                let rank = match state.activity {
                    Activity::New | Activity::Head | Activity::Idle => 0,
                    Activity::Body => 1,
                    Activity::Work => return None,
                };
                Some((rank, state.since, connection.number))
            })
            .min();
        let Some((_, _, number)) = oldest else { return false };
        if let Some(connection) = self.remove(number) {
            connection.closed.cancel();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Connection>> {
        let connection = self.connections.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&connection.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&connection.address);
            }
        }
        Some(connection)
    }

    fn refuse(&mut self, refusal: Refusal, address: IpAddr) -> Refusal {
        let now = Instant::now();
        if self.warned.is_none_or(|warned| now.duration_since(warned) >= WARN_EVERY) {
            warn!(%address, open = self.connections.len(), not_logged = self.not_warned, "no room for a connection: {}",
                refusal.sentence());
            (self.warned, self.not_warned) = (Some(now), 0);
        } else {
            self.not_warned += 1;
        }
        refusal
    }
}

impl Connection {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins; `is_shared` when others may be under way on the connection.
    pub(crate) fn begin_request(&self, is_shared: bool) {
        let mut state = self.state();
        state.requests += 1;
        state.is_shared |= is_shared;
        drop(state);
        self.set(Activity::Work);
    }

    /// A request has ended, with its answer or without.
    pub(crate) fn end_request(&self) {
        let mut state = self.state();
        state.requests = state.requests.saturating_sub(1);
        let is_idle = state.requests == 0;
        drop(state);
        if is_idle {
            self.set(Activity::Idle);
        }
    }

    /// A piece of an answer on a shared connection was handed out (`true`), or the next one is asked for.
    pub(crate) fn set_unread(&self, answer: u64, is_unread: bool) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_unread {
            unread.remove(&answer);
            return;
        }
        let is_first = unread.is_empty();
        unread.insert(answer, Instant::now());
        drop(unread);
        if is_first {
            self.changed.notify_one();
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.state().is_shared
    }

    pub(crate) fn set(&self, activity: Activity) {
        let mut state = self.state();
        // Other requests are worked on while a body is waited for.
        let activity = match activity {
            Activity::Body if state.is_shared => Activity::Work,
            activity => activity,
        };
        if state.activity != activity {
            (state.activity, state.since) = (activity, Instant::now());
            drop(state);
            if activity == Activity::Idle {
                self.changed.notify_one();
            }
        }
    }

    /// Records received bytes: a request begins, unless one is under way.
    pub(crate) fn record_read(&self) {
        let mut state = self.state();
        // On a shared connection bytes also come between requests.
        if state.activity == Activity::Idle && !state.is_shared {
            (state.activity, state.since) = (Activity::Head, Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Whether the caller has stopped reading.
    pub(crate) fn set_blocked(&self, is_blocked: bool) {
        let mut state = self.state();
        if is_blocked != state.blocked.is_some() {
            state.blocked = is_blocked.then(Instant::now);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// When the connection is closed unless its state changes before.
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let state = *self.state();
        let waits = match state.activity {
            Activity::New | Activity::Head => Some(state.since + limits.head_within),
            Activity::Idle => Some(state.since + limits.idle_for),
            // The body has deadlines of its own.
            Activity::Body | Activity::Work => None,
        };
        let unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner).values().min().copied();
        let blocked = state.blocked.into_iter().chain(unread).min().map(|since| since + limits.write_pause);
        waits.into_iter().chain(blocked).min()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.connections.open().remove(self.connection.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn limits() -> Limits {
        Limits { max_connections: 4, max_per_address: 2, ..Limits::default() }
    }

    async fn second() {
        tokio::time::advance(Duration::from_secs(1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_waiting_connection_is_closed() {
        let (connections, limits) = (Connections::default(), limits());
        let mut permits = Vec::new();
        for last in 1..=4 {
            permits.push(connections.admit(address(last), &limits).unwrap());
            second().await;
        }
        // The first works, the second has begun to wait for another request since.
        permits[0].connection.set(Activity::Work);
        permits[1].connection.set(Activity::Idle);
        permits[2].connection.set(Activity::Body);
        let fifth = connections.admit(address(5), &limits).unwrap();
        let closed = |permits: &[Permit]| -> Vec<bool> {
            permits.iter().map(|permit| permit.connection.closed.is_cancelled()).collect()
        };
        assert_eq!(closed(&permits), [false, false, false, true]);
        fifth.connection.set(Activity::Work);
        let sixth = connections.admit(address(6), &limits).unwrap();
        sixth.connection.set(Activity::Work);
        assert_eq!(closed(&permits), [false, true, false, true]);
        // Only a body is waited for now.
        let seventh = connections.admit(address(7), &limits).unwrap();
        seventh.connection.set(Activity::Work);
        assert_eq!(closed(&permits), [false, true, true, true]);
        assert_eq!(connections.admit(address(8), &limits).unwrap_err(), Refusal::Full);
        assert_eq!(connections.count(), 4);
        // One that was closed frees its connection only once.
        drop(permits);
        assert_eq!(connections.count(), 3);
        connections.admit(address(8), &limits).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn connections_of_an_address_are_limited() {
        let (connections, limits) = (Connections::default(), limits());
        let first = connections.admit(address(1), &limits).unwrap();
        second().await;
        let other = connections.admit(address(1), &limits).unwrap();
        let third = connections.admit(address(1), &limits).unwrap();
        assert!(first.connection.closed.is_cancelled() && !other.connection.closed.is_cancelled());
        other.connection.set(Activity::Work);
        third.connection.set(Activity::Work);
        assert_eq!(connections.admit(address(1), &limits).unwrap_err(), Refusal::FullForAddress);
        connections.admit(address(2), &limits).unwrap();
        // This machine counts in all only.
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let loopback: IpAddr = loopback.parse().unwrap();
            let all: Vec<_> = (0..4).map(|_| connections.admit(loopback, &limits).is_ok()).collect();
            assert_eq!(all, [true; 4], "{loopback}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn deadlines() {
        let (connections, limits) = (Connections::default(), limits());
        let permit = connections.admit(address(1), &limits).unwrap();
        let left = || permit.connection.deadline(&limits).map(|at| at.duration_since(Instant::now()));
        assert_eq!(left(), Some(limits.head_within));
        second().await;
        // More of a new connection's head does not put its end off.
        permit.connection.record_read();
        assert_eq!(left(), limits.head_within.checked_sub(Duration::from_secs(1)));
        permit.connection.set(Activity::Work);
        assert_eq!(left(), None);
        permit.connection.set_blocked(true);
        assert_eq!(left(), Some(limits.write_pause));
        permit.connection.set_blocked(false);
        permit.connection.set(Activity::Idle);
        assert_eq!(left(), Some(limits.idle_for));
        permit.connection.record_read();
        assert_eq!(left(), Some(limits.head_within));
    }

    #[tokio::test(start_paused = true)]
    async fn deadlines_of_a_shared_connection() {
        let (connections, limits) = (Connections::default(), limits());
        let permit = connections.admit(address(1), &limits).unwrap();
        let connection = &permit.connection;
        let left = || connection.deadline(&limits).map(|at| at.duration_since(Instant::now()));
        connection.begin_request(true);
        connection.begin_request(true);
        connection.set(Activity::Body);
        assert_eq!(left(), None, "another request is worked on");
        connection.end_request();
        assert_eq!(left(), None);
        // An answer that is not read, while another one is.
        connection.set_unread(1, true);
        second().await;
        connection.set_unread(2, true);
        connection.set_unread(2, false);
        assert_eq!(left(), limits.write_pause.checked_sub(Duration::from_secs(1)));
        connection.set_unread(1, false);
        connection.end_request();
        assert_eq!(left(), Some(limits.idle_for));
        second().await;
        connection.record_read();
        assert_eq!(left(), limits.idle_for.checked_sub(Duration::from_secs(1)), "a ping is no request");
    }
}
