//! Why a device failed, as a key that devices with the same reason share. Pure.

use console_wire::{cause::CauseKey, outcome::Outcome};
use hub_wire::{
    device_job::{DeviceJob, DeviceJobError},
    error::ErrorCode,
};
use serde_json::Value;

use crate::normalise::normalise;

/// Members in which devices were observed to name an error.
const NAMES: [&str; 4] = ["error", "errorCode", "code", "reason"];
/// Members in which they explain it.
const TEXTS: [&str; 5] = ["message", "description", "detail", "error", "reason"];

/// The cause of a row; `None` when its outcome is no problem.
pub(crate) fn of(row: &DeviceJob) -> Option<CauseKey> {
    let outcome = Outcome::of(row);
    if !outcome.is_problem() {
        return None;
    }
    let answer = row.outcome.as_ref().and_then(|outcome| outcome.device_method_response.as_ref());
    let device_id = row.device_id.as_str();
    Some(match (&row.error, answer) {
        (Some(error), _) => of_error(error, device_id),
        (None, Some(answer)) => {
            let message = normalise(&error_text(&answer.payload), device_id);
            CauseKey { code: answer.status.to_string(), message }
        }
        (None, None) => CauseKey { code: outcome.as_str().to_owned(), message: String::new() },
    })
}

/// The cause that a hub's error is.
pub(crate) fn of_error(error: &DeviceJobError, device_id: &str) -> CauseKey {
    // The colon separates code and message in addresses.
    let code = number_of(&error.code).replace(':', ";");
    CauseKey { code, message: normalise(without_quoted_answer(&error.description), device_id) }
}

/// The text without the quoted beginning of the device's answer, which differs from device to device.
fn without_quoted_answer(text: &str) -> &str {
    text.split_once(" It begins with ").map_or(text, |(cause, _)| cause)
}

/// Hubs write a known error by name or by number; it is one cause.
fn number_of(code: &str) -> String {
    ErrorCode::from_name(code).map_or_else(|| code.to_owned(), |known| known.number().to_string())
}

/// The error text of a payload: its name if it has one, else the explanation, else the whole payload.
fn error_text(payload: &Value) -> String {
    match payload {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            // An error object inside is where both are.
            if let Some(inner @ Value::Object(_)) = members.get("error") {
                return error_text(inner);
            }
            let named = |name: &&str| match members.get(*name) {
                Some(Value::String(text)) if is_name(text) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let explained = |name: &&str| members.get(*name).and_then(Value::as_str).map(str::to_owned);
            NAMES
                .iter()
                .find_map(named)
                .or_else(|| TEXTS.iter().find_map(explained))
                .unwrap_or_else(|| payload.to_string())
        }
        other => other.to_string(),
    }
}

/// One word, such as `BOLT_JAMMED` or `bolt-jammed`.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(rest: &Value, key: Option<(&str, &str)>) {
        let mut row = json!({"deviceId": "door-7", "jobId": "j", "jobType": "scheduleDeviceMethod"});
        row.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let row: DeviceJob = serde_json::from_value(row).unwrap();
        let cause = of(&row);
        let cause = cause.as_ref().map(|key| (key.code.as_str(), key.message.as_str()));
        assert_eq!(cause, key, "{row:?}");
    }

    #[test]
    fn causes_of_rows() {
        let error = |code: &str, text: &str| json!({"status": "failed", "error": {"code": code, "description": text}});
        check(&error("DeviceNotOnline", "door-7 is offline"), Some(("404103", "{device} is offline")));
        check(&error("404103", "door-7 is offline"), Some(("404103", "{device} is offline")));
        check(&error("a:b", ""), Some(("a;b", "")));
        let not_json =
            "The device's answer is not JSON: expected value at line 1 column 1. It begins with \"OK 17\".";
        check(
            &error("InvalidResponseWhileProxying", not_json),
            Some(("502101", "The device's answer is not JSON: expected value at line {n} column {n}.")),
        );
        check(&json!({"status": "failed"}), Some(("failed", "")));
        check(&json!({"status": "canceled"}), None);
        check(&json!({"status": "pending"}), None);
        let answer = |status: i32, payload: Value| json!({"status": "completed", "outcome": {"deviceMethodResponse": {"status": status, "payload": payload}}});
        check(&answer(200, json!({"error": "X"})), None);
        for (payload, message) in [
            (json!(null), ""),
            (json!("no bolt in door-7"), "no bolt in {device}"),
            (json!({"error": "BOLT_JAMMED", "message": "tried 3 times"}), "BOLT_JAMMED"),
            (json!({"error": "it is stuck after 3 tries"}), "it is stuck after {n} tries"),
            (json!({"error": {"code": "E7", "message": "x"}}), "E7"),
            (json!({"code": 17, "message": "x"}), "{n}"),
            (json!({"message": "tried 3 times"}), "tried {n} times"),
            (json!({"tries": 3}), "{\"tries\":{n}}"),
            (json!([1, "a"]), "[{n},\"a\"]"),
        ] {
            check(&answer(500, payload), Some(("500", message)));
        }
    }
}
