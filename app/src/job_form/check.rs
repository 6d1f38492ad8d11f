//! From texts to a job, with every field at fault named by the wire's name of the member it fills.

use console_wire::{job::NewJob, problem::FieldError};
use hub_wire::{
    Timestamp,
    direct_method::{DirectMethodRequest, MAX_TIMEOUT},
    job::{JobType, MAX_START_AHEAD},
    twin::{Object, PatchProperties, TwinPatch},
    twin_rules,
};
use serde_json::Value;

use super::{ActionKind, JobForm, Target};

impl JobForm {
    /// The job that the fields mean.
    ///
    /// # Errors
    /// Every field at fault.
    pub(crate) fn to_new_job(&self) -> Result<NewJob, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut job = NewJob {
            job_id: None,
            job_type: JobType::ScheduleUpdateTwin,
            cloud_to_device_method: None,
            update_twin: None,
            query_condition: String::new(),
            device_ids: None,
            start_time: None,
            max_execution_time_in_seconds: None,
            expected_devices: None,
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
            Err(error) => errors.push(error),
        }
        if self.when == "later" {
            match self.start_time() {
                Ok(at) => job.start_time = Some(at),
                Err(error) => errors.push(error),
            }
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
        let change = object("payload", &self.payload)?;
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
        let error = || FieldError::new("startTime", "Choose a date and a time, at most 7 days ahead.");
        let local = Timestamp::parse(&format!("{}Z", self.start.trim())).map_err(|_| error())?;
        let ahead: i64 = self.zone.trim().parse().unwrap_or(0);
        Ok(Timestamp::from_ticks(local.ticks() - ahead * 60 * hub_wire::time::TICKS_PER_SECOND))
    }

    /// What the clock says against the start, if anything.
    pub(crate) fn start_problem(&self, now: Timestamp) -> Option<FieldError> {
        let at = (self.when == "later").then(|| self.start_time().ok()).flatten()?;
        let message = if at < now {
            "That is in the past. Choose a later time, or run it now."
        } else if at.since(now) > MAX_START_AHEAD {
            "The hub takes jobs at most 7 days ahead."
        } else {
            return None;
        };
        Some(FieldError::new("startTime", message))
    }

    /// What the hub would take but nobody would want, in sentences.
    pub(crate) fn doubts(&self) -> Option<String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let (connect, answer, limit) = (number(&self.connect)?, number(&self.answer)?, number(&self.limit)?);
        let longest = connect + answer;
        (self.action() == ActionKind::Method && longest > limit * 60).then(|| {
            format!(
                "One device may take {longest} s, longer than the {limit} min that the whole job may take."
            )
        })
    }
}

/// A method call from the texts of its fields.
///
/// # Errors
/// Every field at fault.
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
    let payload = json("payload", payload).unwrap_or_else(|error| {
        errors.push(error);
        Value::Null
    });
    let request = DirectMethodRequest {
        method_name: name.trim().to_owned(),
        payload,
        response_timeout_in_seconds: Some(answer),
        connect_timeout_in_seconds: (connect > 0).then_some(connect),
    };
    if request.method_name.is_empty() {
        errors.push(FieldError::new("methodName", "Name the method that each device is to run."));
    } else if errors.is_empty()
        && let Err(error) = request.check()
    {
        errors.push(FieldError::new(error.member(), sentence(&error.to_string())));
    }
    if errors.is_empty() { Ok(request) } else { Err(errors) }
}

/// JSON from a field; nothing typed means null.
fn json(field: &str, text: &str) -> Result<Value, FieldError> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| {
        let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        FieldError::new(field, "This is not JSON.").at(place(error.line()), place(error.column()))
    })
}

/// A JSON object from a field, with at least one member.
///
/// # Errors
/// When it is not JSON, not an object, or empty.
pub(crate) fn object(field: &str, text: &str) -> Result<Object, FieldError> {
    match json(field, text)? {
        Value::Object(object) if !object.is_empty() => Ok(object),
        _ => Err(FieldError::new(field, "Write a JSON object with what to change, such as {\"floor\": 3}.")),
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
    fn a_listed_job() {
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
    fn every_field_at_fault_is_named() {
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
    fn a_start_in_the_viewers_zone() {
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
    fn doubts() {
        assert_eq!(form().doubts(), None);
        let slow = JobForm { answer: "300".into(), limit: "1".into(), ..form() };
        assert!(slow.doubts().unwrap().contains("300 s"));
    }
}
