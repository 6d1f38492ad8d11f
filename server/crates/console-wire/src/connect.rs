//! How to connect a device: where the hub is, a token of its own, and programs that send a first message.

use hub_wire::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::webhook::HiddenText;

/// Shortest life of a device's token, in seconds.
pub const MIN_TOKEN_LIFE: u32 = 60;
/// Longest life of a device's token, in seconds: a week.
pub const MAX_TOKEN_LIFE: u32 = 7 * 24 * 3600;
/// Life of a token whose life was not chosen, in seconds: an hour.
pub const DEFAULT_TOKEN_LIFE: u32 = 3600;

/// The body of `POST /api/v1/devices/{id}/token`; all of it may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewDeviceToken {
    /// How long the token lets the device connect, 60 to 604,800 seconds; 3,600 when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 604_800))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u32>,
}

/// How to connect a device, with a token that was just made. The token is in this answer only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectGuide {
    /// The device, which is the client id too.
    pub device_id: DeviceId,
    /// The hub's host name.
    pub host_name: String,
    /// The port of MQTT there.
    pub port: u16,
    /// Whether it is MQTT over TLS.
    pub is_encrypted: bool,
    /// The user name of CONNECT.
    pub user_name: String,
    /// The token: the password of CONNECT.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: HiddenText,
    /// When the token ends.
    pub expires: Timestamp,
    /// Where the device publishes messages to the cloud.
    pub topic: String,
    /// The certificate authority to trust, PEM; absent where the platform's are enough, and without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<String>,
    /// What to know before, sentences for a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Programs that connect and send a message.
    pub examples: Vec<ConnectExample>,
}

/// A program that connects the device and sends a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectExample {
    /// What it is for: `mosquitto_pub`, `Node.js`, `Python`, `C#`, `C, ESP-IDF`.
    pub name: String,
    /// What it needs, a sentence or a command.
    pub needs: String,
    /// The command or the program, with the token.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub text: HiddenText,
}
