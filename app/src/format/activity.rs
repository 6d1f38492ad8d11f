//! A device's activity: jobs, direct calls and twin changes as lines of one list, newest first; and when the device was
//! last heard of.

use std::cmp::Reverse;

use console_wire::{
    device::DeviceJob,
    device_call::{CallOrigin, CallType, DeviceCall},
    outcome::{DeviceResult, Outcome},
};
use hub_wire::{
    Timestamp,
    device_job::DeviceJobStatus,
    error::ErrorCode,
    job::JobType,
    twin::{Twin, TwinProperties},
};

use super::{
    Badge,
    history::{Section, Write, writes},
    number, outcome, time,
};
use crate::paths;

/// Names in one line.
const NAMED: usize = 4;

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The same for the same call, job or write.
    pub(crate) id: String,
    /// When it ended, or began while it has not.
    pub(crate) at: Timestamp,
    /// What it was: a job's id, a method's name.
    pub(crate) title: String,
    /// The page about it.
    pub(crate) href: Option<String>,
    /// What kind it was, and where it came from.
    pub(crate) kind: String,
    /// What was sent, on one line.
    pub(crate) detail: String,
    /// How it ended.
    pub(crate) badge: Badge,
    /// The same in words.
    pub(crate) result: String,
    /// Round trip or version.
    pub(crate) note: String,
    /// What was sent and answered in full: a name and JSON text, or a sentence in its place.
    pub(crate) bodies: Vec<Body>,
}

/// A request or a response in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// What it is.
    pub(crate) name: &'static str,
    /// JSON text with line breaks; `None` when it was too large to be kept.
    pub(crate) json: Option<String>,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

/// The lines, newest first. A change of desired properties that this console made is one line, not also a line about the
/// values that are in the twin.
pub(crate) fn entries(jobs: &[DeviceJob], calls: &[DeviceCall], properties: &TwinProperties) -> Vec<Entry> {
    let mut writes = writes(properties);
    let mut entries: Vec<Entry> = Vec::new();
    for call in calls {
        let is_own = |write: &Write| {
            write.section == Section::Desired
                && write.version.is_some()
                && write.version == call.desired_version
        };
        let own = writes.iter().position(is_own).map(|index| writes.remove(index));
        entries.push(of_call(call, own.as_ref()));
    }
    entries.extend(jobs.iter().map(of_job));
    entries.extend(writes.iter().map(of_write));
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries
}

/// How many lines are shown of how many: `12 of 34`, `12 of more than 40`, `3`.
pub(crate) fn count(shown: usize, known: usize, has_more: bool) -> String {
    let (shown, known) = (shown as u64, known as u64);
    match (shown < known, has_more) {
        (_, true) => format!("{} of more than {}", number::grouped(shown), number::grouped(known)),
        (true, false) => format!("{} of {}", number::grouped(shown), number::grouped(known)),
        (false, false) => number::grouped(known),
    }
}

/// When the device last did anything that the hub or this console noticed: the hub's own time may be older than an answer
/// that has just arrived.
pub(crate) fn last_heard(twin: &Twin, jobs: &[DeviceJob], calls: &[DeviceCall]) -> Timestamp {
    let reported = writes(&twin.properties).into_iter().filter(|write| write.section == Section::Reported);
    let answered_calls =
        calls.iter().filter(|call| call.response.is_some()).filter_map(|call| call.end_time_utc);
    let answered_jobs =
        jobs.iter().filter(|job| job.response_status.is_some()).filter_map(|job| job.end_time_utc);
    let known = reported.map(|write| write.at).chain(answered_calls).chain(answered_jobs);
    known.fold(twin.last_activity_time, Timestamp::max)
}

/// What a failed call leaves open, by the kind of the problem; `None` when the device certainly did not act, or has
/// answered.
pub(crate) fn doubt(problem_kind: &str) -> Option<&'static str> {
    match problem_kind {
        "device-timeout" => {
            Some("The device may have acted: it got the call, and no answer arrived in time.")
        }
        "outcome-unknown" => Some("The call is kept under Activity."),
        "console-unreachable" => Some(
            "The device may or may not have acted. Once the console answers again, Activity shows what became of the call.",
        ),
        _ => None,
    }
}

/// What is not known about a call that broke off.
fn open_question(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Method => "the device may or may not have acted",
        CallType::TwinPatch => "the twin may or may not have been changed",
    }
}

fn origin(call: &DeviceCall) -> String {
    let place = match call.origin {
        CallOrigin::Page => "this page",
        CallOrigin::Api => "the API",
    };
    match &call.requested_by {
        Some(user) => format!("by {user}, from {place}"),
        None => format!("from {place}"),
    }
}

/// A call as a line; `write` are its desired properties in the twin, as far as no later write has overwritten them.
pub(crate) fn of_call(call: &DeviceCall, write: Option<&Write>) -> Entry {
    let (title, kind) = match call.call_type {
        CallType::Method => (call.method_name.clone().unwrap_or_default(), "direct call"),
        CallType::TwinPatch => (changed(call).to_owned(), "twin change"),
    };
    let detail = match call.call_type {
        _ if !call.is_request_kept() => number_of_bytes(call.request_bytes),
        CallType::Method if call.request.is_null() => String::new(),
        CallType::Method => call.request.to_string(),
        CallType::TwinPatch => names(&call.changed_names()),
    };
    let (badge, result) = call_result(call, write);
    let note = match (call.round_trip_ms, call.desired_version.or(call.twin_version)) {
        (Some(millis), _) => time::duration(millis),
        (None, Some(version)) => format!("version {version}"),
        (None, None) => String::new(),
    };
    let body = |name, value: &serde_json::Value, bytes, is_kept: bool| Body {
        name,
        json: is_kept.then(|| super::json::pretty(value)),
        bytes,
    };
    let mut bodies = Vec::new();
    if !call.request.is_null() || !call.is_request_kept() {
        bodies.push(body("Request", &call.request, call.request_bytes, call.is_request_kept()));
    }
    if let Some(response) = &call.response {
        bodies.push(body("Response", &response.payload, call.response_bytes, call.is_response_kept()));
    }
    Entry {
        id: format!("call-{}", call.call_id),
        at: call.end_time_utc.unwrap_or(call.requested_time_utc),
        title,
        href: None,
        kind: format!("{kind} {}", origin(call)),
        detail,
        badge,
        result,
        note,
        bodies,
    }
}

fn number_of_bytes(bytes: u64) -> String {
    number::size(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// Which sections a change writes.
fn changed(call: &DeviceCall) -> &'static str {
    let has = |section: &str| call.request.get(section).is_some();
    match (has("tags"), has("properties")) {
        (true, true) => "Tags and desired properties",
        (true, false) => "Tags",
        (false, true) => "Desired properties",
        (false, false) => "Twin",
    }
}

/// How a call ended, in words.
fn call_result(call: &DeviceCall, write: Option<&Write>) -> (Badge, String) {
    let badge = outcome::badge(call.outcome);
    match (call.outcome, call.call_type) {
        (Outcome::InFlight | Outcome::Queued, _) => return (badge, "Waiting for the answer".to_owned()),
        (Outcome::Interrupted, call_type) => {
            return (badge, format!("{}, {}", badge.label, open_question(call_type)));
        }
        (Outcome::Succeeded, CallType::TwinPatch) => {
            return match write {
                Some(write) if write.is_followed => (badge, "Written, reported since".to_owned()),
                Some(_) => (
                    Badge { label: "Differs", icon: "equal-not", status: "drift" },
                    "Written, not yet reported".to_owned(),
                ),
                None => (badge, "Written".to_owned()),
            };
        }
        _ => {}
    }
    let (code, text) = outcome::result(&DeviceResult {
        device_id: call.device_id.clone(),
        module_id: None,
        status: DeviceJobStatus::Completed,
        outcome: call.outcome,
        response: call.response.clone(),
        error: call.error.clone(),
        start_time_utc: Some(call.requested_time_utc),
        end_time_utc: call.end_time_utc,
    });
    let words: Vec<_> = [code, text].into_iter().filter(|word| !word.is_empty()).collect();
    (badge, if words.is_empty() { badge.label.to_owned() } else { words.join(", ") })
}

fn of_job(job: &DeviceJob) -> Entry {
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
    let took = job.start_time_utc.zip(job.end_time_utc).map(|(begin, end)| {
        time::duration(u64::try_from(end.unix_millis() - begin.unix_millis()).unwrap_or_default())
    });
    let kind = if job.job_type == JobType::ScheduleDeviceMethod { "method" } else { "twin change" };
    let module = job.module_id.as_ref().map(|id| format!("module-{id}")).unwrap_or_default();
    Entry {
        id: format!("job-{}{module}", job.job_id),
        at: job.end_time_utc.or(job.start_time_utc).unwrap_or(job.created_time),
        title: job.job_id.clone(),
        href: Some(paths::job(&job.job_id)),
        kind: format!("job, {kind}"),
        detail: job.action.clone(),
        badge,
        result,
        note: took.unwrap_or_default(),
        bodies: Vec::new(),
    }
}

fn of_write(write: &Write) -> Entry {
    let (title, badge, result) = match (write.section, write.is_followed) {
        (Section::Reported, _) => (
            "Reported properties",
            Badge { label: "Reported", icon: "check", status: "succeeded" },
            "Reported",
        ),
        (Section::Desired, true) => (
            "Desired properties",
            Badge { label: "Followed", icon: "circle-check", status: "succeeded" },
            "Written, reported since",
        ),
        (Section::Desired, false) => (
            "Desired properties",
            Badge { label: "Differs", icon: "equal-not", status: "drift" },
            "Written, not yet reported",
        ),
    };
    let by = if write.section == Section::Reported { "by the device" } else { "by a service" };
    Entry {
        id: format!("write-{:?}-{}", write.section, write.at.ticks()),
        at: write.at,
        title: title.into(),
        href: None,
        kind: format!("twin change {by}"),
        detail: names(&write.paths),
        badge,
        result: result.into(),
        note: write.version.map(|version| format!("version {version}")).unwrap_or_default(),
        bodies: Vec::new(),
    }
}

/// The first names, and how many there are beside them.
fn names(all: &[String]) -> String {
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const AT: &str = "2026-01-01T00:00:10Z";

    fn call(over: Value) -> DeviceCall {
        let mut call = json!({"callId": 7, "deviceId": "d", "type": "method", "methodName": "lockDoor",
            "request": null, "requestBytes": 4, "origin": "page", "requestedTimeUtc": "2026-01-01T00:00:00Z",
            "endTimeUtc": AT, "outcome": "succeeded", "responseBytes": 0});
        call.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        serde_json::from_value(call).unwrap()
    }

    fn entry(over: Value) -> Entry {
        entries(&[], &[call(over)], &TwinProperties::default()).remove(0)
    }

    #[test]
    fn results_of_calls() {
        let error = |code: &str| json!({"code": code, "description": "why"});
        for (over, result, status) in [
            (
                json!({"response": {"status": 200, "payload": {"state": "locked"}}}),
                "200, locked",
                "succeeded",
            ),
            (
                json!({"outcome": "failed", "response": {"status": 500, "payload": {"error": "BOLT_JAMMED"}}}),
                "500, BOLT_JAMMED",
                "failed",
            ),
            (
                json!({"outcome": "notOnline", "error": error("DeviceNotOnline")}),
                "404103, device not online",
                "notOnline",
            ),
            (
                json!({"outcome": "timedOut", "error": error("GatewayTimeout")}),
                "504101, no answer in time",
                "timedOut",
            ),
            (json!({"outcome": "failed", "error": error("Odd")}), "Odd, why", "failed"),
            (json!({"outcome": "inFlight", "endTimeUtc": null}), "Waiting for the answer", "inFlight"),
            (
                json!({"outcome": "interrupted", "error": error("ConsoleStopped")}),
                "Interrupted, the device may or may not have acted",
                "interrupted",
            ),
            (
                json!({"outcome": "interrupted", "type": "twinPatch"}),
                "Interrupted, the twin may or may not have been changed",
                "interrupted",
            ),
            (json!({"type": "twinPatch"}), "Written", "succeeded"),
        ] {
            let entry = entry(over);
            assert_eq!((entry.result.as_str(), entry.badge.status), (result, status));
        }
    }

    #[test]
    fn what_was_called_from_where() {
        for (over, title, kind, detail, bodies) in [
            (json!({}), "lockDoor", "direct call from this page", "", &[][..]),
            (
                json!({"origin": "api", "request": {"mode": "night"}, "response": {"status": 200, "payload": 1}}),
                "lockDoor",
                "direct call from the API",
                "{\"mode\":\"night\"}",
                &["Request", "Response"],
            ),
            (
                json!({"requestedBy": "mara", "requestBytes": 90_000}),
                "lockDoor",
                "direct call by mara, from this page",
                "87.9 kB",
                &["Request"],
            ),
            (
                json!({"type": "twinPatch", "request": {"tags": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}}}),
                "Tags",
                "twin change from this page",
                "tags.a, tags.b, tags.c, tags.d and 1 more",
                &["Request"],
            ),
            (
                json!({"type": "twinPatch", "request": {"tags": {"a": 1}, "properties": {"desired": {"b": 1}}}}),
                "Tags and desired properties",
                "twin change from this page",
                "tags.a, b",
                &["Request"],
            ),
        ] {
            let entry = entry(over);
            assert_eq!(
                (entry.title.as_str(), entry.kind.as_str(), entry.detail.as_str()),
                (title, kind, detail)
            );
            assert_eq!(entry.bodies.iter().map(|body| body.name).collect::<Vec<_>>(), bodies);
        }
    }

    #[test]
    fn a_change_of_this_console_is_one_line() {
        let at = json!({"$lastUpdated": AT, "$lastUpdatedVersion": 4});
        let properties = |reported: Value| -> TwinProperties {
            let desired = json!({"b": 2, "$version": 4, "$metadata": {"b": at}});
            serde_json::from_value(json!({"desired": desired, "reported": reported})).unwrap()
        };
        let change = call(json!({"type": "twinPatch", "request": {"properties": {"desired": {"b": 2}}},
            "twinVersion": 9, "desiredVersion": 4}));
        let lines = |properties: &TwinProperties, calls: &[DeviceCall]| -> Vec<_> {
            let entries = entries(&[], calls, properties).into_iter();
            entries.map(|entry| (entry.kind, entry.result, entry.note)).collect()
        };
        let line = |kind: &str, result: &str| (kind.to_owned(), result.to_owned(), "version 4".to_owned());
        let (waiting, followed) = (properties(json!({})), properties(json!({"b": 2})));
        assert_eq!(
            lines(&waiting, std::slice::from_ref(&change)),
            [line("twin change from this page", "Written, not yet reported")]
        );
        assert_eq!(
            lines(&followed, &[change]),
            [line("twin change from this page", "Written, reported since")]
        );
        assert_eq!(lines(&waiting, &[]), [line("twin change by a service", "Written, not yet reported")]);
    }

    #[test]
    fn jobs_are_named_by_the_hubs_numbers() {
        let job = |over: Value| -> DeviceJob {
            let mut job = json!({"jobId": "j", "type": "scheduleDeviceMethod", "action": "lockDoor",
                "jobStatus": "completed", "createdTime": AT, "outcome": "failed"});
            job.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
            serde_json::from_value(job).unwrap()
        };
        for (over, result) in [
            (json!({"responseStatus": 500}), "Failed, 500"),
            (json!({"errorCode": "DeviceConnectionClosedRemotely"}), "Failed, 404104"),
            (
                json!({"errorCode": "DeviceJobInterrupted", "outcome": "interrupted"}),
                "Interrupted, DeviceJobInterrupted",
            ),
            (json!({"outcome": "queued"}), "Queued"),
        ] {
            assert_eq!(entries(&[job(over)], &[], &TwinProperties::default())[0].result, result);
        }
    }

    #[test]
    fn counts_of_lines() {
        for (shown, known, has_more, text) in [
            (3, 3, false, "3"),
            (12, 34, false, "12 of 34"),
            (12, 40, true, "12 of more than 40"),
            (0, 0, false, "0"),
        ] {
            assert_eq!(count(shown, known, has_more), text);
        }
    }

    #[test]
    fn the_device_was_last_heard_of() {
        let early = "2026-01-01T00:00:05Z";
        let twin: Twin = serde_json::from_value(json!({"deviceId": "d", "lastActivityTime": early})).unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let answered = call(json!({"response": {"status": 500, "payload": null}, "outcome": "failed"}));
        let silent = call(json!({"outcome": "timedOut"}));
        assert_eq!(last_heard(&twin, &[], &[]), at(early));
        assert_eq!(last_heard(&twin, &[], &[silent]), at(early));
        assert_eq!(last_heard(&twin, &[], &[answered]), at(AT));
    }

    #[test]
    fn open_questions_after_a_failure() {
        for (kind, is_open) in [
            ("device-timeout", true),
            ("outcome-unknown", true),
            ("console-unreachable", true),
            ("device-not-online", false),
            ("invalid-input", false),
            ("hub-throttled", false),
        ] {
            assert_eq!(doubt(kind).is_some(), is_open, "{kind}");
        }
    }
}
