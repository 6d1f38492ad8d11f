//! Cancelling a job that has not begun, and stopping one that runs: what the button offers, what it says where it cannot,
//! and what happens to each group of devices. Pure.

use console_wire::{
    job::JobSummary,
    job_actions::{Cancellable, cancellable},
    outcome::Outcomes,
    rollout::Phase,
};
use hub_wire::job::DEFAULT_MAX_EXECUTION_TIME;

use super::{
    number::{devices, grouped},
    outcome, time,
};

/// What is done to a job: one that has not begun is cancelled, one that runs is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Cancel,
    Stop,
}

impl Verb {
    /// On the button of a list's row.
    pub(crate) const fn in_row(self) -> &'static str {
        match self {
            Self::Cancel => "Cancel…",
            Self::Stop => "Stop…",
        }
    }

    /// On the button of the job's page.
    pub(crate) const fn on_button(self) -> &'static str {
        match self {
            Self::Cancel => "Cancel job…",
            Self::Stop => "Stop job…",
        }
    }

    /// In a sentence or a name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "Cancel",
            Self::Stop => "Stop",
        }
    }
}

/// The button, and the text beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What it does.
    pub(crate) verb: Verb,
    /// Whether anything is left to cancel.
    pub(crate) is_possible: bool,
    /// Why not, or what still happens; empty where nothing needs to be said.
    pub(crate) note: String,
}

/// What can be cancelled of a job; `None` when it has ended.
pub(crate) fn stop(job: &JobSummary) -> Option<Stop> {
    if let Some(rollout) = job.rollout.as_ref().filter(|_| !job.status.is_terminal()) {
        let is_stopping = matches!(rollout.phase, Phase::Stopping(_));
        let note = match job.outcomes.in_flight {
            in_flight if is_stopping => format!("Stopping: {} in flight.", devices(in_flight)),
            _ => String::new(),
        };
        return Some(Stop { verb: Verb::Cancel, is_possible: !is_stopping, note });
    }
    let limit = job.max_execution_time_in_seconds.unwrap_or(DEFAULT_MAX_EXECUTION_TIME);
    let limit = format!("Time limit {}.", time::duration(u64::from(limit) * 1000));
    let outcomes = &job.outcomes;
    let (verb, is_possible, note) = match (cancellable(job.status), job.unstarted_devices) {
        (Cancellable::Nothing, _) => return None,
        (Cancellable::Whole, _) => (Verb::Cancel, true, String::new()),
        (Cancellable::UnstartedParts, Some(unstarted)) if unstarted > 0 => (Verb::Stop, true, String::new()),
        (Cancellable::UnstartedParts, _) if outcomes.cancelled > 0 => {
            let open: Vec<_> = [(outcomes.in_flight, "in flight"), (outcomes.queued, "queued")]
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, state)| format!("{} {state}", grouped(count)))
                .collect();
            let open =
                if open.is_empty() { String::new() } else { format!(" {} at the hub.", open.join(", ")) };
            (Verb::Stop, false, format!("Stopping: {} not sent.{open}", devices(outcomes.cancelled)))
        }
        (Cancellable::UnstartedParts, Some(_)) => (
            Verb::Stop,
            false,
            format!("The hub has begun every part, and cannot stop what has begun. {limit}"),
        ),
        (Cancellable::UnstartedParts, None) => {
            (Verb::Stop, false, format!("The hub cannot stop a job that has begun. {limit}"))
        }
    };
    Some(Stop { verb, is_possible, note })
}

/// Whether anything of a job can be cancelled.
pub(crate) fn is_possible(job: &JobSummary) -> bool {
    stop(job).is_some_and(|stop| stop.is_possible)
}

/// How many devices are not sent if the job is cancelled now.
fn unsent(job: &JobSummary) -> u64 {
    if job.rollout.is_some() {
        return job.outcomes.queued;
    }
    match cancellable(job.status) {
        Cancellable::Whole => job.outcomes.queued,
        Cancellable::UnstartedParts => job.unstarted_devices.unwrap_or_default().min(job.outcomes.queued),
        Cancellable::Nothing => 0,
    }
}

/// The title of the dialog and its button.
pub(crate) fn question(job: &JobSummary) -> (String, String) {
    let verb = stop(job).map_or(Verb::Stop, |stop| stop.verb).as_str();
    let button = match unsent(job) {
        0 => format!("{verb} job"),
        count => format!("{verb} job, {} unsent", devices(count)),
    };
    (format!("{verb} “{}”?", job.name), button)
}

/// What happens to its queued devices: a claim and its detail.
pub(crate) fn queued(job: &JobSummary) -> (String, String) {
    let rerun = "end as Cancelled and can be rerun from the job's page.";
    match (job.outcomes.queued, unsent(job)) {
        (0, _) if cancellable(job.status) == Cancellable::Whole => {
            ("Not counted yet.".into(), "The job ends as Cancelled and nothing is sent.".into())
        }
        (0, _) => (String::new(), String::new()),
        (_, 0) => {
            ("Are sent.".into(), "The hub has begun every part, and cannot stop what has begun.".into())
        }
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

/// What happens to devices that have ended: nothing. How they ended.
pub(crate) fn finished(outcomes: &Outcomes) -> (String, String) {
    let ended = Outcomes { queued: 0, in_flight: 0, ..*outcomes };
    match ended.total() {
        0 => (String::new(), String::new()),
        _ => ("Stay as they are.".into(), format!("Nothing is undone: {}.", outcome::summary(&ended))),
    }
}

#[cfg(test)]
mod tests {
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
        for (mut job, unstarted, verb, can_stop, note) in [
            (job(JobStatus::Scheduled), None, Verb::Cancel, true, ""),
            (job(JobStatus::Queued), Some(3), Verb::Cancel, true, ""),
            (running.clone(), Some(300), Verb::Stop, true, ""),
            (stopping.clone(), Some(2), Verb::Stop, true, ""),
            (
                running.clone(),
                None,
                Verb::Stop,
                false,
                "The hub cannot stop a job that has begun. Time limit 5 min.",
            ),
            (
                running,
                Some(0),
                Verb::Stop,
                false,
                "The hub has begun every part, and cannot stop what has begun. Time limit 5 min.",
            ),
            (
                stopping,
                Some(0),
                Verb::Stop,
                false,
                "Stopping: 1,200 devices not sent. 5 in flight, 370 queued at the hub.",
            ),
            (answered, Some(0), Verb::Stop, false, "Stopping: 1,200 devices not sent."),
        ] {
            job.unstarted_devices = unstarted;
            let note = note.to_owned();
            assert_eq!(stop(&job), Some(Stop { verb, is_possible: can_stop, note }), "{:?}", job.status);
            assert_eq!(is_possible(&job), can_stop);
        }
        assert_eq!(stop(&job(JobStatus::Completed)), None);
        assert!(!is_possible(&job(JobStatus::Completed)));
    }

    #[test]
    fn what_happens_to_devices() {
        use JobStatus::{Completed, Running, Scheduled};

        let job = |status, queued, unstarted| {
            let mut job = job(status);
            (job.outcomes.queued, job.unstarted_devices) = (queued, unstarted);
            job
        };
        for (job, title, button, claim, detail_end) in [
            (
                job(Scheduled, 20, Some(20)),
                "Cancel “Evening lock-up”?",
                "Cancel job, 20 devices unsent",
                "Will not be sent.",
                "from the job's page.",
            ),
            (
                job(Scheduled, 0, None),
                "Cancel “Evening lock-up”?",
                "Cancel job",
                "Not counted yet.",
                "nothing is sent.",
            ),
            (
                job(Running, 1500, Some(1200)),
                "Stop “Evening lock-up”?",
                "Stop job, 1,200 devices unsent",
                "1,200 will not be sent.",
                "The other 300 are in parts that have begun, and are sent.",
            ),
            // While the dialog is open, the last part begins and the job ends.
            (
                job(Running, 300, Some(0)),
                "Stop “Evening lock-up”?",
                "Stop job",
                "Are sent.",
                "cannot stop what has begun.",
            ),
            (job(Completed, 0, None), "Stop “Evening lock-up”?", "Stop job", "", ""),
        ] {
            assert_eq!(question(&job), (title.into(), button.into()));
            let (found, detail) = queued(&job);
            assert_eq!(found, claim);
            assert!(detail.ends_with(detail_end), "{detail}");
        }
    }

    #[test]
    fn only_devices_that_have_ended_stay() {
        let none = Outcomes { queued: 370, in_flight: 5, ..Outcomes::default() };
        assert_eq!(finished(&none), (String::new(), String::new()));
        let some = Outcomes { succeeded: 3, failed: 1598, ..none };
        assert_eq!(finished(&some).1, "Nothing is undone: 3 succeeded, 1,598 failed.");
    }
}
