//! Device and module twins (`GET`, `PATCH`, `PUT /twins/{id}`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// The device.
    pub device_id: DeviceId,
    /// The module, for a module twin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Base64 of an 8-byte counter; moves on writes to tags and desired properties.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
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
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub version: u64,
    /// Labels that only the service sees. Live hubs leave the member out when there are none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub tags: Object,
    /// Desired and reported properties.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub properties: TwinProperties,
    /// Edge or not.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Edge scope, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_scope: Option<String>,
    /// Scopes of the parent edge devices; on edge devices, and on others that have a parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_scopes: Option<Vec<String>>,
}

/// The two property sections; each holds `$version` and `$metadata` among its members.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwinProperties {
    /// Set by the service.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub desired: Object,
    /// Reported by the device.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub reported: Object,
}

/// A change of a twin: merged for PATCH and in jobs (null removes), replacing for PUT.
///
/// A section that is null in the JSON is removed as a whole, as null removes a member.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "PatchJson", into = "PatchJson")]
pub struct TwinPatch {
    /// In a job this must be `*`: a job forces its change.
    pub etag: Option<String>,
    /// Change of the tags.
    pub tags: Option<Object>,
    /// Change of the desired properties.
    pub properties: Option<PatchProperties>,
    /// All tags are removed; `tags` is none then.
    pub clear_tags: bool,
    /// All desired properties are removed; there is no other change of them then.
    pub clear_desired: bool,
}

/// The properties of a [`TwinPatch`]. A request's `reported` is ignored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PatchProperties {
    /// Change of the desired properties.
    pub desired: Option<Object>,
}

impl TwinPatch {
    /// The desired part, if any.
    pub fn desired(&self) -> Option<&Object> {
        self.properties.as_ref()?.desired.as_ref()
    }

    /// Whether it changes nothing: no section is removed, and none has a member of the operator's own.
    pub fn is_empty(&self) -> bool {
        let no_tags = self.tags.as_ref().is_none_or(Object::is_empty);
        let no_desired = self.desired().is_none_or(|desired| own_members(desired).next().is_none());
        !self.clear_tags && !self.clear_desired && no_tags && no_desired
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for TwinPatch {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        PatchJson::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for TwinPatch {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        PatchJson::schemas(schemas);
    }
}

/// A change of a twin: merged; null removes a member, or a whole section.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct PatchJson {
    /// In a job only `*`, which is also filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// Merged into the tags; null removes.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    tags: Option<SectionJson>,
    /// The properties that the service may write.
    #[serde(default, deserialize_with = "given_properties", skip_serializing_if = "Option::is_none")]
    properties: Option<PropertiesJson>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TwinPatchProperties))]
struct PropertiesJson {
    /// Merged into the desired properties; null removes.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    desired: Option<SectionJson>,
}

/// A section that is in the JSON.
enum SectionJson {
    Null,
    Members(Object),
}

impl SectionJson {
    /// Whether the section is removed, and its change.
    fn split(section: Option<Self>) -> (bool, Option<Object>) {
        match section {
            None => (false, None),
            Some(Self::Null) => (true, None),
            Some(Self::Members(members)) => (false, Some(members)),
        }
    }

    fn join(clear: bool, members: Option<Object>) -> Option<Self> {
        if clear { Some(Self::Null) } else { members.map(Self::Members) }
    }
}

impl Serialize for SectionJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Members(members) => members.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SectionJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Object>::deserialize(deserializer)?.map_or(Self::Null, Self::Members))
    }
}

/// Tells a member that is null from one that is absent.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Properties that are null remove the desired ones; the reported ones are the device's.
fn given_properties<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PropertiesJson>, D::Error> {
    let properties = Option::<PropertiesJson>::deserialize(deserializer)?;
    Ok(Some(properties.unwrap_or(PropertiesJson { desired: Some(SectionJson::Null) })))
}

impl From<PatchJson> for TwinPatch {
    fn from(json: PatchJson) -> Self {
        let (clear_tags, tags) = SectionJson::split(json.tags);
        let has_properties = json.properties.is_some();
        let (clear_desired, desired) = SectionJson::split(json.properties.and_then(|it| it.desired));
        let properties = has_properties.then_some(PatchProperties { desired });
        Self { etag: json.etag, tags, properties, clear_tags, clear_desired }
    }
}

impl From<TwinPatch> for PatchJson {
    fn from(patch: TwinPatch) -> Self {
        let has_properties = patch.properties.is_some() || patch.clear_desired;
        let desired = patch.properties.and_then(|properties| properties.desired);
        let desired = SectionJson::join(patch.clear_desired, desired);
        Self {
            etag: patch.etag,
            tags: SectionJson::join(patch.clear_tags, patch.tags),
            properties: has_properties.then_some(PropertiesJson { desired }),
        }
    }
}

/// Members of a twin besides those that a change consists of. Clients send whole twins back; the hub ignores these.
const OTHER_MEMBERS: &[&str] = &[
    "deviceId",
    "moduleId",
    "deviceEtag",
    "generationId",
    "status",
    "statusReason",
    "statusUpdateTime",
    "connectionState",
    "connectionStateUpdatedTime",
    "lastActivityTime",
    "cloudToDeviceMessageCount",
    "authenticationType",
    "x509Thumbprint",
    "modelId",
    "version",
    "capabilities",
    "configurations",
    "deviceScope",
    "parentScopes",
    "properties.reported",
];

/// A change without effect, since its members are at a place where the contract has no such member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing would change: {members} is not a member of a twin's change; tags go under 'tags', desired properties \
     under 'properties.desired'"
)]
pub struct MisplacedMembers {
    /// Their paths in the request, quoted.
    members: String,
}

impl TwinPatch {
    /// Refuses a change that is empty because its members are at the wrong place.
    ///
    /// `unknown` are the paths of members that the contract does not have; those below `root`, such as `updateTwin`,
    /// belong to this change. The root is empty when the body is the change.
    ///
    /// # Errors
    /// [`MisplacedMembers`] that names them.
    pub fn check_members(&self, root: &str, unknown: &[String]) -> Result<(), MisplacedMembers> {
        if !self.is_empty() {
            return Ok(());
        }
        let below_root = |path: &&String| match root {
            "" => true,
            root => path.strip_prefix(root).is_some_and(|rest| rest.starts_with('.')),
        };
        let is_other = |path: &&String| {
            let path = path.strip_prefix(root).unwrap_or(path).trim_start_matches('.');
            OTHER_MEMBERS.iter().any(|other| other.eq_ignore_ascii_case(path))
        };
        let misplaced: Vec<String> = unknown
            .iter()
            .filter(below_root)
            .filter(|path| !is_other(path))
            .take(5)
            .map(|path| format!("'{path}'"))
            .collect();
        if misplaced.is_empty() { Ok(()) } else { Err(MisplacedMembers { members: misplaced.join(", ") }) }
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
