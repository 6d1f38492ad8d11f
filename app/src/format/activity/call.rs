//! Direct calls and twin changes of this console as lines of a device's activity.

use console_wire::{
    device_call::{CallOrigin, CallType, DeviceCall},
    outcome::{DeviceResult, Outcome},
};
use hub_wire::device_job::DeviceJobStatus;

use super::{
    super::{Badge, history::Write, json::pretty, number, outcome, time},
    Body, Entry, names, written,
};

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
        json: is_kept.then(|| pretty(value)),
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
        job_id: None,
        kind: match &call.module_id {
            Some(module_id) => format!("{kind} of module {module_id} {}", origin(call)),
            None => format!("{kind} {}", origin(call)),
        },
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
            return write.map_or_else(|| (badge, "Written".to_owned()), written);
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
        earlier_calls: Vec::new(),
    });
    let words: Vec<_> = [code, text].into_iter().filter(|word| !word.is_empty()).collect();
    (badge, if words.is_empty() { badge.label.to_owned() } else { words.join(", ") })
}

#[cfg(test)]
mod tests {
    use hub_wire::twin::TwinProperties;
    use serde_json::{Value, json};

    use super::{
        super::{entries, tests::call},
        *,
    };

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
