//! Unwraps request bodies that are pasted where only an inner part of them belongs. Without that, the documented patch
//! `{"tags": {"floor": 3}}` in the field for tags would set a tag called `tags` on every device.
//!
//! One outer level is removed, with a notice. To set a tag called `tags`, the outer level is written twice.

use hub_wire::twin::Object;
use serde_json::{Map, Value};

use super::ActionKind;

/// A payload without the outer level of a request body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pasted {
    /// The payload.
    pub(crate) value: Value,
    /// What was removed, in sentences.
    pub(crate) notice: Option<String>,
}

/// Unwraps the payload of an action; `method` is the name in its own field.
///
/// # Errors
/// A sentence, when the payload is the body of another action.
pub(crate) fn read(kind: ActionKind, method: &str, payload: Value) -> Result<Pasted, String> {
    match kind {
        ActionKind::Method => method_payload(method.trim(), payload),
        ActionKind::Desired | ActionKind::Tags => patch_section(kind, payload),
    }
}

/// The payload that [`read`] turns into this value: the value itself, unless it looks like a request body.
#[cfg(any(feature = "ssr", test))]
pub(crate) fn wrapped(kind: ActionKind, method: &str, value: Value) -> Value {
    use serde_json::json;

    if read(kind, method, value.clone()).is_ok_and(|pasted| pasted.notice.is_none()) {
        return value;
    }
    match kind {
        ActionKind::Method => json!({"methodName": method.trim(), "payload": value}),
        ActionKind::Tags => json!({"tags": value}),
        ActionKind::Desired => json!({"properties": {"desired": value}}),
    }
}

fn patch_section(kind: ActionKind, payload: Value) -> Result<Pasted, String> {
    let Value::Object(object) = payload else { return Ok(Pasted { value: payload, notice: None }) };
    let (body, outer) = match only_object(&object, "updateTwin") {
        Some(body) => (body, "updateTwin."),
        None => (&object, ""),
    };
    let Some((tags, desired)) = sections(body) else {
        return Ok(Pasted { value: object.into(), notice: None });
    };
    let (section, other, name, path, of_other) = match kind {
        ActionKind::Tags => (tags, desired.map(|(_, desired)| desired), "tags", "tags", "desired properties"),
        _ => (desired.map(|(_, desired)| desired), tags, "desired properties", "properties.desired", "tags"),
    };
    if other.is_some() {
        return Err(format!(
            "This is a change of {of_other} too. Leave out what is not to be merged into the {name}; \
             to change the {of_other}, choose them as the action."
        ));
    }
    let Some(section) = section else { return Ok(Pasted { value: object.into(), notice: None }) };
    // `desired` without `properties` is accepted too.
    let written = match desired {
        Some((written, _)) if kind == ActionKind::Desired => written,
        _ => path,
    };
    let notice = format!(
        "Read as the {name}: the outer {outer}{written} was removed. To set a member called {} itself, write the outer \
         level twice.",
        written.split('.').next().unwrap_or_default()
    );
    Ok(Pasted { value: section.clone().into(), notice: Some(notice) })
}

/// The tags of a patch, and its desired properties with their path in it. `None` for an object that has other members than
/// a patch.
type Sections<'a> = (Option<&'a Object>, Option<(&'static str, &'a Object)>);

fn sections(body: &Object) -> Option<Sections<'_>> {
    let is_known =
        |name: &String| ["tags", "properties", "desired", "etag", "deviceId"].contains(&name.as_str());
    if !body.keys().all(is_known) {
        return None;
    }
    let inner = |name: &str| body.get(name).map(Value::as_object);
    let tags = match inner("tags") {
        Some(tags) => Some(tags?),
        None => None,
    };
    let desired = match (inner("properties"), inner("desired")) {
        (None, None) => None,
        (Some(properties), None) => Some(("properties.desired", only_object(properties?, "desired")?)),
        (None, Some(desired)) => Some(("desired", desired?)),
        (Some(_), Some(_)) => return None,
    };
    (tags.is_some() || desired.is_some()).then_some((tags, desired))
}

fn only_object<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    object.get(name).filter(|_| object.len() == 1)?.as_object()
}

fn method_payload(method: &str, payload: Value) -> Result<Pasted, String> {
    let Value::Object(object) = &payload else { return Ok(Pasted { value: payload, notice: None }) };
    let body = only_object(object, "cloudToDeviceMethod").unwrap_or(object);
    let Some(name) = method_name(body) else { return Ok(Pasted { value: payload, notice: None }) };
    if name != method {
        return Err(if method.is_empty() {
            format!("This is a whole call of {name}. Write {name} as the method's name.")
        } else {
            format!(
                "This is a whole call of {name}, and the method's name is {method}. Keep only what is in its payload, \
                 or correct the name."
            )
        });
    }
    let notice = "Read as the payload: only what is in the member payload. The name and the times are those of the \
                  form's own fields.";
    let value = body.get("payload").cloned().unwrap_or_default();
    Ok(Pasted { value, notice: Some(notice.to_owned()) })
}

/// The method's name, if an object has the members of a method call and no others.
fn method_name(body: &Map<String, Value>) -> Option<&str> {
    const MEMBERS: [&str; 4] =
        ["methodName", "payload", "responseTimeoutInSeconds", "connectTimeoutInSeconds"];
    let is_call = body.len() > 1 && body.keys().all(|name| MEMBERS.contains(&name.as_str()));
    body.get("methodName").filter(|_| is_call)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: ActionKind, payload: Value, expected: &Value, is_noticed: bool) {
        let pasted = read(kind, "lock", payload.clone()).unwrap();
        assert_eq!((&pasted.value, pasted.notice.is_some()), (expected, is_noticed), "{payload}");
    }

    #[test]
    fn patches() {
        let inner = json!({"floor": 3});
        for payload in [
            json!({"tags": {"floor": 3}}),
            json!({"etag": "*", "tags": {"floor": 3}}),
            json!({"updateTwin": {"etag": "*", "tags": {"floor": 3}}}),
        ] {
            check(ActionKind::Tags, payload, &inner, true);
        }
        for payload in [
            json!({"properties": {"desired": {"floor": 3}}}),
            json!({"desired": {"floor": 3}}),
            json!({"etag": "*", "properties": {"desired": {"floor": 3}}}),
            json!({"updateTwin": {"properties": {"desired": {"floor": 3}}}}),
        ] {
            check(ActionKind::Desired, payload, &inner, true);
        }
        for kind in [ActionKind::Tags, ActionKind::Desired] {
            for payload in [
                json!({"floor": 3}),
                json!({"tags": 1}),
                json!({"tags": null}),
                json!({"tags": {"a": 1}, "floor": 3}),
                json!({"properties": {"a": 1}}),
                json!({"properties": {"desired": {"a": 1}, "reported": {}}}),
                json!({"etag": "x"}),
                json!({}),
                json!([1]),
                Value::Null,
            ] {
                check(kind, payload.clone(), &payload, false);
            }
        }
        check(ActionKind::Tags, json!({"tags": {"tags": {"a": 1}}}), &json!({"tags": {"a": 1}}), true);
    }

    #[test]
    fn a_body_of_another_action_is_refused() {
        for (kind, payload, named) in [
            (ActionKind::Tags, json!({"properties": {"desired": {"a": 1}}}), "desired properties"),
            (
                ActionKind::Tags,
                json!({"tags": {"a": 1}, "properties": {"desired": {"a": 1}}}),
                "desired properties",
            ),
            (ActionKind::Desired, json!({"tags": {"a": 1}}), "tags"),
            (ActionKind::Method, json!({"methodName": "open", "payload": {}}), "open"),
        ] {
            let refused = read(kind, "lock", payload.clone()).unwrap_err();
            assert!(refused.contains(named), "{payload}: {refused}");
        }
        let refused = read(ActionKind::Method, "", json!({"methodName": "open", "payload": 1})).unwrap_err();
        assert!(refused.contains("Write open"), "{refused}");
    }

    #[test]
    fn method_calls() {
        for (payload, expected, is_noticed) in [
            (json!({"methodName": "lock", "payload": {"mode": "night"}}), json!({"mode": "night"}), true),
            (json!({"methodName": "lock", "responseTimeoutInSeconds": 30}), Value::Null, true),
            (json!({"cloudToDeviceMethod": {"methodName": "lock", "payload": [1]}}), json!([1]), true),
            (json!({"methodName": "lock"}), json!({"methodName": "lock"}), false),
            (json!({"payload": 1}), json!({"payload": 1}), false),
            (
                json!({"methodName": "lock", "payload": 1, "x": 1}),
                json!({"methodName": "lock", "payload": 1, "x": 1}),
                false,
            ),
        ] {
            check(ActionKind::Method, payload, &expected, is_noticed);
        }
    }

    #[test]
    fn a_wrapped_value_is_read_as_itself() {
        let values = [
            json!({"floor": 3}),
            json!({"tags": {"a": 1}}),
            json!({"properties": {"desired": {"a": 1}}}),
            json!({"desired": {"a": 1}}),
            json!({"methodName": "lock", "payload": 1}),
            json!({"methodName": "open", "payload": 1}),
            json!({"updateTwin": {"tags": {"a": 1}}}),
        ];
        for kind in ActionKind::ALL {
            for value in &values {
                let written = wrapped(kind, "lock", value.clone());
                assert_eq!(&read(kind, "lock", written).unwrap().value, value, "{kind:?}");
            }
        }
    }
}
