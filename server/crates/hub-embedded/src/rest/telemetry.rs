//! What a device sent lately. Not a call of IoT Hub's, hence the path of its own: there, telemetry goes to an event hub.

use axum::{Json, extract::State};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hub_wire::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Rest,
    answer::Answer,
    extract::{Authorized, PathTarget, ServiceConnect},
};
use crate::{domain::Target, telemetry::Received};

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
