//! Bodies of twin messages.

use bytes::Bytes;
use hub_wire::{
    Timestamp,
    error::{ErrorCode, NestedError},
    twin::{Object, TwinProperties, own_members},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::error::HubError;

const VERSION: &str = "$version";
const METADATA: &str = "$metadata";

/// Answer to a read: both sections with their versions, without metadata or tags.
pub(super) fn document(mut twin: TwinProperties) -> Bytes {
    twin.desired.remove(METADATA);
    twin.reported.remove(METADATA);
    to_json(&Document { desired: twin.desired, reported: twin.reported })
}

/// Body of a change of desired properties: the patch, and `$version` inside it as well as in the topic.
pub(super) fn desired_push(patch: &Object, version: u64) -> Bytes {
    to_json(&Push { patch, version })
}

/// Reads a reported patch.
pub(super) fn reported_patch(body: &[u8]) -> Result<Object, HubError> {
    serde_json::from_slice(body)
        .map_err(|error| HubError::argument_invalid(format!("the body is not a JSON object: {error}")))
}

/// An error answer: status and body. Node reads the body alone, Python the status alone.
pub(super) fn refusal(error: &HubError, tracking_id: &str, at: Timestamp) -> (u16, Bytes) {
    let code: ErrorCode = error.code();
    let body = NestedError::new(code, error.caller_text(), tracking_id, at);
    (code.http_status(), to_json(&body))
}

fn to_json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("text keys and plain values always serialise").into()
}

#[derive(Serialize)]
struct Document {
    desired: Object,
    reported: Object,
}

struct Push<'a> {
    patch: &'a Object,
    version: u64,
}

impl Serialize for Push<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in own_members(self.patch) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry(VERSION, &self.version)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn object(value: Value) -> Object {
        serde_json::from_value(value).unwrap()
    }

    fn read(body: &Bytes) -> Value {
        serde_json::from_slice(body).unwrap()
    }

    #[test]
    fn bodies() {
        let push = desired_push(&object(json!({"a": null, "$version": 1, "b": {"c": 2}})), 9);
        assert_eq!(read(&push), json!({"a": null, "b": {"c": 2}, "$version": 9}));
        let twin = TwinProperties {
            desired: object(json!({"a": 1, "$version": 2, "$metadata": {}})),
            reported: object(json!({"$version": 1})),
        };
        assert_eq!(
            read(&document(twin)),
            json!({"desired": {"a": 1, "$version": 2}, "reported": {"$version": 1}})
        );
        let error = reported_patch(b"[1]").unwrap_err();
        let (status, body) = refusal(&error, "t", Timestamp::NEVER);
        assert_eq!((status, read(&body)["errorCode"].clone()), (400, json!(400_004)));
    }

    #[test]
    fn patches_that_are_not_objects() {
        for bad in ["", " ", "null", "[]", "1", "{", "{\"a\":1}x"] {
            assert!(reported_patch(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = "{\"a\":".repeat(200) + "1" + &"}".repeat(200);
        assert!(reported_patch(deep.as_bytes()).is_err());
    }
}
