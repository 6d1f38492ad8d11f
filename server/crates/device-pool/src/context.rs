//! What the devices of a pool share: where to connect, what is wanted of them, and what they count.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hub_wire::{DeviceId, connection_string::ServiceConnectionString};
use tokio::sync::{Notify, Semaphore, watch};

use crate::{
    PoolSettings,
    counters::Counters,
    faults::is_offline,
    journal::{Event, Journal},
    link::Address,
    pace::Pace,
    trend::Trend,
};

/// Connections being opened at once. A hub sheds a fleet that comes all together; so paced, ten thousand devices take
/// seconds at an embedded hub and as long as a real one wants.
const CONNECTING: usize = 64;

/// What is wanted of the devices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Orders {
    pub(crate) settings: PoolSettings,
    /// Devices that should be connected, counted once per change.
    pub(crate) expected: usize,
    /// False when the pool is to end.
    pub(crate) is_running: bool,
}

/// What is wanted of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To be connected.
    Online,
    /// To stay away for now.
    Offline,
    /// To end.
    Gone,
}

impl Orders {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        let expected = (1..=settings.count).filter(|index| !is_offline(&settings, *index)).count();
        Self { settings, expected, is_running: true }
    }

    pub(crate) fn of(&self, index: usize) -> Wanted {
        if !self.is_running || index > self.settings.count {
            Wanted::Gone
        } else if is_offline(&self.settings, index) {
            Wanted::Offline
        } else {
            Wanted::Online
        }
    }
}

/// A device's identity and what outlives its connections.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) id: DeviceId,
    /// From 1.
    pub(crate) index: usize,
    /// Method calls received.
    pub(crate) calls: AtomicU64,
    /// Held by the task that is this device: two connections of one id would throw each other out for ever.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

/// Shared by all devices.
pub(crate) struct Context {
    pub(crate) connection: ServiceConnectionString,
    pub(crate) address: Address,
    pub(crate) prefix: String,
    pub(crate) counters: Counters,
    pub(crate) orders: watch::Sender<Orders>,
    pub(crate) connecting: Semaphore,
    pub(crate) pace: Pace,
    pub(crate) trend: Trend,
    pub(crate) journal: Journal,
    /// A device has come, gone, or been registered.
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
            orders: watch::Sender::new(Orders::new(settings)),
            connecting: Semaphore::new(CONNECTING),
            pace: Pace::new(),
            trend: Trend::default(),
            journal: Journal::default(),
            changed: Notify::new(),
            records: Mutex::default(),
            last_error: Mutex::default(),
        }
    }

    /// The record of an index; made when it is asked for the first time. Indices are asked for in order.
    pub(crate) fn record(&self, index: usize, id: &DeviceId) -> Arc<Record> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = records.get(index - 1) {
            return Arc::clone(record);
        }
        let record = Arc::new(Record {
            id: id.clone(),
            index,
            calls: AtomicU64::default(),
            turn: tokio::sync::Mutex::default(),
        });
        records.push(Arc::clone(&record));
        record
    }

    /// Every device so far and the calls it has received.
    pub(crate) fn calls(&self) -> Vec<(DeviceId, u64)> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().map(|record| (record.id.clone(), record.calls.load(Relaxed))).collect()
    }

    /// Keeps what went wrong for the snapshot.
    pub(crate) fn note(&self, error: String) {
        self.journal.note(Event::Trouble { message: error.clone(), times: 1 });
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the pool.
    pub(crate) fn end(&self) {
        self.orders.send_if_modified(|orders| std::mem::replace(&mut orders.is_running, false));
    }

    pub(crate) fn arrived(&self) {
        self.counters.connected.fetch_add(1, Relaxed);
        self.changed.notify_waiters();
    }

    pub(crate) fn left(&self) {
        self.counters.connected.fetch_sub(1, Relaxed);
        self.changed.notify_waiters();
    }
}
