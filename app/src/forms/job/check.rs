//! Reads the form's fields as a job. Each error names the job's member that the field fills.

use console_wire::{job::NewJob, problem::FieldError};
use hub_wire::{
    Timestamp,
    direct_method::{DEFAULT_RESPONSE_TIMEOUT, DirectMethodRequest, MAX_TIMEOUT},
    job::{JobType, MAX_START_AHEAD},
    twin::{Object, PatchProperties, TwinPatch},
    twin_rules,
};
use serde_json::Value;

use super::{ActionKind, JobForm, Target, pasted};
use crate::format::{
    json::{self, Check},
    time,
};

impl JobForm {
    /// The job that the form describes.
    ///
    /// # Errors
    /// One error for each wrong field.
    pub(crate) fn to_new_job(&self) -> Result<NewJob, Vec<FieldError>> {
        let mut errors = Vec::new();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut job = NewJob {
            job_id: None,
            name: given(&self.name),
            reason: given(&self.reason),
            job_type: JobType::ScheduleUpdateTwin,
            cloud_to_device_method: None,
            update_twin: None,
            query_condition: String::new(),
            device_ids: None,
            group_id: None,
            start_time: None,
            max_execution_time_in_seconds: None,
            expected_devices: None,
            rollout: None,
        };
        match self.action() {
            ActionKind::Method => {
                job.job_type = JobType::ScheduleDeviceMethod;
                match method_request(&self.method, &self.payload, &self.connect, &self.answer) {
                    Ok(request) => job.cloud_to_device_method = Some(request),
                    Err(found) => errors.extend(found),
                }
            }
            kind => match self.patch(kind) {
                Ok(patch) => job.update_twin = Some(patch),
                Err(error) => errors.push(error),
            },
        }
        match self.target() {
            Ok(Target::Condition(condition)) => job.query_condition = condition,
            Ok(Target::Devices(ids)) => job.device_ids = Some(ids),
            Ok(Target::Group(group_id)) => job.group_id = Some(group_id),
            Err(error) => errors.push(error),
        }
        if self.when == "later" {
            match self.start_time() {
                Ok(at) => job.start_time = Some(at),
                Err(error) => errors.push(error),
            }
        }
        let response_timeout = self.answer.trim().parse().unwrap_or(DEFAULT_RESPONSE_TIMEOUT);
        match self.rollout.settings(response_timeout) {
            Ok(settings) => job.rollout = settings.map(Box::new),
            Err(found) => errors.extend(found),
        }
        // A rollout waits for devices by a setting of its own, and ends at its own time.
        if self.rollout.is_touched() {
            if let Some(method) = &mut job.cloud_to_device_method {
                method.connect_timeout_in_seconds = None;
            }
            return if errors.is_empty() { Ok(job) } else { Err(errors) };
        }
        match self.limit.trim().parse::<u32>().ok().filter(|minutes| (1..=10_080).contains(minutes)) {
            Some(minutes) => job.max_execution_time_in_seconds = Some(minutes * 60),
            None => {
                errors.push(FieldError::new("maxExecutionTimeInSeconds", "Minutes, 1 to 10,080 (a week)."));
            }
        }
        if errors.is_empty() { Ok(job) } else { Err(errors) }
    }

    fn patch(&self, kind: ActionKind) -> Result<TwinPatch, FieldError> {
        let change = change(kind, "payload", &self.payload)?;
        let patch = if kind == ActionKind::Tags {
            TwinPatch { tags: Some(change), ..TwinPatch::default() }
        } else {
            let properties = Some(PatchProperties { desired: Some(change) });
            TwinPatch { properties, ..TwinPatch::default() }
        };
        twin_rules::check_patch(&patch).map_err(|fault| {
            let place = fault.path.trim_start_matches("properties.");
            FieldError::new("payload", format!("{place} {}.", fault.rule))
        })?;
        Ok(patch)
    }

    /// The start, in UTC.
    ///
    /// # Errors
    /// When the field is empty or not a time.
    pub(crate) fn start_time(&self) -> Result<Timestamp, FieldError> {
        let error = || {
            let message =
                "Enter a date and a time of 24 hours, within the next 7 days. Example: 2026-09-17 18:00.";
            FieldError::new("startTime", message)
        };
        let wall_time = time::wall_time(&self.start).ok_or_else(error)?;
        let local = Timestamp::parse(&format!("{wall_time}Z")).map_err(|_| error())?;
        let ahead: i64 = self.zone.trim().parse().unwrap_or(0);
        Ok(Timestamp::from_ticks(local.ticks() - ahead * 60 * hub_wire::time::TICKS_PER_SECOND))
    }

    /// What is wrong with the start at this time, if anything.
    pub(crate) fn start_problem(&self, now: Timestamp) -> Option<FieldError> {
        let at = (self.when == "later").then(|| self.start_time().ok()).flatten()?;
        let message = if at < now {
            "This time has passed. Choose a later one, or run the job now."
        } else if at.since(now) > MAX_START_AHEAD {
            "Choose a time within the next 7 days; the hub takes no later one."
        } else {
            return None;
        };
        Some(FieldError::new("startTime", message))
    }

    /// A warning when one device may take longer than the whole job.
    pub(crate) fn timeout_warning(&self) -> Option<String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let (connect, answer, limit) = (number(&self.connect)?, number(&self.answer)?, number(&self.limit)?);
        let longest = connect + answer;
        (self.action() == ActionKind::Method && !self.rollout.is_touched() && longest > limit * 60).then(|| {
            format!(
                "The connection and response timeouts of one device, {longest} s, are longer than the time limit of the \
                 job, {limit} min."
            )
        })
    }
}

/// The field of the form that fills a member of a job. Everything below a twin's patch is the payload.
pub(crate) fn form_field(member: &str) -> &str {
    match member.split_once('.').unwrap_or((member, "")) {
        ("updateTwin", _) | ("cloudToDeviceMethod", "") => "payload",
        ("cloudToDeviceMethod", member) if member.starts_with("payload") => "payload",
        ("cloudToDeviceMethod", member) => member,
        _ => member,
    }
}

/// Reads the fields of a method call.
///
/// # Errors
/// One error for each wrong field.
pub(crate) fn method_request(
    name: &str,
    payload: &str,
    connect: &str,
    answer: &str,
) -> Result<DirectMethodRequest, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut seconds = |field, text: &str| {
        text.trim().parse::<u32>().unwrap_or_else(|_| {
            errors.push(FieldError::new(field, format!("Whole seconds, at most {MAX_TIMEOUT}.")));
            0
        })
    };
    let (connect, answer) =
        (seconds("connectTimeoutInSeconds", connect), seconds("responseTimeoutInSeconds", answer));
    let read = parsed("payload", payload).and_then(|payload| {
        let pasted = pasted::read(ActionKind::Method, name, payload);
        pasted.map_err(|refused| FieldError::new("payload", refused))
    });
    let payload = read.map_or_else(
        |error| {
            errors.push(error);
            Value::Null
        },
        |pasted| pasted.value,
    );
    let request = DirectMethodRequest {
        method_name: name.trim().to_owned(),
        payload,
        response_timeout_in_seconds: Some(answer),
        connect_timeout_in_seconds: (connect > 0).then_some(connect),
    };
    if request.method_name.is_empty() {
        errors
            .push(FieldError::new("methodName", "Enter the name of the method that each device is to run."));
    } else if errors.is_empty()
        && let Err(error) = request.check()
    {
        errors.push(FieldError::new(error.member(), sentence(&error.to_string())));
    }
    if errors.is_empty() { Ok(request) } else { Err(errors) }
}

/// Reads JSON from a field; an empty one is null.
fn parsed(field: &str, text: &str) -> Result<Value, FieldError> {
    if let Check::Invalid { line, column, message } = json::check(text) {
        let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        return Err(FieldError::new(field, message).at(place(line), place(column)));
    }
    Ok(serde_json::from_str(text).unwrap_or_default())
}

/// A notice that an outer level of the payload is removed, see [`pasted`].
pub(crate) fn payload_notice(kind: ActionKind, method: &str, text: &str) -> Option<String> {
    // Only an object can be a request body; parsing is skipped for everything else.
    if !text.trim_start().starts_with('{') {
        return None;
    }
    pasted::read(kind, method, serde_json::from_str(text).ok()?).ok()?.notice
}

/// Reads a change of tags or desired properties from a field: a JSON object with at least one member, unwrapped by
/// [`pasted`].
///
/// # Errors
/// When it is not JSON, not an object, empty, or a change of something else.
pub(crate) fn change(kind: ActionKind, field: &str, text: &str) -> Result<Object, FieldError> {
    let pasted =
        pasted::read(kind, "", parsed(field, text)?).map_err(|refused| FieldError::new(field, refused))?;
    match pasted.value {
        Value::Object(object) if !object.is_empty() => Ok(object),
        _ => Err(FieldError::new(field, "Enter a JSON object with what to change. Example: {\"floor\": 3}.")),
    }
}

fn sentence(text: &str) -> String {
    let mut text = text.to_owned();
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::form;
    use super::*;

    #[test]
    fn a_method_job() {
        let job = form().to_new_job().unwrap();
        assert_eq!(
            serde_json::to_value(job).unwrap(),
            json!({
                "type": "scheduleDeviceMethod",
                "cloudToDeviceMethod":
                    {"methodName": "lockDoor", "payload": {"mode": "night"}, "responseTimeoutInSeconds": 30},
                "queryCondition": "tags.simulated = true",
                "maxExecutionTimeInSeconds": 3600
            })
        );
    }

    #[test]
    fn twin_jobs() {
        for (kind, member) in [
            ("tags", json!({"tags": {"floor": 3}})),
            ("desired", json!({"properties": {"desired": {"floor": 3}}})),
        ] {
            let form = JobForm { kind: kind.into(), payload: r#"{"floor":3}"#.into(), ..form() };
            let job = form.to_new_job().unwrap();
            assert_eq!(serde_json::to_value(job.update_twin).unwrap(), member);
        }
    }

    #[test]
    fn a_pasted_patch_or_method_call_is_unwrapped() {
        let notice = |form: &JobForm| payload_notice(form.action(), &form.method, &form.payload);
        for (kind, payload, member) in [
            ("tags", r#"{"tags":{"floor":3}}"#, json!({"tags": {"floor": 3}})),
            ("desired", r#"{"desired":{"floor":3}}"#, json!({"properties": {"desired": {"floor": 3}}})),
            (
                "desired",
                r#"{"properties":{"desired":{"floor":3}}}"#,
                json!({"properties": {"desired": {"floor": 3}}}),
            ),
        ] {
            let form = JobForm { kind: kind.into(), payload: payload.into(), ..form() };
            assert_eq!(serde_json::to_value(form.to_new_job().unwrap().update_twin).unwrap(), member);
            assert!(notice(&form).unwrap().contains("was removed"), "{payload}");
        }
        let call = JobForm { payload: r#"{"methodName":"lockDoor","payload":7}"#.into(), ..form() };
        let job = call.to_new_job().unwrap();
        assert_eq!(job.cloud_to_device_method.unwrap().payload, 7);
        assert!(notice(&call).is_some() && notice(&form()).is_none());
        check(&JobForm { method: "open".into(), ..call }, &["payload"]);
        check(&JobForm { kind: "tags".into(), payload: r#"{"tags":{}}"#.into(), ..form() }, &["payload"]);
        check(
            &JobForm { kind: "desired".into(), payload: r#"{"tags":{"a":1}}"#.into(), ..form() },
            &["payload"],
        );
    }

    #[test]
    fn a_pasted_query_becomes_its_condition() {
        for (query, condition) in [
            ("SELECT * FROM devices WHERE tags.a = 1;", "tags.a = 1"),
            (" WHERE tags.a = 1", "tags.a = 1"),
            (
                "SELECT * FROM devices.modules WHERE moduleId = 'm'",
                "FROM devices.modules WHERE moduleId = 'm'",
            ),
        ] {
            let form = JobForm { query: query.into(), ..form() };
            assert_eq!(form.to_new_job().unwrap().query_condition, condition);
            assert!(form.query_notice().unwrap().contains(condition));
        }
        assert_eq!(form().query_notice(), None);
    }

    #[test]
    fn a_job_with_a_device_list() {
        let form = JobForm { target: "list".into(), devices: "door-1 door-2".into(), ..form() };
        let job = serde_json::to_value(form.to_new_job().unwrap()).unwrap();
        assert_eq!(job["deviceIds"], json!(["door-1", "door-2"]));
        assert_eq!(job.get("queryCondition"), None);
    }

    fn check(form: &JobForm, fields: &[&str]) {
        let errors = form.to_new_job().unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields, "{form:?}");
    }

    #[test]
    fn every_wrong_field_is_named() {
        check(&JobForm { method: " ".into(), ..form() }, &["methodName"]);
        check(&JobForm { method: "lock door".into(), ..form() }, &["methodName"]);
        check(&JobForm { payload: "{oops".into(), ..form() }, &["payload"]);
        check(&JobForm { kind: "tags".into(), payload: "7".into(), ..form() }, &["payload"]);
        check(&JobForm { kind: "tags".into(), payload: String::new(), ..form() }, &["payload"]);
        check(&JobForm { kind: "tags".into(), payload: r#"{"a.b":1}"#.into(), ..form() }, &["payload"]);
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(33 * 1024));
        check(&JobForm { kind: "desired".into(), payload: large, ..form() }, &["payload"]);
        check(&JobForm { query: String::new(), ..form() }, &["queryCondition"]);
        check(&JobForm { when: "later".into(), ..form() }, &["startTime"]);
        check(&JobForm { limit: "0".into(), ..form() }, &["maxExecutionTimeInSeconds"]);
        check(&JobForm { answer: "1".into(), ..form() }, &["responseTimeoutInSeconds"]);
        check(&JobForm { connect: "60".into(), ..form() }, &["connectTimeoutInSeconds"]);
        check(
            &JobForm { connect: "soon".into(), limit: "x".into(), ..form() },
            &["connectTimeoutInSeconds", "maxExecutionTimeInSeconds"],
        );
    }

    #[test]
    fn members_and_their_fields() {
        for (member, field) in [
            ("methodName", "methodName"),
            ("cloudToDeviceMethod.methodName", "methodName"),
            ("cloudToDeviceMethod.payload.mode", "payload"),
            ("updateTwin", "payload"),
            ("updateTwin.tags.a.b", "payload"),
            ("startTime", "startTime"),
        ] {
            assert_eq!(form_field(member), field);
        }
    }

    #[test]
    fn a_start_in_the_users_zone() {
        let form =
            JobForm { when: "later".into(), start: "2026-09-17T20:00".into(), zone: "120".into(), ..form() };
        let job = form.to_new_job().unwrap();
        assert_eq!(job.start_time.unwrap().to_string(), "2026-09-17T18:00:00.0000000Z");
        let at = |text| Timestamp::parse(text).unwrap();
        for (now, is_wrong) in [
            ("2026-09-17T17:00:00Z", false),
            ("2026-09-17T18:00:01Z", true),
            ("2026-09-10T17:59:59Z", true),
            ("2026-09-10T18:00:00Z", false),
        ] {
            assert_eq!(form.start_problem(at(now)).is_some(), is_wrong, "{now}");
        }
    }

    #[test]
    fn a_device_may_take_longer_than_the_job() {
        assert_eq!(form().timeout_warning(), None);
        let slow = JobForm { answer: "300".into(), limit: "1".into(), ..form() };
        assert!(slow.timeout_warning().unwrap().contains("300 s"));
    }
}
