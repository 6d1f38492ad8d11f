//! One job's watcher: reads the job and the device results that say more than its counts, and has the store write them.
//!
//! The job is read first, so its results are at least as new as its counts. [`super::plan`] decides which of them to read.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hub_wire::{
    Timestamp,
    device_job::DeviceJob,
    job::{DeviceJobStatistics, Job, JobStatus},
};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{
    Watched,
    pace::{Pace, Seen},
    read::{read_results, steps},
};
use crate::{
    ConsoleError,
    console::{Core, now},
    store::{Applied, Ending, Reading},
};

/// How often all results are read again when they do not agree with the counts of a job that has ended.
const FULL_READINGS: u32 = 4;

/// A job on the hub that is followed: a job here, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    /// The job here.
    pub(super) job_id: String,
    /// Which part of it; none when it is all of it.
    pub(super) part: Option<i64>,
    /// The job on the hub.
    pub(super) hub_job_id: String,
    /// When the hub was given it.
    pub(super) since: Timestamp,
}

/// What a watcher remembers between two looks.
pub(super) struct Memory {
    /// Results that changed up to this time are here.
    pub(super) read_up_to: Option<Timestamp>,
    /// Whether the hub takes conditions on status and last change.
    pub(super) hub_knows_changes: bool,
    /// Devices whose turn had come at the last look, and when that was.
    begun: Option<(u64, Instant)>,
    /// Readings of all results since the job ended.
    pub(super) full_readings: u32,
    /// Readings from the beginning while it ran.
    pub(super) fresh_starts: u32,
    /// Whether the last look failed; only the first of a row is worth a line in the log.
    failing: bool,
}

impl Memory {
    pub(super) const fn new(read_up_to: Option<Timestamp>) -> Self {
        Self {
            read_up_to,
            hub_knows_changes: true,
            begun: None,
            full_readings: 0,
            fresh_starts: 0,
            failing: false,
        }
    }

    /// Devices a second whose turn came since the last look.
    pub(super) fn pace(&mut self, hub: &DeviceJobStatistics, at: Instant) -> Option<f64> {
        let begun = hub.device_count - hub.pending_count.min(hub.device_count);
        let (before, since) = self.begun.replace((begun, at))?;
        let devices = u32::try_from(begun.saturating_sub(before)).unwrap_or(u32::MAX);
        Some(f64::from(devices) / at.duration_since(since).as_secs_f64().max(1e-3))
    }

    /// Takes note of how a look went, and logs the first failure of a row.
    pub(super) fn note(
        &mut self,
        hub_job_id: &str,
        looked: Result<Option<Seen>, ConsoleError>,
    ) -> Option<Seen> {
        match looked {
            Ok(seen) => {
                self.failing = false;
                seen
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                if self.failing {
                    debug!(hub_job_id, error, "could not follow the job");
                } else {
                    warn!(hub_job_id, error, "could not follow the job; going on");
                }
                self.failing = true;
                Some(Seen::Failed)
            }
        }
    }
}

/// Watches until the job is settled.
pub(super) async fn run(core: &Arc<Core>, job_id: &str, watched: &Watched) {
    let mut pace = Pace::new(core.paced_as);
    let mut memory = Memory::new(core.store.read_up_to(job_id).await.unwrap_or_default());
    let followed = Followed {
        job_id: job_id.to_owned(),
        part: None,
        hub_job_id: job_id.to_owned(),
        since: Timestamp::from_ticks(0),
    };
    loop {
        let begin = Instant::now();
        let looked = look(core, &followed, watched, &mut memory).await;
        let Some(seen) = memory.note(job_id, looked) else { return };
        let pause = pace.after(seen, begin.elapsed(), rand::random());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = watched.wake.notified() => {}
        }
    }
}

/// One look at the hub. `None` when what is followed is settled.
pub(super) async fn look(
    core: &Core,
    followed: &Followed,
    watched: &Watched,
    memory: &mut Memory,
) -> Result<Option<Seen>, ConsoleError> {
    let Some(shown) = core.store.job(&followed.job_id).await? else { return Ok(None) };
    core.throttle.jobs.pass().await;
    let read_at = now();
    let Some(job) = core.hub.job(&followed.hub_job_id).await? else {
        let since = if followed.part.is_some() { followed.since } else { shown.created_time };
        return unknown_to_the_hub(core, followed, since).await;
    };
    watched.read_at.store(read_at.ticks(), Ordering::Relaxed);
    let has_begun = job.status == JobStatus::Running || job.status.is_terminal();
    let steps = if has_begun { steps(core, followed, &shown, &job, memory).await? } else { &[] };
    let applied = if steps.is_empty() {
        apply(core, &reading(followed, &job, &[], None, Ending::WhenAgreed, read_at)).await?
    } else {
        read_results(core, followed, &job, steps, memory, read_at).await?
    };
    let Some(applied) = applied else { return Ok(None) };
    if applied.settled {
        return Ok(None);
    }
    if job.status.is_terminal() {
        return disagreement(core, followed, &job, &applied, memory, read_at).await;
    }
    Ok(Some(match job.status {
        _ if applied.changed => Seen::Moved,
        JobStatus::Scheduled => {
            Seen::StartsIn(job.start_time.map_or(Duration::ZERO, |start| start.since(read_at)))
        }
        _ => Seen::Silent,
    }))
}

pub(super) fn reading<'a>(
    followed: &'a Followed,
    job: &'a Job,
    rows: &'a [DeviceJob],
    read_up_to: Option<Timestamp>,
    ending: Ending<'a>,
    as_of: Timestamp,
) -> Reading<'a> {
    Reading { job_id: &followed.job_id, part: followed.part, job, rows, read_up_to, ending, as_of }
}

/// Writes a reading, and a line in the log when the job's state changed.
pub(super) async fn apply(core: &Core, reading: &Reading<'_>) -> Result<Option<Applied>, ConsoleError> {
    let applied = core.store.apply(reading).await?;
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

/// The hub says the job has ended, but the rows do not add up to its counts: all are read again, a few times.
async fn disagreement(
    core: &Core,
    followed: &Followed,
    job: &Job,
    applied: &Applied,
    memory: &mut Memory,
    read_at: Timestamp,
) -> Result<Option<Seen>, ConsoleError> {
    memory.read_up_to = None;
    memory.full_readings += 1;
    if memory.full_readings <= FULL_READINGS {
        return Ok(Some(Seen::Moved));
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
    apply(core, &reading(followed, job, &[], None, Ending::Regardless(&remark), read_at)).await?;
    Ok(None)
}

/// The hub answers as if there were no such job. A new one it may not know yet; an old one is gone for good.
async fn unknown_to_the_hub(
    core: &Core,
    followed: &Followed,
    since: Timestamp,
) -> Result<Option<Seen>, ConsoleError> {
    let at = now();
    if at.since(since) < core.grace() {
        return Ok(Some(Seen::Silent));
    }
    let job_id = &followed.job_id;
    let Some(shown) = core.store.job(job_id).await? else { return Ok(None) };
    warn!(job_id, hub_job_id = followed.hub_job_id, "the hub does not know the job any more");
    let gone = Job {
        job_id: followed.hub_job_id.clone(),
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
    apply(core, &reading(followed, &gone, &[], None, Ending::Regardless(remark), at)).await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_of_the_last_interval() {
        let mut memory = Memory::new(None);
        let begin = Instant::now();
        let counts = |pending_count| DeviceJobStatistics {
            device_count: 100,
            pending_count,
            succeeded_count: 100 - pending_count,
            ..DeviceJobStatistics::default()
        };
        for (seconds, pending, pace) in
            [(0, 100, None), (1, 90, Some(10.0)), (3, 50, Some(20.0)), (4, 50, Some(0.0))]
        {
            assert_eq!(memory.pace(&counts(pending), begin + Duration::from_secs(seconds)), pace);
        }
    }
}
