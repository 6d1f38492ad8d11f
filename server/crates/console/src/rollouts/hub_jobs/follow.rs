//! Reads the results of the jobs of a rollout that the hub has.

use std::collections::HashMap;

use hub_wire::job::{DeviceJobStatistics, Job, JobStatus};
use rollout::retry::Answer;
use tokio::time::Instant;
use tracing::warn;

use super::{HubJobs, answer};
use crate::{
    ConsoleError,
    clock::{is_recent, now},
    hub_job::listing_delay,
    poll::{PollInterval, PollResult, all_rows},
    store::Part,
};

/// How often the rows of a job that has ended are read until every device has ended.
const MAX_LAST_READINGS: u32 = 4;
/// IoT Hub's number of a device that is not registered.
const DEVICE_NOT_FOUND: u32 = 404_001;

/// What is remembered of a part between two readings.
#[derive(Debug, Default)]
struct Reading {
    /// The hub's counts when its rows were read last.
    counts: Option<DeviceJobStatistics>,
    /// Readings since the job has ended.
    last_readings: u32,
    is_failing: bool,
}

impl HubJobs {
    /// Reads the parts that the hub has, for ever.
    pub(super) async fn follow(&self) {
        let mut interval = PollInterval::new(self.core.rate_profile);
        let mut readings: HashMap<i64, Reading> = HashMap::new();
        loop {
            let begin = Instant::now();
            let mut result = None;
            for part in self.open_parts().await {
                let reading = readings.entry(part.number).or_default();
                let of_part = match self.read_part(&part, reading).await {
                    Ok(has_changed) => {
                        reading.is_failing = false;
                        if has_changed { PollResult::Changed } else { PollResult::Unchanged }
                    }
                    Err(error) => {
                        if !reading.is_failing {
                            let error = &error as &dyn std::error::Error;
                            warn!(hub_job_id = part.hub_job_id, error, "could not read a hub job; going on");
                        }
                        reading.is_failing = true;
                        PollResult::Failed
                    }
                };
                if self.open_calls(part.number) == 0 {
                    readings.remove(&part.number);
                    self.watcher.has_room.notify_one();
                }
                result = Some(most_urgent(result, of_part));
            }
            let pause = result.map(|result| interval.after(result, begin.elapsed(), rand::random()));
            tokio::select! {
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                () = self.watcher.wake.notified() => {}
            }
        }
    }

    /// Parts that the hub has and some of whose calls have not ended.
    async fn open_parts(&self) -> Vec<Part> {
        match self.core.store.open_parts(&self.action.job_id).await {
            Ok(parts) => parts.into_iter().filter(|part| self.open_calls(part.number) > 0).collect(),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                warn!(job_id = self.action.job_id, error, "could not read the hub jobs of a rollout");
                Vec::new()
            }
        }
    }

    /// Reads a part. True when calls have ended.
    async fn read_part(&self, part: &Part, reading: &mut Reading) -> Result<bool, ConsoleError> {
        self.core.rate_limits.jobs.acquire().await;
        let Some(job) = self.core.hub.job(&part.hub_job_id).await? else {
            if is_recent(part.sent_at, now(), listing_delay(self.core.hub_kind)) {
                return Ok(false);
            }
            warn!(hub_job_id = part.hub_job_id, "the hub does not know the job any more");
            let at = now();
            self.end_part(part.number, Answer::Unknown, |action, id| answer::lost(action, id, at));
            return Ok(true);
        };
        let has_ended = job.status.is_terminal();
        let has_begun = has_ended || job.status == JobStatus::Running;
        let has_new_counts =
            job.device_job_statistics.is_none() || job.device_job_statistics != reading.counts;
        if !has_begun || !(has_ended || has_new_counts) {
            return Ok(false);
        }
        let open = self.open_calls(part.number);
        self.end_calls(part.number, all_rows(&self.core, &part.hub_job_id).await?);
        reading.counts = job.device_job_statistics;
        if has_ended && self.open_calls(part.number) > 0 {
            self.end_rest(part.number, &job, reading);
        }
        Ok(self.open_calls(part.number) != open)
    }

    /// Ends the calls of a job that has ended and lists no result for them. It may list them a little later.
    fn end_rest(&self, part: i64, job: &Job, reading: &mut Reading) {
        reading.last_readings += 1;
        let listed = job.device_job_statistics.map(|counts| counts.pending_count + counts.running_count);
        let is_complete = reading.last_readings > 1 && listed == Some(0);
        if !is_complete && reading.last_readings <= MAX_LAST_READINGS {
            return;
        }
        let at = now();
        if job.status == JobStatus::Failed {
            let reason = job.failure_reason.as_deref().unwrap_or("the job failed, and it does not say why");
            self.refuse(part, reason.trim_end_matches('.'));
        } else if listed.is_none_or(|listed| listed > 0) {
            warn!(hub_job_id = job.job_id, "the hub's results do not add up to its counts");
            self.end_part(part, Answer::Unknown, |action, id| answer::lost(action, id, at));
        } else {
            let not_found = Answer::Hub(DEVICE_NOT_FOUND);
            self.end_part(part, not_found, |action, id| answer::not_found(action, id, at));
        }
    }
}

/// The result that asks for the earlier next reading.
fn most_urgent(one: Option<PollResult>, other: PollResult) -> PollResult {
    match (one, other) {
        (Some(PollResult::Changed), _) | (_, PollResult::Changed) => PollResult::Changed,
        (Some(PollResult::Failed), _) | (_, PollResult::Failed) => PollResult::Failed,
        _ => PollResult::Unchanged,
    }
}
