//! Creating a job with a rollout. The hub gets nothing: the console calls the devices. So the job begins as it is written.

use std::{collections::HashSet, sync::Arc};

use console_wire::{
    access::Actor,
    job::{JobSummary, NewJob},
    problem::FieldError,
    rollout::settings::{Settings, Then},
};
use hub_wire::job::JobRequest;
use rollout::{
    Effect,
    approval::{ApprovalPolicy, Request, RequestHash},
};
use serde_json::json;
use tracing::info;

use super::{
    check::check,
    driver,
    pace::pace,
    progress::{approval_of, job_status, progress},
};
use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    create::{JobRequester, Target},
    job_id, jobs,
    store::{DeviceList, HistoryLine, Labels, NewRollout, RolloutTarget, StateWrite},
};

/// How many ids are generated when the first is taken.
const ID_ATTEMPTS: u32 = 4;

/// Checks the rollout of a job with what the console has now: the inner error has every member at fault.
pub(crate) async fn check_now(
    core: &Core,
    job: &mut NewJob,
) -> Result<Result<Option<Settings>, Vec<FieldError>>, ConsoleError> {
    let asks = |settings: &Settings| settings.waves.iter().any(|wave| wave.gate.then == Then::AskWebhook);
    let now = now();
    let can_ask_webhook =
        job.rollout.as_deref().is_some_and(asks) && !core.store.gate_receivers(now).await?.is_empty();
    Ok(check(job, can_ask_webhook, now))
}

/// Creates a job whose request and settings have been checked.
pub(crate) async fn create(
    core: &Arc<Core>,
    mut request: JobRequest,
    labels: Labels,
    target: Target,
    settings: Settings,
    requester: &JobRequester,
    is_id_generated: bool,
) -> Result<JobSummary, ConsoleError> {
    let target = rollout_target(target)?;
    if core.stop.is_cancelled() {
        return Err(ConsoleError::Stopping);
    }
    let mut attempt = 1;
    while !insert(core, &request, &labels, &target, &settings, &requester.actor).await? {
        if !is_id_generated || attempt == ID_ATTEMPTS {
            return Err(ConsoleError::job_id_taken(request.job_id.as_str()));
        }
        request.job_id = job_id::another(&request.job_id);
        attempt += 1;
    }
    let job_id = request.job_id.as_str();
    info!(job_id, "job in waves created");
    driver::start(core, job_id);
    jobs::job(core, job_id).await
}

async fn insert(
    core: &Core,
    request: &JobRequest,
    labels: &Labels,
    target: &RolloutTarget,
    settings: &Settings,
    actor: &Actor,
) -> Result<bool, ConsoleError> {
    let now = now();
    // Without accounts there is no other person who could approve.
    let policy = match actor {
        Actor::Person(_) => core.approval_policy.clone(),
        Actor::LocalOperator | Actor::Wall(_) => ApprovalPolicy::default(),
    };
    let asked = asked(request, labels, target, settings, actor);
    let per_minute = pace(core, "", request.job_type, 0, settings.engine).per_minute;
    let begun = rollout::begin(request.job_id.as_str(), settings.clone(), asked, policy, per_minute, now);
    let (state, effects) = begun.map_err(ConsoleError::Invalid)?;
    let mut history = Vec::new();
    let mut asks_approval = None;
    let mut next_step = None;
    for effect in effects {
        match effect {
            Effect::Record(decision) => {
                history.push(HistoryLine { at: now, decision, by: None, comment: None });
            }
            Effect::AskApproval { devices } => {
                asks_approval = Some(approval_of(&state, devices, labels.created_by.as_ref(), now));
            }
            Effect::WakeAt(at) => next_step = Some(at),
            // The driver reads them: it finds the rollout as after a restart.
            _ => {}
        }
    }
    let new = NewRollout {
        request,
        labels,
        target,
        status: job_status(state.phase()),
        state: StateWrite {
            copy: Some((StateWrite::text(&state), 0)),
            progress: progress(&state, None, &history, next_step, now),
        },
        history: &history,
        asks_approval,
        now,
    };
    Ok(core.store.insert_rollout(new).await?)
}

/// The devices that a rollout addresses, each of a list once.
///
/// # Errors
/// `Conflict` for the devices of another job.
pub(super) fn rollout_target(target: Target) -> Result<RolloutTarget, ConsoleError> {
    match target {
        Target::Condition { expected } => Ok(RolloutTarget::Condition { expected }),
        Target::List(DeviceList::Ids(ids)) => {
            let mut seen = HashSet::new();
            Ok(RolloutTarget::List(ids.into_iter().filter(|id| seen.insert(id.clone())).collect()))
        }
        Target::List(DeviceList::OfJob { job_id, .. }) => Err(ConsoleError::Conflict {
            detail: format!("Devices of the job '{job_id}' are run again without waves."),
        }),
    }
}

/// What is asked for, for an approval, by who creates or edits the job.
pub(super) fn asked(
    request: &JobRequest,
    labels: &Labels,
    target: &RolloutTarget,
    settings: &Settings,
    actor: &Actor,
) -> Request {
    let action = json!({
        "cloudToDeviceMethod": request.cloud_to_device_method,
        "updateTwin": request.update_twin,
    });
    let (devices, addressed) = match target {
        RolloutTarget::Condition { expected } => (*expected, json!(request.query_condition)),
        RolloutTarget::List(ids) => (ids.len() as u64, json!({"deviceIds": ids, "scope": labels.scope})),
    };
    let method = request.cloud_to_device_method.as_ref();
    Request {
        asked_by: actor.person().map(|person| person.user_id).unwrap_or_default(),
        action: method.map(|method| method.method_name.clone()).unwrap_or_default(),
        hash: RequestHash::new(&action, &addressed, settings),
        devices,
    }
}
