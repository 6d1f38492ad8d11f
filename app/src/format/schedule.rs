//! Words for schedules and their runs.

use console_wire::schedule::{
    Overlap, RepeatedTime, RunMark, RunState, Schedule, ScheduleRun, ScheduleSpec, ScheduleStatus,
    SkippedTime,
};
use hub_wire::job::JobStatus;

use super::{Badge, number::devices};

/// Whether a schedule runs.
pub(crate) const fn status(status: ScheduleStatus) -> Badge {
    match status {
        ScheduleStatus::Active => Badge { icon: "play", label: "Active", status: "succeeded" },
        ScheduleStatus::Paused => Badge { icon: "circle-pause", label: "Paused", status: "timedOut" },
        ScheduleStatus::Ended => Badge { icon: "circle-check", label: "Ended", status: "queued" },
    }
}

/// What became of an occurrence.
pub(crate) const fn run(run: &ScheduleRun) -> Badge {
    match run.state {
        RunState::Ran if run.is_run_now => Badge { icon: "play", label: "Run now", status: "queued" },
        RunState::Ran => Badge { icon: "repeat", label: "Ran", status: "queued" },
        RunState::Shifted => Badge { icon: "clock-alert", label: "Shifted", status: "timedOut" },
        RunState::Skipped => Badge { icon: "skip-forward", label: "Skipped", status: "queued" },
        RunState::Missed => Badge { icon: "clock-alert", label: "Missed", status: "timedOut" },
    }
}

/// The mark of a run in the list: `data-mark` of the style sheet.
pub(crate) const fn mark(run: &RunMark) -> &'static str {
    match (run.state, run.job_status) {
        (RunState::Skipped, _) | (_, Some(JobStatus::Cancelled)) => "skipped",
        (RunState::Missed, _) => "missed",
        _ if run.has_failures => "failed",
        (_, Some(JobStatus::Completed) | None) => "completed",
        _ => "running",
    }
}

/// The marks as a sentence: `14 runs: 12 completed, 1 with failures, 1 skipped`.
pub(crate) fn marks(runs: &[RunMark]) -> String {
    let count = |kind: &str| runs.iter().filter(|run| mark(run) == kind).count();
    let parts: Vec<_> = [
        ("completed", "completed"),
        ("failed", "with failures"),
        ("running", "running"),
        ("skipped", "skipped"),
        ("missed", "missed"),
    ]
    .into_iter()
    .filter_map(|(kind, words)| Some((count(kind), words)).filter(|(count, _)| *count > 0))
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    match runs.len() {
        0 => "no runs yet".to_owned(),
        1 => format!("1 run: {}", parts.join(", ")),
        several => format!("{several} runs: {}", parts.join(", ")),
    }
}

/// Whom the job of a schedule addresses.
pub(crate) fn target(schedule: &Schedule) -> String {
    match (&schedule.group, schedule.listed_devices) {
        (Some(group), _) => group.name.clone(),
        (None, Some(count)) => format!("a list of {}", devices(count)),
        (None, None) if super::job::is_every_device(&schedule.job.query_condition) => {
            "every device".to_owned()
        }
        (None, None) => schedule.job.query_condition.clone(),
    }
}

/// What happens in special cases: the case, what the schedule does, and the other choices.
pub(crate) fn special_cases(spec: &ScheduleSpec) -> Vec<(&'static str, String, &'static str)> {
    let skipped = match spec.clock_changes.skipped_time {
        SkippedTime::RunAfter => {
            ("Runs when it resumes", "Once, on the same day. Other choice: skip that day.")
        }
        SkippedTime::LeaveOut => {
            ("Skips that day", "Recorded as skipped. Other choice: run when it resumes.")
        }
    };
    let repeated = match spec.clock_changes.repeated_time {
        RepeatedTime::First => ("Runs at the first", "Other choices: at the second, at both."),
        RepeatedTime::Second => ("Runs at the second", "Other choices: at the first, at both."),
        RepeatedTime::Both => ("Runs at both", "Other choices: at the first, at the second."),
    };
    let overlap = match spec.runs.overlap {
        Overlap::Skip => {
            ("Skips this run", "Other choices: start after it ends, cancel what has not begun, run both.")
        }
        Overlap::BufferOne => ("Starts after it ends", "While one waits, further ones are skipped."),
        Overlap::CancelOther => ("Cancels what has not begun of it", "What has begun runs to its end."),
        Overlap::Allow => {
            ("Runs both", "Other choices: skip, start after it ends, cancel what has not begun.")
        }
    };
    let failures = match spec.runs.pause_after_failures {
        Some(count) => format!("Pauses after {count} in a row"),
        None => "Goes on".to_owned(),
    };
    let late = super::time::duration(u64::from(spec.runs.catch_up_seconds) * 1000);
    vec![
        ("The clock skips the time", skipped.0.to_owned(), skipped.1),
        ("The time occurs twice", repeated.0.to_owned(), repeated.1),
        ("The last run still goes on", overlap.0.to_owned(), overlap.1),
        (
            "The console was down",
            format!("Starts if at most {late} late"),
            "Later than that: recorded as missed. Of several only the latest runs.",
        ),
        ("Runs fail", failures, "A run failed when its job did, or when none of its devices succeeded."),
        (
            "The owner may no longer create jobs",
            "Pauses at the next run".to_owned(),
            "Rights and scope of the owner are checked at every start.",
        ),
    ]
}

/// The date of a local time such as `2027-03-28T03:00:00`: `28 Mar 2027`. As it is where it is none.
pub(crate) fn date(local: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = local.get(..10).unwrap_or(local).split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let month = month.and_then(|month| month.parse::<usize>().ok()?.checked_sub(1));
    match (year, month.and_then(|month| MONTHS.get(month)), day.and_then(|day| day.parse::<u8>().ok())) {
        (Some(year), Some(month), Some(day)) => format!("{day} {month} {year}"),
        _ => local.to_owned(),
    }
}

/// The time of day of a local time: `03:00`.
pub(crate) fn time_of_day(local: &str) -> String {
    local.get(11..16).unwrap_or_default().to_owned()
}

/// What people call a zone: the city of its name.
pub(crate) fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    fn run_mark(state: RunState, job_status: Option<JobStatus>, has_failures: bool) -> RunMark {
        RunMark { due: Timestamp::from_ticks(0), state, job_status, has_failures }
    }

    #[test]
    fn marks_are_counted_in_words() {
        let runs = [
            run_mark(RunState::Ran, Some(JobStatus::Completed), false),
            run_mark(RunState::Shifted, Some(JobStatus::Completed), true),
            run_mark(RunState::Skipped, None, false),
            run_mark(RunState::Missed, None, true),
            run_mark(RunState::Ran, Some(JobStatus::Running), false),
        ];
        assert_eq!(runs.each_ref().map(mark), ["completed", "failed", "skipped", "missed", "running"]);
        assert_eq!(marks(&runs), "5 runs: 1 completed, 1 with failures, 1 running, 1 skipped, 1 missed");
        assert_eq!(marks(&[]), "no runs yet");
    }

    #[test]
    fn local_times_are_dates_and_times() {
        for (local, day, time) in [
            ("2027-03-28T03:00:00", "28 Mar 2027", "03:00"),
            ("odd", "odd", ""),
            ("2027-13-01", "2027-13-01", ""),
        ] {
            assert_eq!((date(local).as_str(), time_of_day(local).as_str()), (day, time));
        }
        assert_eq!(city("America/New_York"), "New York");
    }
}
