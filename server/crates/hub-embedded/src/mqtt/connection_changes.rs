//! Reports connection states to the backend in batches.
//!
//! Ten thousand devices that connect at once are a few transactions instead of ten thousand: while one batch is
//! written the next one fills, and of several changes of one device only the newest is reported. The number of waiting
//! changes is bounded by the number of devices.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{Backend, ConnectionChange};
use crate::domain::Target;

/// Largest batch; keeps one transaction short.
const BATCH: usize = 1000;
/// How long the first change waits for others. Short compared with the time for which anyone would notice a stale state.
const BATCH_DELAY: Duration = Duration::from_millis(20);
/// Pause after a batch that failed.
const RETRY_DELAY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct ConnectionChanges {
    waiting: Mutex<HashMap<Target, ConnectionChange>>,
    notify: Notify,
}

impl ConnectionChanges {
    /// Adds a change; cheap, and never waits.
    pub(super) fn record(&self, mut change: ConnectionChange) {
        let mut waiting = self.waiting();
        // Only a connect has the model id; a quick disconnect must not lose it.
        if let Some(older) = waiting.remove(&change.target)
            && change.model_id.is_none()
        {
            change.model_id = older.model_id;
        }
        waiting.insert(change.target.clone(), change);
        drop(waiting);
        self.notify.notify_one();
    }

    /// Reports changes until `stop`, then those that are left.
    pub(super) async fn report(&self, backend: &impl Backend, stop: &CancellationToken) {
        loop {
            let batch_due = async {
                self.notify.notified().await;
                tokio::time::sleep(BATCH_DELAY).await;
            };
            tokio::select! {
                () = batch_due => {}
                () = stop.cancelled() => {
                    self.flush(backend).await;
                    return;
                }
            }
            if !self.flush(backend).await {
                tokio::select! {
                    () = tokio::time::sleep(RETRY_DELAY) => self.notify.notify_one(),
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    async fn flush(&self, backend: &impl Backend) -> bool {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                return true;
            }
            if let Err(error) = backend.connections_changed(&batch).await {
                error!(
                    error = &error as &dyn std::error::Error,
                    devices = batch.len(),
                    "connection states not stored"
                );
                self.put_back(batch);
                return false;
            }
        }
    }

    fn take(&self) -> Vec<ConnectionChange> {
        let mut waiting = self.waiting();
        if waiting.len() <= BATCH {
            return std::mem::take(&mut *waiting).into_values().collect();
        }
        let some: Vec<Target> = waiting.keys().take(BATCH).cloned().collect();
        some.iter().filter_map(|target| waiting.remove(target)).collect()
    }

    fn put_back(&self, batch: Vec<ConnectionChange>) {
        let mut waiting = self.waiting();
        for change in batch {
            waiting.entry(change.target.clone()).or_insert(change);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Target, ConnectionChange>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
