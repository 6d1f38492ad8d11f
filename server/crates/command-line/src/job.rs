//! `fleetcast job`.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use console_wire::{job::JobSummary, page::Page, run_compare::Comparison};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    Error, Exit,
    arguments::{CreateArgs, ExportFormat, Follow, JobArgs, JobCommand, ListArgs, RerunArgs},
    client::{Client, segment},
    output, rollout, watch,
};

pub(crate) async fn run(client: &Client, arguments: JobArgs) -> Result<Exit, Error> {
    let is_json = arguments.connection.json;
    match arguments.command {
        JobCommand::Create(create) => {
            let job: JobSummary = client.send(Method::POST, "/jobs", &new_job(&create)?).await?;
            created(client, job, &create.follow, is_json).await
        }
        JobCommand::Edit(edit) => {
            let path = format!("/jobs/{}", segment(&edit.job_id));
            let job: JobSummary = client.send(Method::PUT, &path, &new_job(&edit.job)?).await?;
            created(client, job, &edit.job.follow, is_json).await
        }
        JobCommand::Rerun(rerun) => {
            let path = format!("/jobs/{}/rerun", segment(&rerun.job_id));
            let job: JobSummary = client.send(Method::POST, &path, &new_rerun(&rerun)).await?;
            created(client, job, &rerun.follow, is_json).await
        }
        JobCommand::List(list) => {
            let jobs: Page<JobSummary> = client.get("/jobs", &list_query(&list)).await?;
            if is_json {
                output::json(&jobs.items)?;
            } else {
                output::line(&output::jobs(&jobs.items))?;
            }
            Ok(Exit::Succeeded)
        }
        JobCommand::Show { job_id } => {
            let job: JobSummary = client.get(&format!("/jobs/{}", segment(&job_id)), &[]).await?;
            rollout::show(client, &job, is_json).await?;
            Ok(Exit::Succeeded)
        }
        JobCommand::Rollout(command) => rollout::run(client, command, is_json).await,
        JobCommand::Watch { job_id, limit } => {
            let job = watch::follow(client, &job_id, &limit).await?;
            show(&job, is_json)?;
            Ok(Exit::of(&job))
        }
        JobCommand::Cancel { job_id } => {
            let path = format!("/jobs/{}/cancel", segment(&job_id));
            let job: JobSummary = client.send(Method::POST, &path, &json!({})).await?;
            show(&job, is_json)?;
            Ok(Exit::Succeeded)
        }
        JobCommand::Compare { earlier, later, from, to, limit } => {
            let path = format!("/jobs/{}/compare", segment(&later));
            let mut query = vec![("with", earlier), ("limit", limit.to_string())];
            query.extend(
                [("from", from), ("to", to)].into_iter().filter_map(|(name, value)| Some((name, value?))),
            );
            let comparison: Comparison = client.get(&path, &query).await?;
            if is_json {
                output::json(&comparison)?;
            } else {
                output::line(&output::comparison(&comparison))?;
            }
            Ok(Exit::Succeeded)
        }
        JobCommand::Export { job_id, format, output } => {
            let extension = match format {
                ExportFormat::Csv => "csv",
                ExportFormat::Json => "json",
                ExportFormat::Ids => "txt",
            };
            let path = format!("/jobs/{}/devices.{extension}", segment(&job_id));
            match output {
                Some(file) => client.download(&path, &[], &mut new_file(&file)?).await?,
                None => client.download(&path, &[], &mut io::stdout()).await?,
            }
            Ok(Exit::Succeeded)
        }
    }
}

async fn created(client: &Client, job: JobSummary, follow: &Follow, is_json: bool) -> Result<Exit, Error> {
    if !follow.watch {
        show(&job, is_json)?;
        return Ok(Exit::Succeeded);
    }
    let job = watch::follow(client, &job.job_id, &follow.limit).await?;
    show(&job, is_json)?;
    Ok(Exit::of(&job))
}

fn show(job: &JobSummary, is_json: bool) -> Result<(), Error> {
    if is_json { output::json(job) } else { output::line(&output::job(job)) }
}

/// The body of a new job. The server checks it.
fn new_job(create: &CreateArgs) -> Result<Value, Error> {
    if let Some(file) = &create.file {
        return parse(&file.display().to_string(), &read(file)?);
    }
    let mut job = Map::new();
    let mut put = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            job.insert(member.to_owned(), value);
        }
    };
    if let Some(method) = &create.method {
        put("type", Some(json!("scheduleDeviceMethod")));
        let payload = create.payload.as_deref().map(|text| parse("--payload", text)).transpose()?;
        let call = json!({"methodName": method, "payload": payload.unwrap_or_default(),
            "responseTimeoutInSeconds": create.response_timeout});
        put("cloudToDeviceMethod", Some(call));
    } else {
        put("type", Some(json!("scheduleUpdateTwin")));
        put("updateTwin", Some(twin_patch(create.tags.as_deref(), create.desired.as_deref())?));
    }
    put("queryCondition", create.query.clone().map(Value::from));
    put("deviceIds", Some(create.device.clone()).filter(|ids| !ids.is_empty()).map(Value::from));
    if let Some(file) = &create.devices {
        put("deviceIds", Some(read(file)?.into()));
    }
    put("groupId", create.group.clone().map(Value::from));
    put("jobId", create.id.clone().map(Value::from));
    put("name", create.name.clone().map(Value::from));
    put("reason", create.reason.clone().map(Value::from));
    put("startTime", create.start.clone().map(Value::from));
    put("rollout", rollout::settings(&create.rollout)?);
    put("maxExecutionTimeInSeconds", create.max_execution_time.map(Value::from));
    Ok(job.into())
}

fn new_rerun(rerun: &RerunArgs) -> Value {
    let mut body = json!({"statuses": rerun.only});
    for (member, value) in [("jobId", &rerun.id), ("reason", &rerun.reason)] {
        if let Some(value) = value {
            body[member] = json!(value);
        }
    }
    body
}

fn list_query(list: &ListArgs) -> Vec<(&'static str, String)> {
    let mut query = vec![("limit", list.limit.to_string())];
    for (name, value) in [("tab", &list.tab), ("q", &list.query), ("device", &list.device)] {
        if let Some(value) = value {
            query.push((name, value.clone()));
        }
    }
    query
}

/// A change of tags and desired properties.
pub(crate) fn twin_patch(tags: Option<&str>, desired: Option<&str>) -> Result<Value, Error> {
    let mut patch = json!({});
    if let Some(tags) = tags {
        patch["tags"] = parse("--tags", tags)?;
    }
    if let Some(desired) = desired {
        patch["properties"] = json!({"desired": parse("--desired", desired)?});
    }
    Ok(patch)
}

/// An argument's JSON.
pub(crate) fn parse(what: &str, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|source| Error::NotJson { what: what.to_owned(), source })
}

/// A file's text; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|source| Error::File { attempt: "read", path: path.to_owned(), source })?;
    Ok(text)
}

pub(crate) fn new_file(path: &Path) -> Result<impl Write, Error> {
    File::create_new(path).map_err(|source| Error::File { attempt: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        job: JobArgs,
    }

    fn create(arguments: &[&str]) -> Result<Value, String> {
        let all = ["fleetcast", "create"].iter().chain(arguments);
        let program = Program::try_parse_from(all).map_err(|error| error.to_string())?;
        let JobCommand::Create(create) = program.job.command else { unreachable!() };
        new_job(&create).map_err(|error| error.to_string())
    }

    #[test]
    fn jobs_from_arguments() {
        for (arguments, expected) in [
            (
                vec!["--method", "lockDoor", "--query", "*"],
                json!({"type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod":
                    {"methodName": "lockDoor", "payload": null, "responseTimeoutInSeconds": null}}),
            ),
            (
                vec![
                    "--method",
                    "a",
                    "--payload",
                    "[1]",
                    "--response-timeout",
                    "9",
                    "--device",
                    "x",
                    "--device",
                    "y",
                ],
                json!({"type": "scheduleDeviceMethod", "deviceIds": ["x", "y"], "cloudToDeviceMethod":
                    {"methodName": "a", "payload": [1], "responseTimeoutInSeconds": 9}}),
            ),
            (
                vec!["--tags", "{\"a\": 1}", "--group", "doors"],
                json!({"type": "scheduleUpdateTwin", "groupId": "doors", "updateTwin": {"tags": {"a": 1}}}),
            ),
            (
                vec![
                    "--tags",
                    "{\"a\": 1}",
                    "--desired",
                    "{\"b\": 2}",
                    "-q",
                    "tags.a = 1",
                    "--name",
                    "n",
                    "--reason",
                    "r",
                    "--id",
                    "i",
                    "--start",
                    "2026-12-01T18:00:00Z",
                    "--max-execution-time",
                    "60",
                ],
                json!({"type": "scheduleUpdateTwin", "queryCondition": "tags.a = 1", "jobId": "i", "name": "n",
                    "reason": "r", "startTime": "2026-12-01T18:00:00Z", "maxExecutionTimeInSeconds": 60,
                    "updateTwin": {"tags": {"a": 1}, "properties": {"desired": {"b": 2}}}}),
            ),
        ] {
            assert_eq!(create(&arguments).unwrap(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn wrong_use_is_refused() {
        for (arguments, error) in [
            (vec!["--query", "*"], "required"),
            (vec!["--method", "a"], "--query"),
            (vec!["--method", "a", "--tags", "{}", "--query", "*"], "cannot be used with"),
            (vec!["--method", "a", "--query", "*", "--device", "x"], "cannot be used with"),
            (vec!["--method", "a", "--query", "*", "--group", "doors"], "cannot be used with"),
            (vec!["--file", "-", "--query", "*"], "cannot be used with"),
            (vec!["--method", "a", "--payload", "{", "--query", "*"], "--payload is not JSON"),
            (vec!["--tags", "a=1", "--query", "*"], "--tags is not JSON"),
            (vec!["--file", "/nonexistent"], "cannot read /nonexistent"),
        ] {
            let refused = create(&arguments).unwrap_err();
            assert!(refused.contains(error), "{arguments:?}: {refused}");
        }
    }
}
