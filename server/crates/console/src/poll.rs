//! Polling one job on the hub: reads the job and those device results that hold more than its counts, and writes both.
//!
//! The job is read first, so its results are at least as new as its counts. [`plan`] decides which results to read.

mod interval;
mod plan;
mod read_rows;
mod state;
mod write;

use std::time::Duration;

use hub_wire::{
    Timestamp,
    job::{Job, JobStatus},
};
use tracing::warn;

pub(crate) use self::{
    interval::{PollInterval, PollResult},
    read_rows::all_rows,
    state::{PollState, PolledJob},
};
use self::{
    read_rows::{read_results, select_rows},
    write::{reading, write},
};
use crate::{
    ConsoleError,
    clock::{is_recent, now},
    core::{Core, Watcher},
    hub_job::listing_delay,
    store::{Applied, Settle},
};

/// How often all results are read again when they do not agree with the counts of a job that has ended.
const MAX_FULL_READINGS: u32 = 4;

/// Polls once. `None` when the job is settled.
pub(crate) async fn poll_once(
    core: &Core,
    polled: &PolledJob,
    watcher: &Watcher,
    state: &mut PollState,
) -> Result<Option<PollResult>, ConsoleError> {
    let Some(shown) = core.store.job(&polled.job_id).await? else { return Ok(None) };
    core.rate_limits.jobs.acquire().await;
    let read_at = now();
    let Some(job) = core.hub.job(&polled.hub_job_id).await? else {
        let since = if polled.part.is_some() { polled.since } else { shown.created_time };
        return settle_unknown(core, polled, since).await;
    };
    watcher.note_read(read_at, job.status == JobStatus::Running);
    let has_begun = job.status == JobStatus::Running || job.status.is_terminal();
    let selections = if has_begun { select_rows(core, polled, &shown, &job, state).await? } else { &[] };
    let applied = if selections.is_empty() {
        write(core, &reading(polled, &job, &[], None, Settle::WhenCountsAgree, read_at)).await?
    } else {
        read_results(core, polled, &job, selections, state, read_at).await?
    };
    let Some(applied) = applied else { return Ok(None) };
    if applied.settled {
        return Ok(None);
    }
    if job.status.is_terminal() {
        return read_again_or_settle(core, polled, &job, &applied, state, read_at).await;
    }
    Ok(Some(match job.status {
        _ if applied.changed => PollResult::Changed,
        JobStatus::Scheduled => {
            PollResult::StartsIn(job.start_time.map_or(Duration::ZERO, |start| start.since(read_at)))
        }
        _ => PollResult::Unchanged,
    }))
}

/// The hub reports that the job has ended, but the rows do not add up to its counts: all are read again, a few times.
async fn read_again_or_settle(
    core: &Core,
    polled: &PolledJob,
    job: &Job,
    applied: &Applied,
    state: &mut PollState,
    read_at: Timestamp,
) -> Result<Option<PollResult>, ConsoleError> {
    state.read_up_to = None;
    state.full_readings += 1;
    if state.full_readings <= MAX_FULL_READINGS {
        return Ok(Some(PollResult::Changed));
    }
    let hub = job.device_job_statistics.unwrap_or_default();
    let ours = applied.statistics;
    let remark = format!(
        "The hub counts {} devices, {} succeeded and {} failed; the results it lists are {}, {} and {}.",
        hub.device_count,
        hub.succeeded_count,
        hub.failed_count,
        ours.device_count,
        ours.succeeded_count,
        ours.failed_count
    );
    warn!(job_id = job.job_id, ?hub, ?ours, "the hub's results do not add up to its counts");
    write(core, &reading(polled, job, &[], None, Settle::Now(&remark), read_at)).await?;
    Ok(None)
}

/// The hub answers as if there were no such job. A new one it may not list yet; an old one is gone for good.
async fn settle_unknown(
    core: &Core,
    polled: &PolledJob,
    since: Timestamp,
) -> Result<Option<PollResult>, ConsoleError> {
    let at = now();
    if is_recent(since, at, listing_delay(core.hub_kind)) {
        return Ok(Some(PollResult::Unchanged));
    }
    let job_id = &polled.job_id;
    let Some(shown) = core.store.job(job_id).await? else { return Ok(None) };
    warn!(job_id, hub_job_id = polled.hub_job_id, "the hub does not know the job any more");
    let gone = Job {
        job_id: polled.hub_job_id.clone(),
        job_type: shown.job_type,
        status: JobStatus::Failed,
        query_condition: Some(shown.query_condition),
        created_time: Some(shown.created_time),
        start_time: shown.start_time,
        end_time: Some(at),
        max_execution_time_in_seconds: shown.max_execution_time_in_seconds,
        cloud_to_device_method: shown.cloud_to_device_method,
        update_twin: shown.update_twin,
        failure_reason: None,
        status_message: None,
        device_job_statistics: None,
    };
    let remark = "The hub does not know this job any more; what is shown is what was seen last.";
    write(core, &reading(polled, &gone, &[], None, Settle::Now(remark), at)).await?;
    Ok(None)
}
