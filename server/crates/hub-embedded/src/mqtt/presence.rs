//! Who came and who went, told to the backend many at a time.
//!
//! Ten thousand devices that connect at once are a few transactions instead of ten thousand: while one batch is being
//! written the next gathers, and of several changes of one device only the newest is told. What waits is bounded by
//! the number of devices.

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
/// How long the first change waits for others. Short against the time a person or a job looks at connection states.
const GATHER: Duration = Duration::from_millis(20);
/// Pause after a batch that the backend did not take.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Presence {
    waiting: Mutex<HashMap<Target, ConnectionChange>>,
    bell: Notify,
}

impl Presence {
    /// Notes a change; cheap, and never waits.
    pub(super) fn tell(&self, mut change: ConnectionChange) {
        let mut waiting = self.waiting();
        // The model is told with the arrival only; a quick coming and going must not lose it.
        if let Some(older) = waiting.remove(&change.target)
            && change.model_id.is_none()
        {
            change.model_id = older.model_id;
        }
        waiting.insert(change.target.clone(), change);
        drop(waiting);
        self.bell.notify_one();
    }

    /// Passes changes on until `stop`, then what is left.
    pub(super) async fn report(&self, backend: &impl Backend, stop: &CancellationToken) {
        loop {
            let gathered = async {
                self.bell.notified().await;
                tokio::time::sleep(GATHER).await;
            };
            tokio::select! {
                () = gathered => {}
                () = stop.cancelled() => {
                    self.pass_on(backend).await;
                    return;
                }
            }
            if !self.pass_on(backend).await {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => self.bell.notify_one(),
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    async fn pass_on(&self, backend: &impl Backend) -> bool {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                return true;
            }
            if let Err(error) = backend.connections_changed(&batch).await {
                error!(
                    error = &error as &dyn std::error::Error,
                    devices = batch.len(),
                    "connection states not kept"
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
