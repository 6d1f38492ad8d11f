//! What happened to jobs last. Pure: from the jobs that were created last and those that ended last.

use console_wire::{
    job::JobSummary,
    overview::{Activity, ActivityKind, MAX_ACTIVITY, Subject},
};
use hub_wire::job::JobStatus;

use crate::store::OverviewJobs;

/// The newest first.
pub(super) fn activity(jobs: &OverviewJobs) -> Vec<Activity> {
    let created = jobs.created.iter().map(|job| {
        let is_later = job.start_time.is_some_and(|start| start > job.created_time);
        let is_planned = job.status == JobStatus::Scheduled && is_later;
        Activity {
            time: job.created_time,
            kind: if is_planned { ActivityKind::Planned } else { ActivityKind::Started },
            person: job.created_by.clone(),
            ..of(job)
        }
    });
    let ended = jobs.ended.iter().filter_map(|job| {
        let is_cancelled = job.status == JobStatus::Cancelled;
        Some(Activity {
            time: job.end_time?,
            kind: if is_cancelled { ActivityKind::Cancelled } else { ActivityKind::Ended },
            person: job.cancelled_by.clone().filter(|_| is_cancelled),
            ..of(job)
        })
    });
    let mut all: Vec<_> = created.chain(ended).collect();
    // An end comes after the beginning of the same instant.
    all.sort_by_key(|entry| (std::cmp::Reverse(entry.time), std::cmp::Reverse(entry.kind)));
    all.truncate(MAX_ACTIVITY);
    all
}

fn of(job: &JobSummary) -> Activity {
    Activity {
        time: job.created_time,
        kind: ActivityKind::Started,
        person: None,
        subject: Subject { id: job.job_id.clone(), name: job.name.clone() },
        outcomes: job.outcomes,
    }
}
