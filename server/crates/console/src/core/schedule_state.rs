//! What the runner of schedules and the use cases share.

use std::sync::{Arc, Mutex, PoisonError};

use schedule::{Downtime, Zones};
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;

/// Jobs of schedules that are created at once.
const STARTS_AT_ONCE: usize = 16;

/// What runs schedules.
pub(crate) struct Scheduling {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zones: Zones,
    /// Held while a schedule's state is read, decided about and written: the runner and people take turns.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// Notified when a schedule may be due, or a job has ended.
    pub(crate) wake: Notify,
    /// Limits how many jobs are created at once.
    pub(crate) starts: Arc<Semaphore>,
    /// The last stretch in which the console was down.
    down: Mutex<Option<Downtime>>,
}

impl Scheduling {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            zones: Zones::system(),
            turn: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            starts: Arc::new(Semaphore::new(STARTS_AT_ONCE)),
            down: Mutex::default(),
        }
    }

    /// The last stretch in which the console was down, if that is known.
    pub(crate) fn down(&self) -> Option<Downtime> {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_down(&self, down: Downtime) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = Some(down);
    }
}
