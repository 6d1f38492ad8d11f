//! Jobs as lines of a device's activity.

use console_wire::{device::DeviceJob, outcome::Outcome};
use hub_wire::{error::ErrorCode, job::JobType, time::TICKS_PER_SECOND};

use super::{
    super::{
        history::{Section, Write},
        outcome, time,
    },
    Entry, version, written,
};

/// How far the times of a device's share of a job and of its twin may differ: the hub takes them one after the other.
const SLACK_TICKS: i64 = TICKS_PER_SECOND;

/// Whether a job made a write: it was written during the device's share of it, and the job sets all of its values.
pub(super) fn made(job: &DeviceJob, write: &Write) -> bool {
    let Some((start, end)) = job.start_time_utc.zip(job.end_time_utc) else { return false };
    let during = start.ticks() - SLACK_TICKS..=end.ticks() + SLACK_TICKS;
    write.section == Section::Desired
        && job.module_id.is_none()
        && job.outcome == Outcome::Succeeded
        && during.contains(&write.at.ticks())
        && write.paths.iter().all(|path| job.desired_paths.contains(path))
}

/// A job as a line; `write` are its desired properties in the twin, as far as no later write has overwritten them.
pub(super) fn of_job(job: &DeviceJob, write: Option<&Write>) -> Entry {
    let badge = outcome::badge(job.outcome);
    // The hub's number says the same in less room than its name.
    let number = |name: &String| ErrorCode::from_name(name).map(|code| code.number().to_string());
    let code = job.response_status.map(|status| status.to_string());
    let code =
        code.or_else(|| job.error_code.as_ref().map(|name| number(name).unwrap_or_else(|| name.clone())));
    let result = match code {
        Some(code) => format!("{}, {code}", badge.label),
        None => badge.label.to_owned(),
    };
    let (badge, result) = write.map_or((badge, result), written);
    let took = job.start_time_utc.zip(job.end_time_utc).map(|(begin, end)| {
        time::duration(u64::try_from(end.unix_millis() - begin.unix_millis()).unwrap_or_default())
    });
    let kind = if job.job_type == JobType::ScheduleDeviceMethod { "method" } else { "twin change" };
    let module = job.module_id.as_ref().map(|id| format!("module-{id}")).unwrap_or_default();
    Entry {
        id: format!("job-{}{module}", job.job_id),
        at: job.end_time_utc.or(job.start_time_utc).unwrap_or(job.created_time),
        title: job.name.clone(),
        job_id: Some(job.job_id.clone()),
        kind: format!("job, {kind}"),
        detail: job.action.clone(),
        badge,
        result,
        note: write.and_then(version).or(took).unwrap_or_default(),
        bodies: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::twin::TwinProperties;
    use serde_json::{Value, json};

    use super::{
        super::{entries, tests::AT},
        *,
    };

    fn job(over: &Value) -> DeviceJob {
        let mut job = json!({"jobId": "j", "name": "Evening lock-up", "type": "scheduleDeviceMethod",
            "action": "lockDoor", "jobStatus": "completed", "createdTime": AT, "outcome": "failed"});
        job.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        serde_json::from_value(job).unwrap()
    }

    /// A device's share of a job that sets `a` and `b`.
    fn change(over: &Value) -> DeviceJob {
        let mut change = json!({"type": "scheduleUpdateTwin", "action": "a, b", "outcome": "succeeded",
            "desiredPaths": ["a", "b"], "startTimeUtc": AT, "endTimeUtc": AT});
        change.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        job(&change)
    }

    /// A twin in which these properties were set to 2 at the same time, and reported as here.
    fn twin(set: &[&str], reported: &Value) -> TwinProperties {
        let members = |value: Value| -> Value { set.iter().map(|name| (*name, value.clone())).collect() };
        let mut desired = members(json!(2));
        desired["$metadata"] = members(json!({"$lastUpdated": AT, "$lastUpdatedVersion": 4}));
        serde_json::from_value(json!({"desired": desired, "reported": reported})).unwrap()
    }

    #[test]
    fn jobs_are_named_by_the_hubs_numbers() {
        for (over, result) in [
            (json!({"responseStatus": 500}), "Failed, 500"),
            (json!({"errorCode": "DeviceConnectionClosedRemotely"}), "Failed, 404104"),
            (
                json!({"errorCode": "DeviceJobInterrupted", "outcome": "interrupted"}),
                "Interrupted, DeviceJobInterrupted",
            ),
            (json!({"outcome": "queued"}), "Queued"),
        ] {
            let entry = &entries(&[job(&over)], &[], &TwinProperties::default())[0];
            assert_eq!(entry.result, result);
            assert_eq!((entry.title.as_str(), entry.job_id.as_deref()), ("Evening lock-up", Some("j")));
        }
    }

    #[test]
    fn a_write_of_a_job_is_one_line() {
        let (later, much_later) = ("2026-01-01T00:00:11Z", "2026-01-01T00:00:12Z");
        let waiting = twin(&["a", "b"], &json!({}));
        let followed = twin(&["a", "b"], &json!({"a": 2, "b": 2}));
        let partly_overwritten = twin(&["b"], &json!({"b": 2}));
        let other_values = twin(&["c"], &json!({"c": 2}));
        let apart = ["Succeeded", "Written, not yet reported"];
        for (over, properties, lines) in [
            (json!({}), &waiting, &apart[1..]),
            (json!({}), &followed, &["Written, reported since"]),
            (json!({}), &partly_overwritten, &["Written, reported since"]),
            (json!({"startTimeUtc": later, "endTimeUtc": later}), &waiting, &apart[1..]),
            // Another client's write.
            (json!({}), &other_values, &["Succeeded", "Written, reported since"]),
            (json!({"startTimeUtc": much_later, "endTimeUtc": much_later}), &waiting, &apart),
            (json!({"outcome": "failed"}), &waiting, &["Failed", "Written, not yet reported"]),
            (json!({"moduleId": "m"}), &waiting, &apart),
        ] {
            let entries = entries(&[change(&over)], &[], properties);
            let mut found: Vec<_> = entries.iter().map(|entry| entry.result.as_str()).collect();
            found.sort_unstable();
            assert_eq!(found, lines, "{over}");
        }
    }
}
