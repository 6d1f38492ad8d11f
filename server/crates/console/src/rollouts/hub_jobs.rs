//! Devices of a rollout that jobs on the hub call. The rules say which devices are called; here each of these jobs is put to the hub
//! ([`send`]) and its results are read ([`follow`]), which become events as the answers of the console's own calls do
//! ([`answer`], pure).
//!
//! A job is kept before it is sent, under an id that the hub takes once: no device is called twice after a crash. What waits to be
//! sent is taken back when the rollout is paused or stops: by the transaction that stores the step, and by the sender if the hub had
//! no room for a part at that moment.

mod answer;
mod follow;
mod send;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use hub_wire::{device_job::DeviceJob, job::JobStatus};
use rollout::{Event, event::DeviceIndex, retry::Answer};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Notify};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::answer::{RowAnswer, refused};
use super::{call::Action, parts::PartCalls};
use crate::{
    clock::now,
    core::{Core, RolloutInput, RolloutSender, Watcher},
    store::RolloutDevice,
};

/// The calls of one part that have not ended, by the ids of their devices.
type Calls = HashMap<String, (DeviceIndex, u16)>;

/// The jobs on the hub of one rollout.
pub(super) struct HubJobs {
    core: Arc<Core>,
    action: Arc<Action>,
    sender: RolloutSender,
    watcher: Arc<Watcher>,
    calls: Mutex<BTreeMap<i64, Calls>>,
    /// Held while steps are stored and their calls are added here: the sender finds a part with its calls, or not at all.
    storing: AsyncMutex<()>,
    /// The rollout may call devices.
    may_send: AtomicBool,
    /// There is something for the sender to do.
    has_unsent: Notify,
}

impl HubJobs {
    /// Those of a rollout; none is sent before [`HubJobs::run`].
    pub(super) fn new(
        core: &Arc<Core>,
        action: &Arc<Action>,
        sender: &RolloutSender,
        watcher: &Arc<Watcher>,
    ) -> Self {
        Self {
            core: Arc::clone(core),
            action: Arc::clone(action),
            sender: sender.clone(),
            watcher: Arc::clone(watcher),
            calls: Mutex::default(),
            storing: AsyncMutex::default(),
            may_send: AtomicBool::new(false),
            has_unsent: Notify::new(),
        }
    }

    /// Sends and follows them until what this returns is dropped.
    pub(super) fn run(self: &Arc<Self>) -> DropGuard {
        let (jobs, end) = (Arc::clone(self), CancellationToken::new());
        let guard = end.clone().drop_guard();
        self.core.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = jobs.send_all() => {}
                () = jobs.follow() => {}
            }
        });
        guard
    }

    /// Holds the sender back while steps are stored.
    pub(super) async fn hold(&self) -> AsyncMutexGuard<'_, ()> {
        self.storing.lock().await
    }

    /// Notes whether the rollout may call devices after a step.
    pub(super) fn set_may_send(&self, may_send: bool) {
        if self.may_send.swap(may_send, Ordering::Relaxed) != may_send {
            self.has_unsent.notify_one();
        }
    }

    fn may_send(&self) -> bool {
        self.may_send.load(Ordering::Relaxed)
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<i64, Calls>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes calls whose part is stored, to be sent or sent already.
    pub(super) fn add(&self, added: Vec<PartCalls>, devices: &[RolloutDevice]) {
        if added.is_empty() {
            return;
        }
        let mut calls = self.calls();
        for part in added {
            let of_part = calls.entry(part.part).or_default();
            for (device, attempt) in part.calls {
                if let Some(id) = devices.get(device as usize).map(|device| device.device_id.clone()) {
                    of_part.insert(id, (device, attempt));
                }
            }
        }
        drop(calls);
        self.has_unsent.notify_one();
        self.watcher.wake.notify_one();
    }

    /// Parts that were taken back before they were sent: their devices were not called.
    pub(super) fn not_sent(&self, parts: &[i64]) {
        for part in parts {
            let calls = self.calls().remove(part).unwrap_or_default();
            for (device, attempt) in calls.into_values() {
                self.emit(Event::NotSent { device, attempt }, None);
            }
        }
    }

    /// The hub has refused a part, or has it no more: its devices end with this answer.
    pub(super) fn end_part(
        &self,
        part: i64,
        answer: Answer,
        row: impl Fn(&Action, &str) -> Option<DeviceJob>,
    ) {
        let calls = self.calls().remove(&part).unwrap_or_default();
        for (id, (device, attempt)) in calls {
            self.emit(Event::Answered { device, attempt, answer }, row(&self.action, &id));
        }
    }

    /// Ends what the last process left of a part that did not get to the hub.
    pub(super) fn end_dropped_part(&self, part: i64, status: JobStatus, reason: Option<&str>) {
        match (status, reason) {
            (JobStatus::Failed, Some(reason)) => self.refuse(part, reason),
            _ => self.not_sent(&[part]),
        }
    }

    fn refuse(&self, part: i64, reason: &str) {
        let at = now();
        self.end_part(part, Answer::Hub(answer::REFUSED), |action, id| refused(action, id, reason, at));
    }

    /// Ends calls whose devices have ended for the hub.
    fn end_calls(&self, part: i64, rows: Vec<DeviceJob>) {
        for row in rows {
            let id = row.device_id.to_string();
            let Some(answer) = answer::of_row(&self.action, row) else { continue };
            let call = self.calls().get_mut(&part).and_then(|calls| calls.remove(&id));
            let Some((device, attempt)) = call else { continue };
            match answer {
                RowAnswer::Answered(answer, row) => {
                    self.emit(Event::Answered { device, attempt, answer }, Some(*row));
                }
                RowAnswer::NotSent => self.emit(Event::NotSent { device, attempt }, None),
            }
        }
    }

    /// How many calls of a part have not ended.
    fn open_calls(&self, part: i64) -> usize {
        self.calls().get(&part).map_or(0, HashMap::len)
    }

    fn emit(&self, event: Event, result: Option<DeviceJob>) {
        // The rollout goes on as long as a device is in flight.
        let _ = self.sender.send(RolloutInput { result, ..event.into() });
    }
}
