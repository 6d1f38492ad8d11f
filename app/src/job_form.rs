//! The new-job form as data: what its fields say, the job that they mean, and the address that holds them.
//!
//! Pure, and the same on both sides: the browser checks with it while one types, the server before it sends.

use console_wire::{
    job::NewJob,
    problem::{FieldError, Problem},
};
use hub_wire::{
    Timestamp,
    direct_method::{DEFAULT_RESPONSE_TIMEOUT, DirectMethodRequest, MAX_TIMEOUT},
    job::JobType,
    twin::{Object, PatchProperties, TwinPatch},
};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::paths;

/// Longest payload that an address carries back to a refused plain form; servers and proxies cap addresses.
const MAX_PAYLOAD_IN_ADDRESS: usize = 4096;

/// What each device is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ActionKind {
    /// Call a direct method.
    #[default]
    Method,
    /// Merge desired properties.
    Desired,
    /// Merge tags.
    Tags,
}

impl ActionKind {
    /// All of them, in the order of the form.
    pub(crate) const ALL: [Self; 3] = [Self::Method, Self::Desired, Self::Tags];

    /// The word in forms and addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Desired => "desired",
            Self::Tags => "tags",
        }
    }

    /// By the word; the wire's job types are understood too.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "desired" | "scheduleUpdateTwin" => Self::Desired,
            "tags" => Self::Tags,
            _ => Self::Method,
        }
    }

    /// Most bytes of JSON that it may carry. Source: `iot-hub-devguide-direct-methods.md`,
    /// `iot-hub-devguide-device-twins.md`.
    pub(crate) const fn max_bytes(self) -> usize {
        match self {
            Self::Method => hub_wire::direct_method::MAX_PAYLOAD,
            Self::Desired => 32 * 1024,
            Self::Tags => 8 * 1024,
        }
    }
}

/// The fields, as texts: a form says what was typed, not what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobForm {
    /// See [`ActionKind`].
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Method name.
    pub(crate) method: String,
    /// JSON.
    pub(crate) payload: String,
    /// `query`, or `all` for every device.
    pub(crate) target: String,
    /// Query condition.
    pub(crate) query: String,
    /// `now`, or `later`.
    pub(crate) when: String,
    /// Wall time such as `2026-09-17T18:00`.
    pub(crate) start: String,
    /// Minutes that the wall time is ahead of UTC; 0 when the browser has not said.
    pub(crate) zone: String,
    /// Seconds to wait for a connection.
    pub(crate) connect: String,
    /// Seconds to wait for an answer.
    pub(crate) answer: String,
    /// Minutes that the job may take.
    pub(crate) limit: String,
}

impl Default for JobForm {
    fn default() -> Self {
        Self {
            kind: "method".into(),
            method: String::new(),
            payload: String::new(),
            target: "query".into(),
            query: String::new(),
            when: "now".into(),
            start: String::new(),
            zone: "0".into(),
            connect: "0".into(),
            answer: DEFAULT_RESPONSE_TIMEOUT.to_string(),
            limit: "60".into(),
        }
    }
}

impl JobForm {
    /// The form that an address asks for. `query=*` means every device.
    pub(crate) fn from_params(params: &ParamsMap) -> Self {
        let default = Self::default();
        let get = |name: &str, default: String| params.get(name).unwrap_or(default);
        let mut form = Self {
            kind: ActionKind::from_word(&get("type", default.kind)).as_str().into(),
            method: get("method", default.method),
            payload: get("payload", default.payload),
            target: get("target", default.target),
            query: get("query", default.query),
            when: get("when", default.when),
            start: get("start", default.start),
            zone: default.zone,
            connect: get("connect", default.connect),
            answer: get("answer", default.answer),
            limit: get("limit", default.limit),
        };
        if form.query.trim() == "*" {
            form.target = "all".into();
            form.query.clear();
        }
        form
    }

    /// The form that would start a job like this one, now.
    pub(crate) fn like(job: &console_wire::job::JobSummary) -> Self {
        let mut form = Self { query: job.query_condition.clone(), ..Self::default() };
        if let Some(method) = &job.cloud_to_device_method {
            form.method.clone_from(&method.method_name);
            form.payload = if method.payload.is_null() { String::new() } else { method.payload.to_string() };
            form.connect = method.connect_timeout().to_string();
            form.answer = method.response_timeout().to_string();
        }
        if let Some(patch) = &job.update_twin {
            let (kind, change) = match (patch.desired(), &patch.tags) {
                (Some(desired), _) => (ActionKind::Desired, Some(desired)),
                (None, tags) => (ActionKind::Tags, tags.as_ref()),
            };
            form.kind = kind.as_str().into();
            form.payload = change.and_then(|change| serde_json::to_string(change).ok()).unwrap_or_default();
        }
        if let Some(seconds) = job.max_execution_time_in_seconds {
            form.limit = seconds.div_ceil(60).max(1).to_string();
        }
        form
    }

    /// The address that brings this form back, with the refusal when there is one.
    pub(crate) fn address(&self, refused: Option<&Problem>) -> String {
        let default = Self::default();
        let unless_default =
            |value: &str, default: &str| if value == default { String::new() } else { value.to_owned() };
        let refused = refused.and_then(|problem| serde_json::to_string(problem).ok()).unwrap_or_default();
        let payload = if self.payload.len() > MAX_PAYLOAD_IN_ADDRESS { "" } else { &self.payload };
        paths::with_query(
            paths::JOB_NEW,
            &[
                ("type", &unless_default(&self.kind, &default.kind)),
                ("method", &self.method),
                ("payload", payload),
                ("target", &unless_default(&self.target, &default.target)),
                ("query", &self.query),
                ("when", &unless_default(&self.when, &default.when)),
                ("start", &self.start),
                ("connect", &unless_default(&self.connect, &default.connect)),
                ("answer", &unless_default(&self.answer, &default.answer)),
                ("limit", &unless_default(&self.limit, &default.limit)),
                ("refused", &refused),
            ],
        )
    }

    /// What each device is asked to do.
    pub(crate) fn action(&self) -> ActionKind {
        ActionKind::from_word(&self.kind)
    }

    /// The condition as the hub gets it.
    pub(crate) fn condition(&self) -> String {
        if self.target == "all" { "*".into() } else { self.query.trim().to_owned() }
    }

    /// The job that the fields mean.
    ///
    /// # Errors
    /// Every field at fault, by the wire's name of the member it fills.
    pub(crate) fn to_new_job(&self) -> Result<NewJob, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut keep = |error| errors.push(error);
        let mut job = NewJob {
            job_id: None,
            job_type: JobType::ScheduleUpdateTwin,
            cloud_to_device_method: None,
            update_twin: None,
            query_condition: self.condition(),
            device_ids: None,
            start_time: None,
            max_execution_time_in_seconds: None,
        };
        match self.action() {
            ActionKind::Method => {
                job.job_type = JobType::ScheduleDeviceMethod;
                match method_request(&self.method, &self.payload, &self.connect, &self.answer) {
                    Ok(request) => job.cloud_to_device_method = Some(request),
                    Err(found) => found.into_iter().for_each(&mut keep),
                }
            }
            kind => match object("payload", &self.payload) {
                Ok(change) if kind == ActionKind::Tags => {
                    job.update_twin = Some(TwinPatch { tags: Some(change), ..TwinPatch::default() });
                }
                Ok(change) => {
                    let properties = Some(PatchProperties { desired: Some(change) });
                    job.update_twin = Some(TwinPatch { properties, ..TwinPatch::default() });
                }
                Err(error) => keep(error),
            },
        }
        if job.query_condition.is_empty() {
            keep(FieldError::new("queryCondition", "Write a condition, or choose every device."));
        }
        if self.when == "later" {
            match self.start_time() {
                Ok(at) => job.start_time = Some(at),
                Err(error) => keep(error),
            }
        }
        match self.limit.trim().parse::<u32>().ok().filter(|minutes| (1..=10_080).contains(minutes)) {
            Some(minutes) => job.max_execution_time_in_seconds = Some(minutes * 60),
            None => keep(FieldError::new("maxExecutionTimeInSeconds", "Minutes, 1 to 10,080 (a week).")),
        }
        if errors.is_empty() { Ok(job) } else { Err(errors) }
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

    use super::*;

    fn form() -> JobForm {
        JobForm {
            method: "lockDoor".into(),
            payload: r#"{"mode":"night"}"#.into(),
            query: "tags.simulated = true".into(),
            ..JobForm::default()
        }
    }

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
    }

    #[test]
    fn every_device() {
        let form = JobForm { target: "all".into(), query: "ignored".into(), ..form() };
        assert_eq!(form.to_new_job().unwrap().query_condition, "*");
    }

    #[test]
    fn comes_back_by_its_address() {
        let form = JobForm { connect: "20".into(), kind: "desired".into(), ..form() };
        let address = form.address(None);
        assert_eq!(
            address,
            "/jobs/new?type=desired&method=lockDoor&payload=%7B%22mode%22%3A%22night%22%7D\
             &query=tags.simulated%20%3D%20true&connect=20"
        );
        let params: ParamsMap = [
            ("type", "desired"),
            ("method", "lockDoor"),
            ("payload", r#"{"mode":"night"}"#),
            ("query", "tags.simulated = true"),
            ("connect", "20"),
        ]
        .into_iter()
        .collect();
        assert_eq!(JobForm::from_params(&params), form);
        let large = JobForm { payload: "x".repeat(MAX_PAYLOAD_IN_ADDRESS + 1), ..form };
        assert!(large.address(None).len() < 400);
    }
}
