//! A job in words: its state, its action, its sentence, its duration, and the groups of the list.

use console_wire::job::JobSummary;
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};

use super::{Badge, number, order::order_by, time};

/// The state as a person reads it: a completed job with devices that did not do it says so.
pub(crate) fn badge(job: &JobSummary) -> Badge {
    let (word, icon, status) = match job.status {
        JobStatus::Queued | JobStatus::Enqueued => ("Queued", "circle-dashed", "queued"),
        JobStatus::Scheduled => ("Scheduled", "calendar-clock", "scheduled"),
        JobStatus::Running => ("Running", "loader-circle", "running"),
        JobStatus::Completed if job.has_problems() => ("With failures", "circle-alert", "with-failures"),
        JobStatus::Completed => ("Completed", "circle-check", "completed"),
        JobStatus::Failed => ("Failed", "circle-x", "failed"),
        JobStatus::Cancelled => ("Cancelled", "circle-slash", "cancelled"),
        JobStatus::Unknown => ("Unknown", "circle-dashed", "queued"),
    };
    Badge { word, icon, status }
}

/// What the job does: icon and word.
pub(crate) fn action_kind(job: &JobSummary) -> (&'static str, &'static str) {
    match (job.job_type, &job.update_twin) {
        (JobType::ScheduleDeviceMethod, _) => ("zap", "method"),
        (_, Some(patch)) if patch.desired().is_none() && patch.tags.is_some() => ("tag", "tags"),
        (_, Some(patch)) if patch.tags.is_some() => ("braces", "desired and tags"),
        (JobType::ScheduleUpdateTwin, _) => ("braces", "desired"),
        _ => ("circle-dashed", "unknown"),
    }
}

/// What the job carries, as compact JSON.
pub(crate) fn payload(job: &JobSummary) -> String {
    if let Some(method) = &job.cloud_to_device_method {
        return method.payload.to_string();
    }
    let Some(patch) = &job.update_twin else { return String::new() };
    let text = |object| serde_json::to_string(object).unwrap_or_default();
    match (patch.desired(), &patch.tags) {
        (Some(desired), None) => text(desired),
        (None, Some(tags)) => text(tags),
        (Some(desired), Some(tags)) => format!("{} {}", text(desired), text(tags)),
        (None, None) => String::new(),
    }
}

/// What each device was sent, or how its twin was changed, as the hub was told.
pub(crate) fn request(job: &JobSummary) -> Option<serde_json::Value> {
    match (&job.cloud_to_device_method, &job.update_twin) {
        (Some(method), _) => serde_json::to_value(method).ok(),
        (None, Some(patch)) => serde_json::to_value(patch).ok(),
        (None, None) => None,
    }
}

/// Whether the condition means every device.
pub(crate) fn is_every_device(condition: &str) -> bool {
    matches!(condition.trim(), "" | "*")
}

/// How many devices the job has, in words; before it starts nobody knows.
pub(crate) fn target_count(job: &JobSummary) -> String {
    if job.outcomes.total() == 0 && !job.status.is_terminal() {
        "counted at the start".into()
    } else {
        number::devices(job.outcomes.total())
    }
}

/// Milliseconds from the start to the end, or to now while it runs; `None` before the start.
pub(crate) fn elapsed_millis(job: &JobSummary, now: Timestamp) -> Option<u64> {
    let start = job.start_time?;
    let end = match job.status {
        JobStatus::Running => now,
        _ if job.status.is_terminal() => job.end_time?,
        _ => return None,
    };
    // Cancelled before it was due: it never ran.
    if end < start {
        return None;
    }
    u64::try_from(end.since(start).as_millis()).ok()
}

/// The same in words; empty before the start.
pub(crate) fn elapsed(job: &JobSummary, now: Timestamp) -> String {
    // A clock that counts is read in whole seconds.
    let millis = elapsed_millis(job, now);
    let millis = if job.status == JobStatus::Running { millis.map(|ms| ms / 1000 * 1000) } else { millis };
    match millis {
        Some(0) if job.status == JobStatus::Running => "0 s".into(),
        Some(millis) if job.status == JobStatus::Running && millis < 10_000 => format!("{} s", millis / 1000),
        Some(millis) => time::duration(millis),
        None => String::new(),
    }
}

/// How long jobs like this one take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Usual {
    /// In words, such as `usually 45 s`.
    pub(crate) words: String,
    /// Whether it runs longer than that.
    pub(crate) is_late: bool,
    /// How much of it has passed, in percent of a gauge that has its mark at [`USUAL_MARK`].
    pub(crate) filled: f64,
}

/// Where the gauge has its mark, in percent: behind it is room for what takes longer.
pub(crate) const USUAL_MARK: f64 = 80.0;

/// What the job usually takes, against what it has taken; `None` while too few like it have run.
pub(crate) fn usual(job: &JobSummary, now: Timestamp) -> Option<Usual> {
    let usual = job.usual_ms?;
    let elapsed = elapsed_millis(job, now).unwrap_or_default();
    let is_late = job.status == JobStatus::Running && elapsed > usual;
    #[expect(clippy::cast_precision_loss, reason = "a share is a rounded number")]
    let share = elapsed as f64 / usual.max(1) as f64;
    Some(Usual {
        words: format!("usually {}", time::duration(usual)),
        is_late,
        filled: (share * USUAL_MARK).min(100.0),
    })
}

/// How many devices it has; before they are counted, how many it is expected to have, and 0 where nobody knows.
pub(crate) fn device_count(job: &JobSummary) -> u64 {
    match job.outcomes.total() {
        0 => job.target_devices.or(job.expected_devices).unwrap_or_default(),
        counted => counted,
    }
}

/// In the first minute: that the job runs on another number of devices than was told of, and why; else `None`.
pub(crate) fn recount(job: &JobSummary, now: Timestamp) -> Option<(String, String)> {
    const FIRST_MINUTE: u64 = 60;

    let (expected, found) = (job.expected_devices?, job.outcomes.total());
    let start = job.start_time?;
    if found == 0 || found == expected || now < start || now.since(start).as_secs() >= FIRST_MINUTE {
        return None;
    }
    let word = if found > expected { "more" } else { "fewer" };
    Some((
        format!("{} {word} than you were told.", number::devices(found.abs_diff(expected))),
        format!(
            "The preview counted {}; when the job began, {} matched.",
            number::grouped(expected),
            number::grouped(found)
        ),
    ))
}

/// Whether the hub would still cancel it: only before it runs. Source: live hubs refuse it from then on.
pub(crate) const fn can_cancel(job: &JobSummary) -> bool {
    matches!(job.status, JobStatus::Queued | JobStatus::Scheduled | JobStatus::Enqueued)
}

/// Rows by where they are: running (longest first), scheduled (soonest first), finished (newest first).
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Groups {
    /// Queued or running.
    pub(crate) running: Vec<JobSummary>,
    /// Waiting for their start.
    pub(crate) scheduled: Vec<JobSummary>,
    /// Ended.
    pub(crate) finished: Vec<JobSummary>,
}

impl Groups {
    /// Sorts a page of jobs, newest first, into the groups.
    pub(crate) fn of(jobs: Vec<JobSummary>) -> Self {
        let mut groups = Self::default();
        for job in jobs {
            if job.status.is_terminal() {
                groups.finished.push(job);
            } else if job.status == JobStatus::Scheduled {
                groups.scheduled.push(job);
            } else {
                groups.running.push(job);
            }
        }
        let began = |job: &JobSummary| job.start_time.unwrap_or(job.created_time);
        let begins = |job: &JobSummary| job.start_time.unwrap_or(Timestamp::FAR_FUTURE);
        order_by(&mut groups.running, |a, b| began(a) < began(b));
        order_by(&mut groups.scheduled, |a, b| begins(a) < begins(b));
        groups
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use console_wire::{job::Origin, outcome::Outcomes};
    use serde_json::json;

    use super::*;

    pub(crate) fn job(status: JobStatus) -> JobSummary {
        let at = |text| Timestamp::parse(text).unwrap();
        JobSummary {
            job_id: "lock-1".into(),
            job_type: JobType::ScheduleDeviceMethod,
            status,
            query_condition: "tags.simulated = true".into(),
            target_devices: None,
            expected_devices: None,
            parent: None,
            created_time: at("2026-09-17T17:59:59Z"),
            start_time: Some(at("2026-09-17T18:00:00Z")),
            end_time: status.is_terminal().then(|| at("2026-09-17T18:00:47.500Z")),
            max_execution_time_in_seconds: None,
            cloud_to_device_method: Some(
                serde_json::from_value(json!({"methodName": "lockDoor", "payload": {"mode": "night"}}))
                    .unwrap(),
            ),
            update_twin: None,
            failure_reason: None,
            usual_ms: None,
            device_job_statistics: hub_wire::job::DeviceJobStatistics::default(),
            outcomes: Outcomes { succeeded: 10, ..Outcomes::default() },
            origin: Origin::Console,
            sequence: 1,
            as_of: at("2026-09-17T18:00:48Z"),
        }
    }

    #[test]
    fn states() {
        let mut failing = job(JobStatus::Completed);
        failing.outcomes.timed_out = 1;
        for (job, word) in [
            (job(JobStatus::Queued), "Queued"),
            (job(JobStatus::Scheduled), "Scheduled"),
            (job(JobStatus::Running), "Running"),
            (job(JobStatus::Completed), "Completed"),
            (failing, "With failures"),
            (job(JobStatus::Failed), "Failed"),
            (job(JobStatus::Cancelled), "Cancelled"),
        ] {
            assert_eq!(badge(&job).word, word);
        }
    }

    #[test]
    fn actions() {
        let method = job(JobStatus::Running);
        assert_eq!(
            (action_kind(&method), payload(&method).as_str()),
            (("zap", "method"), r#"{"mode":"night"}"#)
        );
        for (patch, kind, text) in [
            (json!({"tags": {"floor": 3}}), "tags", r#"{"floor":3}"#),
            (json!({"properties": {"desired": {"a": 1}}}), "desired", r#"{"a":1}"#),
            (
                json!({"tags": {"f": 3}, "properties": {"desired": {"a": 1}}}),
                "desired and tags",
                r#"{"a":1} {"f":3}"#,
            ),
        ] {
            let mut twin = job(JobStatus::Running);
            twin.job_type = JobType::ScheduleUpdateTwin;
            twin.cloud_to_device_method = None;
            twin.update_twin = Some(serde_json::from_value(patch).unwrap());
            assert_eq!((action_kind(&twin).1, payload(&twin).as_str()), (kind, text));
        }
    }

    #[test]
    fn durations() {
        let now = Timestamp::parse("2026-09-17T18:01:05.9Z").unwrap();
        assert_eq!(elapsed(&job(JobStatus::Running), now), "1 min 5 s");
        assert_eq!(elapsed(&job(JobStatus::Completed), now), "47 s");
        assert_eq!(elapsed(&job(JobStatus::Scheduled), now), "");
        let early = Timestamp::parse("2026-09-17T18:00:03.9Z").unwrap();
        assert_eq!(elapsed(&job(JobStatus::Running), early), "3 s");
    }

    #[test]
    fn against_the_usual() {
        let at = |text| Timestamp::parse(text).unwrap();
        let mut running = job(JobStatus::Running);
        assert_eq!(usual(&running, at("2026-09-17T18:00:20Z")), None);
        running.usual_ms = Some(40_000);
        for (now, is_late, filled) in [
            ("2026-09-17T18:00:20Z", false, 40.0),
            ("2026-09-17T18:00:40Z", false, 80.0),
            ("2026-09-17T18:00:41Z", true, 82.0),
            ("2026-09-17T18:10:00Z", true, 100.0),
        ] {
            let words = "usually 40 s".into();
            assert_eq!(usual(&running, at(now)), Some(Usual { words, is_late, filled }));
        }
        // What is over is not late any more, and what has not begun is not yet.
        for (status, filled) in [(JobStatus::Completed, 95.0), (JobStatus::Scheduled, 0.0)] {
            let job = JobSummary { usual_ms: Some(40_000), ..job(status) };
            let told = usual(&job, at("2026-09-17T18:10:00Z")).unwrap();
            assert_eq!((told.words.as_str(), told.is_late, told.filled), ("usually 40 s", false, filled));
        }
    }

    #[test]
    fn a_recount_is_told_for_a_minute() {
        let at = |second: u32| Timestamp::parse(&format!("2026-09-17T18:00:{second:02}Z")).unwrap();
        let job = |expected, found| JobSummary {
            expected_devices: expected,
            outcomes: Outcomes { queued: found, ..Outcomes::default() },
            ..job(JobStatus::Running)
        };
        for (expected, found, what) in [
            (None, 10, None),
            (Some(10), 10, None),
            (Some(10), 0, None),
            (Some(1204), 1210, Some("6 devices more than you were told.")),
            (Some(3), 2, Some("1 device fewer than you were told.")),
        ] {
            let told = recount(&job(expected, found), at(5));
            assert_eq!(told.as_ref().map(|told| told.0.as_str()), what);
        }
        let late = Timestamp::parse("2026-09-17T18:01:00Z").unwrap();
        assert!(recount(&job(Some(1), 2), at(59)).is_some() && recount(&job(Some(1), 2), late).is_none());
    }

    #[test]
    fn groups() {
        let mut later = job(JobStatus::Scheduled);
        later.start_time = Some(Timestamp::parse("2026-09-18T18:00:00Z").unwrap());
        let groups = Groups::of(vec![
            later.clone(),
            job(JobStatus::Completed),
            job(JobStatus::Scheduled),
            job(JobStatus::Queued),
        ]);
        assert_eq!((groups.running.len(), groups.scheduled.len(), groups.finished.len()), (1, 2, 1));
        assert_eq!(groups.scheduled[1], later);
        assert!(can_cancel(&later) && !can_cancel(&job(JobStatus::Running)));
    }
}
