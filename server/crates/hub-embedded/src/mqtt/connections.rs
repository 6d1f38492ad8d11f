//! The live side of the hub: who is connected, and how the rest of the hub reaches them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use hub_wire::{
    Timestamp,
    device::ConnectionState,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
    twin::Object,
};
use tokio::{sync::Notify, time::Instant};

use super::{
    CloseReason, Limits,
    backend::ConnectionChange,
    fault::Faults,
    limits::EXPIRY_LENIENCY,
    link::{Link, StartedCall},
    presence::Presence,
    twin,
};
use crate::domain::{MethodCall, MethodError, Target};

/// Every live connection, by device or module. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    live: Mutex<Live>,
    /// Request ids differ across connections too, so that an answer which outlived its connection finds no other's
    /// call. The start is by chance, for the same reason across restarts.
    next_request: AtomicU32,
    next_link: AtomicU64,
    /// Counts what was taken back, see [`Connections::revocations`].
    revocations: AtomicU64,
    presence: Presence,
    faults: Faults,
    /// Tells who waits for the earliest expiry that there is an earlier one.
    earlier_expiry: Notify,
}

#[derive(Default)]
struct Live {
    links: HashMap<Arc<Target>, Arc<Link>>,
    /// By end of token, then by link so that two of one moment do not meet.
    expiries: BTreeMap<(Timestamp, u64), Arc<Link>>,
    /// Calls that wait for a device to come: how many, and their bell.
    awaited: HashMap<Target, (usize, Arc<Notify>)>,
    stopping: bool,
}

impl Connections {
    /// None yet.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            limits,
            live: Mutex::default(),
            next_request: AtomicU32::new(rand::random()),
            next_link: AtomicU64::new(0),
            revocations: AtomicU64::new(0),
            presence: Presence::default(),
            faults: Faults::default(),
            earlier_expiry: Notify::new(),
        }))
    }

    /// How many devices and modules are connected.
    pub fn connected(&self) -> usize {
        self.live().links.len()
    }

    /// Whether this one is.
    pub fn is_connected(&self, target: &Target) -> bool {
        self.live().links.contains_key(target)
    }

    /// Calls a direct method, see [`Connections::call`].
    pub async fn invoke(
        &self,
        target: &Target,
        request: &DirectMethodRequest,
    ) -> Result<DirectMethodResponse, MethodError> {
        self.call(target, &request.into()).await
    }

    /// Calls a direct method: waits for the device to be there and to listen, sends, waits for its answer. A device
    /// that is connected and does not listen to methods counts as away. Dropping the future forgets the call; if it
    /// has not been sent by then, it will not be.
    ///
    /// The whole takes at most the sum of the two timeouts.
    pub async fn call(
        &self,
        target: &Target,
        call: &MethodCall,
    ) -> Result<DirectMethodResponse, MethodError> {
        let started = self.start_call(target, call).await?;
        match tokio::time::timeout(call.response_timeout, started.answer()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(MethodError::ConnectionClosed),
            Err(_) => Err(MethodError::NoAnswer),
        }
    }

    async fn start_call(&self, target: &Target, call: &MethodCall) -> Result<StartedCall, MethodError> {
        let attempt = || {
            let link = self.find(target).ok_or(MethodError::NotOnline)?;
            let request_id = self.0.next_request.fetch_add(1, Ordering::Relaxed);
            link.start_call(request_id, call, &self.0.limits)
        };
        let first = attempt();
        if call.connect_timeout.is_zero() || !matches!(first, Err(MethodError::NotOnline)) {
            return first;
        }
        let until = Instant::now() + call.connect_timeout;
        let awaited = Awaited::new(self, target);
        loop {
            // Listening starts before looking: who comes in between rings the bell for us.
            let mut arrival = std::pin::pin!(awaited.bell.notified());
            arrival.as_mut().enable();
            let started = attempt();
            if !matches!(started, Err(MethodError::NotOnline)) {
                return started;
            }
            if tokio::time::timeout_at(until, arrival).await.is_err() {
                return attempt();
            }
        }
    }

    /// Tells a device of a change of its desired properties: the patch as written, nulls included, and the version it
    /// led to. Nothing happens when it is away or does not listen: it reads its twin when it comes.
    pub fn push_desired(&self, target: &Target, patch: &Object, version: u64) {
        if let Some(link) = self.find(target)
            && link.listens_to_desired()
        {
            link.push_desired(version, twin::desired_push(patch, version), &self.0.limits);
        }
    }

    /// Tells a device's connection, if it has one, that there may be messages for it.
    pub fn notify_messages(&self, target: &Target) {
        if let Some(link) = self.find(target) {
            link.notify_messages();
        }
    }

    /// Ends a device's connection, if it has one. To be called after the store has the reason.
    pub fn disconnect(&self, target: &Target, reason: CloseReason) {
        if reason == CloseReason::Revoked {
            self.0.revocations.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(link) = self.find(target) {
            link.close(reason);
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // Nothing under this lock can panic half way; were it so, the maps would still be whole.
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, target: &Target) -> Option<Arc<Link>> {
        self.live().links.get(target).cloned()
    }
}

/// The gateway's side.
impl Connections {
    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(super) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// How often something was taken back so far. A connection whose leave was given before a revocation, and which
    /// was taken in after it, has to ask again.
    pub(super) fn revocations(&self) -> u64 {
        self.0.revocations.load(Ordering::SeqCst)
    }

    /// Takes a connection in; an older one of the same device is closed.
    pub(super) fn admit(&self, newcomer: Newcomer) -> Result<Arc<Link>, CloseReason> {
        let Newcomer { target, expires, at, model_id } = newcomer;
        let expires = expires.map(|expires| expires.plus(EXPIRY_LENIENCY));
        let id = self.0.next_link.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link::new(id, Arc::clone(&target), expires));
        let mut live = self.live();
        if live.stopping {
            return Err(CloseReason::Stopping);
        }
        if let Some(older) = live.links.insert(Arc::clone(&target), Arc::clone(&link)) {
            live.forget_expiry(&older);
            older.close(CloseReason::Replaced);
        }
        if let Some(expires) = expires {
            live.expiries.insert((expires, id), Arc::clone(&link));
            if live.expiries.first_key_value().is_some_and(|(first, _)| *first == (expires, id)) {
                self.0.earlier_expiry.notify_one();
            }
        }
        // Under the lock, so that what is told of one device stays in order.
        self.0.presence.tell(ConnectionChange {
            target: Target::clone(&target),
            state: ConnectionState::Connected,
            at,
            model_id,
        });
        Ok(link)
    }

    /// Lets a connection go, unless a newer one is in its place already.
    pub(super) fn release(&self, link: &Arc<Link>, at: Timestamp) {
        link.close(CloseReason::Stopping);
        let mut live = self.live();
        live.forget_expiry(link);
        if live.links.get(link.target()).is_some_and(|current| Arc::ptr_eq(current, link)) {
            live.links.remove(link.target());
            self.0.presence.tell(ConnectionChange {
                target: Target::clone(link.target()),
                state: ConnectionState::Disconnected,
                at,
                model_id: None,
            });
        }
    }

    /// Rings for calls that wait for this device.
    pub(super) fn arrived(&self, target: &Target) {
        let bell = self.live().awaited.get(target).map(|(_, bell)| Arc::clone(bell));
        if let Some(bell) = bell {
            bell.notify_waiters();
        }
    }

    /// When the next token runs out.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.live().expiries.first_key_value().map(|((expires, _), _)| *expires)
    }

    /// Returns when [`Connections::next_expiry`] has moved nearer.
    pub(super) async fn earlier_expiry(&self) {
        self.0.earlier_expiry.notified().await;
    }

    /// Closes connections whose token has run out.
    pub(super) fn close_expired(&self, now: Timestamp) {
        let mut live = self.live();
        while let Some(first) = live.expiries.first_entry()
            && first.key().0 <= now
        {
            first.remove().close(CloseReason::Expired);
        }
    }

    /// Closes all, and takes in none any more.
    pub(super) fn close_all(&self) {
        let mut live = self.live();
        live.stopping = true;
        for link in live.links.values() {
            link.close(CloseReason::Stopping);
        }
    }
}

/// A connection to take in.
pub(super) struct Newcomer {
    pub(super) target: Arc<Target>,
    pub(super) expires: Option<Timestamp>,
    pub(super) at: Timestamp,
    pub(super) model_id: Option<String>,
}

impl Live {
    fn forget_expiry(&mut self, link: &Link) {
        if let Some(expires) = link.expires() {
            self.expiries.remove(&(expires, link.id()));
        }
    }
}

/// A call's place among those that wait for a device; gives it up when dropped.
struct Awaited<'a> {
    connections: &'a Connections,
    target: &'a Target,
    bell: Arc<Notify>,
}

impl<'a> Awaited<'a> {
    fn new(connections: &'a Connections, target: &'a Target) -> Self {
        let mut live = connections.live();
        let (count, bell) = live.awaited.entry(target.clone()).or_default();
        *count += 1;
        let bell = Arc::clone(bell);
        Self { connections, target, bell }
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut live = self.connections.live();
        if let Some((count, _)) = live.awaited.get_mut(self.target) {
            *count -= 1;
            if *count == 0 {
                live.awaited.remove(self.target);
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("connected", &self.connected()).finish_non_exhaustive()
    }
}
