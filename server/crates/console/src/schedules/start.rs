//! Creates the job of a run, as a person would. Its id is in the run's row, so it is created once: after a crash or a lost answer
//! the store or the hub has a job of that id, or has none yet.

use std::{sync::Arc, time::Duration};

use console_wire::{
    access::{Action, Actor, Subject, permit},
    job::NewJob,
    schedule::ScheduleRef,
};
use hub_client::ErrorKind;
use hub_wire::JobId;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::{run, tick};
use crate::{
    ConsoleError,
    audit::{self, AuditAct},
    cancel,
    core::Core,
    create::{self, JobRequester},
    hub_job::is_outcome_unknown,
    store::{EndedRun, KeptSchedule, StartingRun},
};

/// Pause after the first attempt that may succeed later; the next ones are twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What an attempt came to.
enum Attempt {
    /// The job is there.
    Started,
    /// It may be there later.
    Later(String),
    /// It will not be there.
    Refused(String),
}

/// Creates the job of a run in a task of its own, again and again where that may help.
/// What is returned completes when that is settled.
pub(super) fn spawn(core: &Arc<Core>, run: StartingRun) -> oneshot::Receiver<()> {
    let shared = Arc::clone(core);
    let (settled, is_settled) = oneshot::channel();
    core.spawn(async move {
        let (schedule_id, job_id) = (run.schedule_id.clone(), run.job_id.clone());
        if let Err(error) = start(&shared, &run).await
            && !matches!(error, ConsoleError::Stopping)
        {
            // The run stays as it is; the next start of the console takes it up.
            let error = &error as &dyn std::error::Error;
            warn!(schedule_id, job_id, error, "could not start a run of a schedule");
        }
        // Mostly there is no caller that waits.
        let _ = settled.send(());
    });
    is_settled
}

/// Creates the job of a run, or notes why not.
async fn start(core: &Arc<Core>, run: &StartingRun) -> Result<(), ConsoleError> {
    let begun = core.schedules.clock.now();
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(kept) = core.store.schedule(&run.schedule_id).await? else { return Ok(()) };
        let permit = core.schedules.starts.acquire().await.map_err(|_| ConsoleError::Stopping)?;
        let attempt = attempt(core, &kept, run).await?;
        drop(permit);
        let is_last = core.schedules.clock.now().since(begun)
            >= Duration::from_secs(kept.spec.runs.catch_up_seconds.into());
        match attempt {
            Attempt::Started => {
                core.store.run_started(run.run_id).await?;
                // A short job may have ended already.
                core.schedules.wake.notify_one();
                return Ok(());
            }
            Attempt::Later(reason) if is_last => return not_started(core, run, reason).await,
            Attempt::Later(reason) => {
                warn!(run.schedule_id, run.job_id, reason, "a run of a schedule has to wait");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Attempt::Refused(reason) => return not_started(core, run, reason).await,
        }
    }
}

async fn attempt(core: &Arc<Core>, kept: &KeptSchedule, run: &StartingRun) -> Result<Attempt, ConsoleError> {
    if core.store.job(&run.job_id).await?.is_some() {
        return Ok(Attempt::Started);
    }
    if core.store.has_job(&run.job_id).await? {
        return Ok(Attempt::Later("it is not known yet whether the hub has its job".to_owned()));
    }
    // A run that a person asked for has the person's rights, any other the owner's.
    let person = if tick::is_asked_for(&run.row) { run.run_by.as_ref() } else { kept.owner.as_ref() };
    let Some(actor) = run::actor(core, person).await? else {
        return Ok(Attempt::Refused("the account of its owner is not active any more".to_owned()));
    };
    if let Err(missing) = permit(&actor, Action::JobCreate, Subject::Any) {
        return Ok(Attempt::Refused(format!("its owner no longer has {}", missing.action)));
    }
    if tick::cancels_others(&run.row) {
        cancel_others(core, kept, run).await?;
    }
    match create(core, kept, run, actor).await {
        Ok(()) => Ok(Attempt::Started),
        Err(ConsoleError::Stopping) => Err(ConsoleError::Stopping),
        Err(ConsoleError::Conflict { .. }) if core.store.has_job(&run.job_id).await? => Ok(Attempt::Started),
        Err(error) if is_worth_another(&error) => Ok(Attempt::Later(reason(&error))),
        Err(error) => Ok(Attempt::Refused(reason(&error))),
    }
}

/// Creates the job, recorded in the audit log as the owner's.
async fn create(
    core: &Arc<Core>,
    kept: &KeptSchedule,
    run: &StartingRun,
    actor: Actor,
) -> Result<(), ConsoleError> {
    let act = AuditAct {
        actor: actor.person(),
        credential: format!("schedule {}", kept.schedule_id),
        address: None,
        request: format!("run of the schedule {}", kept.schedule_id),
        request_id: run.job_id.clone(),
        action: Action::JobCreate.as_str().to_owned(),
        subject: Some(run.job_id.clone()),
    };
    let recording = audit::begin(core, act).await?;
    let schedule = ScheduleRef { schedule_id: kept.schedule_id.clone(), name: kept.name.clone() };
    let requester = JobRequester { origin: kept.origin, actor };
    let job = job(kept, &run.job_id)?;
    let created = recording.scope(create::create_job_of(core, job, requester, Some(schedule))).await;
    let refusal = created.as_ref().err().map(|error| error.problem(&run.job_id).kind);
    recording.end(refusal.as_deref()).await;
    created.map(drop)
}

/// The job of a run.
fn job(kept: &KeptSchedule, job_id: &str) -> Result<NewJob, ConsoleError> {
    let job_id = JobId::new(job_id).map_err(|_| crate::StoreError::Damaged { column: "job_id" })?;
    Ok(NewJob {
        job_id: Some(job_id),
        name: kept.job.name.clone().or_else(|| Some(kept.name.clone())),
        ..kept.job.clone()
    })
}

/// Cancels what has not begun of the other runs.
async fn cancel_others(core: &Core, kept: &KeptSchedule, run: &StartingRun) -> Result<(), ConsoleError> {
    for job_id in core.store.open_run_jobs(&kept.schedule_id, &run.job_id).await? {
        match cancel::cancel_job(core, &job_id, &Actor::LocalOperator).await {
            Ok(_) => {
                let reason = format!("The next run of the schedule {} was due.", kept.name);
                core.store.set_cancel_reason(&job_id, &reason).await?;
            }
            // It has begun, or has ended: it runs to its end.
            Err(ConsoleError::Conflict { .. } | ConsoleError::NotFound { .. }) => {}
            Err(error) => {
                warn!(
                    job_id,
                    error = &error as &dyn std::error::Error,
                    "could not cancel a run of a schedule"
                );
            }
        }
    }
    Ok(())
}

async fn not_started(core: &Arc<Core>, run: &StartingRun, reason: String) -> Result<(), ConsoleError> {
    info!(run.schedule_id, run.job_id, reason, "a run of a schedule was not started");
    let turn = core.schedules.turn.lock().await;
    let ended = EndedRun {
        run_id: run.run_id,
        schedule_id: run.schedule_id.clone(),
        failed: Some(true),
        not_created: Some(reason),
    };
    run::end_runs(core, &run.schedule_id, vec![ended], core.schedules.clock.now()).await?;
    drop(turn);
    core.schedules.wake.notify_one();
    Ok(())
}

/// Whether a later attempt may succeed.
fn is_worth_another(error: &ConsoleError) -> bool {
    match error {
        ConsoleError::Hub(error) => {
            is_outcome_unknown(error)
                || matches!(error.kind, ErrorKind::Throttled { .. } | ErrorKind::Unauthorized)
        }
        ConsoleError::Busy | ConsoleError::Store(_) => true,
        _ => false,
    }
}

/// Why a job was not created, a clause.
fn reason(error: &ConsoleError) -> String {
    format!("the job was not created: {}", error.problem("").detail.trim_end_matches('.'))
}
