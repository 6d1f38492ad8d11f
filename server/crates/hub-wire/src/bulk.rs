//! Bulk registry writes: `POST /devices` with an array of 1 to 100 items.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    DeviceId, ModuleId,
    device::{Authentication, Capabilities, DeviceStatus},
    twin::given,
};

/// Most items in one bulk request. Source: Node's registry refuses more by itself.
pub const MAX_BULK_ITEMS: usize = 100;

/// What to do with one item. The SDKs differ in letter case; [`crate::envelope`] reads any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImportMode {
    /// Create; an existing device is an error.
    #[default]
    Create,
    /// Replace the identity whatever its etag.
    Update,
    /// Replace the identity if the etag matches.
    #[serde(rename = "updateIfMatchETag")]
    UpdateIfMatchEtag,
    /// Delete whatever the etag.
    Delete,
    /// Delete if the etag matches.
    #[serde(rename = "deleteIfMatchETag")]
    DeleteIfMatchEtag,
    /// Write the twin whatever its etag.
    UpdateTwin,
    /// Write the twin if its etag matches.
    #[serde(rename = "updateTwinIfMatchETag")]
    UpdateTwinIfMatchEtag,
}

/// One item of a bulk request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkItem {
    /// The device's id; `id` here, not `deviceId`.
    pub id: DeviceId,
    /// The module, when the item is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
    /// Etag of the identity, for the modes that compare it. SDKs write `eTag`, the Explorer and Node `etag`.
    #[serde(default, rename = "eTag", alias = "etag", skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What to do; create when absent.
    #[serde(default)]
    pub import_mode: ImportMode,
    /// Whether the device may connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DeviceStatus>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// Keys or thumbprints; absent means generated keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Etag of the twin, for the mode that compares it.
    #[serde(default, rename = "twinETag", alias = "twinEtag", skip_serializing_if = "Option::is_none")]
    pub twin_etag: Option<String>,
    /// Tags of the new twin; null in an update of the twin removes all.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Value>,
    /// Properties of the new twin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BulkProperties>,
    /// Edge or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// Scope of the device's parent; an edge device's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_scope: Option<String>,
    /// Scopes of the parent edge devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_scopes: Option<Vec<String>>,
}

/// Twin properties inside a bulk item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BulkProperties {
    /// Desired properties, plain; null in an update of the twin removes all.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
    /// Reported properties; taken at creation only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Value>,
}

/// The answer: 200 when all went well, 400 with the same shape otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkResult {
    /// Whether every item was done.
    pub is_successful: bool,
    /// Items that were not.
    #[serde(default)]
    pub errors: Vec<BulkError>,
    /// Items done with a remark.
    #[serde(default)]
    pub warnings: Vec<BulkWarning>,
}

/// One refused item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkError {
    /// The item's id.
    pub device_id: String,
    /// The error's name, as the Swagger file says; import logs of live hubs print numbers.
    pub error_code: String,
    /// Text for a person.
    #[serde(default)]
    pub error_status: String,
    /// The module, or empty.
    #[serde(default)]
    pub module_id: String,
    /// The requested mode.
    #[serde(default)]
    pub operation: String,
}

/// A remark on one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkWarning {
    /// The item's id.
    pub device_id: String,
    /// The warning's name.
    pub warning_code: String,
    /// Text for a person.
    #[serde(default)]
    pub warning_status: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_in_any_letter_case_and_written_in_the_swaggers() {
        for (read, written) in [
            ("create", "create"),
            ("Update", "update"),
            ("UpdateIfMatchETag", "updateIfMatchETag"),
            ("Delete", "delete"),
            ("deleteIfMatchEtag", "deleteIfMatchETag"),
            ("updateTwin", "updateTwin"),
            ("UPDATETWINIFMATCHETAG", "updateTwinIfMatchETag"),
        ] {
            let mode: ImportMode = crate::envelope::read_enum(read).unwrap();
            assert_eq!(serde_json::to_value(mode).unwrap(), written);
        }
        let error = crate::envelope::read_enum::<ImportMode>("replace").unwrap_err();
        assert!(error.to_string().starts_with("'replace' is not one of create, update, "), "{error}");
    }
}
