//! Live connections, and how the rest of the hub reaches a connected device.

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
    connection_changes::ConnectionChanges,
    fault::Faults,
    limits::EXPIRY_LENIENCY,
    outbox::{Outbox, StartedCall},
    topic::{self, Subscription},
    twin,
};
use crate::domain::{MethodCall, MethodError, Target};

/// All live connections, by device or module. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    live: Mutex<Live>,
    /// Request ids are unique across connections, so that a late answer does not match another connection's call. The
    /// first one is random, for the same reason across restarts.
    next_request: AtomicU32,
    next_connection_id: AtomicU64,
    /// Number of revocations, see [`Connections::revocations`].
    revocations: AtomicU64,
    changes: ConnectionChanges,
    faults: Faults,
    /// Notified when there is an earlier expiry than the one that is waited for.
    earlier_expiry: Notify,
}

#[derive(Default)]
struct Live {
    outboxes: HashMap<Arc<Target>, Arc<Outbox>>,
    /// By token expiry, then by connection id since two may expire at the same time.
    expiries: BTreeMap<(Timestamp, u64), Arc<Outbox>>,
    /// Calls that wait for a device to connect: how many, and what notifies them.
    waiting_calls: HashMap<Target, (usize, Arc<Notify>)>,
    stopping: bool,
}

impl Connections {
    /// No connections yet.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            limits,
            live: Mutex::default(),
            next_request: AtomicU32::new(rand::random()),
            next_connection_id: AtomicU64::new(0),
            revocations: AtomicU64::new(0),
            changes: ConnectionChanges::default(),
            faults: Faults::default(),
            earlier_expiry: Notify::new(),
        }))
    }

    /// Number of connected devices and modules.
    pub fn connected(&self) -> usize {
        self.live().outboxes.len()
    }

    /// Whether this target is connected.
    pub fn is_connected(&self, target: &Target) -> bool {
        self.live().outboxes.contains_key(target)
    }

    /// Calls a direct method, see [`Connections::call`].
    pub async fn invoke(
        &self,
        target: &Target,
        request: &DirectMethodRequest,
    ) -> Result<DirectMethodResponse, MethodError> {
        self.call(target, &request.into()).await
    }

    /// Calls a direct method: waits for the device to be connected and subscribed, sends, waits for its answer. A device
    /// that is connected and not subscribed to methods counts as offline. Dropping the future cancels the call; if it
    /// was not sent yet, it is not sent.
    ///
    /// It takes at most the sum of the two timeouts.
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
            let outbox = self.find(target).ok_or(MethodError::NotOnline)?;
            let request_id = self.0.next_request.fetch_add(1, Ordering::Relaxed);
            outbox.start_call(request_id, call, &self.0.limits)
        };
        let first = attempt();
        if call.connect_timeout.is_zero() || !matches!(first, Err(MethodError::NotOnline)) {
            return first;
        }
        let until = Instant::now() + call.connect_timeout;
        let waiting_calls = WaitingCall::new(self, target);
        loop {
            // Registered before the attempt, so that a device that connects in between is noticed.
            let mut arrival = std::pin::pin!(waiting_calls.notify.notified());
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

    /// Sends a change of desired properties to a device: the patch as written, nulls included, and the new version.
    /// Nothing happens when it is offline or not subscribed: it reads its twin when it connects.
    pub fn push_desired(&self, target: &Target, patch: &Object, version: u64) {
        if let Some(outbox) = self.find(target)
            && outbox.matches_topic(&topic::desired(version))
        {
            outbox.push_desired(version, twin::desired_push(patch, version), &self.0.limits);
        }
    }

    /// Whether a device is connected and subscribed to desired properties. This decides which devices are notified: the
    /// connection state in the store lags by up to a batch.
    pub fn subscribes_to_desired(&self, target: &Target) -> bool {
        self.find(target).is_some_and(|outbox| outbox.subscribes_to(Subscription::Desired))
    }

    /// Notifies a device's connection, if it has one, that there may be messages for it.
    pub fn notify_messages(&self, target: &Target) {
        if let Some(outbox) = self.find(target) {
            outbox.notify_messages();
        }
    }

    /// Ends a device's connection, if it has one. Call it after the store has recorded the reason.
    pub fn disconnect(&self, target: &Target, reason: CloseReason) {
        if reason == CloseReason::Revoked {
            self.0.revocations.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(outbox) = self.find(target) {
            outbox.close(reason);
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // Nothing panics half-way under this lock, so the maps are consistent even if it was poisoned.
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, target: &Target) -> Option<Arc<Outbox>> {
        self.live().outboxes.get(target).cloned()
    }
}

/// For the gateway.
impl Connections {
    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(super) fn changes(&self) -> &ConnectionChanges {
        &self.0.changes
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Number of revocations so far. A connection that was authorised before a revocation and added after it has to be
    /// authorised again.
    pub(super) fn revocations(&self) -> u64 {
        self.0.revocations.load(Ordering::SeqCst)
    }

    /// Adds a connection; an older one of the same device is closed.
    pub(super) fn admit(&self, new_connection: NewConnection) -> Result<Arc<Outbox>, CloseReason> {
        let NewConnection { target, expires, at, model_id } = new_connection;
        let expires = expires.map(|expires| expires.plus(EXPIRY_LENIENCY));
        let id = self.0.next_connection_id.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::new(id, Arc::clone(&target), expires));
        let mut live = self.live();
        if live.stopping {
            return Err(CloseReason::Stopping);
        }
        if let Some(older) = live.outboxes.insert(Arc::clone(&target), Arc::clone(&outbox)) {
            live.forget_expiry(&older);
            older.close(CloseReason::Replaced);
        }
        if let Some(expires) = expires {
            live.expiries.insert((expires, id), Arc::clone(&outbox));
            if live.expiries.first_key_value().is_some_and(|(first, _)| *first == (expires, id)) {
                self.0.earlier_expiry.notify_one();
            }
        }
        // Under the lock, so that changes of one device stay in order.
        self.0.changes.record(ConnectionChange {
            target: Target::clone(&target),
            state: ConnectionState::Connected,
            at,
            model_id,
        });
        Ok(outbox)
    }

    /// Removes a connection, unless a newer one has replaced it.
    pub(super) fn release(&self, outbox: &Arc<Outbox>, at: Timestamp) {
        outbox.close(CloseReason::Stopping);
        let mut live = self.live();
        live.forget_expiry(outbox);
        if live.outboxes.get(outbox.target()).is_some_and(|current| Arc::ptr_eq(current, outbox)) {
            live.outboxes.remove(outbox.target());
            self.0.changes.record(ConnectionChange {
                target: Target::clone(outbox.target()),
                state: ConnectionState::Disconnected,
                at,
                model_id: None,
            });
        }
    }

    /// Wakes calls that wait for this device.
    pub(super) fn notify_waiting_calls(&self, target: &Target) {
        let notify = self.live().waiting_calls.get(target).map(|(_, notify)| Arc::clone(notify));
        if let Some(notify) = notify {
            notify.notify_waiters();
        }
    }

    /// When the next token expires.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.live().expiries.first_key_value().map(|((expires, _), _)| *expires)
    }

    /// Returns when [`Connections::next_expiry`] is earlier than before.
    pub(super) async fn earlier_expiry(&self) {
        self.0.earlier_expiry.notified().await;
    }

    /// Closes connections whose token has expired.
    pub(super) fn close_expired(&self, now: Timestamp) {
        let mut live = self.live();
        while let Some(first) = live.expiries.first_entry()
            && first.key().0 <= now
        {
            first.remove().close(CloseReason::Expired);
        }
    }

    /// Closes all connections, and accepts no more.
    pub(super) fn close_all(&self) {
        let mut live = self.live();
        live.stopping = true;
        for outbox in live.outboxes.values() {
            outbox.close(CloseReason::Stopping);
        }
    }
}

/// A connection to add.
pub(super) struct NewConnection {
    pub(super) target: Arc<Target>,
    pub(super) expires: Option<Timestamp>,
    pub(super) at: Timestamp,
    pub(super) model_id: Option<String>,
}

impl Live {
    fn forget_expiry(&mut self, outbox: &Outbox) {
        if let Some(expires) = outbox.expires() {
            self.expiries.remove(&(expires, outbox.id()));
        }
    }
}

/// A call that waits for a device to connect; deregistered when dropped.
struct WaitingCall<'a> {
    connections: &'a Connections,
    target: &'a Target,
    notify: Arc<Notify>,
}

impl<'a> WaitingCall<'a> {
    fn new(connections: &'a Connections, target: &'a Target) -> Self {
        let mut live = connections.live();
        let (count, notify) = live.waiting_calls.entry(target.clone()).or_default();
        *count += 1;
        let notify = Arc::clone(notify);
        Self { connections, target, notify }
    }
}

impl Drop for WaitingCall<'_> {
    fn drop(&mut self) {
        let mut live = self.connections.live();
        if let Some((count, _)) = live.waiting_calls.get_mut(self.target) {
            *count -= 1;
            if *count == 0 {
                live.waiting_calls.remove(self.target);
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("connected", &self.connected()).finish_non_exhaustive()
    }
}
