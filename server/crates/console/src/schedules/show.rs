//! What pages and API show of schedules.

use console_wire::{
    group::GroupRef,
    job::NewJob,
    schedule::{NextRuns, RunState, Schedule, ScheduleRun},
};
use hub_wire::Timestamp;
use schedule::{Plan, Row, ScheduleSpec, next_change, rule_in_words, sentence};

use super::{
    convert::{self, clock_change, next_run, timestamp},
    tick::is_asked_for,
};
use crate::{
    ConsoleError,
    core::Core,
    store::{KeptRun, KeptSchedule},
};

/// Schedules without the ids of their jobs' lists.
pub(super) async fn listed(core: &Core, kept: Vec<KeptSchedule>) -> Result<Vec<Schedule>, ConsoleError> {
    let ids: Vec<&str> = kept.iter().map(|kept| kept.schedule_id.as_str()).collect();
    let mut last_runs = core.store.last_runs(&ids).await?;
    let mut shown = Vec::with_capacity(kept.len());
    for kept in kept {
        let (marks, last_job) = last_runs.remove(&kept.schedule_id).unwrap_or_default();
        let mut schedule = one_without_runs(core, kept).await?;
        schedule.job.device_ids = None;
        (schedule.last_runs, schedule.last_job) = (marks, last_job);
        shown.push(schedule);
    }
    Ok(shown)
}

/// One schedule, whole.
pub(super) async fn one(core: &Core, kept: KeptSchedule) -> Result<Schedule, ConsoleError> {
    let mut last_runs = core.store.last_runs(&[&kept.schedule_id]).await?;
    let (marks, last_job) = last_runs.remove(&kept.schedule_id).unwrap_or_default();
    Ok(Schedule { last_runs: marks, last_job, ..one_without_runs(core, kept).await? })
}

async fn one_without_runs(core: &Core, kept: KeptSchedule) -> Result<Schedule, ConsoleError> {
    let group = match &kept.job.group_id {
        Some(group_id) => core.store.group_target(group_id).await?.map(|(group, _)| group),
        None => None,
    };
    let planned = convert::plan(&kept.schedule_id, &kept.spec, &core.schedules.zones);
    let (rule, sentence, next) = match &planned {
        Ok((spec, plan)) => {
            let next = plan.occurrences_after(kept.state.decided_until).next();
            (rule_in_words(plan), sentence(plan, spec), next.as_ref().map(next_run))
        }
        // Only a zone can have become unknown, with other zone data.
        Err(faults) => {
            let problem = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            (problem.clone(), problem, None)
        }
    };
    Ok(Schedule {
        schedule_id: kept.schedule_id,
        name: kept.name,
        rule,
        sentence,
        action: action(&kept.job),
        group: group.or_else(|| kept.job.group_id.clone().map(gone)),
        listed_devices: kept.job.device_ids.as_ref().map(|ids| ids.len() as u64),
        spec: kept.spec,
        job: kept.job,
        owner: kept.owner,
        scope: kept.scope,
        status: kept.status,
        pause: kept.state.pause.as_ref().map(convert::pause),
        next,
        waiting_since: kept.state.waiting.as_ref().map(|row| timestamp(row.due)),
        failures_in_a_row: kept.state.failures_in_a_row,
        created_time: kept.created_time,
        changed_time: kept.changed_time,
        last_runs: Vec::new(),
        last_job: None,
    })
}

/// The next run of a schedule, for the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueRun {
    pub(crate) schedule_id: String,
    pub(crate) name: String,
    pub(crate) due: Timestamp,
    /// The rule in words.
    pub(crate) rule: String,
}

/// The next run of a schedule; none where nothing is due any more.
pub(crate) fn due_run(core: &Core, kept: &KeptSchedule) -> Option<DueRun> {
    let (_, plan) = convert::plan(&kept.schedule_id, &kept.spec, &core.schedules.zones).ok()?;
    let next = plan.occurrences_after(kept.state.decided_until).next()?;
    Some(DueRun {
        schedule_id: kept.schedule_id.clone(),
        name: kept.name.clone(),
        due: timestamp(next.due),
        rule: rule_in_words(&plan),
    })
}

/// Since when a schedule is paused, and why.
pub(crate) fn paused(kept: &KeptSchedule) -> Option<(Timestamp, String)> {
    let pause = convert::pause(kept.state.pause.as_ref()?);
    Some((pause.since, pause.reason))
}

/// A group that is gone, by its id.
fn gone(group_id: String) -> GroupRef {
    GroupRef { name: group_id.clone(), group_id }
}

fn action(job: &NewJob) -> String {
    console_wire::job::action(job.job_type, job.cloud_to_device_method.as_ref(), job.update_twin.as_ref())
}

pub(super) fn next_runs(spec: &ScheduleSpec, plan: &Plan, after: jiff::Timestamp, count: u32) -> NextRuns {
    NextRuns {
        sentence: sentence(plan, spec),
        zone: spec.zone.clone(),
        items: plan.occurrences_after(after).take(count as usize).map(|one| next_run(&one)).collect(),
        next_clock_change: next_change(plan.zone(), after).as_ref().map(clock_change),
    }
}

/// A row of the history.
pub(super) fn run(kept: KeptRun) -> ScheduleRun {
    let reasons = [kept.row.reason(), kept.note];
    let reasons: Vec<_> = reasons.into_iter().flatten().collect();
    ScheduleRun {
        run_id: kept.run_id,
        due: timestamp(kept.row.due),
        last_due: kept.row.last_due.map(timestamp),
        count: kept.row.count,
        state: kept.state,
        is_run_now: is_asked_for(&kept.row),
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
        job_id: kept.job_id,
        job: kept.job,
    }
}

/// A run that waits for the end of another. It has no row yet.
pub(super) fn waiting(row: &Row) -> ScheduleRun {
    ScheduleRun {
        run_id: 0,
        due: timestamp(row.due),
        last_due: None,
        count: row.count,
        state: RunState::Ran,
        is_run_now: is_asked_for(row),
        reason: Some("waits for the end of the run before".to_owned()),
        job_id: None,
        job: None,
    }
}
