//! Messages to devices, and twins side by side.

use std::{collections::BTreeMap, io::Read, time::Duration};

use console_wire::{
    compare::{ComparedValue, TwinComparison},
    message::{DeviceMessage, MessageState},
    page::Page,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    Error, Exit,
    arguments::{CompareArgs, SendArgs},
    client::{Client, segment},
    output,
};

/// Between two readings of what became of a message.
const INTERVAL: Duration = Duration::from_millis(500);

pub(crate) async fn send(client: &Client, arguments: &SendArgs, is_json: bool) -> Result<Exit, Error> {
    let path = format!("/devices/{}/messages", segment(&arguments.device_id));
    let mut message: DeviceMessage = client.send(Method::POST, &path, &new_message(arguments)?).await?;
    let end = arguments.timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds.get()));
    while arguments.wait && message.state.is_open() && end.is_none_or(|end| Instant::now() < end) {
        sleep(INTERVAL).await;
        message = client.get(&format!("{path}/{}", segment(&message.message_id)), &[]).await?;
    }
    if is_json {
        output::json(&message)?;
    } else {
        output::line(&line(&message))?;
    }
    Ok(match message.state {
        MessageState::Accepted => Exit::Succeeded,
        state if state.is_open() => {
            if arguments.wait {
                Exit::NotInTime
            } else {
                Exit::Succeeded
            }
        }
        _ => Exit::Failed,
    })
}

/// The body of the request. The server checks it.
fn new_message(arguments: &SendArgs) -> Result<Value, Error> {
    let body = if arguments.body == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|source| Error::File { attempt: "read", path: "-".into(), source })?;
        text
    } else {
        arguments.body.clone()
    };
    let properties: BTreeMap<_, _> =
        arguments.property.iter().map(|pair| pair.split_once('=').unwrap_or((pair.as_str(), ""))).collect();
    Ok(json!({
        "body": body, "properties": properties, "contentType": arguments.content_type,
        "expiresInSeconds": arguments.expires_in,
    }))
}

/// A message in one line.
fn line(message: &DeviceMessage) -> String {
    let reason = message.error.as_ref().map(|error| format!(": {} {}", error.code, error.description));
    output::printable(format!(
        "{}  {}{}",
        message.message_id,
        message.state.as_str(),
        reason.unwrap_or_default()
    ))
}

/// The messages that were sent to a device, newest first.
pub(crate) async fn list(client: &Client, device_id: &str, limit: u32, is_json: bool) -> Result<Exit, Error> {
    let path = format!("/devices/{}/messages", segment(device_id));
    let page: Page<DeviceMessage> = client.get(&path, &[("limit", limit.to_string())]).await?;
    if is_json {
        output::json(&page.items)?;
    } else {
        let rows = page.items.into_iter().map(|message| {
            let properties: Vec<_> =
                message.properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
            [
                message.message_id,
                message.state.as_str().to_owned(),
                message.requested_time_utc.to_string(),
                message.expiry_time_utc.to_string(),
                properties.join(" "),
                message.body,
            ]
        });
        output::line(&output::table(
            ["MESSAGE", "STATE", "SENT", "EXPIRES", "PROPERTIES", "BODY"],
            rows.collect(),
        ))?;
    }
    Ok(Exit::Succeeded)
}

/// Two twins, a value a line.
pub(crate) async fn compare(client: &Client, arguments: &CompareArgs, is_json: bool) -> Result<Exit, Error> {
    let query = [("left", arguments.left.clone()), ("right", arguments.right.clone())];
    let mut comparison: TwinComparison = client.get("/compare-twins", &query).await?;
    if !arguments.all {
        comparison.values.retain(|value| value.differs);
    }
    if is_json {
        output::json(&comparison)?;
        return Ok(Exit::Succeeded);
    }
    if comparison.values.is_empty() {
        output::line("No differences.")?;
        return Ok(Exit::Succeeded);
    }
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let row = |value: &ComparedValue| {
        let mark = if value.differs { "differs" } else { "same" };
        let path = format!("{}.{}", value.section.as_str(), value.path);
        [path, mark.to_owned(), shown(&value.left), shown(&value.right)]
    };
    let rows = comparison.values.iter().map(row).collect();
    output::line(&output::table(["VALUE", "", &arguments.left, &arguments.right], rows))?;
    Ok(Exit::Succeeded)
}
