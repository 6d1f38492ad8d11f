//! `fleetcast schedule`.

use console_wire::{
    page::Page,
    schedule::{NextRuns, Schedule, ScheduleRun, Schedules},
};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    Error, Exit,
    arguments::{NewScheduleArgs, ScheduleArgs, ScheduleCommand},
    client::{Client, segment},
    job::{parse, read, twin_patch},
    output,
};

/// Runs that `show` lists.
const SHOWN_RUNS: &str = "10";
/// Schedules that are read at once.
const PAGE: &str = "500";

pub(crate) async fn run(client: &Client, arguments: ScheduleArgs) -> Result<Exit, Error> {
    let is_json = arguments.connection.json;
    let of = |schedule_id: &str, rest: &str| format!("/schedules/{}{rest}", segment(schedule_id));
    match arguments.command {
        ScheduleCommand::List { status } => {
            let schedules = list(client, status).await?;
            if is_json {
                output::json(&schedules)?;
            } else {
                output::line(&output::schedules(&schedules))?;
            }
        }
        ScheduleCommand::Show { schedule_id } => {
            let schedule: Schedule = client.get(&of(&schedule_id, ""), &[]).await?;
            if is_json {
                output::json(&schedule)?;
            } else {
                let query = [("limit", SHOWN_RUNS.to_owned())];
                let runs: Page<ScheduleRun> = client.get(&of(&schedule_id, "/runs"), &query).await?;
                output::line(&output::schedule(&schedule))?;
                output::line(&output::runs(&runs.items))?;
            }
        }
        ScheduleCommand::Create(new) => {
            let body = new_schedule(&new, std::time::SystemTime::now().into())?;
            show(&client.send(Method::POST, "/schedules", &body).await?, is_json)?;
        }
        ScheduleCommand::Pause { schedule_id, comment } => {
            let body = json!({"comment": comment});
            show(&client.send(Method::POST, &of(&schedule_id, "/pause"), &body).await?, is_json)?;
        }
        ScheduleCommand::Resume { schedule_id } => {
            show(&client.send(Method::POST, &of(&schedule_id, "/resume"), &json!({})).await?, is_json)?;
        }
        ScheduleCommand::RunNow { schedule_id, comment } => {
            let body = json!({"comment": comment});
            let run: ScheduleRun = client.send(Method::POST, &of(&schedule_id, "/run-now"), &body).await?;
            if is_json {
                output::json(&run)?;
            } else {
                output::line(&output::runs(&[run]))?;
            }
        }
        ScheduleCommand::Delete { schedule_id } => {
            show(&client.send(Method::DELETE, &of(&schedule_id, ""), &json!({})).await?, is_json)?;
        }
        ScheduleCommand::Next { schedule_id, count } => {
            let query = [("count", count.to_string())];
            let next: NextRuns = client.get(&of(&schedule_id, "/next"), &query).await?;
            if is_json {
                output::json(&next)?;
            } else {
                output::line(&output::next_runs(&next))?;
            }
        }
    }
    Ok(Exit::Succeeded)
}

async fn list(client: &Client, status: Option<String>) -> Result<Vec<Schedule>, Error> {
    let mut query = vec![("limit", PAGE.to_owned())];
    query.extend(status.map(|status| ("status", status)));
    let mut all = Vec::new();
    loop {
        let page: Schedules = client.get("/schedules", &query).await?;
        all.extend(page.items);
        let Some(cursor) = page.next_cursor else { return Ok(all) };
        query.retain(|(name, _)| *name != "cursor");
        query.push(("cursor", cursor));
    }
}

fn show(schedule: &Schedule, is_json: bool) -> Result<(), Error> {
    if is_json { output::json(schedule) } else { output::line(&output::schedule(schedule)) }
}

/// The body of a new schedule. The server checks it.
fn new_schedule(new: &NewScheduleArgs, now: hub_wire::Timestamp) -> Result<Value, Error> {
    let spec = match &new.spec {
        Some(file) => parse(&file.display().to_string(), &read(file)?)?,
        None => spec(new, now),
    };
    Ok(json!({"name": new.name, "spec": spec, "job": job(new)?}))
}

fn spec(new: &NewScheduleArgs, now: hub_wire::Timestamp) -> Value {
    let rule = match (&new.cron, new.every) {
        (Some(expression), _) => json!({"type": "cron", "expression": expression}),
        (None, every) => {
            // A whole minute: the runs are easier to read.
            let minute = hub_wire::Timestamp::from_unix_millis(now.unix_seconds().div_euclid(60) * 60_000);
            json!({"type": "interval", "everyMinutes": every, "from": minute})
        }
    };
    let mut spec = json!({"rule": rule});
    if let Some(zone) = &new.zone {
        spec["zone"] = json!(zone);
    }
    if let Some(jitter) = new.jitter {
        spec["jitterSeconds"] = json!(jitter);
    }
    let mut runs = Map::new();
    for (member, value) in [
        ("overlap", new.overlap.as_ref().map(|overlap| json!(overlap))),
        ("catchUpSeconds", new.catch_up.map(Value::from)),
        ("pauseAfterFailures", new.pause_after_failures.map(Value::from)),
    ] {
        runs.extend(value.map(|value| (member.to_owned(), value)));
    }
    if !runs.is_empty() {
        spec["runs"] = runs.into();
    }
    spec
}

fn job(new: &NewScheduleArgs) -> Result<Value, Error> {
    if let Some(file) = &new.job {
        return parse(&file.display().to_string(), &read(file)?);
    }
    let mut job = Map::new();
    if let Some(method) = &new.method {
        job.insert("type".into(), json!("scheduleDeviceMethod"));
        let payload = new.payload.as_deref().map(|text| parse("--payload", text)).transpose()?;
        let call = json!({"methodName": method, "payload": payload.unwrap_or_default()});
        job.insert("cloudToDeviceMethod".into(), call);
    } else {
        job.insert("type".into(), json!("scheduleUpdateTwin"));
        job.insert("updateTwin".into(), twin_patch(new.tags.as_deref(), new.desired.as_deref())?);
    }
    for (member, value) in [("queryCondition", &new.query), ("groupId", &new.group), ("reason", &new.reason)]
    {
        job.extend(value.as_ref().map(|value| (member.to_owned(), json!(value))));
    }
    if let Some(file) = &new.devices {
        job.insert("deviceIds".into(), read(file)?.into());
    }
    Ok(job.into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        schedule: ScheduleArgs,
    }

    fn create(arguments: &[&str]) -> Result<Value, String> {
        let all = ["fleetcast", "create"].iter().chain(arguments);
        let program = Program::try_parse_from(all).map_err(|error| error.to_string())?;
        let ScheduleCommand::Create(create) = program.schedule.command else { unreachable!() };
        let now = hub_wire::Timestamp::parse("2026-12-01T18:00:30Z").unwrap();
        new_schedule(&create, now).map_err(|error| error.to_string())
    }

    #[test]
    fn schedules_from_arguments() {
        let lock = json!({"type": "scheduleDeviceMethod", "groupId": "doors",
            "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": null}});
        for (arguments, spec) in [
            (
                vec!["--cron", "30 2 * * *", "--zone", "Europe/Berlin"],
                json!({"rule": {"type": "cron", "expression": "30 2 * * *"}, "zone": "Europe/Berlin"}),
            ),
            (
                vec!["--every", "15", "--overlap", "allow", "--catch-up", "600", "--jitter", "5"],
                json!({"rule": {"type": "interval", "everyMinutes": 15, "from": "2026-12-01T18:00:00.0000000Z"},
                    "jitterSeconds": 5, "runs": {"overlap": "allow", "catchUpSeconds": 600}}),
            ),
        ] {
            let all = [&["Night", "--method", "lockDoor", "--group", "doors"], &arguments[..]].concat();
            let expected = json!({"name": "Night", "spec": spec, "job": lock});
            assert_eq!(create(&all).unwrap(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn wrong_use_is_refused() {
        for (arguments, error) in [
            (vec!["Night", "--method", "a", "--query", "*"], "required"),
            (vec!["Night", "--cron", "* * * * *", "--query", "*"], "required"),
            (vec!["Night", "--cron", "* * * * *", "--method", "a"], "--query"),
            (
                vec!["Night", "--cron", "* * * * *", "--every", "5", "--method", "a", "-q", "*"],
                "cannot be used with",
            ),
        ] {
            let refused = create(&arguments).unwrap_err();
            assert!(refused.contains(error), "{arguments:?}: {refused}");
        }
    }
}
