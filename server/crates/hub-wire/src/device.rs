//! Device and module identities, as the registry answers and takes them (`GET`, `PUT /devices/{id}`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DeviceId, ModuleId, Timestamp};

/// Whether a device has a live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ConnectionState {
    /// A connection is open.
    Connected,
    /// None is.
    #[default]
    Disconnected,
}

impl ConnectionState {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "Connected",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// Whether a device may connect at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeviceStatus {
    /// It may.
    #[default]
    Enabled,
    /// It is put off, and calls to it answer 404.
    Disabled,
}

impl DeviceStatus {
    /// The wire's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// How a device proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum AuthenticationType {
    /// A symmetric key, by SAS token.
    #[default]
    Sas,
    /// A certificate known by its thumbprint.
    SelfSigned,
    /// A certificate signed by an authority known to the hub.
    CertificateAuthority,
    /// Nothing; the hub refuses it for devices.
    None,
}

/// Base64 keys of an identity. Empty text in a create body means "generate".
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SymmetricKey {
    /// First key, base64 of 16 to 64 bytes.
    #[serde(default)]
    pub primary_key: Option<String>,
    /// Second key, so that one can be replaced while the other still works.
    #[serde(default)]
    pub secondary_key: Option<String>,
}

/// Never shows the keys.
impl fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SymmetricKey(…)")
    }
}

/// Certificate thumbprints of an identity: hexadecimal, no separators.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct X509Thumbprint {
    /// First thumbprint. A live hub writes it with a capital inside twins.
    #[serde(default, alias = "PrimaryThumbprint")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub primary_thumbprint: Option<String>,
    /// Second thumbprint.
    #[serde(default, alias = "SecondaryThumbprint")]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub secondary_thumbprint: Option<String>,
}

/// How an identity proves itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authentication {
    /// Keys, for [`AuthenticationType::Sas`].
    #[serde(default)]
    pub symmetric_key: Option<SymmetricKey>,
    /// Thumbprints, for [`AuthenticationType::SelfSigned`].
    #[serde(default)]
    pub x509_thumbprint: Option<X509Thumbprint>,
    /// Which of them counts; absent in bulk items, where keys say it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AuthenticationType>,
}

/// What an identity can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// The device is an edge gateway.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub iot_edge: bool,
}

fn never() -> Timestamp {
    Timestamp::NEVER
}

/// A device identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The id, case-sensitive.
    pub device_id: DeviceId,
    /// Tells apart a device from one of the same id that was deleted before it.
    #[serde(default)]
    pub generation_id: String,
    /// Moves on identity writes only. Base64 of decimal digits, without quotes.
    #[serde(default)]
    pub etag: String,
    /// Whether it is connected now.
    #[serde(default)]
    pub connection_state: ConnectionState,
    /// Whether it may connect.
    #[serde(default)]
    pub status: DeviceStatus,
    /// Why, in at most 128 characters.
    #[serde(default)]
    pub status_reason: Option<String>,
    /// When the connection state last changed.
    #[serde(default = "never")]
    pub connection_state_updated_time: Timestamp,
    /// When the status last changed.
    #[serde(default = "never")]
    pub status_updated_time: Timestamp,
    /// When it last connected, sent, or received.
    #[serde(default = "never")]
    pub last_activity_time: Timestamp,
    /// Cloud-to-device messages waiting.
    #[serde(default)]
    pub cloud_to_device_message_count: u32,
    /// How it proves itself.
    #[serde(default)]
    pub authentication: Authentication,
    /// What it can do.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// An edge device's own scope, which the hub makes; of another device its parent's, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_scope: Option<String>,
    /// Scopes of the parent edge devices; empty without one.
    #[serde(default)]
    pub parent_scopes: Vec<String>,
}

/// A module identity under a device. It has no status of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Module {
    /// The module's id.
    pub module_id: ModuleId,
    /// Who manages it; a PUT without it clears it.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// The device it belongs to.
    pub device_id: DeviceId,
    /// As for a device.
    #[serde(default)]
    pub generation_id: String,
    /// As for a device.
    #[serde(default)]
    pub etag: String,
    /// Whether it is connected now.
    #[serde(default)]
    pub connection_state: ConnectionState,
    /// When the connection state last changed.
    #[serde(default = "never")]
    pub connection_state_updated_time: Timestamp,
    /// When it last connected, sent, or received.
    #[serde(default = "never")]
    pub last_activity_time: Timestamp,
    /// Cloud-to-device messages waiting.
    #[serde(default)]
    pub cloud_to_device_message_count: u32,
    /// How it proves itself.
    #[serde(default)]
    pub authentication: Authentication,
}

/// `GET /statistics/devices`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryStatistics {
    /// All devices.
    pub total_device_count: u64,
    /// Those that may connect.
    pub enabled_device_count: u64,
    /// Those that may not.
    pub disabled_device_count: u64,
}

/// `GET /statistics/service`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatistics {
    /// Devices connected now.
    pub connected_device_count: u64,
}
