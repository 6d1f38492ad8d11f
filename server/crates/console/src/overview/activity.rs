//! What happened to jobs last. Pure: from the jobs that were created last, those that ended last, and what was decided on rollouts.

use console_wire::{
    job::JobSummary,
    outcome::Outcomes,
    overview::{Activity, ActivityKind, MAX_ACTIVITY, Subject},
    rollout::{Decision, PauseReason},
};
use hub_wire::job::JobStatus;

use crate::store::{DecidedRollout, OverviewJobs};

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
    let mut all: Vec<_> = created.chain(ended).chain(jobs.decided.iter().filter_map(decided)).collect();
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
        note: None,
    }
}

/// What a person decided on a rollout, or one of its rules. What ends a rollout is the end of its job.
fn decided(decided: &DecidedRollout) -> Option<Activity> {
    let comment = decided.comment.as_ref().map(|comment| format!("“{comment}”"));
    let (kind, note) = match decided.decision {
        Decision::Edited => (ActivityKind::Edited, comment),
        Decision::Approved => (ActivityKind::Approved, comment),
        Decision::Resumed(_) => (ActivityKind::Resumed, comment),
        Decision::WaitSkipped { wave } => {
            let to = format!("to wave {}", wave + 2);
            (ActivityKind::Continued, Some(comment.map_or(to.clone(), |comment| format!("{to}, {comment}"))))
        }
        Decision::Paused(reason) => {
            let why = match reason {
                PauseReason::Person => None,
                PauseReason::StopRule(_) => Some("by its stop rule"),
                PauseReason::GateNotMet(_) => Some("its gate was not met"),
                PauseReason::Webhook(_) | PauseReason::NoWebhookAnswer(_) => Some("by a webhook"),
                PauseReason::TargetGrew => Some("its target grew"),
            };
            (ActivityKind::Paused, why.map(str::to_owned).or(comment))
        }
        _ => return None,
    };
    Some(Activity {
        time: decided.at,
        kind,
        person: decided.person.clone(),
        subject: decided.job.clone(),
        outcomes: Outcomes::default(),
        note,
    })
}

#[cfg(test)]
mod tests {
    use console_wire::{access::PersonRef, rollout::StopReason};
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn what_was_decided_on_a_rollout() {
        let mara = PersonRef { user_id: "mara".into(), name: "Mara".into() };
        let of = |decision, person: Option<&PersonRef>, comment: Option<&str>| {
            let decided = DecidedRollout {
                at: Timestamp::from_unix_millis(0),
                decision,
                person: person.cloned(),
                comment: comment.map(str::to_owned),
                job: Subject { id: "lock".into(), name: "Lock".into() },
            };
            super::decided(&decided).map(|activity| (activity.kind, activity.note.unwrap_or_default()))
        };
        for (decision, person, comment, expected) in [
            (Decision::Edited, Some(&mara), None, Some((ActivityKind::Edited, ""))),
            (Decision::Approved, Some(&mara), None, Some((ActivityKind::Approved, ""))),
            (
                Decision::WaitSkipped { wave: 1 },
                Some(&mara),
                Some("as in the lab"),
                Some((ActivityKind::Continued, "to wave 3, “as in the lab”")),
            ),
            (
                Decision::Paused(PauseReason::Person),
                Some(&mara),
                Some("wait"),
                Some((ActivityKind::Paused, "“wait”")),
            ),
            (
                Decision::Paused(PauseReason::StopRule(0)),
                None,
                None,
                Some((ActivityKind::Paused, "by its stop rule")),
            ),
            (Decision::WaveStarted { wave: 1 }, None, None, None),
            (Decision::Finished(StopReason::Completed), None, None, None),
        ] {
            let expected = expected.map(|(kind, note)| (kind, note.to_owned()));
            assert_eq!(of(decision, person, comment), expected, "{decision:?}");
        }
    }
}
