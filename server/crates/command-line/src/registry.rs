//! `fleetcast device create`, `import`, `enable`, `disable`, `delete`, `undo`, `rotate-key`, `connection-string` and `export`.

use std::{io, time::Duration};

use console_wire::{
    page::Page,
    registry::{ChangePreview, ChangeState, ChangedDevice, ConnectionString, DeviceIdentity, RegistryChange},
};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use crate::{
    Error, Exit,
    arguments::{ChangeArgs, CreateDeviceArgs, DeviceExportArgs, DeviceFileFormat, KeyArgs},
    client::{Client, segment},
    job::{new_file, parse, read},
    output,
};

/// Between two readings of a change.
const INTERVAL: Duration = Duration::from_millis(300);
/// Failed devices that are listed.
const LISTED: usize = 20;

/// Creates a device.
pub(crate) async fn create(client: &Client, new: CreateDeviceArgs, is_json: bool) -> Result<Exit, Error> {
    let mut device = Map::new();
    device.insert("deviceId".into(), new.device_id.into());
    if new.disabled {
        device.insert("status".into(), "disabled".into());
    }
    if let Some(reason) = new.reason {
        device.insert("statusReason".into(), reason.into());
    }
    for (member, option, text) in [("tags", "--tags", &new.tags), ("desired", "--desired", &new.desired)] {
        if let Some(text) = text {
            device.insert(member.into(), parse(option, text)?);
        }
    }
    let created: DeviceIdentity = client.send(Method::POST, "/devices", &device).await?;
    identity(&created, "created", is_json)
}

/// Replaces a key of a device.
pub(crate) async fn rotate_key(client: &Client, key: KeyArgs, is_json: bool) -> Result<Exit, Error> {
    let path = format!("/devices/{}/keys/{}", segment(&key.device_id), key.key.as_str());
    let rotated: DeviceIdentity = client.send(Method::POST, &path, &json!({})).await?;
    identity(&rotated, &format!("has a new {} key", key.key.as_str()), is_json)
}

/// Writes a device's connection string.
pub(crate) async fn connection_string(client: &Client, key: KeyArgs, is_json: bool) -> Result<Exit, Error> {
    let path = format!("/devices/{}/connection-string", segment(&key.device_id));
    let body = json!({"key": key.key.as_str()});
    let shown: ConnectionString = client.send(Method::POST, &path, &body).await?;
    if is_json {
        output::json(&shown)?;
    } else {
        output::line(shown.connection_string.expose())?;
    }
    Ok(Exit::Succeeded)
}

/// Writes devices as a file.
pub(crate) async fn export(client: &Client, export: DeviceExportArgs) -> Result<Exit, Error> {
    let extension = match export.format {
        DeviceFileFormat::Csv => "csv",
        DeviceFileFormat::Json => "json",
    };
    let path = format!("/devices.{extension}");
    let mut query = vec![("q", export.condition)];
    query.extend(export.columns.map(|columns| ("columns", columns)));
    query.extend(export.content.map(|content| ("content", content.as_str().to_owned())));
    match export.output {
        Some(file) => client.download(&path, &query, &mut new_file(&file)?).await?,
        None => client.download(&path, &query, &mut io::stdout()).await?,
    }
    Ok(Exit::Succeeded)
}

/// Creates the devices of a file.
pub(crate) async fn import(
    client: &Client,
    file: &std::path::Path,
    is_dry_run: bool,
    is_json: bool,
) -> Result<Exit, Error> {
    begin(client, &json!({"kind": "create", "csv": read(file)?}), is_dry_run, is_json).await
}

/// Enables, disables or deletes devices.
pub(crate) async fn change(
    client: &Client,
    kind: &str,
    change: ChangeArgs,
    reason: Option<String>,
    count: Option<u64>,
    is_json: bool,
) -> Result<Exit, Error> {
    let mut body = Map::new();
    body.insert("kind".into(), kind.into());
    if let Some(condition) = change.query {
        body.insert("queryCondition".into(), condition.into());
    }
    if !change.device_ids.is_empty() {
        body.insert("deviceIds".into(), change.device_ids.into());
    }
    if let Some(file) = change.devices {
        body.insert("deviceIds".into(), read(&file)?.into());
    }
    if let Some(reason) = reason {
        body.insert("statusReason".into(), reason.into());
    }
    if let Some(count) = count {
        body.insert("confirmedCount".into(), count.into());
    }
    begin(client, &body.into(), change.dry_run, is_json).await
}

/// Undoes a change.
pub(crate) async fn undo(
    client: &Client,
    change_id: u64,
    count: Option<u64>,
    is_json: bool,
) -> Result<Exit, Error> {
    let path = format!("/registry-changes/{change_id}/undo");
    let change: RegistryChange = client.send(Method::POST, &path, &json!({"confirmedCount": count})).await?;
    follow(client, change, is_json).await
}

async fn begin(client: &Client, body: &Value, is_dry_run: bool, is_json: bool) -> Result<Exit, Error> {
    if is_dry_run {
        let preview: ChangePreview = client.send(Method::POST, "/registry-changes/preview", body).await?;
        if is_json {
            output::json(&preview)?;
        } else {
            output::line(&preview_text(&preview))?;
        }
        return Ok(Exit::Succeeded);
    }
    let change: RegistryChange = client.send(Method::POST, "/registry-changes", body).await?;
    follow(client, change, is_json).await
}

/// Reads a change until every device has a result, and writes it with the first devices that failed.
async fn follow(client: &Client, mut change: RegistryChange, is_json: bool) -> Result<Exit, Error> {
    let path = format!("/registry-changes/{}", change.change_id);
    while change.end_time.is_none() {
        sleep(INTERVAL).await;
        change = client.get(&path, &[]).await?;
    }
    if is_json {
        output::json(&change)?;
        return Ok(exit(&change));
    }
    output::line(&change_text(&change))?;
    for state in [ChangeState::Failed, ChangeState::Interrupted] {
        if change.counts.get(state) > 0 {
            let query = [("state", state.as_str().to_owned()), ("limit", LISTED.to_string())];
            let devices: Page<ChangedDevice> = client.get(&format!("{path}/devices"), &query).await?;
            for device in devices.items {
                output::line(&output::printable(device_text(&device)))?;
            }
        }
    }
    Ok(exit(&change))
}

const fn exit(change: &RegistryChange) -> Exit {
    let counts = &change.counts;
    if counts.failed + counts.interrupted > 0 {
        Exit::Failed
    } else if counts.cancelled > 0 {
        Exit::Cancelled
    } else {
        Exit::Succeeded
    }
}

/// `change 7, disable: 40 succeeded, 1 unchanged of 41 devices`.
fn change_text(change: &RegistryChange) -> String {
    let counts: Vec<_> = ChangeState::ALL
        .into_iter()
        .filter(|state| change.counts.get(*state) > 0)
        .map(|state| format!("{} {}", change.counts.get(state), state.as_str()))
        .collect();
    let total = change.counts.total();
    let devices = if total == 1 { "device" } else { "devices" };
    format!(
        "change {}, {}: {} of {total} {devices}",
        change.change_id,
        change.kind.as_str(),
        counts.join(", ")
    )
}

fn device_text(device: &ChangedDevice) -> String {
    let code = device.error_code.as_deref().unwrap_or_default();
    let error = device.error.as_deref().unwrap_or_default();
    format!("{}  {}  {code}  {error}", device.device_id, device.state.as_str())
}

fn preview_text(preview: &ChangePreview) -> String {
    let mut parts = vec![format!("would {} {} devices", preview.kind.as_str(), preview.count)];
    if let Some(unchanged) = preview.unchanged_count.filter(|unchanged| *unchanged > 0) {
        parts.push(format!("{unchanged} of them stay as they are"));
    }
    if preview.created_disabled > 0 {
        parts.push(format!("{} of them disabled", preview.created_disabled));
    }
    if preview.unknown_count > 0 {
        parts.push(format!("{} ids do not exist", preview.unknown_count));
    }
    parts.join(", ")
}

fn identity(device: &DeviceIdentity, done: &str, is_json: bool) -> Result<Exit, Error> {
    if is_json {
        output::json(device)?;
    } else {
        output::line(&format!("{} {done}, {}", device.device_id, device.status.as_str()))?;
    }
    Ok(Exit::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_line_and_an_exit_code() {
        for (counts, line, code) in [
            (json!({"succeeded": 2}), "change 7, disable: 2 succeeded of 2 devices", 0),
            (
                json!({"succeeded": 1, "failed": 1}),
                "change 7, disable: 1 succeeded, 1 failed of 2 devices",
                2,
            ),
            (json!({"cancelled": 1}), "change 7, disable: 1 cancelled of 1 device", 3),
        ] {
            let mut all = json!({"queued": 0, "inFlight": 0, "succeeded": 0, "unchanged": 0, "failed": 0,
                "interrupted": 0, "cancelled": 0});
            for (name, count) in counts.as_object().unwrap() {
                all[name] = count.clone();
            }
            let change: RegistryChange = serde_json::from_value(json!({
                "changeId": 7, "kind": "disable", "createdTime": "2026-09-17T18:00:00Z", "counts": all
            }))
            .unwrap();
            assert_eq!((change_text(&change).as_str(), exit(&change).code()), (line, code));
        }
    }
}
