//! `fleetcast device connections`, `refused` and `connect`.

use std::{
    io::{Write, stderr},
    path::Path,
};

use console_wire::{
    connect::{ConnectGuide, NewDeviceToken},
    connection::{Connections, Refusals},
};
use reqwest::Method;

use crate::{
    Error, Exit,
    arguments::ConnectTool,
    client::{Client, segment},
    output,
};

/// Whether a device or a module is connected, why, and its last events.
pub(crate) async fn show(
    client: &Client,
    device_id: &str,
    module_id: Option<&str>,
    is_json: bool,
) -> Result<Exit, Error> {
    let device = format!("/devices/{}", segment(device_id));
    let path = match module_id {
        Some(module_id) => format!("{device}/modules/{}/connections", segment(module_id)),
        None => format!("{device}/connections"),
    };
    let connections: Connections = client.get(&path, &[]).await?;
    if is_json {
        output::json(&connections)?;
    } else {
        output::line(&output::connections(&connections))?;
    }
    Ok(Exit::Succeeded)
}

/// Who was refused in the last hour.
pub(crate) async fn refused(client: &Client, is_json: bool) -> Result<Exit, Error> {
    let refusals: Refusals = client.get("/refusals", &[]).await?;
    if is_json {
        output::json(&refusals.items)?;
    } else {
        output::line(&output::refusals(&refusals.items))?;
    }
    Ok(Exit::Succeeded)
}

/// A token for a device, and the program that a person wants.
pub(crate) async fn connect(
    client: &Client,
    device_id: &str,
    lifetime_seconds: Option<u32>,
    tool: ConnectTool,
    ca_file: Option<&Path>,
    is_json: bool,
) -> Result<Exit, Error> {
    let path = format!("/devices/{}/token", segment(device_id));
    let guide: ConnectGuide = client.send(Method::POST, &path, &NewDeviceToken { lifetime_seconds }).await?;
    if let (Some(file), Some(pem)) = (ca_file, &guide.certificate_authority) {
        std::fs::write(file, pem).map_err(|source| Error::File {
            attempt: "write",
            path: file.to_owned(),
            source,
        })?;
    }
    if is_json {
        output::json(&guide)?;
        return Ok(Exit::Succeeded);
    }
    // A newer server may have renamed it.
    let example = guide.examples.iter().find(|example| example.name == tool.name());
    let Some(example) = example.or_else(|| guide.examples.first()) else { return Ok(Exit::Succeeded) };
    // Beside the program, so that a script can pipe it on.
    let mut remarks = guide.notes.join("\n");
    if !remarks.is_empty() {
        remarks.push('\n');
    }
    writeln!(stderr().lock(), "{remarks}{} The token ends at {}.", example.needs, guide.expires)
        .map_err(Error::Output)?;
    output::line(example.text.expose())?;
    Ok(Exit::Succeeded)
}
