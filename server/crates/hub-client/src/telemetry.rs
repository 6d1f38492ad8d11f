//! What devices sent lately. Only the embedded hub answers this: the real one hands telemetry on and forgets it.

use hub_wire::{DeviceId, Timestamp, twin::Object};
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
    /// The device's own properties; null for one that was written without a value.
    pub properties: Object,
    /// Those of the system, by the names that event hubs give them.
    pub system_properties: Object,
    /// The body as text, when it is text.
    #[serde(default)]
    pub body: Option<String>,
    /// The body's bytes.
    pub body_base64: String,
}

impl HubClient {
    /// The last messages of a device, oldest first.
    pub async fn telemetry(&self, id: &DeviceId) -> Result<Vec<Telemetry>> {
        let operation = "read telemetry";
        let path = ["fleetcast", "v1", "devices", segment(operation, id)?, "telemetry"];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }
}
