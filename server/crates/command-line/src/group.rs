//! `fleetcast group`.

use console_wire::group::{Group, Groups};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    Error, Exit,
    arguments::{GroupArgs, GroupCommand, NewGroupArgs},
    client::{Client, segment},
    job::read,
    output, telemetry,
};

pub(crate) async fn run(client: &Client, arguments: GroupArgs) -> Result<Exit, Error> {
    let is_json = arguments.connection.json;
    match arguments.command {
        GroupCommand::List => {
            let groups: Groups = client.get("/groups", &[]).await?;
            if is_json {
                output::json(&groups.items)?;
            } else {
                output::line(&output::groups(&groups.items))?;
            }
        }
        GroupCommand::Show { group_id } => {
            let group: Group = client.get(&format!("/groups/{}", segment(&group_id)), &[]).await?;
            show(&group, is_json)?;
        }
        GroupCommand::Telemetry(arguments) => {
            let path = format!("/groups/{}/telemetry/events", segment(&arguments.id));
            return telemetry::follow(client, &path, &arguments, is_json).await;
        }
        GroupCommand::Create(new) => {
            let group: Group = client.send(Method::POST, "/groups", &new_group(&new)?).await?;
            show(&group, is_json)?;
        }
        GroupCommand::Delete { group_id } => {
            let path = format!("/groups/{}", segment(&group_id));
            let group: Group = client.send(Method::DELETE, &path, &json!({})).await?;
            show(&group, is_json)?;
        }
    }
    Ok(Exit::Succeeded)
}

fn show(group: &Group, is_json: bool) -> Result<(), Error> {
    if is_json { output::json(group) } else { output::line(&output::group(group)) }
}

/// The body of a new group. The server checks it.
fn new_group(new: &NewGroupArgs) -> Result<Value, Error> {
    let mut group = Map::new();
    group.insert("name".into(), new.name.clone().into());
    if let Some(description) = &new.description {
        group.insert("description".into(), description.clone().into());
    }
    if let Some(condition) = &new.query {
        group.insert("queryCondition".into(), condition.clone().into());
    }
    if let Some(file) = &new.devices {
        group.insert("deviceIds".into(), read(file)?.into());
    }
    Ok(group.into())
}
