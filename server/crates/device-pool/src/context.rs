//! State shared by the devices of a pool: the hub's address, the target state, and the counters.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hub_wire::{DeviceId, connection_string::ServiceConnectionString};
use tokio::sync::{Notify, Semaphore, watch};

use crate::{
    PoolSettings,
    connect_rate::ConnectRate,
    counters::Counters,
    faults::is_offline,
    journal::{Event, Journal},
    link::Address,
    trend::Trend,
};

/// Connections being opened at the same time. A hub refuses connections when a whole fleet connects at once; with this
/// limit ten thousand devices take seconds on an embedded hub, and as long as a real hub's own limit requires.
const CONNECTING: usize = 64;

/// The state that the devices should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TargetState {
    pub(crate) settings: PoolSettings,
    /// Devices that should be connected, counted once per change.
    pub(crate) expected: usize,
    /// False when the pool is stopping.
    pub(crate) is_running: bool,
}

/// The state that one device should reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceTarget {
    /// Connected.
    Online,
    /// Disconnected for now.
    Offline,
    /// Ended.
    Removed,
}

impl TargetState {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        let expected = (1..=settings.count).filter(|index| !is_offline(&settings, *index)).count();
        Self { settings, expected, is_running: true }
    }

    pub(crate) fn of(&self, index: usize) -> DeviceTarget {
        if !self.is_running || index > self.settings.count {
            DeviceTarget::Removed
        } else if is_offline(&self.settings, index) {
            DeviceTarget::Offline
        } else {
            DeviceTarget::Online
        }
    }
}

/// A device's identity, and its state that outlives a connection.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) id: DeviceId,
    /// From 1.
    pub(crate) index: usize,
    /// Method calls received.
    pub(crate) calls: AtomicU64,
    /// Held by the device's task: two connections with one id would disconnect each other for ever.
    pub(crate) is_running: tokio::sync::Mutex<()>,
}

/// Shared by all devices.
pub(crate) struct Context {
    pub(crate) connection: ServiceConnectionString,
    pub(crate) address: Address,
    pub(crate) prefix: String,
    pub(crate) counters: Counters,
    pub(crate) target_state: watch::Sender<TargetState>,
    pub(crate) connecting: Semaphore,
    pub(crate) connect_rate: ConnectRate,
    pub(crate) trend: Trend,
    pub(crate) journal: Journal,
    /// Notified when a device was connected, disconnected or registered.
    pub(crate) changed: Notify,
    records: Mutex<Vec<Arc<Record>>>,
    last_error: Mutex<Option<String>>,
}

impl Context {
    pub(crate) fn new(
        connection: ServiceConnectionString,
        address: Address,
        prefix: String,
        settings: PoolSettings,
    ) -> Self {
        Self {
            connection,
            address,
            prefix,
            counters: Counters::new(),
            target_state: watch::Sender::new(TargetState::new(settings)),
            connecting: Semaphore::new(CONNECTING),
            connect_rate: ConnectRate::new(),
            trend: Trend::default(),
            journal: Journal::default(),
            changed: Notify::new(),
            records: Mutex::default(),
            last_error: Mutex::default(),
        }
    }

    /// The record of an index, created on first use. Indices are requested in order.
    pub(crate) fn record(&self, index: usize, id: &DeviceId) -> Arc<Record> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = records.get(index - 1) {
            return Arc::clone(record);
        }
        let record = Arc::new(Record {
            id: id.clone(),
            index,
            calls: AtomicU64::default(),
            is_running: tokio::sync::Mutex::default(),
        });
        records.push(Arc::clone(&record));
        record
    }

    /// The number of calls received by each device.
    pub(crate) fn calls(&self) -> Vec<(DeviceId, u64)> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().map(|record| (record.id.clone(), record.calls.load(Relaxed))).collect()
    }

    /// Keeps an error for the snapshot.
    pub(crate) fn record_error(&self, error: String) {
        self.journal.note(Event::Trouble { message: error.clone(), times: 1 });
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the pool.
    pub(crate) fn end(&self) {
        self.target_state
            .send_if_modified(|target_state| std::mem::replace(&mut target_state.is_running, false));
    }

    pub(crate) fn device_connected(&self) {
        self.counters.connected.fetch_add(1, Relaxed);
        self.changed.notify_waiters();
    }

    pub(crate) fn device_disconnected(&self) {
        self.counters.connected.fetch_sub(1, Relaxed);
        self.changed.notify_waiters();
    }
}
