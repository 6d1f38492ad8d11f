//! One device's identity: as it is created, shown, enabled and disabled; and its connection string.

use hub_wire::{
    DeviceId, Timestamp,
    device::{AuthenticationType, ConnectionState, DeviceStatus},
    twin::Object,
};
use serde::{Deserialize, Serialize};

use crate::webhook::HiddenText;

/// Longest reason of a status, in characters. The limit is the hub's.
pub const MAX_STATUS_REASON: usize = 128;

/// A device to create: the body of `POST /api/v1/devices`. The hub makes its keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDevice {
    /// Its id. Ids are case-sensitive and never change.
    pub device_id: DeviceId,
    /// Whether it may connect; `enabled` unless given.
    #[serde(default)]
    pub status: DeviceStatus,
    /// Why it is disabled, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub status_reason: Option<String>,
    /// Its first tags.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub tags: Object,
    /// Its first desired properties.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub desired: Object,
}

impl NewDevice {
    /// An enabled device without tags and properties.
    pub fn new(device_id: DeviceId) -> Self {
        Self {
            device_id,
            status: DeviceStatus::Enabled,
            status_reason: None,
            tags: Object::new(),
            desired: Object::new(),
        }
    }
}

/// A device's identity, without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeviceIdentity {
    /// The device.
    pub device_id: DeviceId,
    /// Differs between two devices that had the same id one after the other.
    pub generation_id: String,
    /// Whether it may connect.
    pub status: DeviceStatus,
    /// Why, if a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When the status last changed.
    pub status_updated_time: Timestamp,
    /// Whether it is connected.
    pub connection_state: ConnectionState,
    /// How it proves itself: only `sas` has keys.
    pub authentication_type: AuthenticationType,
    /// Whether it is an edge device.
    pub iot_edge: bool,
}

/// Whether a device may connect: the body of `PUT /api/v1/devices/{device_id}/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStatus {
    /// A device that is disabled is disconnected at once, and is refused when it connects.
    pub status: DeviceStatus,
    /// Why, at most 128 characters. Without one the reason from before is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub status_reason: Option<String>,
}

/// One of a device's two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum KeyName {
    /// The first key.
    #[default]
    Primary,
    /// The second key, so that one can be replaced while the other still works.
    Secondary,
}

impl KeyName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Primary, Self::Secondary];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }

    /// By the value on the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == word)
    }
}

/// Which key: the body of `POST /api/v1/devices/{device_id}/connection-string`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskConnectionString {
    /// The key that the connection string holds; `primary` unless given.
    #[serde(default)]
    pub key: KeyName,
}

/// What a device needs to connect. Holds a key: never printed, and never part of another answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectionString {
    /// The device.
    pub device_id: DeviceId,
    /// The key in it.
    pub key: KeyName,
    /// `HostName=…;DeviceId=…;SharedAccessKey=…`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub connection_string: HiddenText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_is_not_printed() {
        let secret = ConnectionString {
            device_id: DeviceId::new("door-1").unwrap(),
            key: KeyName::Primary,
            connection_string: HiddenText::from("HostName=h;DeviceId=d;SharedAccessKey=s3cr3t".to_owned()),
        };
        assert!(!format!("{secret:?}").contains("s3cr3t"));
    }

    #[test]
    fn keys_have_words() {
        for key in KeyName::ALL {
            assert_eq!(KeyName::from_wire(key.as_str()), Some(key));
            assert_eq!(serde_json::to_value(key).unwrap(), key.as_str());
        }
        assert_eq!(KeyName::from_wire("third"), None);
    }
}
