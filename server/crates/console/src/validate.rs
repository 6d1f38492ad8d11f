//! What the console refuses before it calls the hub, with the path of the member at fault. Pure.

use console_wire::{
    job::{MAX_LISTED_DEVICES, MAX_NAME, MAX_REASON, NewJob},
    problem::FieldError,
};
use hub_wire::{
    DeviceId, JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{JobRequest, JobType, MAX_START_AHEAD},
    query::MAX_QUERY_LENGTH,
    twin::TwinPatch,
    twin_rules,
};

use crate::{ConsoleError, job_id, target};

/// Longest a job may run, in seconds: as long as the hub remembers it. The hub's own bound is not documented.
pub(crate) const MAX_EXECUTION_TIME: u32 = 30 * 24 * 3600;

/// A valid job.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What the hub gets, with an id and an etag filled in.
    pub(crate) request: JobRequest,
    /// The chosen name.
    pub(crate) name: Option<String>,
    /// Why it runs.
    pub(crate) reason: Option<String>,
    /// Its devices, for a job on a list.
    pub(crate) device_ids: Option<Vec<DeviceId>>,
}

/// Checks a job.
///
/// # Errors
/// Every member at fault.
pub(crate) fn job(job: NewJob, now: Timestamp) -> Result<Checked, Vec<FieldError>> {
    let mut errors = Vec::new();
    let name = label("name", job.name.as_deref(), MAX_NAME, &mut errors);
    let reason = label("reason", job.reason.as_deref(), MAX_REASON, &mut errors);
    action(&job, &mut errors);
    match &job.device_ids {
        None => condition(&job.query_condition, &mut errors),
        Some(ids) => {
            if !job.query_condition.trim().is_empty() {
                let message = "does not go together with queryCondition; one of the two says which devices";
                errors.push(FieldError::new("deviceIds", message));
            }
            errors.extend(list_fault(ids.len()));
        }
    }
    if job.start_time.is_some_and(|start| start.since(now) > MAX_START_AHEAD) {
        errors.push(FieldError::new("startTime", "must be within 168 hours from now"));
    }
    // As on the hub, 0 means that it was not given.
    let max_execution_time = job.max_execution_time_in_seconds.filter(|seconds| *seconds > 0);
    if let Some(seconds) = max_execution_time
        && seconds > MAX_EXECUTION_TIME
    {
        let message = format!("is {seconds}; it must be at most {MAX_EXECUTION_TIME}");
        errors.push(FieldError::new("maxExecutionTimeInSeconds", message));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let given = job.job_id;
    let placeholder = || JobId::new("job").expect("three letters");
    let mut request = JobRequest {
        job_id: given.clone().unwrap_or_else(placeholder),
        job_type: job.job_type,
        cloud_to_device_method: job.cloud_to_device_method,
        // A job forces its change; the hub refuses any other etag.
        update_twin: job.update_twin.map(|patch| TwinPatch { etag: Some("*".to_owned()), ..patch }),
        query_condition: job.query_condition.trim().to_owned(),
        start_time: job.start_time,
        max_execution_time_in_seconds: max_execution_time,
    };
    if given.is_none() {
        request.job_id = job_id::generate(name.as_deref().unwrap_or(&job_id::action(&request)));
    }
    Ok(Checked { request, name, reason, device_ids: job.device_ids })
}

/// A name or a reason, without white space around it; `None` when nothing is left.
pub(crate) fn label(
    field: &str,
    text: Option<&str>,
    longest: usize,
    errors: &mut Vec<FieldError>,
) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let length = text.chars().count();
    if length > longest {
        errors
            .push(FieldError::new(field, format!("has {length} characters; at most {longest} are allowed")));
    }
    if text.chars().any(char::is_control) {
        errors
            .push(FieldError::new(field, "holds a control character, such as a line break; write one line"));
    }
    Some(text.to_owned())
}

/// What is wrong with a job without a reason.
pub(crate) fn reason_fault(is_required: bool, reason: Option<&str>) -> Option<FieldError> {
    let is_missing = is_required && reason.is_none_or(|reason| reason.trim().is_empty());
    is_missing.then(|| FieldError::new("reason", "is required on this console; say why the job runs"))
}

/// What is wrong with the size of a list.
pub(crate) fn list_fault(length: usize) -> Option<FieldError> {
    let message = match length {
        0 => "names no device".to_owned(),
        1..=MAX_LISTED_DEVICES => return None,
        _ => format!("names {length} devices; at most {MAX_LISTED_DEVICES} are allowed"),
    };
    Some(FieldError::new("deviceIds", message))
}

fn action(job: &NewJob, errors: &mut Vec<FieldError>) {
    let mut refuse = |field: &str, message: &str| errors.push(FieldError::new(field, message));
    match job.job_type {
        JobType::ScheduleDeviceMethod => {
            if job.update_twin.is_some() {
                refuse("updateTwin", "does not belong in a job of type scheduleDeviceMethod");
            }
            match &job.cloud_to_device_method {
                None => refuse("cloudToDeviceMethod", "is required in a job of type scheduleDeviceMethod"),
                Some(method) => errors.extend(method_fault("cloudToDeviceMethod.", method)),
            }
        }
        JobType::ScheduleUpdateTwin => {
            if job.cloud_to_device_method.is_some() {
                refuse("cloudToDeviceMethod", "does not belong in a job of type scheduleUpdateTwin");
            }
            match &job.update_twin {
                None => refuse("updateTwin", "is required in a job of type scheduleUpdateTwin"),
                Some(patch) => twin(patch, errors),
            }
        }
        JobType::Unknown => refuse("type", "must be scheduleDeviceMethod or scheduleUpdateTwin"),
    }
}

fn twin(patch: &TwinPatch, errors: &mut Vec<FieldError>) {
    if patch.etag.as_deref().is_some_and(|etag| etag != "*") {
        errors.push(FieldError::new("updateTwin.etag", "must be absent or *: a job forces its change"));
    }
    errors.extend(patch_fault("updateTwin", patch));
}

/// What is wrong with a method call; `prefix` goes before the member's name.
pub(crate) fn method_fault(prefix: &str, method: &DirectMethodRequest) -> Option<FieldError> {
    let fault = method.check().err()?;
    Some(FieldError::new(format!("{prefix}{}", fault.member()), fault.to_string()))
}

/// What is wrong with a change of a twin; `root` is the patch's own path, or empty.
pub(crate) fn patch_fault(root: &str, patch: &TwinPatch) -> Option<FieldError> {
    if patch.is_empty() {
        let field = if root.is_empty() { "tags" } else { root };
        return Some(FieldError::new(field, "must change at least one tag or desired property"));
    }
    let fault = twin_rules::check_patch(patch).err()?;
    let dot = if root.is_empty() { "" } else { "." };
    Some(FieldError::new(format!("{root}{dot}{}", fault.path), fault.rule.to_string()))
}

/// What is wrong with a condition, before the hub reads it.
pub(crate) fn condition(text: &str, errors: &mut Vec<FieldError>) {
    let text = text.trim();
    if text.is_empty() {
        // Empty would mean the whole fleet; that must be requested explicitly.
        errors.push(FieldError::new("queryCondition", "is required; * means every device"));
    }
    let longest = MAX_QUERY_LENGTH - target::LONGEST_FRAME;
    let length = text.chars().count();
    if length > longest {
        let message = format!("has {length} characters; at most {longest} are allowed");
        errors.push(FieldError::new("queryCondition", message));
    }
}

/// Longest text that is searched for, in characters: longer than any id, and enough of a condition. The work of a search
/// grows with it.
const MAX_SEARCH_TEXT: usize = 200;

/// Whether texts are short enough to be searched for.
///
/// # Errors
/// `Invalid` with the fields whose text is too long.
pub(crate) fn check_search_texts(texts: &[(&str, &Option<String>)]) -> Result<(), ConsoleError> {
    let errors: Vec<_> = texts
        .iter()
        .filter_map(|(field, text)| Some((*field, text.as_ref()?.chars().count())))
        .filter(|(_, length)| *length > MAX_SEARCH_TEXT)
        .map(|(field, length)| {
            let message = format!("is {length} characters long; at most {MAX_SEARCH_TEXT} can be looked for");
            FieldError::new(field, message)
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(ConsoleError::Invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn method_job() -> Value {
        json!({"type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor"}})
    }

    fn twin_job() -> Value {
        json!({"type": "scheduleUpdateTwin", "queryCondition": "tags.floor = 3", "updateTwin": {"tags": {"ring": 2}}})
    }

    fn checked(base: Value, change: &Value) -> Result<JobRequest, Vec<FieldError>> {
        let mut new = base;
        for (name, value) in change.as_object().unwrap() {
            new[name] = value.clone();
        }
        let now = Timestamp::parse("2026-11-22T20:00:00Z").unwrap();
        job(serde_json::from_value(new).unwrap(), now).map(|checked| checked.request)
    }

    fn check(base: Value, change: &Value, fields: &[&str]) {
        let errors = checked(base, change).err().unwrap_or_default();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, fields, "{change}: {errors:?}");
    }

    #[test]
    fn method_jobs() {
        let call = |name: &str, value: Value| {
            let mut call = json!({"methodName": "x"});
            call[name] = value;
            json!({"cloudToDeviceMethod": call})
        };
        check(method_job(), &json!({}), &[]);
        check(method_job(), &json!({"cloudToDeviceMethod": null}), &["cloudToDeviceMethod"]);
        check(method_job(), &json!({"updateTwin": {"tags": {"a": 1}}}), &["updateTwin"]);
        check(method_job(), &json!({"type": "reboot"}), &["type"]);
        check(method_job(), &call("methodName", "a b".into()), &["cloudToDeviceMethod.methodName"]);
        check(
            method_job(),
            &call("responseTimeoutInSeconds", 4.into()),
            &["cloudToDeviceMethod.responseTimeoutInSeconds"],
        );
        check(
            method_job(),
            &call("connectTimeoutInSeconds", 31.into()),
            &["cloudToDeviceMethod.connectTimeoutInSeconds"],
        );
        check(
            method_job(),
            &json!({"queryCondition": " ", "maxExecutionTimeInSeconds": MAX_EXECUTION_TIME + 1,
                "startTime": "2026-11-29T20:00:01Z", "cloudToDeviceMethod": {"methodName": ""}}),
            &["cloudToDeviceMethod.methodName", "queryCondition", "startTime", "maxExecutionTimeInSeconds"],
        );
        check(method_job(), &json!({"queryCondition": "x".repeat(8192)}), &["queryCondition"]);
        check(method_job(), &json!({"deviceIds": ["a"]}), &["deviceIds"]);
        check(method_job(), &json!({"queryCondition": "", "deviceIds": []}), &["deviceIds"]);
        check(method_job(), &json!({"queryCondition": "", "deviceIds": ["a"]}), &[]);
        let many: Vec<_> = (0..=MAX_LISTED_DEVICES).map(|number| number.to_string()).collect();
        check(method_job(), &json!({"queryCondition": "", "deviceIds": many}), &["deviceIds"]);
        check(method_job(), &json!({"startTime": "2026-11-29T20:00:00Z"}), &[]);
        check(method_job(), &json!({"startTime": "2020-01-01T00:00:00Z"}), &[]);
    }

    #[test]
    fn twin_jobs() {
        let patch = |patch: Value| json!({"updateTwin": patch});
        check(twin_job(), &json!({}), &[]);
        check(twin_job(), &json!({"updateTwin": null}), &["updateTwin"]);
        check(twin_job(), &patch(json!({"tags": {}})), &["updateTwin"]);
        check(twin_job(), &patch(json!({"etag": "AAA=", "tags": {"a": 1}})), &["updateTwin.etag"]);
        check(twin_job(), &patch(json!({"tags": {"a": {"b.c": 1}}})), &["updateTwin.tags.a.b.c"]);
        check(
            twin_job(),
            &patch(json!({"properties": {"desired": {"a": [null]}}})),
            &["updateTwin.properties.desired.a[0]"],
        );
        check(twin_job(), &json!({"cloudToDeviceMethod": {"methodName": "x"}}), &["cloudToDeviceMethod"]);
    }

    #[test]
    fn names_and_reasons() {
        for field in ["name", "reason"] {
            let longest = if field == "name" { MAX_NAME } else { MAX_REASON };
            let label = |text: &str| json!({field: text});
            check(method_job(), &label(&"é".repeat(longest)), &[]);
            check(method_job(), &label(&"x".repeat(longest + 1)), &[field]);
            check(method_job(), &label("two\nlines"), &[field]);
            check(method_job(), &label(" \n "), &[]);
        }
        let request = checked(method_job(), &json!({"name": " Lock Building 43 "})).unwrap();
        assert!(request.job_id.as_str().starts_with("lock-building-43-"), "{}", request.job_id);
        let request = checked(method_job(), &json!({"name": ""})).unwrap();
        assert!(request.job_id.as_str().starts_with("lock-door-"), "{}", request.job_id);
    }

    #[test]
    fn id_and_etag_are_filled_in() {
        let request = checked(twin_job(), &json!({"queryCondition": " tags.floor = 3\n"})).unwrap();
        assert_eq!(request.update_twin.unwrap().etag.as_deref(), Some("*"));
        assert_eq!(request.query_condition, "tags.floor = 3");
        assert!(request.job_id.as_str().starts_with("set-ring-"), "{}", request.job_id);
        let request =
            checked(method_job(), &json!({"jobId": "Mine", "maxExecutionTimeInSeconds": 0})).unwrap();
        assert_eq!(request.max_execution_time_in_seconds, None, "0 is the hub's default");
        assert_eq!(request.job_id.as_str(), "Mine");
    }
}
