//! `fleetcast device`.

use console_wire::{
    device::{DeviceSummary, MethodAnswer},
    page::Page,
};
use hub_wire::twin::Twin;
use reqwest::Method;
use serde_json::json;

use crate::{
    Error, Exit,
    arguments::{DeviceArgs, DeviceCommand},
    client::{Client, segment},
    connections,
    job::{parse, twin_patch},
    message, module, output, registry, telemetry,
};

/// Devices that the API lists at once.
const PAGE: usize = 100;
/// Problems that mean that the device did not do what was asked.
const OF_THE_DEVICE: [&str; 2] = ["device-not-online", "device-timeout"];

pub(crate) async fn run(client: &Client, arguments: DeviceArgs) -> Result<Exit, Error> {
    let is_json = arguments.connection.json;
    match arguments.command {
        DeviceCommand::Query { condition, limit } => {
            let devices = query(client, &condition, limit).await?;
            if is_json {
                output::json(&devices)?;
            } else {
                output::line(&output::devices(&devices))?;
            }
            Ok(Exit::Succeeded)
        }
        DeviceCommand::Show { device_id } => {
            let twin: Twin = client.get(&format!("/devices/{}", segment(&device_id)), &[]).await?;
            output::json(&twin)?;
            Ok(Exit::Succeeded)
        }
        DeviceCommand::Invoke { device_id, method, payload, response_timeout } => {
            let path = format!("/devices/{}/methods/{}", segment(&device_id), segment(&method));
            invoke(client, &path, payload.as_deref(), response_timeout, is_json).await
        }
        DeviceCommand::Patch { device_id, tags, desired } => {
            let change = twin_patch(tags.as_deref(), desired.as_deref())?;
            let path = format!("/devices/{}/twin", segment(&device_id));
            let twin: Twin = client.send(Method::PATCH, &path, &change).await?;
            output::json(&twin)?;
            Ok(Exit::Succeeded)
        }
        DeviceCommand::Connections { device_id, module } => {
            connections::show(client, &device_id, module.as_deref(), is_json).await
        }
        DeviceCommand::Refused => connections::refused(client, is_json).await,
        DeviceCommand::Connect { device_id, lifetime, tool, ca_file } => {
            connections::connect(client, &device_id, lifetime, tool, ca_file.as_deref(), is_json).await
        }
        DeviceCommand::Module { command } => module::run(client, command, is_json).await,
        DeviceCommand::Send(arguments) => message::send(client, &arguments, is_json).await,
        DeviceCommand::Messages { device_id, limit } => {
            message::list(client, &device_id, limit, is_json).await
        }
        DeviceCommand::Telemetry(arguments) => {
            let path = format!("/devices/{}/telemetry/events", segment(&arguments.id));
            telemetry::follow(client, &path, &arguments, is_json).await
        }
        DeviceCommand::Compare(arguments) => message::compare(client, &arguments, is_json).await,
        DeviceCommand::Create(new) => registry::create(client, new, is_json).await,
        DeviceCommand::Import { file, dry_run } => registry::import(client, &file, dry_run, is_json).await,
        DeviceCommand::Enable { change, reason } => {
            registry::change(client, "enable", change, reason, None, is_json).await
        }
        DeviceCommand::Disable { change, reason } => {
            registry::change(client, "disable", change, reason, None, is_json).await
        }
        DeviceCommand::Delete { change, count } => {
            registry::change(client, "delete", change, None, count, is_json).await
        }
        DeviceCommand::Undo { change_id, count } => registry::undo(client, change_id, count, is_json).await,
        DeviceCommand::RotateKey(key) => registry::rotate_key(client, key, is_json).await,
        DeviceCommand::ConnectionString(key) => registry::connection_string(client, key, is_json).await,
        DeviceCommand::Export(export) => registry::export(client, export).await,
    }
}

/// Calls a direct method at a path of the API, and writes the answer.
pub(crate) async fn invoke(
    client: &Client,
    path: &str,
    payload: Option<&str>,
    response_timeout: Option<u32>,
    is_json: bool,
) -> Result<Exit, Error> {
    let payload = payload.map(|text| parse("--payload", text)).transpose()?;
    let body = json!({"payload": payload.unwrap_or_default(), "responseTimeoutInSeconds": response_timeout});
    match client.send::<MethodAnswer>(Method::POST, path, &body).await {
        Ok(answer) => {
            if is_json {
                output::json(&answer)?;
            } else {
                output::line(&format!(
                    "{} in {} ms: {}",
                    answer.response.status, answer.round_trip_ms, answer.response.payload
                ))?;
            }
            Ok(if answer.response.status < 400 { Exit::Succeeded } else { Exit::Failed })
        }
        Err(Error::Refused(problem)) if OF_THE_DEVICE.contains(&problem.kind.as_str()) => {
            if is_json {
                output::json(&problem)?;
            } else {
                output::line(&format!("{}. {}", problem.title, problem.detail))?;
            }
            Ok(Exit::Failed)
        }
        Err(error) => Err(error),
    }
}

/// The first devices that a condition selects.
async fn query(client: &Client, condition: &str, limit: usize) -> Result<Vec<DeviceSummary>, Error> {
    let (mut devices, mut cursor): (Vec<DeviceSummary>, Option<String>) = (Vec::new(), None);
    loop {
        let count = (limit - devices.len()).min(PAGE);
        if count == 0 {
            return Ok(devices);
        }
        let mut query = vec![("q", condition.to_owned()), ("limit", count.to_string())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: Page<DeviceSummary> = client.get("/devices", &query).await?;
        devices.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(devices),
        }
    }
}
