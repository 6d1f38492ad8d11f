//! Reads a rollout that is to go on: its state, the devices that are in flight, and the jobs on the hub that call them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use console_wire::{access::PersonRef, job::JobSummary, rollout::settings::Engine};
use rollout::{Event, State, event::DeviceIndex, step_in_place};
use tokio::time::Instant;

use super::Driver;
use crate::{
    ConsoleError, StoreError,
    core::{Core, RolloutSender, Watcher},
    rollouts::{
        call::Action,
        hub_jobs::HubJobs,
        parts::{OpenParts, PartCalls},
        steps::Running,
    },
    store::{CalledDevice, RolloutDevice},
};

impl Driver {
    /// Reads a rollout and makes the steps since the last copy of its state again.
    pub(super) async fn load(
        core: &Arc<Core>,
        job_id: &str,
        sender: RolloutSender,
        watcher: Arc<Watcher>,
    ) -> Result<Option<Self>, ConsoleError> {
        let Some(job) = core.store.job(job_id).await? else { return Ok(None) };
        let Some(stored) = core.store.stored_rollout(job_id).await? else { return Ok(None) };
        let Some(shown) = core.store.rollout(job_id).await? else { return Ok(None) };
        let devices = core.store.rollout_devices(job_id).await?;
        let mut state = stored.state;
        let steps = stored.steps.len() as u64;
        for (at, event) in stored.steps {
            step_in_place(&mut state, event, at);
        }
        if state.device_count() > 0 && *state.counts() != job.outcomes {
            // Devices could be called twice.
            return Err(StoreError::Damaged { column: "state" }.into());
        }
        let called = called_devices(core, job_id, &devices).await?;
        let asked_by = asked_by(core, &state, &job).await?;
        let running = Running {
            state,
            step: stored.state_step + steps,
            copied_step: stored.state_step,
            is_listed: job.target_devices.is_some(),
            devices: Arc::new(devices),
            started: called.iter().map(|(index, device)| (*index, device.since)).collect(),
            parts: OpenParts::from(core.store.next_part(job_id).await?),
            shown,
            asked_by,
        };
        let action = Action {
            job_id: job_id.to_owned(),
            job_type: job.job_type,
            method: job.cloud_to_device_method.clone(),
            twin: job.update_twin.clone(),
            scope: job.scope.clone(),
        };
        let action = Arc::new(action);
        let has_hub_jobs = running.state.settings().engine == Engine::HubJobs;
        let hub_jobs = has_hub_jobs.then(|| Arc::new(HubJobs::new(core, &action, &sender, &watcher)));
        let mut driver = Self {
            core: Arc::clone(core),
            job,
            action,
            running,
            sender,
            watcher,
            hub_jobs,
            hub_jobs_task: None,
            pace: None,
            asking: None,
            wake: None,
            next_look: Instant::now(),
            next_read: Instant::now(),
        };
        driver.take_over(called);
        Ok(Some(driver))
    }

    /// Goes on with the devices that jobs on the hub call.
    fn take_over(&mut self, called: Vec<(DeviceIndex, CalledDevice)>) {
        let Some(hub_jobs) = self.hub_jobs.clone() else { return };
        let mut ended = BTreeMap::new();
        for (device, called) in called {
            let attempt = self.running.state.calls_of(device);
            let Some(part) = called.part else {
                // It was to be called by the console, which has not begun.
                let _ = self.sender.send(Event::NotSent { device, attempt }.into());
                continue;
            };
            self.running.parts.add(part, device);
            hub_jobs.add(vec![PartCalls { part, calls: vec![(device, attempt)] }], &self.running.devices);
            if let Some((status, reason)) = called.ended {
                ended.insert(part, (status, reason));
            }
        }
        for (part, (status, reason)) in ended {
            hub_jobs.end_dropped_part(part, status, reason.as_deref());
        }
        hub_jobs.set_may_send(self.running.state.may_call());
        self.hub_jobs_task = Some(hub_jobs.run());
    }
}

/// Who asks for the job as it is: who edited it last, or created it.
async fn asked_by(core: &Core, state: &State, job: &JobSummary) -> Result<Option<PersonRef>, ConsoleError> {
    let asked_by = state.request().asked_by.as_str();
    match &job.created_by {
        Some(creator) if creator.user_id != asked_by => {
            let editor = core.store.active_person(asked_by).await?;
            Ok(editor.map(|person| PersonRef { user_id: person.user_id, name: person.name }))
        }
        creator => Ok(creator.clone()),
    }
}

/// The devices that were called and have not answered, with their numbers.
async fn called_devices(
    core: &Core,
    job_id: &str,
    devices: &[RolloutDevice],
) -> Result<Vec<(DeviceIndex, CalledDevice)>, ConsoleError> {
    let called = core.store.called_devices(job_id).await?;
    let mut by_id: HashMap<String, CalledDevice> =
        called.into_iter().map(|device| (device.device_id.clone(), device)).collect();
    let numbered = (0..).zip(devices);
    Ok(numbered.filter_map(|(index, device)| Some((index, by_id.remove(&device.device_id)?))).collect())
}
