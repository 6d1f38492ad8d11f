//! The rollouts that this process runs: where their inputs go.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use console_wire::access::PersonRef;
use hub_wire::device_job::DeviceJob;
use rollout::Event;
use tokio::sync::{mpsc, oneshot};

use crate::{
    ConsoleError,
    store::{RolloutDevice, RolloutEdit},
};

/// An event for a rollout, and what is kept with it.
#[derive(Debug)]
pub(crate) struct RolloutInput {
    pub(crate) event: Event,
    /// Who wants it.
    pub(crate) by: Option<PersonRef>,
    /// Why the person wants it.
    pub(crate) comment: Option<String>,
    /// How a call ended, as it is shown.
    pub(crate) result: Option<DeviceJob>,
    /// The devices of targets that were read, in their order.
    pub(crate) joined: Vec<RolloutDevice>,
    /// Why the console cancels the job by itself.
    pub(crate) cancel_reason: Option<String>,
    /// The job as it is after an edit.
    pub(crate) edit: Option<Arc<RolloutEdit>>,
    /// Who waits for the step.
    pub(crate) reply: Option<oneshot::Sender<Result<(), ConsoleError>>>,
}

impl From<Event> for RolloutInput {
    fn from(event: Event) -> Self {
        Self {
            event,
            by: None,
            comment: None,
            result: None,
            joined: Vec::new(),
            cancel_reason: None,
            edit: None,
            reply: None,
        }
    }
}

/// Takes the inputs of one rollout.
pub(crate) type RolloutSender = mpsc::UnboundedSender<RolloutInput>;

/// The rollouts that run here.
#[derive(Debug, Default)]
pub(crate) struct Rollouts {
    by_job: Mutex<HashMap<String, RolloutSender>>,
    /// Those that call devices now: they share what the hub takes.
    calling: Mutex<HashSet<String>>,
}

impl Rollouts {
    fn by_job(&self) -> MutexGuard<'_, HashMap<String, RolloutSender>> {
        self.by_job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rollout; returns where its inputs come from, or `None` when it runs already.
    pub(crate) fn add(&self, job_id: &str) -> Option<(RolloutSender, mpsc::UnboundedReceiver<RolloutInput>)> {
        let mut by_job = self.by_job();
        if by_job.contains_key(job_id) {
            return None;
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        by_job.insert(job_id.to_owned(), sender.clone());
        Some((sender, receiver))
    }

    pub(crate) fn remove(&self, job_id: &str) {
        self.by_job().remove(job_id);
        self.set_calling(job_id, false);
    }

    /// Notes whether a rollout calls devices now: not while it is paused, or waits for a gate.
    pub(crate) fn set_calling(&self, job_id: &str, is_calling: bool) {
        let mut calling = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_calling {
            calling.remove(job_id);
        } else if !calling.contains(job_id) {
            calling.insert(job_id.to_owned());
        }
    }

    /// How many others call devices now.
    pub(crate) fn others_calling(&self, job_id: &str) -> usize {
        let calling = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
        calling.len() - usize::from(calling.contains(job_id))
    }

    /// Makes a step, and waits until it is stored. `None` when the rollout does not run here, or has ended meanwhile.
    pub(crate) async fn step(
        &self,
        job_id: &str,
        mut input: RolloutInput,
    ) -> Option<Result<(), ConsoleError>> {
        let sender = self.by_job().get(job_id).cloned()?;
        let (reply, answer) = oneshot::channel();
        input.reply = Some(reply);
        sender.send(input).ok()?;
        answer.await.ok()
    }
}
