//! What a device sent lately. Not a call of IoT Hub's, hence the path of its own: there, telemetry goes to an event hub.

use std::time::Duration;

use axum::{Json, extract::State};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hub_wire::{DeviceId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{Authorized, Parameters, PathTarget, ServiceConnect},
};
use crate::{domain::Target, telemetry::Received};

/// Most messages in an answer of [`follow`].
const MOST: usize = 500;
/// Most messages before those that are followed.
const MOST_BEFORE: usize = 100;
/// Longest wait for a message, in seconds.
const LONGEST_WAIT: u64 = 20;

/// A message from a device.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Telemetry {
    enqueued_time_utc: Timestamp,
    /// The device's own properties; empty for one that was written without a value.
    properties: Map<String, Value>,
    /// Those of the system, by the names that event hubs give them.
    system_properties: Map<String, Value>,
    /// The body as text, when it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body's bytes.
    body_base64: String,
}

/// Oldest first; the last 32 at most, and fewer when the whole fleet's need the room.
pub(super) async fn list(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer<Json<Vec<Telemetry>>> {
    // Refuses what is not registered.
    rest.store.device_keys(&target).await?;
    Ok(Json(rest.telemetry.of(&target).iter().map(|received| shown(&target, received)).collect()))
}

/// A message with its number and its device.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct NumberedTelemetry {
    sequence: u64,
    device_id: DeviceId,
    #[serde(flatten)]
    message: Telemetry,
}

/// Messages of many devices.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TelemetryPage {
    /// Where the next request goes on.
    next: u64,
    /// How many messages from `from` on are not here.
    skipped: u64,
    items: Vec<NumberedTelemetry>,
}

/// Messages of all devices, or of `deviceId` and its modules, oldest first: those from the number `from` on, else the
/// newest 100. When there are none yet, waits `wait` seconds for one, at most 20.
pub(super) async fn follow(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    parameters: Parameters,
) -> Answer<Json<TelemetryPage>> {
    let from = number(&parameters, "from")?;
    let wait = number(&parameters, "wait")?.unwrap_or_default().min(LONGEST_WAIT);
    let device = parameters.text("deviceId").map(DeviceId::new).transpose();
    let device = device.map_err(|error| Refusal::argument(error.to_string()))?;
    let most = if from.is_some() { MOST } else { MOST_BEFORE };
    let mut found = rest.telemetry.from(from, device.as_ref(), most);
    if found.entries.is_empty() && wait > 0 {
        // Nothing came in time: the answer is an empty one.
        let _ = tokio::time::timeout(Duration::from_secs(wait), rest.telemetry.wait_for(found.next)).await;
        found = rest.telemetry.from(Some(found.next), device.as_ref(), MOST);
    }
    let item = |(sequence, target, received): &(u64, std::sync::Arc<Target>, Received)| NumberedTelemetry {
        sequence: *sequence,
        device_id: target.device_id.clone(),
        message: shown(target, received),
    };
    let items = found.entries.iter().map(item).collect();
    Ok(Json(TelemetryPage { next: found.next, skipped: found.skipped, items }))
}

fn number(parameters: &Parameters, name: &str) -> Answer<Option<u64>> {
    let number = parameters.text(name).map(str::parse).transpose();
    number.map_err(|_| Refusal::argument(format!("{name} must be a whole number")))
}

fn shown(target: &Target, received: &Received) -> Telemetry {
    let (mut properties, mut system_properties) = (Map::new(), Map::new());
    for property in &received.message.properties {
        let value = Value::String(property.value.clone());
        match property.name.strip_prefix("$.") {
            Some(short) => system_properties.insert(system_name(short, &property.name).to_owned(), value),
            None => properties.insert(property.name.clone(), value),
        };
    }
    let device_id = target.device_id.as_str();
    system_properties.insert("iothub-connection-device-id".into(), device_id.into());
    if let Some(module_id) = target.module_str() {
        system_properties.insert("iothub-connection-module-id".into(), module_id.into());
    }
    system_properties.insert("iothub-enqueuedtime".into(), received.at.to_string().into());
    system_properties.insert("iothub-message-source".into(), "Telemetry".into());
    let payload = &received.message.payload;
    Telemetry {
        enqueued_time_utc: received.at,
        properties,
        system_properties,
        body: std::str::from_utf8(payload).ok().map(str::to_owned),
        body_base64: BASE64.encode(payload),
    }
}

/// Source of the names: `iot-hub-devguide-messages-construct.md`.
fn system_name<'a>(short: &str, whole: &'a str) -> &'a str {
    match short {
        "mid" => "message-id",
        "cid" => "correlation-id",
        "uid" => "user-id",
        "to" => "to",
        "ct" => "content-type",
        "ce" => "content-encoding",
        "exp" => "absolute-expiry-time",
        "ctime" => "iothub-creation-time-utc",
        "ifid" => "iothub-interface-id",
        "sub" => "dt-subject",
        "on" => "iothub-outputname",
        _ => whole,
    }
}
