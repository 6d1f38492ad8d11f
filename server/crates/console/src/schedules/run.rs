//! Runs schedules: one task with one timer for all of them. It wakes when the next one is due, when a job has ended, and when a
//! person has changed a schedule.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use console_wire::access::{Action, Actor, PersonRef, Subject, permit};
use hub_wire::Timestamp;
use schedule::Downtime;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::{
    convert, start,
    tick::{self, TickContext},
};
use crate::{
    ConsoleError,
    core::Core,
    store::{EndedRun, KeptSchedule, StartingRun, TickResult},
};

/// How often is noted that schedules are looked after, while nothing else happens.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// A shorter stretch without the console is no downtime.
const SHORTEST_DOWNTIME: Duration = Duration::from_mins(1);
/// Schedules that are looked at in one transaction.
const TOGETHER: u32 = 100;
/// Pause after a failure of the store.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs schedules until the console stops.
pub(crate) async fn run(core: Arc<Core>) {
    while let Err(error) = begin(&core).await {
        warn!(error = &error as &dyn std::error::Error, "could not begin to run schedules");
        tokio::time::sleep(PAUSE).await;
    }
    loop {
        let next = match round(&core).await {
            Ok(next) => next,
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "could not run schedules");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let clock = &core.schedules.clock;
        let heartbeat = clock.now().plus(HEARTBEAT);
        tokio::select! {
            () = clock.sleep_until(next.map_or(heartbeat, |next| next.min(heartbeat))) => {}
            () = core.schedules.wake.notified() => {}
        }
    }
}

/// After a start: how long the console was down, and the runs that were about to start.
async fn begin(core: &Arc<Core>) -> Result<(), ConsoleError> {
    let now = core.schedules.clock.now();
    if let Some(seen) = core.store.schedules_seen(now).await?
        && now.since(seen) >= SHORTEST_DOWNTIME
        && let (Some(from), Some(to)) = (convert::instant(seen), convert::instant(now))
    {
        core.schedules.set_down(Downtime { from, to });
    }
    core.store.tick_all_schedules().await?;
    for run in core.store.starting_runs().await? {
        start::spawn(core, run);
    }
    Ok(())
}

/// Does what is due; returns when the next schedule is.
async fn round(core: &Arc<Core>) -> Result<Option<Timestamp>, ConsoleError> {
    settle(core).await?;
    loop {
        let ticked = tick_due(core).await?;
        if ticked == 0 {
            break;
        }
    }
    let next = core.store.next_look().await?;
    if next.is_some() {
        core.store.schedules_seen(core.schedules.clock.now()).await?;
    }
    Ok(next)
}

/// Decides what the schedules that are due do, at most [`TOGETHER`]; returns how many.
async fn tick_due(core: &Arc<Core>) -> Result<usize, ConsoleError> {
    let turn = core.schedules.turn.lock().await;
    let now = core.schedules.clock.now();
    let due = core.store.due_schedules(now, TOGETHER).await?;
    let mut ticks = Vec::with_capacity(due.len());
    for (kept, running) in due {
        ticks.push(tick_schedule(core, &kept, running, Vec::new(), now).await?);
    }
    let ticked = ticks.len();
    write(core, &ticks).await?;
    drop(turn);
    Ok(ticked)
}

/// Takes in the ends of jobs.
async fn settle(core: &Arc<Core>) -> Result<(), ConsoleError> {
    let mut by_schedule: BTreeMap<String, Vec<EndedRun>> = BTreeMap::new();
    let turn = core.schedules.turn.lock().await;
    for run in core.store.ended_runs().await? {
        by_schedule.entry(run.schedule_id.clone()).or_default().push(run);
    }
    let now = core.schedules.clock.now();
    for (schedule_id, ended) in by_schedule {
        end_runs(core, &schedule_id, ended, now).await?;
    }
    drop(turn);
    Ok(())
}

/// Notes the end of runs of a schedule, and decides what it does now: a run may wait for that. The caller holds the lock.
pub(super) async fn end_runs(
    core: &Arc<Core>,
    schedule_id: &str,
    ended: Vec<EndedRun>,
    now: Timestamp,
) -> Result<(), ConsoleError> {
    let Some(kept) = core.store.schedule(schedule_id).await? else { return Ok(()) };
    let running = core.store.running_runs(schedule_id).await?;
    let running = running.saturating_sub(u32::try_from(ended.len()).unwrap_or(u32::MAX));
    let tick = tick_schedule(core, &kept, running, ended, now).await?;
    write(core, &[tick]).await.map(drop)
}

/// Writes ticks and starts what they start. Returns the runs that start, and what completes when each has.
pub(super) async fn write(
    core: &Arc<Core>,
    ticks: &[TickResult],
) -> Result<Vec<(u64, oneshot::Receiver<()>)>, ConsoleError> {
    if ticks.is_empty() {
        return Ok(Vec::new());
    }
    let starting = core.store.write_ticks(ticks).await?;
    let start = |run: StartingRun| {
        info!(schedule_id = run.schedule_id, job_id = run.job_id, "a run of a schedule begins");
        (run.run_id, start::spawn(core, run))
    };
    Ok(starting.into_iter().map(start).collect())
}

/// Decides what a schedule does now. The caller holds the lock.
pub(super) async fn tick_schedule(
    core: &Core,
    kept: &KeptSchedule,
    running: u32,
    ended: Vec<EndedRun>,
    now: Timestamp,
) -> Result<TickResult, ConsoleError> {
    let missing_permission = missing_permission(core, kept.owner.as_ref()).await?;
    let (down, zones) = (core.schedules.down(), &core.schedules.zones);
    Ok(tick::tick(kept, TickContext { now, running, ended, missing_permission, down, zones }))
}

/// The permission that an owner lacks to start a job; `None` when nothing is missing. Without an owner there is no account to check.
async fn missing_permission(
    core: &Core,
    owner: Option<&PersonRef>,
) -> Result<Option<&'static str>, ConsoleError> {
    let may_create = match actor(core, owner).await? {
        Some(actor) => permit(&actor, Action::JobCreate, Subject::Any).is_ok(),
        None => false,
    };
    Ok((!may_create).then_some(Action::JobCreate.as_str()))
}

/// Who a run is started for, with role and scope as they are now; `None` when the account is not active any more.
pub(super) async fn actor(core: &Core, person: Option<&PersonRef>) -> Result<Option<Actor>, ConsoleError> {
    match person {
        None => Ok(Some(Actor::LocalOperator)),
        Some(person) => Ok(core.store.active_person(&person.user_id).await?.map(Actor::Person)),
    }
}
