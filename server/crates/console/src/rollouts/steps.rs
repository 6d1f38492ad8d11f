//! What the steps of a rollout change: rows, counts, history, approvals. Pure.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use console_wire::{
    access::PersonRef,
    outcome::{INTERRUPTED, Outcome},
    rollout::{ApprovalResult, Phase, Rollout, StopReason, settings::Engine},
};
use hub_wire::{
    DeviceId, Timestamp,
    device_job::{DeviceJob, DeviceJobStatus},
    error::ErrorCode,
};
use rollout::{
    Effect, Event, State,
    event::{Decision, DeviceIndex},
    refusal::Refusal,
    step_in_place,
};

use super::{
    call::Action,
    parts::{CutCalls, OpenParts, PartCalls},
    progress::{approval_of, cancel_reason, job_status, progress},
};
use crate::{
    core::RolloutInput,
    store::{HistoryLine, PartsWrite, RolloutDevice, RolloutEdit, RolloutWrite, StateWrite},
};

/// After so many steps the state is copied, so that a restart has few to make again.
const STEPS_A_COPY: u64 = 1_000;

/// A rollout between two steps.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) state: State,
    /// Steps so far, and those that the stored copy has behind it.
    pub(super) step: u64,
    pub(super) copied_step: u64,
    /// By their numbers.
    pub(super) devices: Arc<Vec<RolloutDevice>>,
    /// It has been on a list since it was created: its devices have results.
    pub(super) is_listed: bool,
    /// When the devices that are in flight were called.
    pub(super) started: HashMap<DeviceIndex, Timestamp>,
    /// The jobs on the hub that call some of them.
    pub(super) parts: OpenParts,
    /// What is shown.
    pub(super) shown: Rollout,
    pub(super) asked_by: Option<PersonRef>,
}

/// What steps came to.
pub(super) struct Steps {
    pub(super) after: Running,
    pub(super) write: RolloutWrite,
    /// Devices that the console calls, and which of their calls it is.
    pub(super) calls: Vec<(DeviceIndex, u16)>,
    /// Devices that jobs on the hub call.
    pub(super) hub_calls: Vec<PartCalls>,
    pub(super) reads_targets: bool,
    /// The wave after which webhooks are asked.
    pub(super) asks_webhook: Option<usize>,
    /// When the next step is due by itself.
    pub(super) wake: Option<Timestamp>,
    /// For each event why it changed nothing, if so.
    pub(super) refusals: Vec<Option<Refusal>>,
}

/// Makes the steps of events, in their order.
pub(super) fn steps(action: &Action, before: &Running, inputs: &[RolloutInput], now: Timestamp) -> Steps {
    let mut making = Making::new(action, before, now);
    for input in inputs {
        making.step(input);
    }
    making.finish(before, inputs)
}

struct Making<'a> {
    action: &'a Action,
    now: Timestamp,
    running: Running,
    rows: BTreeMap<DeviceIndex, DeviceJob>,
    by_last_attempt: BTreeSet<DeviceIndex>,
    attempts: Vec<(u16, DeviceJob)>,
    joined: Option<u64>,
    history: Vec<HistoryLine>,
    asks_for: Option<u64>,
    decided: Option<(ApprovalResult, Option<PersonRef>, Option<String>)>,
    cancelled_by: Option<PersonRef>,
    cancel_reason: Option<String>,
    edit: Option<Arc<RolloutEdit>>,
    calls: Vec<(DeviceIndex, u16)>,
    ended_parts: Vec<i64>,
    reads_targets: bool,
    asks_webhook: Option<usize>,
    wake: Option<Timestamp>,
    refusals: Vec<Option<Refusal>>,
}

impl<'a> Making<'a> {
    fn new(action: &'a Action, before: &Running, now: Timestamp) -> Self {
        Self {
            action,
            now,
            running: before.clone(),
            rows: BTreeMap::new(),
            by_last_attempt: BTreeSet::new(),
            attempts: Vec::new(),
            joined: None,
            history: Vec::new(),
            asks_for: None,
            decided: None,
            cancelled_by: None,
            cancel_reason: None,
            edit: None,
            calls: Vec::new(),
            ended_parts: Vec::new(),
            reads_targets: false,
            asks_webhook: None,
            wake: None,
            refusals: Vec::new(),
        }
    }

    fn step(&mut self, input: &RolloutInput) {
        let before = &self.running.state;
        let was_waiting = is_waiting(before);
        let not_sent = match input.event {
            Event::NotSent { device, attempt } if is_under_way(before, device, attempt) => Some(device),
            _ => None,
        };
        let answered = match input.event {
            // A late answer of a call that has ended is dropped, as in the state.
            Event::Answered { device, attempt, .. } if is_under_way(before, device, attempt) => {
                input.result.as_ref().map(|result| (device, attempt, result))
            }
            _ => None,
        };
        let had_devices = before.device_count();
        let effects = step_in_place(&mut self.running.state, input.event.clone(), self.now);
        self.running.step += 1;
        self.wake = None;
        let mut refusal = None;
        // Before the effects, which may call them.
        if self.running.state.device_count() > had_devices {
            self.joined.get_or_insert(had_devices as u64);
            let devices = Arc::make_mut(&mut self.running.devices);
            if self.running.is_listed {
                // They are here since the job was created; now it is known which of them are outside of the scope.
                devices.clone_from(&input.joined);
            } else {
                devices.extend(input.joined.iter().cloned());
            }
        }
        // A device that was called again in this step has its row from the call.
        if let Some((device, attempt, result)) = answered {
            self.not_in_flight(device);
            let has_ended = effects
                .iter()
                .any(|effect| matches!(effect, Effect::Ended { device: ended, .. } if *ended == device));
            if has_ended {
                self.rows.insert(device, result.clone());
            } else {
                self.attempts.push((attempt, result.clone()));
                let queued = self.action.row(result.device_id.clone(), DeviceJobStatus::Pending, self.now);
                self.rows.insert(device, queued);
            }
        }
        if let Some(device) = not_sent {
            self.taken_back(device);
        }
        for effect in effects {
            match effect {
                Effect::AskApproval { devices } => self.asks_for = Some(devices),
                Effect::ReadTargets => self.reads_targets = true,
                Effect::Call { device, attempt } => self.called(device, attempt),
                Effect::Ended { device, outcome } if answered.is_none_or(|(of, ..)| of != device) => {
                    self.ended(device, outcome);
                }
                Effect::Ended { .. } => {}
                Effect::AskWebhook { wave } => self.asks_webhook = Some(wave),
                Effect::Record(decision) => self.record(decision, input),
                Effect::Refuse(reason) => refusal = Some(reason),
                Effect::WakeAt(at) => self.wake = Some(at),
            }
        }
        if was_waiting && !is_waiting(&self.running.state) {
            self.decide(input);
        }
        if refusal.is_none() && matches!(input.event, Event::Edit { .. }) {
            self.running.asked_by.clone_from(&input.by);
            self.edit.clone_from(&input.edit);
        }
        if refusal.is_none() && matches!(input.event, Event::Cancel) {
            self.cancelled_by.clone_from(&input.by);
            self.cancel_reason.clone_from(&input.cancel_reason);
        }
        self.refusals.push(refusal);
    }

    fn device_id(&self, device: DeviceIndex) -> Option<DeviceId> {
        let device = self.running.devices.get(device as usize)?;
        DeviceId::new(device.device_id.as_str()).ok()
    }

    fn called(&mut self, device: DeviceIndex, attempt: u16) {
        let Some(id) = self.device_id(device) else { return };
        let row = self.action.row(id, DeviceJobStatus::Running, self.now);
        self.rows.insert(device, DeviceJob { start_time_utc: Some(self.now), ..row });
        self.running.started.insert(device, self.now);
        self.calls.push((device, attempt));
    }

    /// The hub did not get the call of a device.
    fn taken_back(&mut self, device: DeviceIndex) {
        self.not_in_flight(device);
        if let Some(id) = self.device_id(device) {
            self.rows.insert(device, self.action.row(id, DeviceJobStatus::Pending, self.now));
        }
    }

    /// Returns when it was called.
    fn not_in_flight(&mut self, device: DeviceIndex) -> Option<Timestamp> {
        self.ended_parts.extend(self.running.parts.remove(device));
        self.running.started.remove(&device)
    }

    /// A device ended without an answer.
    fn ended(&mut self, device: DeviceIndex, outcome: Outcome) {
        let Some(id) = self.device_id(device) else { return };
        let start_time_utc = self.not_in_flight(device);
        let row = match outcome {
            Outcome::Cancelled => {
                let row = self.action.row(id, DeviceJobStatus::Canceled, self.now);
                DeviceJob { end_time_utc: Some(self.now), ..row }
            }
            Outcome::NotOnline => self.action.failed(
                id,
                ErrorCode::DeviceNotOnline.name(),
                "The device was called and did not connect within the time that the rollout gives it.",
                self.now,
            ),
            Outcome::Interrupted => self.action.failed(
                id,
                INTERRUPTED,
                "The console stopped while the call was under way; whether the device acted is not known.",
                self.now,
            ),
            // It was to be called again: its last call says how it ended.
            _ => {
                self.rows.remove(&device);
                self.by_last_attempt.insert(device);
                return;
            }
        };
        self.rows.insert(device, DeviceJob { start_time_utc, ..row });
    }

    fn record(&mut self, decision: Decision, input: &RolloutInput) {
        // Of a person or a webhook; what follows from it is the rollout's own.
        let is_of_input = matches!(
            (decision, &input.event),
            (Decision::Edited, Event::Edit { .. })
                | (Decision::Approved, Event::Approve { .. })
                | (
                    Decision::Paused(_),
                    Event::Pause | Event::WebhookAnswered { .. } | Event::WebhookUnanswered { .. }
                )
                | (Decision::WebhookAgreed { .. }, Event::WebhookAnswered { .. })
                | (Decision::Resumed(_), Event::Resume { .. })
                | (Decision::WaitSkipped { .. }, Event::NextWave)
                | (Decision::Stopped(_) | Decision::Finished(_), Event::Cancel | Event::Reject { .. })
        );
        let (by, comment) =
            if is_of_input { (input.by.clone(), input.comment.clone()) } else { (None, None) };
        self.history.push(HistoryLine { at: self.now, decision, by, comment });
    }

    fn decide(&mut self, input: &RolloutInput) {
        let phase = self.running.state.phase();
        let result = match (&input.event, phase) {
            (Event::Approve { .. }, _) => ApprovalResult::Approved,
            (Event::Reject { .. }, _) => ApprovalResult::Rejected,
            (_, Phase::Ended(StopReason::Lapsed) | Phase::Stopping(StopReason::Lapsed)) => {
                ApprovalResult::Lapsed
            }
            _ => ApprovalResult::Withdrawn,
        };
        self.decided = Some((result, input.by.clone(), input.comment.clone()));
    }

    fn finish(self, before: &Running, inputs: &[RolloutInput]) -> Steps {
        let Self { action, now, mut running, history, .. } = self;
        let calls = match running.state.settings().engine {
            Engine::DirectCalls => CutCalls { direct: self.calls, ..CutCalls::default() },
            Engine::HubJobs => {
                let until = running.state.calls_until(now);
                running.parts.cut(action, &running.devices, self.calls, until)
            }
        };
        let state = &running.state;
        let phase = state.phase();
        let has_ended = matches!(phase, Phase::Ended(_));
        let has_targets =
            inputs.iter().any(|input| matches!(input.event, Event::TargetsRead(_) | Event::TargetsJoined(_)));
        let is_copied = has_ended || has_targets || running.step - before.copied_step >= STEPS_A_COPY;
        let shown = progress(state, Some(&before.shown), &history, self.wake, now);
        let id_of = |device: &DeviceIndex| Some(running.devices.get(*device as usize)?.device_id.clone());
        let joined = self.joined.map(|first| {
            let new = running.devices.iter().skip(usize::try_from(first).unwrap_or(usize::MAX));
            let outside = new.clone().filter(|device| device.is_outside);
            let outside = outside.map(|device| device.device_id.clone()).collect();
            (first, new.map(|device| device.device_id.clone()).collect(), outside)
        });
        let reason = match phase {
            Phase::Stopping(reason) | Phase::Ended(reason) => cancel_reason(reason, &history),
            _ => None,
        };
        let write = RolloutWrite {
            job_id: action.job_id.clone(),
            now,
            edit: self.edit,
            first_step: before.step,
            steps: if is_copied {
                Vec::new()
            } else {
                inputs.iter().map(|input| (now, input.event.clone())).collect()
            },
            state: StateWrite {
                copy: is_copied.then(|| (StateWrite::text(state), running.step)),
                progress: shown.clone(),
            },
            joined,
            has_results: running.is_listed && before.state.device_count() == 0,
            rows: self.rows.into_values().collect(),
            by_last_attempt: self.by_last_attempt.iter().filter_map(id_of).collect(),
            attempts: self.attempts,
            outcomes: (state.device_count() > 0).then(|| *state.counts()),
            has_calls: !calls.direct.is_empty() || !calls.new_parts.is_empty(),
            parts: PartsWrite {
                new: calls.new_parts,
                ended: self.ended_parts,
                drops_waiting: !state.may_call() && !running.parts.is_empty(),
            },
            status: job_status(phase),
            started: history
                .iter()
                .find(|line| matches!(line.decision, Decision::Started { .. }))
                .map(|line| line.at),
            has_ended,
            cancelled_by: self.cancelled_by,
            cancel_reason: self.cancel_reason.or(reason),
            asks_approval: self
                .asks_for
                .map(|devices| approval_of(state, devices, running.asked_by.as_ref(), now)),
            decided: self.decided,
            history,
        };
        if is_copied {
            running.copied_step = running.step;
        }
        running.shown = shown;
        Steps {
            after: running,
            write,
            calls: calls.direct,
            hub_calls: calls.by_part,
            reads_targets: self.reads_targets,
            asks_webhook: self.asks_webhook,
            wake: self.wake,
            refusals: self.refusals,
        }
    }
}

/// Whether a call is the last one of its device and has not ended.
fn is_under_way(state: &State, device: DeviceIndex, attempt: u16) -> bool {
    state.device(device) == Some(Outcome::InFlight) && state.calls_of(device) == attempt
}

fn is_waiting(state: &State) -> bool {
    state.approval().is_some_and(|approval| approval.approved_by.is_none())
}

#[cfg(test)]
mod tests;
