//! What devices sent lately, and what happened to their connections. Only the embedded hub answers this: the real one
//! hands both on and forgets them.

use std::time::Duration;

use hub_wire::{DeviceId, ModuleId, Timestamp, twin::Object};
use reqwest::Method;
use serde::Deserialize;

use crate::{
    HubClient, Result,
    call::{Call, Repeat},
    devices::segment,
};

/// A message from a device.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    /// When the hub took it.
    pub enqueued_time_utc: Timestamp,
    /// The device's own properties; empty for one that was written without a value.
    pub properties: Object,
    /// Those of the system, by the names that event hubs give them.
    pub system_properties: Object,
    /// The body as text, when it is text.
    #[serde(default)]
    pub body: Option<String>,
    /// The body's bytes.
    pub body_base64: String,
}

/// A message with its number and its device.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NumberedTelemetry {
    /// Its number since the hub started; a later message has a higher one.
    pub sequence: u64,
    /// The device.
    pub device_id: DeviceId,
    /// The message.
    #[serde(flatten)]
    pub message: Telemetry,
}

/// Messages of many devices.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TelemetryPage {
    /// The number from which the next call goes on.
    pub next: u64,
    /// How many messages since the requested number are not here: the hub keeps the newest only.
    pub skipped: u64,
    /// Oldest first.
    pub items: Vec<NumberedTelemetry>,
}

/// A connection of a device that began, ended or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// When, the last time.
    pub time_utc: Timestamp,
    /// `connected`, `disconnected` or `refused`.
    pub kind: String,
    /// Why, as a word for programs; none for one that began.
    #[serde(default)]
    pub cause: Option<String>,
    /// Why; empty for one that began.
    #[serde(default)]
    pub reason: String,
    /// Address and port of the client, as far as the hub knows them.
    #[serde(default)]
    pub client_address: Option<String>,
    /// How often the same was refused in a row.
    pub count: u64,
}

/// A device, or a client that claims to be one, that was refused or disconnected by a rule lately.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The device.
    pub device_id: DeviceId,
    /// Its module.
    #[serde(default)]
    pub module_id: Option<ModuleId>,
    /// Whether it is registered.
    pub is_registered: bool,
    /// The last refusal.
    #[serde(flatten)]
    pub last: Connection,
}

impl HubClient {
    /// Who was refused or disconnected by a rule lately, the newest first.
    pub async fn refusals(&self) -> Result<Vec<Refused>> {
        let path = ["fleetcast", "v1", "refusals"];
        self.answer(Call::new("read refusals", Method::GET, &path, Repeat::Always)).await
    }

    /// The last connections, disconnections and refusals of a device, oldest first.
    pub async fn connections(&self, id: &DeviceId) -> Result<Vec<Connection>> {
        let operation = "read connections";
        let path = ["fleetcast", "v1", "devices", segment(operation, id)?, "connections"];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Messages of all devices, or of one and its modules: from a number on, else the newest ones. While there is none, the
    /// hub waits so long for one, at most 20 s.
    pub async fn follow_telemetry(
        &self,
        from: Option<u64>,
        device: Option<&DeviceId>,
        wait: Duration,
    ) -> Result<TelemetryPage> {
        let path = ["fleetcast", "v1", "telemetry"];
        let call = Call::new("follow telemetry", Method::GET, &path, Repeat::Always).extra_time(wait);
        let mut call = call.query("wait", &wait.as_secs().to_string());
        if let Some(from) = from {
            call = call.query("from", &from.to_string());
        }
        if let Some(device) = device {
            call = call.query("deviceId", device.as_str());
        }
        self.answer(call).await
    }

    /// The last messages of a device, oldest first.
    pub async fn telemetry(&self, id: &DeviceId) -> Result<Vec<Telemetry>> {
        let operation = "read telemetry";
        let path = ["fleetcast", "v1", "devices", segment(operation, id)?, "telemetry"];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }
}
