//! What is refused of a rollout before anything is written. Pure.

use console_wire::{
    job::NewJob,
    problem::FieldError,
    rollout::settings::{Settings, Then},
};
use hub_wire::Timestamp;
use rollout::window;

use crate::target::Target;

/// Takes the settings out of a job and makes them and the job agree: one start, one response timeout. `can_ask_webhook`: a
/// webhook is active that answers rollouts.
///
/// # Errors
/// Every member at fault.
pub(super) fn check(
    job: &mut NewJob,
    can_ask_webhook: bool,
    now: Timestamp,
) -> Result<Option<Settings>, Vec<FieldError>> {
    let Some(mut settings) = job.rollout.take().map(|settings| *settings) else { return Ok(None) };
    let mut faults = Vec::new();
    let mut refuse = |field: &str, message: &str| faults.push(FieldError::new(field, message));
    match (job.start_time, settings.start_time) {
        (Some(of_job), Some(start)) if of_job != start => {
            refuse("rollout.startTime", "is not that of the job; leave it out");
        }
        (of_job, start) => settings.start_time = of_job.or(start),
    }
    job.start_time = settings.start_time;
    if job.max_execution_time_in_seconds.is_some_and(|seconds| seconds > 0) {
        refuse(
            "maxExecutionTimeInSeconds",
            "does not belong in a job with a rollout; write rollout.end instead",
        );
    }
    if Target::of(&job.query_condition).is_of_modules() {
        refuse("queryCondition", "addresses modules; a rollout calls devices");
    }
    for (index, wave) in settings.waves.iter().enumerate() {
        if wave.gate.then == Then::AskWebhook && !can_ask_webhook {
            let field = format!("rollout.waves[{index}].gate.then");
            refuse(
                &field,
                "asks a webhook, and no active webhook has the event rollout.gate; an administrator creates one on the page \
                 Webhooks. Without one write continue or askPerson",
            );
        }
    }
    if let Some(method) = &mut job.cloud_to_device_method {
        match method.response_timeout_in_seconds {
            Some(seconds) => settings.response_timeout_in_seconds = seconds,
            None => method.response_timeout_in_seconds = Some(settings.response_timeout_in_seconds),
        }
    }
    if let Err(found) = settings.check(now, window::is_zone) {
        let prefixed =
            found.into_iter().map(|fault| FieldError { field: format!("rollout.{}", fault.field), ..fault });
        faults.extend(prefixed);
    }
    if faults.is_empty() { Ok(Some(settings)) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(change: &Value) -> Result<(NewJob, Settings), Vec<String>> {
        let mut job = json!({"type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "x"}});
        for (name, value) in change.as_object().unwrap() {
            job[name] = value.clone();
        }
        let mut job: NewJob = serde_json::from_value(job).unwrap();
        let now = Timestamp::parse("2026-11-22T20:00:00Z").unwrap();
        match check(&mut job, false, now) {
            Ok(settings) => Ok((job, settings.unwrap())),
            Err(faults) => Err(faults.into_iter().map(|fault| fault.field).collect()),
        }
    }

    #[test]
    fn what_does_not_belong_in_a_rollout() {
        for (change, fields) in [
            (json!({"rollout": {}, "maxExecutionTimeInSeconds": 60}), &["maxExecutionTimeInSeconds"][..]),
            (json!({"rollout": {}, "queryCondition": "FROM devices.modules"}), &["queryCondition"]),
            (
                json!({"rollout": {"startTime": "2026-11-23T20:00:00Z"}, "startTime": "2026-11-24T20:00:00Z"}),
                &["rollout.startTime"],
            ),
            (
                json!({"rollout": {"waves": [{"size": {"devices": 0}, "gate": {"then": "askWebhook"}}]}}),
                &["rollout.waves[0].gate.then", "rollout.waves[0].size"],
            ),
            (
                json!({"rollout": {"windows": {"windows": [{"start": "22:00", "minutes": 60}], "zone": {"name": "Berlin"}}}}),
                &["rollout.windows.zone.name"],
            ),
        ] {
            assert_eq!(checked(&change).unwrap_err(), fields, "{change}");
        }
    }

    #[test]
    fn a_webhook_that_answers_can_be_asked() {
        let job = json!({"type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "x"},
            "rollout": {"waves": [{"size": {"devices": 1}, "gate": {"then": "askWebhook"}}]}});
        let mut job: NewJob = serde_json::from_value(job).unwrap();
        let now = Timestamp::parse("2026-11-22T20:00:00Z").unwrap();
        assert!(check(&mut job.clone(), true, now).is_ok());
        let faults = check(&mut job, false, now).unwrap_err();
        assert!(faults[0].message.contains("rollout.gate"), "{faults:?}");
    }

    #[test]
    fn job_and_settings_agree() {
        let timeout = |job: &NewJob| job.cloud_to_device_method.as_ref().unwrap().response_timeout_in_seconds;
        let (job, settings) = checked(&json!({"rollout": {"responseTimeoutInSeconds": 50}})).unwrap();
        assert_eq!((timeout(&job), settings.response_timeout_in_seconds), (Some(50), 50));
        let method = json!({"methodName": "x", "responseTimeoutInSeconds": 7});
        let (job, settings) = checked(&json!({"rollout": {}, "cloudToDeviceMethod": method})).unwrap();
        assert_eq!((timeout(&job), settings.response_timeout_in_seconds), (Some(7), 7));
        let start = json!("2026-11-23T20:00:00Z");
        for change in [json!({"rollout": {}, "startTime": start}), json!({"rollout": {"startTime": start}})] {
            let (job, settings) = checked(&change).unwrap();
            assert!(job.start_time.is_some() && job.start_time == settings.start_time, "{change}");
        }
    }
}
