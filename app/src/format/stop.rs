//! Cancelling a job that has not begun, and stopping one that runs: what the button offers, what it says where it cannot,
//! and what happens to each group of devices. Pure.

use console_wire::{
    job::JobSummary,
    job_actions::{Cancellable, cancellable},
};
use hub_wire::job::DEFAULT_MAX_EXECUTION_TIME;

use super::{
    number::{devices, grouped},
    time,
};

/// The button, and the text beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The button's label.
    pub(crate) label: &'static str,
    /// Whether anything is left to cancel.
    pub(crate) is_possible: bool,
    /// Why not, or what still happens; empty where nothing needs to be said.
    pub(crate) note: String,
}

/// What can be cancelled of a job, of which so many devices are in parts that have not begun; `None` when it has ended.
pub(crate) fn stop(job: &JobSummary, unstarted: Option<u64>) -> Option<Stop> {
    let limit = job.max_execution_time_in_seconds.unwrap_or(DEFAULT_MAX_EXECUTION_TIME);
    let limit = format!("Time limit {}.", time::duration(u64::from(limit) * 1000));
    let outcomes = &job.outcomes;
    let (label, is_possible, note) = match (cancellable(job.status), unstarted) {
        (Cancellable::Nothing, _) => return None,
        (Cancellable::Whole, _) => ("Cancel job…", true, String::new()),
        (Cancellable::UnstartedParts, Some(unstarted)) if unstarted > 0 => ("Stop job…", true, String::new()),
        (Cancellable::UnstartedParts, _) if outcomes.cancelled > 0 => {
            let open: Vec<_> = [(outcomes.in_flight, "in flight"), (outcomes.queued, "queued")]
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, state)| format!("{} {state}", grouped(count)))
                .collect();
            let open =
                if open.is_empty() { String::new() } else { format!(" {} at the hub.", open.join(", ")) };
            ("Stop job…", false, format!("Stopping: {} not sent.{open}", devices(outcomes.cancelled)))
        }
        (Cancellable::UnstartedParts, Some(_)) => (
            "Stop job…",
            false,
            format!("The hub has begun every part, and cannot stop what has begun. {limit}"),
        ),
        (Cancellable::UnstartedParts, None) => {
            ("Stop job…", false, format!("The hub cannot stop a job that has begun. {limit}"))
        }
    };
    Some(Stop { label, is_possible, note })
}

/// How many devices are not sent if the job is cancelled now.
pub(crate) fn unsent(job: &JobSummary, unstarted: Option<u64>) -> u64 {
    match cancellable(job.status) {
        Cancellable::Whole => job.outcomes.queued,
        Cancellable::UnstartedParts => unstarted.unwrap_or_default().min(job.outcomes.queued),
        Cancellable::Nothing => 0,
    }
}

/// The title of the dialog and its button: a job that has not begun is cancelled, one that runs is stopped.
pub(crate) fn question(job: &JobSummary, unsent: u64) -> (String, String) {
    let verb = if matches!(cancellable(job.status), Cancellable::Whole) { "Cancel" } else { "Stop" };
    let button = match unsent {
        0 => format!("{verb} job"),
        count => format!("{verb} job, {} unsent", devices(count)),
    };
    (format!("{verb} {}?", job.job_id), button)
}

/// What happens to queued devices of which so many are not sent.
pub(crate) fn queued(count: u64, unsent: u64) -> (String, String) {
    let rerun = "end as Cancelled and can be rerun from the job's page.";
    match (count, unsent) {
        (0, _) => ("Not counted yet.".into(), "The job ends as Cancelled and nothing is sent.".into()),
        (count, unsent) if count <= unsent => ("Will not be sent.".into(), format!("They {rerun}")),
        (count, unsent) => {
            let others = grouped(count - unsent);
            (
                format!("{} will not be sent.", grouped(unsent)),
                format!("They {rerun} The other {others} are in parts that have begun, and are sent."),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcomes;
    use hub_wire::job::JobStatus;

    use super::*;
    use crate::format::job::tests::job;

    #[test]
    fn buttons_and_reasons() {
        let mut running = job(JobStatus::Running);
        running.outcomes = Outcomes { queued: 370, in_flight: 5, ..Outcomes::default() };
        running.max_execution_time_in_seconds = Some(300);
        let mut stopping = running.clone();
        stopping.outcomes.cancelled = 1200;
        let mut answered = stopping.clone();
        (answered.outcomes.queued, answered.outcomes.in_flight) = (0, 0);
        for (job, unstarted, label, is_possible, note) in [
            (job(JobStatus::Scheduled), None, "Cancel job…", true, ""),
            (job(JobStatus::Queued), Some(3), "Cancel job…", true, ""),
            (running.clone(), Some(300), "Stop job…", true, ""),
            (stopping.clone(), Some(2), "Stop job…", true, ""),
            (
                running.clone(),
                None,
                "Stop job…",
                false,
                "The hub cannot stop a job that has begun. Time limit 5 min.",
            ),
            (
                running,
                Some(0),
                "Stop job…",
                false,
                "The hub has begun every part, and cannot stop what has begun. Time limit 5 min.",
            ),
            (
                stopping,
                Some(0),
                "Stop job…",
                false,
                "Stopping: 1,200 devices not sent. 5 in flight, 370 queued at the hub.",
            ),
            (answered, Some(0), "Stop job…", false, "Stopping: 1,200 devices not sent."),
        ] {
            let note = note.to_owned();
            assert_eq!(stop(&job, unstarted), Some(Stop { label, is_possible, note }), "{:?}", job.status);
        }
        assert_eq!(stop(&job(JobStatus::Completed), None), None);
    }

    #[test]
    fn what_happens_to_devices() {
        let with_queued = |status, queued| {
            let mut job = job(status);
            job.outcomes.queued = queued;
            job
        };
        for (job, unstarted, unsent_count, title, button) in [
            (
                with_queued(JobStatus::Scheduled, 20),
                Some(20),
                20,
                "Cancel lock-1?",
                "Cancel job, 20 devices unsent",
            ),
            (with_queued(JobStatus::Scheduled, 0), None, 0, "Cancel lock-1?", "Cancel job"),
            (
                with_queued(JobStatus::Running, 1500),
                Some(1200),
                1200,
                "Stop lock-1?",
                "Stop job, 1,200 devices unsent",
            ),
        ] {
            assert_eq!(unsent(&job, unstarted), unsent_count);
            assert_eq!(question(&job, unsent_count), (title.into(), button.into()));
        }
        assert_eq!(queued(0, 0).0, "Not counted yet.");
        assert_eq!(queued(20, 20).0, "Will not be sent.");
        let (claim, detail) = queued(1500, 1200);
        assert_eq!(claim, "1,200 will not be sent.");
        assert!(detail.ends_with("The other 300 are in parts that have begun, and are sent."), "{detail}");
    }
}
