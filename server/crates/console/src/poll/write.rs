//! Writing what a poll read, with a line in the log when the job's status changed.

use hub_wire::{
    Timestamp,
    device_job::DeviceJob,
    job::{DeviceJobStatistics, Job},
};
use tracing::info;

use super::state::PolledJob;
use crate::{
    ConsoleError,
    core::Core,
    store::{Applied, Reading, Settle},
};

pub(super) fn reading<'a>(
    polled: &'a PolledJob,
    job: &'a Job,
    rows: &'a [DeviceJob],
    read_up_to: Option<Timestamp>,
    settle: Settle<'a>,
    as_of: Timestamp,
) -> Reading<'a> {
    Reading {
        job_id: &polled.job_id,
        part: polled.part,
        job,
        rows,
        read_up_to,
        settle,
        as_of,
        watched_since: polled.watched_since,
    }
}

pub(super) async fn write(core: &Core, reading: &Reading<'_>) -> Result<Option<Applied>, ConsoleError> {
    let applied = core.apply(reading).await?;
    if let Some(applied) = &applied
        && applied.status != applied.status_before
    {
        let (job_id, status, outcomes) = (reading.job_id, applied.status.as_str(), applied.outcomes);
        let DeviceJobStatistics { device_count, succeeded_count, failed_count, .. } = applied.statistics;
        let reason = reading.job.failure_reason.as_deref();
        info!(
            job_id,
            from = applied.status_before.as_str(),
            status,
            devices = device_count,
            succeeded = succeeded_count,
            failed = failed_count,
            problems = outcomes.problems(),
            reason,
            "job is {status}"
        );
    }
    Ok(applied)
}
