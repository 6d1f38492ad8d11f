//! What is said about a job: when it started or why it did not, its devices, its problems. Header, list rows,
//! print, browser tab and palette take their words from here, so that they agree.

use console_wire::{
    job::JobSummary,
    outcome::{Outcome, Outcomes},
};
use hub_wire::{Timestamp, job::JobType};

use super::{elapsed_millis, is_every_device, state::State};
use crate::format::{
    number::{self, devices, grouped},
    outcome,
};

/// A job shorter than this shows nothing of a rate, in milliseconds.
const LEAST_FOR_RATE: u64 = 1_000;

/// When a job started or will start: words, and the time that follows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    /// Words that end where the time begins.
    pub(crate) words: &'static str,
    /// The time; none where none is known.
    pub(crate) at: Option<Timestamp>,
}

/// When a job started, will start, or was to start.
pub(crate) fn when(job: &JobSummary) -> When {
    let start = job.start_time;
    let (words, at) = match State::of(job) {
        State::Queued => ("created", Some(job.created_time)),
        State::Scheduled => ("starts", start),
        State::AwaitingApproval if job.outcomes.total() == 0 => ("asked for", Some(job.created_time)),
        State::CancelledBeforeStart => match due(job) {
            Some(due) => ("was to start", Some(due)),
            None => ("created", Some(job.created_time)),
        },
        State::Failed if job.outcomes.total() == 0 && start.is_some() => ("was to start", start),
        _ => match start {
            Some(start) => ("started", Some(start)),
            None => ("created", Some(job.created_time)),
        },
    };
    When { words, at }
}

/// When a job that was cancelled before its start was to start, if that is later than its end.
pub(crate) fn due(job: &JobSummary) -> Option<Timestamp> {
    job.start_time.filter(|start| job.end_time.is_none_or(|end| *start > end))
}

/// Whom a job addresses: follows "on". The condition, if there is one, follows after "where".
pub(crate) fn whom(job: &JobSummary) -> String {
    let total = job.outcomes.total();
    let is_every = is_every_device(&job.query_condition);
    let was_counted = total > 0 || State::of(job) == State::NoDevice;
    match (job.target_devices, was_counted) {
        (Some(listed), _) => format!("a list of {}", devices(listed)),
        (None, false) if is_every => "every device of the hub".to_owned(),
        (None, false) => "the devices".to_owned(),
        (None, true) if is_every => format!("{}, every device of the hub", devices(total)),
        (None, true) => devices(total),
    }
}

/// What a row of the list says instead of a progress bar, while there are no devices.
pub(crate) fn instead_of_progress(job: &JobSummary) -> String {
    match State::of(job) {
        State::Scheduled => "Counted at the start".to_owned(),
        State::AwaitingApproval => "Starts when another person approves it".to_owned(),
        State::Rejected => "Rejected, never started".to_owned(),
        State::Lapsed => "No other person approved it in 72 h".to_owned(),
        State::Failed => {
            job.failure_reason.as_ref().map_or("Not started".into(), |why| format!("Not started: {why}"))
        }
        State::NoDevice => "No device matched when it started".to_owned(),
        State::CancelledBeforeStart => "Cancelled before it started".to_owned(),
        _ => "Counting devices".to_owned(),
    }
}

/// What the page of an ended job says instead of figures when nothing was sent: a claim and what to know or do.
pub(crate) fn instead_of_figures(job: &JobSummary) -> Option<(&'static str, &'static str)> {
    match State::of(job) {
        State::NoDevice => Some((
            "No device matched when it started.",
            "Nothing was sent. Start another like this once devices match.",
        )),
        State::CancelledBeforeStart => {
            Some(("Cancelled before it started.", "Nothing was sent to any device."))
        }
        State::Rejected => Some(("Another person rejected it.", "Nothing was sent to any device.")),
        State::Lapsed => Some((
            "No other person approved it in 72 hours.",
            "Nothing was sent. Start another like this to ask again.",
        )),
        // The reason is in a notice of its own.
        State::Failed if job.outcomes.total() == 0 => {
            Some(("It did not start.", "Nothing was sent to any device."))
        }
        _ => None,
    }
}

/// The number that a row shows in bold, of all devices: how many have ended while it runs, how many succeeded after.
pub(crate) fn bold_count(job: &JobSummary) -> u64 {
    if job.status.is_terminal() { job.outcomes.succeeded } else { job.outcomes.finished() }
}

/// The problems and the devices that were not addressed, by kind: `41 failed, 14 timed out`.
pub(crate) fn problems(outcomes: &Outcomes) -> String {
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| *outcome != Outcome::Succeeded && outcomes.get(*outcome) > 0)
        .map(|state| {
            let label = outcome::badge(state).label.to_ascii_lowercase();
            format!("{} {label}", grouped(outcomes.get(state)))
        })
        .collect();
    if parts.is_empty() { "none".into() } else { parts.join(", ") }
}

/// The note under the number of devices that succeeded: their share, and for a change of twins that it says no more than
/// that the twins were written.
pub(crate) fn succeeded_note(job: &JobSummary) -> String {
    let (succeeded, total) = (job.outcomes.succeeded, job.outcomes.total());
    let share = number::share(succeeded, total);
    match job.job_type {
        JobType::ScheduleUpdateTwin if succeeded == total => format!("{share}, all twins written"),
        JobType::ScheduleUpdateTwin => format!("{share}, their twins written"),
        _ => share,
    }
}

/// The note under the duration.
pub(crate) fn duration_note(job: &JobSummary) -> String {
    match State::of(job) {
        State::CancelledBeforeStart => "cancelled before it started".to_owned(),
        State::Rejected => "it was rejected".to_owned(),
        State::Lapsed => "it was not approved in time".to_owned(),
        State::Failed if job.outcomes.total() == 0 => "it did not start".to_owned(),
        State::NoDevice => "no device matched".to_owned(),
        _ => "from first send to last result".to_owned(),
    }
}

/// Devices a second over the whole job so far; none for a job that is too short to tell.
pub(crate) fn mean_rate(job: &JobSummary, now: Timestamp) -> Option<String> {
    let millis = elapsed_millis(job, now).filter(|millis| *millis >= LEAST_FOR_RATE)?;
    number::rate(job.outcomes.finished(), millis)
}

#[cfg(test)]
mod tests {
    use hub_wire::job::JobStatus;

    use super::*;
    use crate::format::job::tests::job;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn with(status: JobStatus, outcomes: Outcomes) -> JobSummary {
        JobSummary { outcomes, ..job(status) }
    }

    /// A job for the next day, cancelled now.
    fn cancelled_before_start() -> JobSummary {
        JobSummary {
            start_time: Some(at("2026-09-18T07:00:00Z")),
            ..with(JobStatus::Cancelled, Outcomes::default())
        }
    }

    #[test]
    fn every_kind_of_job_has_its_sentences() {
        let none = Outcomes::default();
        let ok = Outcomes { succeeded: 10, ..none };
        let some = Outcomes { succeeded: 8, timed_out: 2, ..none };
        let bad = Outcomes { failed: 1, ..none };
        let unsent = Outcomes { cancelled: 5, ..none };
        for (job, label, short, whom_text, when_text) in [
            (with(JobStatus::Queued, none), "Queued", "Queued", "the devices", "created"),
            (with(JobStatus::Scheduled, none), "Scheduled", "Scheduled", "the devices", "starts"),
            (with(JobStatus::Running, ok), "Running", "Running", "10 devices", "started"),
            (with(JobStatus::Completed, ok), "Completed", "Completed", "10 devices", "started"),
            (with(JobStatus::Completed, none), "No device matched", "No device", "0 devices", "started"),
            (
                with(JobStatus::Completed, some),
                "Finished with failures",
                "With failures",
                "10 devices",
                "started",
            ),
            (with(JobStatus::Completed, bad), "All failed", "All failed", "1 device", "started"),
            (
                with(JobStatus::Completed, Outcomes { succeeded: 1, ..unsent }),
                "Finished in part",
                "In part",
                "6 devices",
                "started",
            ),
            (
                with(JobStatus::Completed, Outcomes { failed: 1, ..unsent }),
                "Finished with failures",
                "With failures",
                "6 devices",
                "started",
            ),
            (with(JobStatus::Failed, none), "Failed", "Failed", "the devices", "was to start"),
            (with(JobStatus::Failed, bad), "Failed", "Failed", "1 device", "started"),
            (cancelled_before_start(), "Cancelled", "Cancelled", "the devices", "was to start"),
            (with(JobStatus::Cancelled, unsent), "Cancelled", "Cancelled", "5 devices", "created"),
            (
                with(JobStatus::Cancelled, Outcomes { succeeded: 2, ..unsent }),
                "Cancelled",
                "Cancelled",
                "7 devices",
                "started",
            ),
        ] {
            let state = State::of(&job);
            assert_eq!((state.badge().label, state.short_badge().label), (label, short), "{job:?}");
            assert_eq!((whom(&job).as_str(), when(&job).words), (whom_text, when_text), "{state:?}");
        }
    }

    #[test]
    fn whom_a_job_is_for() {
        let mut every = with(JobStatus::Scheduled, Outcomes::default());
        every.query_condition = "*".into();
        assert_eq!(whom(&every), "every device of the hub");
        every.outcomes.succeeded = 500;
        assert_eq!(whom(&every), "500 devices, every device of the hub");
        let listed = JobSummary { target_devices: Some(44), ..job(JobStatus::Scheduled) };
        assert_eq!(whom(&listed), "a list of 44 devices");
    }

    #[test]
    fn jobs_that_sent_nothing_say_why() {
        let cancelled = cancelled_before_start();
        assert_eq!(when(&cancelled).at, cancelled.start_time);
        assert_eq!(due(&cancelled), cancelled.start_time);
        let late = JobSummary { start_time: None, ..cancelled.clone() };
        assert_eq!((when(&late).words, when(&late).at), ("created", Some(late.created_time)));
        let no_device = with(JobStatus::Completed, Outcomes::default());
        let broken = JobSummary {
            failure_reason: Some("query error, column 11".into()),
            ..with(JobStatus::Failed, Outcomes::default())
        };
        for (job, row, page, note) in [
            (
                &cancelled,
                "Cancelled before it started",
                Some("Cancelled before it started."),
                "cancelled before it started",
            ),
            (
                &no_device,
                "No device matched when it started",
                Some("No device matched when it started."),
                "no device matched",
            ),
            (&broken, "Not started: query error, column 11", Some("It did not start."), "it did not start"),
            (
                &with(JobStatus::Scheduled, Outcomes::default()),
                "Counted at the start",
                None,
                "from first send to last result",
            ),
            (
                &with(JobStatus::Running, Outcomes::default()),
                "Counting devices",
                None,
                "from first send to last result",
            ),
        ] {
            assert_eq!(instead_of_progress(job), row);
            assert_eq!(instead_of_figures(job).map(|(claim, _)| claim), page);
            assert_eq!(duration_note(job), note);
        }
        assert_eq!(instead_of_figures(&job(JobStatus::Completed)), None);
    }

    #[test]
    fn bold_counts() {
        let outcomes = Outcomes { succeeded: 392, failed: 108, ..Outcomes::default() };
        assert_eq!(bold_count(&with(JobStatus::Running, outcomes)), 500, "of those that ended");
        assert_eq!(bold_count(&with(JobStatus::Completed, outcomes)), 392, "of those that succeeded");
        assert_eq!(bold_count(&with(JobStatus::Completed, Outcomes { failed: 1, ..Outcomes::default() })), 0);
    }

    #[test]
    fn problems_by_kind() {
        for (outcomes, words) in [
            (Outcomes { succeeded: 5, ..Outcomes::default() }, "none"),
            (
                Outcomes { failed: 41, not_online: 31, timed_out: 14, ..Outcomes::default() },
                "41 failed, 14 timed out, 31 not online",
            ),
            (Outcomes { cancelled: 1200, ..Outcomes::default() }, "1,200 cancelled"),
            (Outcomes { succeeded: 1, interrupted: 1, ..Outcomes::default() }, "1 interrupted"),
            (Outcomes::default(), "none"),
        ] {
            assert_eq!(problems(&outcomes), words);
        }
    }

    #[test]
    fn a_change_of_twins_claims_no_more_than_written() {
        let mut twin = with(JobStatus::Completed, Outcomes { succeeded: 48, ..Outcomes::default() });
        assert_eq!(succeeded_note(&twin), "100.0 %");
        twin.job_type = JobType::ScheduleUpdateTwin;
        assert_eq!(succeeded_note(&twin), "100.0 %, all twins written");
        twin.outcomes.failed = 2;
        assert_eq!(succeeded_note(&twin), "96.0 %, their twins written");
    }

    #[test]
    fn a_short_job_shows_no_rate() {
        let now = at("2026-09-17T18:01:00Z");
        let mut job = with(JobStatus::Completed, Outcomes { succeeded: 48, ..Outcomes::default() });
        for (end, rate) in [("18:00:00.001", None), ("18:00:00.999", None), ("18:00:04", Some("12.0"))] {
            job.end_time = Some(at(&format!("2026-09-17T{end}Z")));
            assert_eq!(mean_rate(&job, now).as_deref(), rate, "{end}");
        }
    }
}
