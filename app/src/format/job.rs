//! A job as text: its action, target, duration, and the groups of the jobs list. Its state is
//! in `state`, what is said of it in `sentence`, how long it still takes in `time_left`.

pub(crate) mod sentence;
pub(crate) mod state;
pub(crate) mod time_left;

use console_wire::{job::JobSummary, rollout::Phase};
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};

use self::state::State;
use super::{Badge, number, time};

/// The job's state.
pub(crate) fn badge(job: &JobSummary) -> Badge {
    State::of(job).badge()
}

/// The kind of job: icon and name.
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

/// The request that the hub sent to each device, or the change of its twin.
pub(crate) fn request(job: &JobSummary) -> Option<serde_json::Value> {
    match (&job.cloud_to_device_method, &job.update_twin) {
        (Some(method), _) => serde_json::to_value(method).ok(),
        (None, Some(patch)) => serde_json::to_value(patch).ok(),
        (None, None) => None,
    }
}

/// `wave 2 of 3`, while a rollout in several waves is under way.
pub(crate) fn current_wave(job: &JobSummary) -> Option<String> {
    let rollout = job.rollout.as_ref().filter(|rollout| rollout.waves > 1)?;
    let is_under_way = matches!(rollout.phase, Phase::Running | Phase::Paused(_) | Phase::Stopping(_));
    is_under_way.then(|| format!("wave {} of {}", rollout.wave + 1, rollout.waves))
}

/// Whether the job can be changed: a rollout can until it begins. The hub has any other job.
pub(crate) fn can_be_edited(job: &JobSummary) -> bool {
    job.rollout
        .as_ref()
        .is_some_and(|rollout| matches!(rollout.phase, Phase::AwaitingApproval | Phase::Scheduled))
}

/// Whether the condition means every device.
pub(crate) fn is_every_device(condition: &str) -> bool {
    matches!(condition.trim(), "" | "*")
}

/// The number of devices as text; it is not known before the job starts.
pub(crate) fn target_count(job: &JobSummary) -> String {
    match (job.outcomes.total(), State::of(job)) {
        (0, State::CancelledBeforeStart | State::Failed) => "not counted".into(),
        (0, _) if !job.status.is_terminal() => "counted at the start".into(),
        (total, _) => number::devices(total),
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
    if end < start || matches!(State::of(job), State::CancelledBeforeStart | State::NoDevice) {
        return None;
    }
    u64::try_from(end.since(start).as_millis()).ok()
}

/// The elapsed time as text; empty before the start.
pub(crate) fn elapsed(job: &JobSummary, now: Timestamp) -> String {
    // A running clock shows whole seconds.
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
pub(crate) struct TypicalDuration {
    /// As text: `45 s`.
    pub(crate) duration: String,
    /// Whether it runs longer than that.
    pub(crate) is_late: bool,
    /// The elapsed part, in percent of a gauge whose mark is at [`TYPICAL_MARK`].
    pub(crate) filled: f64,
}

impl TypicalDuration {
    /// `usually 45 s`.
    pub(crate) fn short(&self) -> String {
        format!("usually {}", self.duration)
    }

    /// The same, and that it runs longer: `over the usual 45 s`.
    pub(crate) fn words(&self) -> String {
        if self.is_late { format!("over the usual {}", self.duration) } else { self.short() }
    }
}

/// The gauge's mark for the typical duration, in percent; beyond it there is room for longer ones.
pub(crate) const TYPICAL_MARK: f64 = 80.0;

/// The typical duration compared with the elapsed time; `None` while too few similar jobs have run.
pub(crate) fn typical_duration(job: &JobSummary, now: Timestamp) -> Option<TypicalDuration> {
    let usual = job.typical_duration_ms?;
    let elapsed = elapsed_millis(job, now).unwrap_or_default();
    let is_late = job.status == JobStatus::Running && elapsed > usual;
    #[expect(clippy::cast_precision_loss, reason = "a share is a rounded number")]
    let share = elapsed as f64 / usual.max(1) as f64;
    Some(TypicalDuration {
        duration: time::duration(usual),
        is_late,
        filled: (share * TYPICAL_MARK).min(100.0),
    })
}

/// The number of devices; before they are counted the expected number, or 0 when unknown.
pub(crate) fn device_count(job: &JobSummary) -> u64 {
    match job.outcomes.total() {
        0 => job.target_devices.or(job.expected_devices).unwrap_or_default(),
        counted => counted,
    }
}

/// During the first minute: how far the number of devices differs from the preview's, and why.
pub(crate) fn count_difference(job: &JobSummary, now: Timestamp) -> Option<(String, String)> {
    const FIRST_MINUTE: u64 = 60;

    let (expected, found) = (job.expected_devices?, job.outcomes.total());
    let start = job.start_time?;
    if found == 0 || found == expected || now < start || now.since(start).as_secs() >= FIRST_MINUTE {
        return None;
    }
    let more = if found > expected { "more" } else { "fewer" };
    Some((
        format!("{} {more} than the preview counted.", number::devices(found.abs_diff(expected))),
        format!(
            "{} were counted before; when the job began, {} matched.",
            number::grouped(expected),
            number::grouped(found)
        ),
    ))
}

/// Jobs by state: running (longest first), scheduled (soonest first), finished (newest first).
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
        groups.running.sort_by_key(|job| job.start_time.unwrap_or(job.created_time));
        groups.scheduled.sort_by_key(|job| job.start_time.unwrap_or(Timestamp::FAR_FUTURE));
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
            name: "Evening lock-up".into(),
            reason: None,
            job_type: JobType::ScheduleDeviceMethod,
            status,
            query_condition: "tags.simulated = true".into(),
            group: None,
            schedule: None,
            target_devices: None,
            expected_devices: None,
            parent: None,
            created_time: at("2026-09-17T17:59:59Z"),
            start_time: Some(at("2026-09-17T18:00:00Z")),
            end_time: status.is_terminal().then(|| at("2026-09-17T18:00:47.500Z")),
            last_sent_time: None,
            max_execution_time_in_seconds: None,
            cloud_to_device_method: Some(
                serde_json::from_value(json!({"methodName": "lockDoor", "payload": {"mode": "night"}}))
                    .unwrap(),
            ),
            update_twin: None,
            failure_reason: None,
            typical_duration_ms: None,
            unstarted_devices: None,
            device_job_statistics: hub_wire::job::DeviceJobStatistics::default(),
            outcomes: Outcomes { succeeded: 10, ..Outcomes::default() },
            origin: Origin::Console,
            created_by: None,
            cancelled_by: None,
            scope: None,
            cancel_reason: None,
            rollout: None,
            sequence: 1,
            as_of: at("2026-09-17T18:00:48Z"),
        }
    }

    #[test]
    fn counts_of_devices() {
        for (status, devices, text) in [
            (JobStatus::Scheduled, 0, "counted at the start"),
            (JobStatus::Running, 0, "counted at the start"),
            (JobStatus::Completed, 0, "0 devices"),
            (JobStatus::Cancelled, 0, "not counted"),
            (JobStatus::Failed, 0, "not counted"),
            (JobStatus::Completed, 1204, "1,204 devices"),
        ] {
            let outcomes = Outcomes { succeeded: devices, ..Outcomes::default() };
            assert_eq!(target_count(&JobSummary { outcomes, ..job(status) }), text, "{status:?}");
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
    fn typical_durations() {
        let at = |text| Timestamp::parse(text).unwrap();
        let mut running = job(JobStatus::Running);
        assert_eq!(typical_duration(&running, at("2026-09-17T18:00:20Z")), None);
        running.typical_duration_ms = Some(40_000);
        for (now, is_late, filled) in [
            ("2026-09-17T18:00:20Z", false, 40.0),
            ("2026-09-17T18:00:40Z", false, 80.0),
            ("2026-09-17T18:00:41Z", true, 82.0),
            ("2026-09-17T18:10:00Z", true, 100.0),
        ] {
            let typical = typical_duration(&running, at(now)).unwrap();
            assert_eq!((typical.is_late, typical.filled), (is_late, filled));
            assert_eq!(typical.words(), if is_late { "over the usual 40 s" } else { "usually 40 s" });
            assert_eq!(typical.short(), "usually 40 s");
        }
        // A job that has ended or has not started is not late.
        for (status, filled) in [(JobStatus::Completed, 95.0), (JobStatus::Scheduled, 0.0)] {
            let job = JobSummary { typical_duration_ms: Some(40_000), ..job(status) };
            let typical = typical_duration(&job, at("2026-09-17T18:10:00Z")).unwrap();
            assert_eq!(
                (typical.words().as_str(), typical.is_late, typical.filled),
                ("usually 40 s", false, filled)
            );
        }
    }

    #[test]
    fn a_different_count_is_shown_for_a_minute() {
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
            (Some(1204), 1210, Some("6 devices more than the preview counted.")),
            (Some(3), 2, Some("1 device fewer than the preview counted.")),
        ] {
            let difference = count_difference(&job(expected, found), at(5));
            assert_eq!(difference.as_ref().map(|difference| difference.0.as_str()), what);
        }
        let late = Timestamp::parse("2026-09-17T18:01:00Z").unwrap();
        assert!(
            count_difference(&job(Some(1), 2), at(59)).is_some()
                && count_difference(&job(Some(1), 2), late).is_none()
        );
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
    }
}
