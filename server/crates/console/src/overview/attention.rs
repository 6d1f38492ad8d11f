//! What a person has to look at. Pure: from what was read, and the time.

use std::time::Duration;

use console_wire::{
    hub::HubInfo,
    job::JobSummary,
    overview::{Attention, AttentionKind, MAX_ATTENTION, Subject},
};
use hub_client::Throttled;
use hub_wire::{Timestamp, job::JobStatus};

use crate::{clock::is_recent, store::OverviewJobs};

/// How long refused calls are mentioned.
const THROTTLED: Duration = Duration::from_mins(10);

/// What needs attention, the hub first, then jobs, the newest first; and how many things there are.
pub(super) fn attention(
    hub: &HubInfo,
    throttled: Option<&Throttled>,
    jobs: &OverviewJobs,
    now: Timestamp,
) -> (Vec<Attention>, u64) {
    let unreachable = hub.failure.as_ref().map(|failure| Attention {
        message: Some(failure.message.clone()),
        ..entry(AttentionKind::HubUnreachable, failure.since)
    });
    let throttled =
        throttled.filter(|throttled| is_recent(throttled.last, now, THROTTLED)).map(|throttled| Attention {
            count: throttled.times,
            ..entry(AttentionKind::HubThrottled, throttled.last)
        });
    let mut all: Vec<_> = unreachable.into_iter().chain(throttled).collect();
    let count = all.len() as u64 + jobs.with_problems_count;
    all.extend(jobs.with_problems.iter().map(|job| of_job(job, jobs)));
    all.truncate(MAX_ATTENTION);
    (all, count)
}

fn of_job(job: &JobSummary, jobs: &OverviewJobs) -> Attention {
    let did_not_run = job.status == JobStatus::Failed && !job.has_problems();
    let kind = if did_not_run { AttentionKind::JobFailed } else { AttentionKind::JobWithProblems };
    Attention {
        subject: Some(Subject { id: job.job_id.clone(), name: job.name.clone() }),
        count: job.outcomes.problems(),
        of: job.outcomes.total(),
        cause: jobs.top_causes.get(&job.job_id).cloned(),
        message: job.failure_reason.clone().filter(|_| did_not_run),
        ..entry(kind, job.end_time.unwrap_or(job.as_of))
    }
}

fn entry(kind: AttentionKind, since: Timestamp) -> Attention {
    Attention { kind, since, subject: None, count: 0, of: 0, cause: None, message: None }
}
