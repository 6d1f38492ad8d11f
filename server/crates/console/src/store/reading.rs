//! What was read from the hub, as it is handed to the store, and what writing it came to.

use std::time::Duration;

use console_wire::{job::JobSummary, outcome::Outcomes};
use hub_wire::{
    Timestamp,
    device_job::DeviceJob,
    job::{DeviceJobStatistics, Job, JobStatus},
};

/// What was read from the hub at about the same time, the job first.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// The job here.
    pub(crate) job_id: &'a str,
    /// Which part of it the hub's job is; `None` when it is all of it.
    pub(crate) part: Option<i64>,
    /// The job on the hub.
    pub(crate) job: &'a Job,
    pub(crate) rows: &'a [DeviceJob],
    /// All that changed before this has been read.
    pub(crate) read_up_to: Option<Timestamp>,
    pub(crate) settle: Settle<'a>,
    pub(crate) as_of: Timestamp,
    /// Since when the job is watched: changes from before are not late because of the console.
    pub(crate) watched_since: Timestamp,
}

/// When a job that has ended on the hub is settled here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settle<'a> {
    /// Not with this reading: more rows follow.
    Later,
    /// Once the rows agree with the hub's counts.
    WhenCountsAgree,
    /// Now, with a remark: they do not agree and will not.
    Now(&'a str),
}

/// What writing a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Whether anything that is shown changed.
    pub(crate) changed: bool,
    /// Whether nothing is to be watched any more.
    pub(crate) settled: bool,
    /// As shown before.
    pub(crate) status_before: JobStatus,
    /// As shown now.
    pub(crate) status: JobStatus,
    /// As shown now.
    pub(crate) statistics: DeviceJobStatistics,
    /// As shown now.
    pub(crate) outcomes: Outcomes,
    /// As shown before.
    pub(crate) outcomes_before: Outcomes,
    /// The earliest change, since the job is watched, that was written now for the first time.
    pub(crate) oldest_change: Option<Timestamp>,
    /// How long after its time the job began, if that is new.
    pub(crate) start_delay: Option<Duration>,
}

impl Applied {
    pub(super) fn new(changed: bool, settled: bool, before: &JobSummary, after: &JobSummary) -> Self {
        Self {
            changed,
            settled,
            status_before: before.status,
            status: after.status,
            statistics: after.device_job_statistics,
            outcomes: after.outcomes,
            outcomes_before: before.outcomes,
            oldest_change: None,
            start_delay: start_delay(before, after),
        }
    }
}

/// How long after its time a job began; none unless it began between the two.
fn start_delay(before: &JobSummary, after: &JobSummary) -> Option<Duration> {
    let waits = |status| matches!(status, JobStatus::Queued | JobStatus::Scheduled);
    if !waits(before.status) || waits(after.status) || after.status == JobStatus::Cancelled {
        return None;
    }
    let due = before.start_time.map_or(before.created_time, |start| start.max(before.created_time));
    after.start_time.map(|begun| begun.since(due))
}

/// A job's status until the hub has begun with it. A hub calls every new job `queued`, and one that waits for its start
/// `scheduled` only some seconds later; here it is scheduled from the beginning.
pub(super) fn waiting_status(start: Option<Timestamp>, now: Timestamp) -> JobStatus {
    if start.is_some_and(|start| start > now) { JobStatus::Scheduled } else { JobStatus::Queued }
}
