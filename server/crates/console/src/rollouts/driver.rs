//! The task of one rollout: takes events, stores what their steps change, and then does what the steps ask for.

mod load;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use console_wire::{
    hub::HubKind,
    job::JobSummary,
    rollout::{Phase, Stage, settings::Targets as TargetSetting},
};
use hub_wire::{Timestamp, job::JobStatus};
use rollout::{Event, event::DeviceIndex};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::DropGuard;
use tracing::{error, info, warn};

use super::{
    ask_webhook,
    call::{Action, answer},
    commands::is_command,
    hub_jobs::HubJobs,
    pace::{HubPace, pace},
    parts::PartCalls,
    steps::{Running, Steps, steps},
    targets::{self, Targets},
};
use crate::{
    ConsoleError, StoreError,
    clock::now,
    core::{Core, RolloutInput, RolloutSender, Watcher},
    rights::RightToRun,
    store::{Applied, RolloutWrite},
};

/// Most events whose steps are stored together.
const BATCH: usize = 500;
/// Longest time without a look at the clock, the rights and the share of the hub.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// The wait after which a step that could not be stored is made again.
const STORE_WAIT: Duration = Duration::from_secs(1);

/// How often devices that were not online are looked up, and how often a target that grows is read.
const fn intervals(kind: HubKind) -> (Duration, Duration) {
    match kind {
        HubKind::Embedded => (Duration::from_secs(1), Duration::from_secs(5)),
        HubKind::Remote => (Duration::from_mins(2), Duration::from_mins(5)),
    }
}

/// Goes on with the rollouts that the last process left open.
pub(crate) async fn resume(core: &Arc<Core>) -> Result<(), ConsoleError> {
    for job_id in core.store.open_rollouts().await? {
        start(core, &job_id);
    }
    Ok(())
}

/// Runs a rollout until it has ended; does nothing if it runs already.
pub(super) fn start(core: &Arc<Core>, job_id: &str) {
    let Some((sender, mut inputs)) = core.rollouts.add(job_id) else { return };
    let watcher = core.watchers.add(job_id).unwrap_or_default();
    let (shared, job_id) = (Arc::clone(core), job_id.to_owned());
    core.spawn(async move {
        let mut batch: Vec<RolloutInput> = Vec::new();
        loop {
            // Calls and readings of before are void: no task waits for their answers any more.
            batch.insert(0, Event::Restarted.into());
            match Driver::load(&shared, &job_id, sender.clone(), Arc::clone(&watcher)).await {
                Ok(Some(driver)) => match driver.run(&mut inputs, &mut batch).await {
                    Next::ReadAnew => continue,
                    Next::GoOn | Next::End => {}
                },
                Ok(None) => {}
                Err(error) => {
                    error!(job_id, error = &error as &dyn std::error::Error, "cannot go on with a rollout");
                }
            }
            break;
        }
        shared.rollouts.remove(&job_id);
        shared.watchers.remove(&job_id);
    });
}

/// How a rollout goes on after steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    /// It was edited: the job and its devices are other ones.
    ReadAnew,
    End,
}

struct Driver {
    core: Arc<Core>,
    job: JobSummary,
    action: Arc<Action>,
    running: Running,
    sender: RolloutSender,
    watcher: Arc<Watcher>,
    /// With that engine.
    hub_jobs: Option<Arc<HubJobs>>,
    /// Ends their task.
    hub_jobs_task: Option<DropGuard>,
    pace: Option<HubPace>,
    /// Webhooks are being asked about the next wave; dropped when the answer is not waited for any more.
    asking: Option<DropGuard>,
    /// When the next step is due by itself.
    wake: Option<Timestamp>,
    /// When devices that were not online, and a target that grows, are read next.
    next_look: Instant,
    next_read: Instant,
}

impl Driver {
    async fn run(
        mut self,
        inputs: &mut mpsc::UnboundedReceiver<RolloutInput>,
        batch: &mut Vec<RolloutInput>,
    ) -> Next {
        let mut right = RightToRun::follow(&self.core);
        loop {
            if let Some(reason) = right.lost(&self.core, &self.action.job_id).await {
                let cancel = RolloutInput { cancel_reason: Some(reason), ..Event::Cancel.into() };
                batch.push(cancel);
                right.settled();
            }
            self.note_pace(batch);
            self.look_for_devices();
            while !batch.is_empty() {
                match self.make_steps(batch).await {
                    Next::GoOn => {}
                    next => return next,
                }
            }
            self.watcher.note_read(now(), self.job.status == JobStatus::Running);
            let rest = self.wake.map_or(LONGEST_REST, |at| at.since(now()).min(LONGEST_REST));
            tokio::select! {
                _ = inputs.recv_many(batch, BATCH) => {}
                () = tokio::time::sleep(rest) => {
                    if self.wake.is_some_and(|at| at <= now()) {
                        batch.push(Event::Tick.into());
                    }
                }
                () = right.changed() => {}
            }
        }
    }

    /// Gives the rules the pace that the hub allows, where that has changed.
    fn note_pace(&mut self, batch: &mut Vec<RolloutInput>) {
        let payload = self.action.method.as_ref().map_or(0, |method| method.payload.to_string().len() as u64);
        let state = &self.running.state;
        let is_calling = state.phase() == Phase::Running && state.stage() == Stage::Calling;
        self.core.rollouts.set_calling(&self.action.job_id, is_calling);
        let found = pace(
            &self.core,
            &self.action.job_id,
            self.action.job_type,
            payload,
            self.running.state.settings().engine,
        );
        if self.pace.as_ref() != Some(&found) {
            batch.push(Event::AtOnce(found.at_once).into());
            batch.push(Event::HubPace(found.per_minute).into());
            self.pace = Some(found);
        }
    }

    /// Makes the steps of the first events and stores them; then does what they ask for. An edit is a step of its own.
    async fn make_steps(&mut self, batch: &mut Vec<RolloutInput>) -> Next {
        self.leave_out_known(batch);
        batch.retain(|input| !matches!(&input.event, Event::TargetsJoined(targets) if targets.is_empty()));
        let before_edit = batch.iter().position(|input| input.edit.is_some()).unwrap_or(batch.len());
        let count = before_edit.max(1).min(batch.len());
        let mut together: Vec<_> = batch.drain(..count).collect();
        if together.is_empty() {
            return Next::GoOn;
        }
        let Steps { after, write, calls, hub_calls, reads_targets, asks_webhook, wake, refusals } =
            steps(&self.action, &self.running, &together, now());
        let applied = match self.store(&write, &after, hub_calls).await {
            Ok(Some(applied)) => applied,
            Ok(None) => return Next::End,
            Err(error) => {
                warn!(
                    job_id = self.action.job_id,
                    error = &error as &dyn std::error::Error,
                    "the steps of a rollout are not stored; they are made again"
                );
                let mut failure = Some(ConsoleError::from(error));
                for reply in together.iter_mut().filter_map(|input| input.reply.take()) {
                    let again = || "The step could not be stored. Try again.".to_owned();
                    let failed = failure.take().unwrap_or_else(|| ConsoleError::Conflict { detail: again() });
                    // A client that has left needs no answer.
                    let _ = reply.send(Err(failed));
                }
                // Answers of devices are kept; what a person wanted is not done later by itself.
                together.retain(|input| !is_command(&input.event));
                batch.splice(..0, together);
                tokio::time::sleep(STORE_WAIT).await;
                return Next::GoOn;
            }
        };
        self.core.record(&applied);
        self.running = after;
        self.wake = wake;
        self.job.status = applied.status;
        for (input, refusal) in together.into_iter().zip(refusals) {
            let Some(reply) = input.reply else { continue };
            // A client that has left needs no answer.
            let _ = reply.send(match refusal {
                None => Ok(()),
                Some(refusal) => Err(ConsoleError::Conflict { detail: sentence(&refusal.to_string()) }),
            });
        }
        if write.edit.is_some() {
            return Next::ReadAnew;
        }
        for (device, attempt) in calls {
            self.call(device, attempt);
        }
        if reads_targets {
            self.read_targets();
        }
        self.ask_webhook(asks_webhook);
        let phase = self.running.state.phase();
        if let Phase::Ended(reason) = phase {
            info!(job_id = self.action.job_id, ?reason, "rollout has ended");
        }
        if matches!(phase, Phase::Ended(_)) { Next::End } else { Next::GoOn }
    }

    /// Stores steps. The calls of jobs on the hub are known before any of these can be sent.
    async fn store(
        &self,
        write: &RolloutWrite,
        after: &Running,
        hub_calls: Vec<PartCalls>,
    ) -> Result<Option<Applied>, StoreError> {
        let Some(hub_jobs) = &self.hub_jobs else {
            return Ok(self.core.store.write_rollout(write).await?.map(|written| written.applied));
        };
        let held = hub_jobs.hold().await;
        let Some(written) = self.core.store.write_rollout(write).await? else { return Ok(None) };
        hub_jobs.add(hub_calls, &after.devices);
        hub_jobs.set_may_send(after.state.may_call());
        drop(held);
        hub_jobs.not_sent(&written.dropped_parts);
        Ok(Some(written.applied))
    }

    /// Leaves out devices that have joined already: a target that grows was read while an earlier reading was on its way.
    fn leave_out_known(&self, batch: &mut [RolloutInput]) {
        let joins = |input: &&mut RolloutInput| matches!(input.event, Event::TargetsJoined(_));
        let mut known: Option<HashSet<String>> = None;
        for input in batch.iter_mut().filter(joins) {
            let known = known.get_or_insert_with(|| {
                self.running.devices.iter().map(|device| device.device_id.clone()).collect()
            });
            input.joined.retain(|device| !known.contains(&device.device_id));
            if let Event::TargetsJoined(targets) = &mut input.event {
                targets.retain(|target| !known.contains(&target.device_id));
            }
            known.extend(input.joined.iter().map(|device| device.device_id.clone()));
        }
    }

    /// Asks webhooks about the wave after this one, and ends a question that is void: a person has started the wave.
    fn ask_webhook(&mut self, wave: Option<usize>) {
        let (phase, stage) = (self.running.state.phase(), self.running.state.stage());
        if stage != Stage::AwaitsWebhook || !matches!(phase, Phase::Running | Phase::Paused(_)) {
            drop(self.asking.take());
        } else if let Some(wave) = wave {
            let sender = self.sender.clone();
            self.asking = Some(ask_webhook::ask(&self.core, &self.action.job_id, wave, sender));
        }
    }

    /// Calls a device; its answer becomes an event.
    fn call(&self, index: DeviceIndex, attempt: u16) {
        let Some(device) = self.running.devices.get(index as usize).cloned() else { return };
        let (core, action, sender) = (Arc::clone(&self.core), Arc::clone(&self.action), self.sender.clone());
        let started = self.running.started.get(&index).copied().unwrap_or_else(now);
        self.core.spawn(async move {
            let (answer, result) = answer(&core, &action, &device, started).await;
            let event = Event::Answered { device: index, attempt, answer };
            // The rollout goes on as long as a device is in flight.
            let _ = sender.send(RolloutInput { result, ..event.into() });
        });
    }

    /// Reads the devices that the job addresses; they become an event. Again and again, until the hub answers.
    fn read_targets(&self) {
        let (core, job, sender) = (Arc::clone(&self.core), self.job.clone(), self.sender.clone());
        let settings = self.running.state.settings().clone();
        let listed = self.running.is_listed.then(|| self.running.devices.as_ref().clone());
        self.core.spawn(async move {
            loop {
                let read = match &listed {
                    Some(devices) => {
                        targets::of_list(&core, devices.clone(), job.scope.as_deref(), &settings).await
                    }
                    None => targets::of_condition(&core, &job, &settings).await,
                };
                match read {
                    Ok(Targets { targets, devices }) => {
                        let event = Event::TargetsRead(targets);
                        let _ = sender.send(RolloutInput { joined: devices, ..event.into() });
                        return;
                    }
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        warn!(job_id = job.job_id, error, "cannot read the targets of a rollout");
                    }
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                    () = sender.closed() => return,
                }
            }
        });
    }

    /// Looks up devices that were not online, and reads a target that grows, where that is due.
    fn look_for_devices(&mut self) {
        let state = &self.running.state;
        if !matches!(state.phase(), Phase::Running | Phase::Paused(_)) {
            return;
        }
        let (look_every, read_every) = intervals(self.core.rate_profile);
        let is_waiting = state.waves().iter().any(|wave| wave.waiting_to_connect() > 0);
        if is_waiting && self.next_look <= Instant::now() {
            self.next_look = Instant::now() + look_every;
            self.look_for_connected();
        }
        let is_growing = state.settings().targets == TargetSetting::Growing && !self.running.is_listed;
        if is_growing && self.next_read <= Instant::now() {
            self.next_read = Instant::now() + read_every;
            self.read_growing();
        }
    }

    fn look_for_connected(&self) {
        /// Most devices that are looked up at once.
        const MOST: usize = 10_000;
        let waiting = self.running.state.waiting_to_connect(MOST);
        let by_id: HashMap<String, DeviceIndex> = waiting
            .into_iter()
            .filter_map(|index| Some((self.running.devices.get(index as usize)?.device_id.clone(), index)))
            .collect();
        let (core, sender) = (Arc::clone(&self.core), self.sender.clone());
        self.core.spawn(async move {
            // The next look tries again.
            let Ok(connected) = targets::connected(&core, by_id.keys().cloned().collect()).await else {
                return;
            };
            for index in connected.iter().filter_map(|id| by_id.get(id)) {
                let _ = sender.send(Event::Connected(*index).into());
            }
        });
    }

    fn read_growing(&self) {
        let (core, job, sender) = (Arc::clone(&self.core), self.job.clone(), self.sender.clone());
        let settings = self.running.state.settings().clone();
        let known = Arc::clone(&self.running.devices);
        self.core.spawn(async move {
            let known: HashSet<&str> = known.iter().map(|device| device.device_id.as_str()).collect();
            let Ok(Targets { targets, devices }) = targets::of_condition(&core, &job, &settings).await else {
                return;
            };
            let is_new = |id: &str| !known.contains(id);
            let targets: Vec<_> = targets.into_iter().filter(|target| is_new(&target.device_id)).collect();
            let devices: Vec<_> = devices.into_iter().filter(|device| is_new(&device.device_id)).collect();
            if !targets.is_empty() {
                let event = Event::TargetsJoined(targets);
                let _ = sender.send(RolloutInput { joined: devices, ..event.into() });
            }
        });
    }
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
