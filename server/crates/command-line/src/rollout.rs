//! Jobs in waves: settings from arguments, and what a person does with a rollout.

use console_wire::{
    job::JobSummary,
    rollout::{ApprovalResult, Rollout},
};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    Error, Exit,
    arguments::rollout::{CommentArgs, RolloutArgs, RolloutCommand},
    client::{Client, segment},
    job::{parse, read},
    output,
};

/// Carries out a command and shows the job after it.
pub(crate) async fn run(client: &Client, command: RolloutCommand, is_json: bool) -> Result<Exit, Error> {
    let job = match command {
        RolloutCommand::Pause(of) => send(client, &of, "pause", json!({})).await?,
        RolloutCommand::Resume { of, from_start } => {
            let counting = if from_start { "fromStart" } else { "afresh" };
            send(client, &of, "resume", json!({"counting": counting})).await?
        }
        RolloutCommand::NextWave(of) => send(client, &of, "next-wave", json!({})).await?,
        RolloutCommand::Approve { of, hash } => {
            let hash = asked(client, &of.job_id, hash).await?;
            send(client, &of, "approve", json!({"hash": hash})).await?
        }
        RolloutCommand::Reject { job_id, comment, hash } => {
            let hash = asked(client, &job_id, hash).await?;
            let of = CommentArgs { job_id, comment: Some(comment) };
            send(client, &of, "reject", json!({"hash": hash})).await?
        }
    };
    show(client, &job, is_json).await?;
    Ok(Exit::Succeeded)
}

async fn send(client: &Client, of: &CommentArgs, verb: &str, mut body: Value) -> Result<JobSummary, Error> {
    if let Some(comment) = &of.comment {
        body["comment"] = json!(comment);
    }
    client.send(Method::POST, &format!("/jobs/{}/{verb}", segment(&of.job_id)), &body).await
}

/// The rollout of a job.
async fn rollout(client: &Client, job_id: &str) -> Result<Rollout, Error> {
    client.get(&format!("/jobs/{}/rollout", segment(job_id)), &[]).await
}

/// The hash of the request that waits; empty where none does, and the server says so.
async fn asked(client: &Client, job_id: &str, hash: Option<String>) -> Result<String, Error> {
    if let Some(hash) = hash {
        return Ok(hash);
    }
    let approval = rollout(client, job_id).await?.approval;
    Ok(approval
        .filter(|approval| approval.result == ApprovalResult::Waiting)
        .map_or_else(|| "0".repeat(64), |approval| approval.hash))
}

/// Writes a job; with its waves, if it has a rollout.
pub(crate) async fn show(client: &Client, job: &JobSummary, is_json: bool) -> Result<(), Error> {
    if is_json {
        return output::json(job);
    }
    output::line(&output::job(job))?;
    if job.rollout.is_some() {
        output::line(&output::rollout::text(&rollout(client, &job.job_id).await?))?;
    }
    Ok(())
}

/// The settings of a new job; `None` without any.
pub(crate) fn settings(arguments: &RolloutArgs) -> Result<Option<Value>, Error> {
    let mut settings = match &arguments.rollout {
        Some(file) => parse(&file.display().to_string(), &read(file)?)?,
        None => json!({}),
    };
    let mut chosen = Map::new();
    if !arguments.waves.is_empty() {
        chosen.insert("waves".into(), waves(arguments));
    }
    if let Some(percent) = arguments.stop_at {
        let rule = json!({"outcome": "failed", "percent": percent, "atLeast": arguments.stop_least});
        chosen.insert("stopRules".into(), json!([rule]));
    }
    if let Some(rate) = arguments.rate {
        chosen.insert("rate".into(), json!({"perMinute": rate}));
    }
    if let Some(times) = arguments.retries {
        chosen.insert("retry".into(), json!({"atMost": times}));
    }
    if let Some(minutes) = arguments.offline_wait {
        chosen.insert("offline".into(), json!({"waitMinutes": minutes}));
    }
    if let Some(end) = &arguments.end {
        chosen.insert("end".into(), json!({"at": end}));
    }
    if chosen.is_empty() && arguments.rollout.is_none() {
        return Ok(None);
    }
    // What is no object is refused by the server, with the member's name.
    if let Value::Object(members) = &mut settings {
        members.extend(chosen);
    }
    Ok(Some(settings))
}

/// The server says which size is wrong.
fn waves(arguments: &RolloutArgs) -> Value {
    let last = arguments.waves.len().saturating_sub(1);
    let wave = |(index, size): (usize, &String)| {
        let size = size.trim();
        let number = |text: &str| serde_json::from_str::<Value>(text.trim()).unwrap_or_else(|_| text.into());
        let size = match size.strip_suffix('%') {
            Some(share) => json!({"percent": number(share)}),
            None => json!({"devices": number(size)}),
        };
        let mut gate = Map::new();
        if let Some(percent) = arguments.gate {
            gate.insert("succeededPercent".into(), json!(percent));
        }
        if let Some(minutes) = arguments.soak {
            gate.insert("soakMinutes".into(), json!(minutes));
        }
        if arguments.ask && index == last {
            gate.insert("then".into(), json!("askPerson"));
        }
        json!({"size": size, "gate": gate})
    };
    arguments.waves.iter().enumerate().map(wave).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use console_wire::rollout::Settings;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        rollout: RolloutArgs,
    }

    fn of(arguments: &[&str]) -> Option<Value> {
        let all = ["fleetcast"].iter().chain(arguments);
        settings(&Program::try_parse_from(all).unwrap().rollout).unwrap()
    }

    #[test]
    fn settings_from_arguments() {
        assert_eq!(of(&[]), None);
        let three =
            of(&["--waves", "1%,10%", "--gate", "95", "--soak", "10", "--ask", "--stop-at", "5"]).unwrap();
        assert_eq!(
            three,
            json!({
                "waves": [
                    {"size": {"percent": 1}, "gate": {"succeededPercent": 95.0, "soakMinutes": 10}},
                    {"size": {"percent": 10}, "gate": {"succeededPercent": 95.0, "soakMinutes": 10, "then": "askPerson"}}
                ],
                "stopRules": [{"outcome": "failed", "percent": 5.0, "atLeast": 20}]
            })
        );
        let others = of(&[
            "--waves",
            "20",
            "--rate",
            "240",
            "--retries",
            "2",
            "--offline-wait",
            "30",
            "--end",
            "2027-06-30T18:00:00Z",
        ])
        .unwrap();
        assert_eq!(others["waves"][0]["size"], json!({"devices": 20}));
        for settings in [three, others] {
            serde_json::from_value::<Settings>(settings).unwrap();
        }
    }

    #[test]
    fn arguments_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rollout.json");
        std::fs::write(&file, r#"{"rate": {"perMinute": 5}, "ifGateNotMet": "cancel"}"#).unwrap();
        let settings = of(&["--rollout", file.to_str().unwrap(), "--rate", "9"]).unwrap();
        assert_eq!(settings, json!({"rate": {"perMinute": 9}, "ifGateNotMet": "cancel"}));
    }

    #[test]
    fn parts_of_waves_need_waves() {
        let refused = Program::try_parse_from(["fleetcast", "--gate", "95"]).err().unwrap().to_string();
        assert!(refused.contains("--waves"), "{refused}");
    }
}
