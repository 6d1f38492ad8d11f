//! `fleetcast device module`.

use console_wire::module::Modules;
use hub_wire::twin::Twin;
use reqwest::Method;

use crate::{
    Error, Exit,
    arguments::ModuleCommand,
    client::{Client, segment},
    device::invoke,
    job::twin_patch,
    output,
};

pub(crate) async fn run(client: &Client, command: ModuleCommand, is_json: bool) -> Result<Exit, Error> {
    match command {
        ModuleCommand::List { device_id } => {
            let path = format!("/devices/{}/modules", segment(&device_id));
            let modules: Modules = client.get(&path, &[]).await?;
            if is_json {
                output::json(&modules.items)?;
            } else {
                output::line(&output::modules(&modules.items))?;
            }
        }
        ModuleCommand::Show { device_id, module_id } => {
            let twin: Twin = client.get(&path(&device_id, &module_id), &[]).await?;
            output::json(&twin)?;
        }
        ModuleCommand::Patch { device_id, module_id, tags, desired } => {
            let change = twin_patch(tags.as_deref(), desired.as_deref())?;
            let path = format!("{}/twin", path(&device_id, &module_id));
            let twin: Twin = client.send(Method::PATCH, &path, &change).await?;
            output::json(&twin)?;
        }
        ModuleCommand::Invoke { device_id, module_id, method, payload, response_timeout } => {
            let path = format!("{}/methods/{}", path(&device_id, &module_id), segment(&method));
            return invoke(client, &path, payload.as_deref(), response_timeout, is_json).await;
        }
    }
    Ok(Exit::Succeeded)
}

fn path(device_id: &str, module_id: &str) -> String {
    format!("/devices/{}/modules/{}", segment(device_id), segment(module_id))
}
