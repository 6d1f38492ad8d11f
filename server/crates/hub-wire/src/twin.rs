//! Device and module twins (`GET`, `PATCH`, `PUT /twins/{id}`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    DeviceId, ModuleId, Timestamp,
    device::{AuthenticationType, Capabilities, ConnectionState, DeviceStatus, X509Thumbprint},
};

/// A JSON object.
pub type Object = Map<String, Value>;

fn never() -> Timestamp {
    Timestamp::NEVER
}

/// A whole twin, as the service sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// The device.
    pub device_id: DeviceId,
    /// The module, for a module twin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Base64 of an 8-byte counter; moves on writes to tags and desired properties.
    #[serde(default)]
    pub etag: String,
    /// Etag of the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_etag: Option<String>,
    /// Whether the device may connect.
    #[serde(default)]
    pub status: DeviceStatus,
    /// Why, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When the status last changed.
    #[serde(default = "never")]
    pub status_update_time: Timestamp,
    /// Whether it is connected.
    #[serde(default)]
    pub connection_state: ConnectionState,
    /// When it last connected, sent, or received.
    #[serde(default = "never")]
    pub last_activity_time: Timestamp,
    /// Cloud-to-device messages waiting.
    #[serde(default)]
    pub cloud_to_device_message_count: u32,
    /// How it proves itself.
    #[serde(default)]
    pub authentication_type: AuthenticationType,
    /// Thumbprints, when it uses certificates.
    #[serde(default)]
    pub x509_thumbprint: X509Thumbprint,
    /// Plug-and-play model, or empty.
    #[serde(default)]
    pub model_id: String,
    /// Moves on every twin write.
    #[serde(default)]
    pub version: u64,
    /// Labels that only the service sees.
    #[serde(default)]
    pub tags: Object,
    /// Desired and reported properties.
    #[serde(default)]
    pub properties: TwinProperties,
    /// Edge or not.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Edge scope, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_scope: Option<String>,
}

/// The two property sections; each holds `$version` and `$metadata` among its members.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TwinProperties {
    /// What the service asks for.
    #[serde(default)]
    pub desired: Object,
    /// What the device says.
    #[serde(default)]
    pub reported: Object,
}

/// A change of a twin: merged for PATCH and in jobs (null removes), replacing for PUT.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TwinPatch {
    /// In a job this must be `*`: a job forces its change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Change of the tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Object>,
    /// Change of the desired properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<PatchProperties>,
}

/// The properties of a [`TwinPatch`]. What a request says under `reported` is ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PatchProperties {
    /// Change of the desired properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Object>,
}

impl TwinPatch {
    /// The desired part, if any.
    pub fn desired(&self) -> Option<&Object> {
        self.properties.as_ref()?.desired.as_ref()
    }
}

/// The members of a section that are the device's or the operator's own: all but those that start with `$`.
pub fn own_members(section: &Object) -> impl Iterator<Item = (&String, &Value)> {
    section.iter().filter(|(name, _)| !name.starts_with('$'))
}

/// A section's values by their dotted paths: all that is no object, and empty objects.
pub fn leaves(section: &Object) -> Vec<(String, &Value)> {
    fn collect<'a>(path: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (name, value) in members {
                    collect(format!("{path}.{name}"), value, found);
                }
            }
            _ => found.push((path, value)),
        }
    }
    let mut found = Vec::new();
    for (name, value) in own_members(section) {
        collect(name.clone(), value, &mut found);
    }
    found
}

impl TwinProperties {
    /// How many desired values the device has not reported as such: its drift.
    pub fn differing(&self) -> usize {
        let reported = leaves(&self.reported);
        let is_reported = |leaf: &(String, &Value)| reported.contains(leaf);
        leaves(&self.desired).into_iter().filter(|leaf| !is_reported(leaf)).count()
    }
}

/// A section's `$version`, or 0 when it has none.
pub fn section_version(section: &Object) -> u64 {
    section.get("$version").and_then(Value::as_u64).unwrap_or_default()
}
