//! What the hub's row of a device means for the rules of a rollout. Pure.

use console_wire::outcome::INTERRUPTED;
use hub_wire::{
    DeviceId, Timestamp,
    device_job::{DeviceJob, DeviceJobError, DeviceJobStatus},
    error::ErrorCode,
};
use rollout::retry::Answer;

use crate::rollouts::call::Action;

/// The hub refuses a job. Ours, not IoT Hub's.
pub(super) const REFUSED: u32 = 400_000;
/// The error of a device that had no answer when its job's time was up. That of the embedded hub; IoT Hub documents none.
const TIME_UP: &str = "MaxExecutionTimeExceeded";

/// What a row of the hub says of a call.
#[derive(Debug, PartialEq)]
pub(super) enum RowAnswer {
    /// It has ended. The row is as the console shows it.
    Answered(Answer, Box<DeviceJob>),
    /// The device's turn did not come within the time of its job.
    NotSent,
}

/// The answer in a row; `None` while the call has not ended.
pub(super) fn of_row(action: &Action, row: DeviceJob) -> Option<RowAnswer> {
    let row = DeviceJob { job_id: action.job_id.clone(), ..row };
    let answer = match row.status {
        DeviceJobStatus::Completed => {
            let response = row.outcome.as_ref().and_then(|outcome| outcome.device_method_response.as_ref());
            response.map_or(Answer::Written, |response| Answer::Device(response.status))
        }
        DeviceJobStatus::Failed => return Some(of_failed(row)),
        DeviceJobStatus::Canceled => {
            let text = "The job on the hub was cancelled by another client before this device's turn came.";
            return Some(answered(Answer::Hub(REFUSED), failed(row, "JobCancelled", text)));
        }
        _ => return None,
    };
    Some(answered(answer, row))
}

fn of_failed(row: DeviceJob) -> RowAnswer {
    let code = row.error.as_ref().map(|error| error.code.as_str()).unwrap_or_default();
    if code == TIME_UP && row.start_time_utc.is_none() {
        return RowAnswer::NotSent;
    }
    if code == TIME_UP || code == INTERRUPTED {
        let text = row.error.as_ref().map(|error| error.description.clone()).unwrap_or_default();
        return answered(Answer::Unknown, failed(row, INTERRUPTED, &text));
    }
    let known = ErrorCode::from_name(code).map(ErrorCode::number).or_else(|| code.parse().ok());
    answered(Answer::Hub(known.unwrap_or(REFUSED)), row)
}

fn answered(answer: Answer, row: DeviceJob) -> RowAnswer {
    RowAnswer::Answered(answer, Box::new(row))
}

fn failed(row: DeviceJob, code: &str, text: &str) -> DeviceJob {
    let error = DeviceJobError { code: code.to_owned(), description: text.to_owned() };
    DeviceJob { status: DeviceJobStatus::Failed, error: Some(error), ..row }
}

/// The row of a device whose job the hub refused, or could not run.
pub(super) fn refused(action: &Action, device_id: &str, reason: &str, at: Timestamp) -> Option<DeviceJob> {
    let text = format!("The hub did not run the job that calls this device: {reason}.");
    Some(action.failed(DeviceId::new(device_id).ok()?, "JobRefused", &text, at))
}

/// The row of a device that was not there when its job began.
pub(super) fn not_found(action: &Action, device_id: &str, at: Timestamp) -> Option<DeviceJob> {
    let text = match &action.scope {
        Some(scope) => format!(
            "The hub did not know this device when the job began, or it was outside the scope {scope}."
        ),
        None => "The hub did not know this device when the job began.".to_owned(),
    };
    Some(action.failed(DeviceId::new(device_id).ok()?, ErrorCode::DeviceNotFound.name(), &text, at))
}

/// The row of a device whose job the hub does not know any more.
pub(super) fn lost(action: &Action, device_id: &str, at: Timestamp) -> Option<DeviceJob> {
    let text = "The hub does not know the job any more that calls this device; whether the device acted is not known.";
    Some(action.failed(DeviceId::new(device_id).ok()?, INTERRUPTED, text, at))
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcome;
    use hub_wire::job::JobType;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn rows_become_answers() {
        let action = Action {
            job_id: "nightly".to_owned(),
            job_type: JobType::ScheduleDeviceMethod,
            method: None,
            twin: None,
            scope: None,
        };
        let response = |status: i32| json!({"deviceMethodResponse": {"status": status, "payload": null}});
        let error = |code: &str| json!({"code": code, "description": "why"});
        let begun = json!("2026-11-22T20:00:00Z");
        for (status, outcome, error, start, expected) in [
            ("pending", Value::Null, Value::Null, Value::Null, None),
            ("running", Value::Null, Value::Null, begun.clone(), None),
            ("completed", response(200), Value::Null, begun.clone(), Some(Some(Answer::Device(200)))),
            ("completed", response(409), Value::Null, begun.clone(), Some(Some(Answer::Device(409)))),
            ("completed", Value::Null, Value::Null, begun.clone(), Some(Some(Answer::Written))),
            (
                "failed",
                Value::Null,
                error("DeviceNotOnline"),
                begun.clone(),
                Some(Some(Answer::Hub(404_103))),
            ),
            ("failed", Value::Null, error("504101"), begun.clone(), Some(Some(Answer::Hub(504_101)))),
            ("failed", Value::Null, error("SomethingNew"), begun.clone(), Some(Some(Answer::Hub(400_000)))),
            (
                "failed",
                Value::Null,
                error("DeviceJobInterrupted"),
                begun.clone(),
                Some(Some(Answer::Unknown)),
            ),
            ("failed", Value::Null, error("MaxExecutionTimeExceeded"), begun, Some(Some(Answer::Unknown))),
            ("failed", Value::Null, error("MaxExecutionTimeExceeded"), Value::Null, Some(None)),
            ("canceled", Value::Null, Value::Null, Value::Null, Some(Some(Answer::Hub(400_000)))),
        ] {
            let row: DeviceJob = serde_json::from_value(json!({"deviceId": "a", "jobId": "nightly-part-1",
                "jobType": "scheduleDeviceMethod", "status": status, "outcome": outcome, "error": error,
                "startTimeUtc": start}))
            .unwrap();
            let found = of_row(&action, row).map(|found| match found {
                RowAnswer::NotSent => None,
                RowAnswer::Answered(answer, row) => {
                    assert_eq!(row.job_id, "nightly");
                    assert_eq!(Outcome::of(&row), answer.outcome(), "the row says the same: {row:?}");
                    Some(answer)
                }
            });
            assert_eq!(found, expected, "{status} {error}");
        }
    }
}
