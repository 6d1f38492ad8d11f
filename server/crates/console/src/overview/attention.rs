//! What a person has to look at. Pure: from what was read, and the time.

use std::time::Duration;

use console_wire::{
    hub::HubInfo,
    job::JobSummary,
    overview::{Attention, AttentionKind, MAX_ATTENTION, Subject},
    rollout::progress::{PauseReason, Phase, RolloutSummary},
};
use hub_client::Throttled;
use hub_wire::{Timestamp, job::JobStatus};

use crate::{
    clock::is_recent,
    core::RefusedDevices,
    schedules,
    store::{KeptSchedule, OverviewJobs},
};

/// How long refused calls are mentioned.
const THROTTLED: Duration = Duration::from_mins(10);

/// What needs attention: the hub, devices that it refused, jobs that wait for a person, jobs that ended with failures, paused
/// schedules; each the newest first. And how many things there are.
pub(super) fn attention(
    hub: &HubInfo,
    throttled: Option<&Throttled>,
    refused: Option<&RefusedDevices>,
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
    let refused = refused.map(of_refused);
    let mut all: Vec<_> = unreachable.into_iter().chain(throttled).chain(refused).collect();
    let count = all.len() as u64
        + jobs.waiting_rollouts_count
        + jobs.with_problems_count
        + jobs.paused_schedules_count;
    all.extend(jobs.waiting_rollouts.iter().filter_map(of_rollout));
    all.extend(jobs.with_problems.iter().map(|job| of_job(job, jobs)));
    all.extend(jobs.paused_schedules.iter().filter_map(of_schedule));
    all.truncate(MAX_ATTENTION);
    (all, count)
}

/// Puts other devices that were refused in the place of those that an overview has; `count` is that of all entries.
pub(super) fn replace_refused(
    attention: &mut Vec<Attention>,
    count: &mut u64,
    refused: Option<&RefusedDevices>,
) {
    let before = attention.len();
    attention.retain(|entry| entry.kind != AttentionKind::DevicesRefused);
    *count -= (before - attention.len()) as u64;
    let Some(refused) = refused else { return };
    let of_hub = |entry: &&Attention| {
        matches!(entry.kind, AttentionKind::HubUnreachable | AttentionKind::HubThrottled)
    };
    let place = attention.iter().take_while(of_hub).count();
    attention.insert(place, of_refused(refused));
    attention.truncate(MAX_ATTENTION);
    *count += 1;
}

fn of_refused(refused: &RefusedDevices) -> Attention {
    Attention {
        count: refused.count,
        message: Some(format!("Most frequent cause: {}.", refused.cause)),
        ..entry(AttentionKind::DevicesRefused, refused.last)
    }
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

fn of_rollout(job: &JobSummary) -> Option<Attention> {
    let rollout = job.rollout.as_ref()?;
    let (kind, message) = match rollout.phase {
        Phase::AwaitingApproval => {
            (AttentionKind::ApprovalWaiting, "Another person has to agree before it starts.".to_owned())
        }
        Phase::Paused(reason) => (AttentionKind::RolloutPaused, paused_by(reason, rollout)),
        _ => {
            let (ended, waves) = (rollout.wave + 1, rollout.waves);
            (AttentionKind::WaveWaiting, format!("Wave {ended} of {waves} has ended."))
        }
    };
    Some(Attention {
        subject: Some(Subject { id: job.job_id.clone(), name: job.name.clone() }),
        message: Some(message),
        ..entry(kind, rollout.phase_since)
    })
}

fn paused_by(reason: PauseReason, rollout: &RolloutSummary) -> String {
    match reason {
        PauseReason::Person => match &rollout.phase_by {
            Some(person) => format!("Paused by {}.", person.name),
            None => "Paused by a person.".to_owned(),
        },
        PauseReason::StopRule(rule) => format!("Its stop rule {} has fired.", rule + 1),
        PauseReason::GateNotMet(wave) => format!("The gate after wave {} was not met.", wave + 1),
        PauseReason::Webhook(wave) => format!("A webhook refused to continue after wave {}.", wave + 1),
        PauseReason::NoWebhookAnswer(wave) => {
            format!("Not every webhook answered within an hour after wave {}.", wave + 1)
        }
        PauseReason::TargetGrew => {
            "Its target has grown by more than a tenth since it was approved.".to_owned()
        }
    }
}

fn of_schedule(schedule: &KeptSchedule) -> Option<Attention> {
    let (since, reason) = schedules::paused(schedule)?;
    Some(Attention {
        subject: Some(Subject { id: schedule.schedule_id.clone(), name: schedule.name.clone() }),
        message: Some(reason),
        ..entry(AttentionKind::SchedulePaused, since)
    })
}

fn entry(kind: AttentionKind, since: Timestamp) -> Attention {
    Attention { kind, since, subject: None, count: 0, of: 0, cause: None, message: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_devices_are_replaced_at_their_place() {
        use AttentionKind::{DevicesRefused, HubThrottled, JobFailed};
        let now = Timestamp::from_unix_millis(0);
        let refused = RefusedDevices { count: 7, last: now, cause: "Wrong key" };
        let full = [JobFailed; MAX_ATTENTION];
        for (before, more, has_refused, after) in [
            (
                &[HubThrottled, DevicesRefused, JobFailed][..],
                4,
                true,
                &[HubThrottled, DevicesRefused, JobFailed][..],
            ),
            (&[HubThrottled, JobFailed], 4, true, &[HubThrottled, DevicesRefused, JobFailed]),
            (&[DevicesRefused, JobFailed], 4, false, &[JobFailed]),
            (&[], 0, true, &[DevicesRefused]),
            (&[], 0, false, &[]),
            (&full, 0, true, &[DevicesRefused, JobFailed, JobFailed, JobFailed, JobFailed, JobFailed]),
        ] {
            let mut attention: Vec<_> = before.iter().map(|kind| entry(*kind, now)).collect();
            let others = before.iter().filter(|kind| **kind != DevicesRefused).count() as u64 + more;
            let mut count = before.len() as u64 + more;
            replace_refused(&mut attention, &mut count, has_refused.then_some(&refused));
            let kinds: Vec<_> = attention.iter().map(|entry| entry.kind).collect();
            assert_eq!((kinds.as_slice(), count), (after, others + u64::from(has_refused)), "{before:?}");
            let shown = attention.iter().find(|entry| entry.kind == DevicesRefused);
            assert!(shown.is_none_or(|entry| entry.count == 7));
        }
    }

    #[test]
    fn a_paused_rollout_says_why() {
        let rollout = |reason| RolloutSummary {
            phase: Phase::Paused(reason),
            phase_since: Timestamp::from_unix_millis(0),
            phase_by: None,
            stage: console_wire::rollout::progress::Stage::Calling,
            wave: 0,
            waves: 2,
            next_step: None,
        };
        for (reason, words) in [
            (PauseReason::Person, "Paused by a person."),
            (PauseReason::StopRule(0), "Its stop rule 1 has fired."),
            (PauseReason::GateNotMet(1), "The gate after wave 2 was not met."),
        ] {
            assert_eq!(paused_by(reason, &rollout(reason)), words);
        }
    }
}
