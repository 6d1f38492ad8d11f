//! The overview: jobs, outcomes, causes, what needs attention, what is due, and what happened, at one instant.
//!
//! Reading it takes some milliseconds, so clients share it: while jobs change the next one is read after a rest, by one client.
//! All numbers of jobs come from one transaction. How many devices are connected is what the hub reported last. Who has a scope
//! gets the figures of its devices in the place of these.

mod activity;
mod attention;
pub(crate) mod history;
pub(crate) mod matrix;
pub(crate) mod sampler;
mod scoped;
mod upcoming;
mod wall;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use console_wire::overview::{
    DAYS, Day, Fleet, MAX_ACTIVITY, MAX_ATTENTION, MAX_ENDED, MAX_RUNNING, MAX_UPCOMING, Operations,
    Overview, OverviewHub,
};
use hub_wire::Timestamp;

pub(crate) use self::wall::wall;
use crate::{
    ConsoleError,
    clock::{earlier, now},
    core::Core,
    hub_info, schedules,
    store::{DAY, OverviewJobs, OverviewRange},
    team_zone::TeamZone,
};

/// The span of "last 24 hours" and "next 24 hours".
const SPAN: Duration = Duration::from_hours(24);
/// How old an overview may be while no job changes: the time goes on, and devices connect.
const MAX_AGE: Duration = Duration::from_secs(1);
/// Name of the one slot.
const SLOT: &str = "overview";

/// The overview, at most a second old and no older than the newest change of a job. Its figures of devices are those within
/// a scope, if there is one.
pub(crate) async fn overview(core: &Core, scope: Option<&str>) -> Result<Arc<Overview>, ConsoleError> {
    let newest = *core.store.sequence().borrow();
    within(core, scope, shared(core, newest).await?).await
}

/// The same, but it may be a second older than the newest change: many screens that ask cost no more than one.
async fn recent(core: &Core, scope: Option<&str>) -> Result<Arc<Overview>, ConsoleError> {
    within(core, scope, shared(core, 0).await?).await
}

async fn within(
    core: &Core,
    scope: Option<&str>,
    shared: Arc<Overview>,
) -> Result<Arc<Overview>, ConsoleError> {
    Ok(match scope {
        Some(scope) => scoped::within(core, scope, &shared).await,
        None => shared,
    })
}

/// At most a second old, and of this sequence number or a later one.
async fn shared(core: &Core, least: u64) -> Result<Arc<Overview>, ConsoleError> {
    let slot = core.overviews.slot(SLOT);
    if let Some(shared) = slot.at_least_and_younger(least, MAX_AGE) {
        return Ok(shared);
    }
    let _turn = slot.turn.lock().await;
    if let Some(shared) = slot.at_least_and_younger(least, MAX_AGE) {
        return Ok(shared);
    }
    tokio::time::sleep(slot.rest()).await;
    let begun = Instant::now();
    let read = Arc::new(read(core, now()).await?);
    slot.keep(Arc::clone(&read), read.sequence, begun.elapsed());
    Ok(read)
}

async fn read(core: &Core, now: Timestamp) -> Result<Overview, ConsoleError> {
    let today = now.ticks().div_euclid(DAY);
    let first_day = today + 1 - i64::from(DAYS);
    let range = OverviewRange {
        since: earlier(now, SPAN),
        until: later(now, SPAN),
        first_day,
        running: limit(MAX_RUNNING),
        planned: limit(MAX_UPCOMING),
        recent: limit(MAX_ACTIVITY.max(MAX_ATTENTION)),
    };
    let mut counted = core.counted_causes.lock().await;
    let jobs = core.store.overview_jobs(&range, &mut counted).await?;
    drop(counted);
    let hub = hub_info::hub_info(core);
    let refused = core.hub_state.known().refused;
    let (attention, attention_count) =
        attention::attention(&hub, core.hub.health().last_throttled.as_ref(), refused.as_ref(), &jobs, now);
    let runs: Vec<_> =
        jobs.due_schedules.iter().filter_map(|schedule| schedules::due_run(core, schedule)).collect();
    let zones = zones(core.zone.as_ref(), &jobs);
    let (upcoming, upcoming_count) = upcoming::upcoming(&jobs, &runs, &zones, now, range.until);
    let activity = activity::activity(&jobs);
    let OverviewJobs {
        sequence, counts, devices_to_go, mut running, last_day, causes, days, mut ended, ..
    } = jobs;
    ended.truncate(MAX_ENDED);
    core.enrich(&mut running).await?;
    Ok(Overview {
        sequence,
        as_of: now,
        hub: OverviewHub {
            host_name: hub.host_name,
            kind: hub.kind,
            tier: core.hub_tier.map(|(tier, _)| format!("{tier:?}")),
            units: core.hub_tier.map(|(_, units)| units),
        },
        fleet: Fleet {
            devices: hub.device_count,
            connected: hub.connected_count,
            counted_at: hub.counted_at,
        },
        jobs: counts,
        devices_to_go,
        operations: Operations {
            per_second: core.operations.per_second(Instant::now()),
            limit: core.job_pace.as_ref().map(|pace| pace.devices_per_second),
        },
        last_day,
        running,
        ended,
        attention,
        attention_count,
        upcoming,
        upcoming_count,
        zone: core.zone.as_ref().map(|zone| zone.over(now, range.until)),
        days: (first_day..=today)
            .map(|day| Day {
                begin: Timestamp::from_ticks(day * DAY),
                outcomes: days
                    .iter()
                    .find(|(of, _)| *of == day)
                    .map(|(_, outcomes)| *outcomes)
                    .unwrap_or_default(),
            })
            .collect(),
        causes,
        activity,
    })
}

/// The team's zone, and those of schedules with a run that is due: a change of a clock moves their runs.
fn zones(team: Option<&TeamZone>, jobs: &OverviewJobs) -> Vec<TeamZone> {
    let mut zones: Vec<TeamZone> = team.cloned().into_iter().collect();
    let names: BTreeSet<_> = jobs.due_schedules.iter().map(|schedule| schedule.spec.zone.as_str()).collect();
    for name in names {
        if zones.iter().all(|zone| zone.name() != name)
            && let Ok(Some(zone)) = TeamZone::find(name)
        {
            zones.push(zone);
        }
    }
    zones
}

fn limit(most: usize) -> u32 {
    u32::try_from(most).unwrap_or(u32::MAX)
}

/// The moment so long after another one.
fn later(moment: Timestamp, span: Duration) -> Timestamp {
    let ticks = i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX);
    Timestamp::from_ticks(moment.ticks().saturating_add(ticks))
}
