//! A job: what is accepted, and the states it moves through.
//!
//! ```text
//! queued ──► scheduled ──► running ──► completed
//!    │  └───────┬──────────►  │
//!    └── cancel ┴─► cancelled └─────► failed
//! ```
//!
//! A job that cannot start (its condition does not parse) fails straight from queued or scheduled. Source:
//! `iot-hub-devguide-jobs.md`, corrected by what live hubs refuse.

use std::time::Duration;

use hub_wire::{
    JobId, Timestamp,
    direct_method::DirectMethodRequest,
    envelope::{self, EnvelopeFault},
    job::{DEFAULT_MAX_EXECUTION_TIME, JobReceipt, JobRequest, JobStatus, JobType, MAX_START_AHEAD},
    twin::TwinPatch,
    twin_rules::{self, Nulls, Section},
};
use serde::Deserialize;

use super::RequestError;

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEvent {
    /// Its start is ahead.
    Schedule,
    /// Its devices are fixed and its work begins.
    Start,
    /// It cannot run.
    Fail,
    /// Every device has an outcome.
    Complete,
    /// It is cancelled.
    Cancel,
}

/// The state after an event; none when the state does not allow it.
pub const fn next(status: JobStatus, event: JobEvent) -> Option<JobStatus> {
    use JobEvent as On;
    use JobStatus as Is;
    match (status, event) {
        (Is::Queued, On::Schedule) => Some(Is::Scheduled),
        (Is::Queued | Is::Scheduled, On::Start) => Some(Is::Running),
        (Is::Queued | Is::Scheduled, On::Cancel) => Some(Is::Cancelled),
        (Is::Queued | Is::Scheduled | Is::Running, On::Fail) => Some(Is::Failed),
        (Is::Running, On::Complete) => Some(Is::Completed),
        _ => None,
    }
}

/// A start this much after its time is late, and reported.
pub const LATE: Duration = Duration::from_secs(1);

/// The remark on a job that started late, most often because the hub was not running when its time came.
pub fn lateness(planned: Timestamp, started: Timestamp) -> Option<String> {
    let late = started.since(planned);
    let seconds = late.as_millis().div_ceil(100);
    (late >= LATE)
        .then(|| format!("Started {}.{} s late: it was to start at {planned}.", seconds / 10, seconds % 10))
}

/// The body of `PUT /jobs/v2/{jobId}`. Some clients leave the id to the path.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobBody {
    job_id: Option<JobId>,
    #[serde(rename = "type")]
    job_type: JobType,
    cloud_to_device_method: Option<DirectMethodRequest>,
    update_twin: Option<TwinPatch>,
    query_condition: String,
    start_time: Option<Timestamp>,
    max_execution_time_in_seconds: Option<u32>,
}

/// Reads the body of `PUT /jobs/v2/{jobId}`, telling apart what is missing, unknown and malformed as the hub does.
pub fn read_request(job_id: &JobId, body: &[u8]) -> Result<JobRequest, RequestError> {
    let read = envelope::read::<JobBody>(body).map_err(|error| match (error.fault, error.path.as_str()) {
        // Live hubs have another code for a type that they do not know.
        (EnvelopeFault::Invalid, "type") => RequestError::BadRequest(format!("BadRequest: {error}")),
        _ => error.into(),
    })?;
    let body = read.content;
    if let Some(update) = &body.update_twin {
        update.check_members("updateTwin", &read.unknown)?;
    }
    if let Some(other) = body.job_id.filter(|other| other != job_id) {
        return Err(RequestError::ArgumentInvalid(format!(
            "jobId in the body is '{other}' and in the path '{job_id}'"
        )));
    }
    // Clients write 0 for "not given".
    let max_execution_time = body.max_execution_time_in_seconds.filter(|seconds| *seconds > 0);
    Ok(JobRequest {
        job_id: job_id.clone(),
        job_type: body.job_type,
        cloud_to_device_method: body.cloud_to_device_method,
        update_twin: body.update_twin,
        query_condition: body.query_condition,
        start_time: body.start_time,
        max_execution_time_in_seconds: Some(max_execution_time.unwrap_or(DEFAULT_MAX_EXECUTION_TIME)),
    })
}

/// Checks a request against every rule that creation applies. The condition is not among them: a bad one is accepted
/// and fails the job at its start, as on live hubs.
pub fn check(request: &JobRequest, now: Timestamp) -> Result<(), RequestError> {
    match request.job_type {
        JobType::ScheduleDeviceMethod => check_method(request)?,
        JobType::ScheduleUpdateTwin => check_twin(request)?,
        JobType::Unknown => return Err(RequestError::BadRequest("BadRequest: unknown job type".into())),
    }
    if request.start_time.is_some_and(|at| at > now.plus(MAX_START_AHEAD)) {
        return Err(RequestError::ArgumentInvalid("startTime must be within 168 hours from now".into()));
    }
    if request.max_execution_time_in_seconds == Some(0) {
        return Err(RequestError::ArgumentInvalid("maxExecutionTimeInSeconds must be at least 1".into()));
    }
    Ok(())
}

fn check_method(request: &JobRequest) -> Result<(), RequestError> {
    if request.update_twin.is_some() {
        return Err(RequestError::ArgumentInvalid(
            "updateTwin does not belong to job type ScheduleDeviceMethod".into(),
        ));
    }
    let method =
        request.cloud_to_device_method.as_ref().ok_or(RequestError::ArgumentNull("cloudToDeviceMethod"))?;
    method.check().map_err(|error| RequestError::ArgumentInvalid(error.to_string()))
}

fn check_twin(request: &JobRequest) -> Result<(), RequestError> {
    if request.cloud_to_device_method.is_some() {
        return Err(RequestError::ArgumentInvalid(
            "cloudToDeviceMethod does not belong to job type ScheduleUpdateTwin".into(),
        ));
    }
    let update = request.update_twin.as_ref().ok_or(RequestError::ArgumentNull("updateTwin"))?;
    if !matches!(update.etag.as_deref(), Some("*" | "\"*\"")) {
        return Err(RequestError::ArgumentInvalid(
            "Missing or invalid etag for job type ScheduleUpdateTwin. ScheduleUpdateTwin job type is a force update, \
             which only accepts '*' as the Etag."
                .into(),
        ));
    }
    let sections = [(Section::Tags, update.tags.as_ref()), (Section::Desired, update.desired())];
    for (section, content) in sections {
        if let Some(content) = content {
            twin_rules::check(section, content, Nulls::Remove)
                .map_err(|fault| RequestError::ArgumentInvalid(fault.to_string()))?;
        }
    }
    Ok(())
}

/// What the hub answers, with 200, for a job it does not know.
pub fn unknown_job(job_id: &str) -> JobReceipt {
    JobReceipt { job_id: job_id.to_owned(), job_type: JobType::Unknown, status: JobStatus::Unknown }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_millis(1_700_000_000_000);

    #[test]
    fn every_transition() {
        use JobEvent::{Cancel, Complete, Fail, Schedule, Start};
        use JobStatus::{Cancelled, Completed, Enqueued, Failed, Queued, Running, Scheduled, Unknown};
        let allowed = [
            (Queued, Schedule, Scheduled),
            (Queued, Start, Running),
            (Scheduled, Start, Running),
            (Queued, Cancel, Cancelled),
            (Scheduled, Cancel, Cancelled),
            (Queued, Fail, Failed),
            (Scheduled, Fail, Failed),
            (Running, Fail, Failed),
            (Running, Complete, Completed),
        ];
        for status in [Queued, Scheduled, Running, Completed, Failed, Cancelled, Enqueued, Unknown] {
            for event in [Schedule, Start, Fail, Complete, Cancel] {
                let expected = allowed.iter().find(|row| (row.0, row.1) == (status, event)).map(|row| row.2);
                assert_eq!(next(status, event), expected, "{status:?} {event:?}");
            }
            assert!(!status.is_terminal() || next(status, Start).is_none());
        }
    }

    #[test]
    fn late_starts_are_reported() {
        for (millis, expected) in [
            (-5, None),
            (0, None),
            (999, None),
            (1000, Some("Started 1.0 s late: it was to start at 2023-11-14T22:13:20.0000000Z.")),
            (3_600_050, Some("Started 3600.1 s late: it was to start at 2023-11-14T22:13:20.0000000Z.")),
        ] {
            let started = Timestamp::from_unix_millis(1_700_000_000_000 + millis);
            assert_eq!(lateness(NOW, started).as_deref(), expected, "{millis}");
        }
    }

    fn verdict(change: &Value) -> String {
        let mut body = json!({
            "jobId": "j", "type": "scheduleUpdateTwin", "queryCondition": "*",
            "updateTwin": {"etag": "*", "tags": {"a": null}}
        });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let checked = read_request(&JobId::new("j").unwrap(), body.to_string().as_bytes())
            .and_then(|request| check(&request, NOW));
        checked.map_or_else(|error| format!("{}: {error}", error.code().name()), |()| "ok".into())
    }

    #[test]
    fn what_is_accepted() {
        for change in [
            json!({}),
            json!({"queryCondition": "this is not a condition"}),
            json!({"startTime": null}),
            json!({"jobId": null, "maxExecutionTimeInSeconds": 0}),
            json!({"type": "ScheduleUpdateTwin", "maxExecutionTimeInSeconds": "60"}),
            json!({"updateTwin": {"Etag": "*", "Properties": {"Desired": null}, "version": 1}}),
            json!({"startTime": "2001-01-01T00:00:00"}),
            json!({"startTime": NOW.plus(MAX_START_AHEAD).to_string(), "maxExecutionTimeInSeconds": 1}),
            json!({"updateTwin": {"etag": "\"*\"", "properties": {"desired": {"$version": 3, "a": 1}}}}),
            json!({"type": "scheduleDeviceMethod", "updateTwin": null,
                   "cloudToDeviceMethod": {"methodName": "m", "payload": null}}),
        ] {
            assert_eq!(verdict(&change), "ok", "{change}");
        }
    }

    #[test]
    fn what_is_refused() {
        let method = json!({"methodName": "m"});
        for (change, expected) in [
            (json!({"jobId": "other"}), "ArgumentInvalid: jobId in the body"),
            (json!({"jobId": "a b"}), "ArgumentInvalid: BadRequest: jobId: invalid job id"),
            (json!({"type": null}), "ArgumentNull: BadRequest: 'type'"),
            (
                json!({"type": "rebootDevice"}),
                "GenericBadRequest: BadRequest: type: 'rebootDevice' is not one of scheduleDeviceMethod, scheduleUpdateTwin",
            ),
            (json!({"queryCondition": null}), "ArgumentNull: BadRequest: 'queryCondition'"),
            (json!({"updateTwin": null}), "ArgumentNull: 'updateTwin'"),
            (json!({"cloudToDeviceMethod": method}), "ArgumentInvalid: cloudToDeviceMethod does not belong"),
            (json!({"type": "scheduleDeviceMethod"}), "ArgumentInvalid: updateTwin does not belong"),
            (
                json!({"type": "scheduleDeviceMethod", "updateTwin": null}),
                "ArgumentNull: 'cloudToDeviceMethod'",
            ),
            (
                json!({"type": "scheduleDeviceMethod", "updateTwin": null,
                       "cloudToDeviceMethod": {"methodName": "m", "responseTimeoutInSeconds": 4}}),
                "ArgumentInvalid: responseTimeoutInSeconds is 4",
            ),
            (
                json!({"type": "scheduleDeviceMethod", "updateTwin": null,
                       "cloudToDeviceMethod": {"methodName": "m", "connectTimeoutInSeconds": 31}}),
                "ArgumentInvalid: connectTimeoutInSeconds (31)",
            ),
            (json!({"updateTwin": {"tags": {}}}), "ArgumentInvalid: Missing or invalid etag"),
            (json!({"updateTwin": {"etag": "AAAAAAAAAAE="}}), "ArgumentInvalid: Missing or invalid etag"),
            (json!({"updateTwin": {"etag": "*", "tags": {"a b": 1}}}), "ArgumentInvalid: tags.a b: a name"),
            (
                json!({"updateTwin": {"etag": "*", "properties": {"desired": {"a": [null]}}}}),
                "ArgumentInvalid: properties.desired.a[0]: an array may not hold null",
            ),
            (
                json!({"startTime": NOW.plus(MAX_START_AHEAD + std::time::Duration::from_secs(1)).to_string()}),
                "ArgumentInvalid: startTime must be within 168 hours",
            ),
            (
                json!({"startTime": "soon"}),
                "ArgumentInvalid: BadRequest: startTime: 'soon' is not an ISO 8601 time",
            ),
            (
                json!({"maxExecutionTimeInSeconds": -1}),
                "ArgumentInvalid: BadRequest: maxExecutionTimeInSeconds: invalid value",
            ),
            (
                json!({"updateTwin": {"etag": "*", "desired": {"a": 1}}}),
                "ArgumentInvalid: nothing would change: 'updateTwin.desired' is not a member",
            ),
            (json!({"updateTwin": []}), "ArgumentInvalid: BadRequest: updateTwin: an object is expected"),
        ] {
            let verdict = verdict(&change);
            assert!(verdict.starts_with(expected), "{change}: {verdict}");
        }
    }
}
