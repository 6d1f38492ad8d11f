//! Direct method calls of one device and its modules, and changes of its twin: what the console sent outside of jobs, when,
//! for whom, and what became of it.

use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device_job::DeviceJobError,
    direct_method::DirectMethodResponse,
    twin::{TwinPatch, own_members},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::Outcome;

/// Largest request or response that is kept, in bytes of JSON. Of a larger one only its size is kept.
pub const MAX_KEPT_BODY: u64 = 8 * 1024;

/// What was sent to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum CallType {
    /// A direct method.
    Method,
    /// A change of its tags or desired properties.
    TwinPatch,
}

impl CallType {
    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::TwinPatch => "twinPatch",
        }
    }
}

/// Where a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum CallOrigin {
    /// The device's page in this console.
    Page,
    /// This console's HTTP API.
    Api,
}

impl CallOrigin {
    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
        }
    }
}

/// Who asks for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requester {
    /// Where the request came from.
    pub origin: CallOrigin,
    /// The user; `None` as long as the console has no sign-in.
    pub user: Option<String>,
}

impl From<CallOrigin> for Requester {
    fn from(origin: CallOrigin) -> Self {
        Self { origin, user: None }
    }
}

/// A direct method call or a twin change of one device: a row of `GET /api/v1/devices/{id}/calls`, newest first.
///
/// It is written before it is sent, so a call that was under way when the console stopped is in the list as interrupted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceCall {
    /// Its number in this console; a later call has a higher one.
    pub call_id: u64,
    /// The device.
    pub device_id: DeviceId,
    /// The module that was called; absent for a call of the device itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// What was sent.
    #[serde(rename = "type")]
    pub call_type: CallType,
    /// The method's name; absent for a twin change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_name: Option<String>,
    /// The method's payload, or the change as it was merged into the twin. Null when it is larger than 8 KB.
    pub request: Value,
    /// Size of the request in bytes.
    pub request_bytes: u64,
    /// Where it came from.
    pub origin: CallOrigin,
    /// The user that asked for it; absent as long as the console has no sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// When it was written down, just before it was sent.
    pub requested_time_utc: Timestamp,
    /// When the answer arrived or the wait ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_utc: Option<Timestamp>,
    /// What became of it. Interrupted: the connection to the hub, or the console, broke off, so whether the device acted or
    /// the twin was written is not known.
    pub outcome: Outcome,
    /// The device's answer to a method. Its payload is null when it is larger than 8 KB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<DirectMethodResponse>,
    /// Size of the answer's payload in bytes; 0 without an answer.
    pub response_bytes: u64,
    /// Milliseconds from the console to the hub to the device and back; absent without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<u64>,
    /// Why it did not succeed, when no device answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeviceJobError>,
    /// The twin's version after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin_version: Option<u64>,
    /// The version of the desired properties after a change of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired_version: Option<u64>,
}

impl DeviceCall {
    /// Whether the request is kept, rather than its size alone.
    pub const fn is_request_kept(&self) -> bool {
        self.request_bytes <= MAX_KEPT_BODY
    }

    /// Whether the answer's payload is kept, rather than its size alone.
    pub const fn is_response_kept(&self) -> bool {
        self.response_bytes <= MAX_KEPT_BODY
    }

    /// The first names that a twin change writes: tags, then desired properties. Empty for a method.
    pub fn changed_names(&self) -> Vec<String> {
        if self.call_type != CallType::TwinPatch {
            return Vec::new();
        }
        let Ok(patch) = serde_json::from_value::<TwinPatch>(self.request.clone()) else { return Vec::new() };
        let tags = patch.tags.iter().flat_map(own_members).map(|(name, _)| format!("tags.{name}"));
        let desired = patch.desired().into_iter().flat_map(own_members).map(|(name, _)| name.clone());
        tags.chain(desired).collect()
    }

    /// Whether the change writes desired properties, which the device is sent.
    pub fn writes_desired(&self) -> bool {
        self.desired_version.is_some()
    }
}

/// Direct method calls and twin changes of a device, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceCalls {
    /// The calls of this page.
    pub items: Vec<DeviceCall>,
    /// Pass as `cursor` for the next page; null on the last one.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub next_cursor: Option<String>,
    /// How many calls of this device are kept. The oldest are removed.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_a_change() {
        let call = |call_type: &str, request: Value| -> DeviceCall {
            serde_json::from_value(json!({"callId": 1, "deviceId": "d", "type": call_type, "request": request,
                "requestBytes": 9, "origin": "api", "requestedTimeUtc": "2026-01-01T00:00:00Z", "outcome": "succeeded",
                "responseBytes": 0}))
            .unwrap()
        };
        let change =
            json!({"tags": {"wing": "B"}, "properties": {"desired": {"mode": "night", "every": null}}});
        for (call_type, request, names) in [
            ("twinPatch", change.clone(), &["tags.wing", "every", "mode"][..]),
            ("twinPatch", json!({"tags": null}), &[]),
            ("twinPatch", Value::Null, &[]),
            ("method", change, &[]),
        ] {
            assert_eq!(call(call_type, request.clone()).changed_names(), names, "{request}");
        }
    }
}
