//! Rollouts that are edited before they begin: what runs is what the edit says, and nothing of what was there before.

use console::{Console, ConsoleError};
use console_wire::{
    access::Actor,
    job::{JobSummary, Origin, ResultFilter},
    rollout::{Decision, Phase},
};
use hub_wire::{Timestamp, job::JobStatus};
use serde_json::{Value, json};

use crate::{
    embedded_hub::{DEVICES, World, ended, job, open},
    support::now,
};

/// A job that locks every door tomorrow.
fn tomorrow() -> Value {
    let start: Timestamp = now().plus(std::time::Duration::from_hours(24));
    json!({"jobId": "edited", "type": "scheduleDeviceMethod", "queryCondition": "*", "startTime": start,
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {}},
        "rollout": {"waves": [{"size": {"percent": 10.0}}]}})
}

/// The same now, with what a test changes.
fn at_once(change: &Value) -> Value {
    let mut job = tomorrow();
    job["startTime"] = Value::Null;
    job.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    job
}

async fn edit(console: &Console, body: &Value) -> Result<JobSummary, ConsoleError> {
    console.edit_job("edited", job(body), Origin::Console).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_what_the_edit_says() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let created = world.console.create_job(job(&tomorrow())).await?;
    assert_eq!((created.name.as_str(), created.target_devices), ("lockDoor on every device", None));

    // To a list of devices, by jobs on the hub, still tomorrow.
    let mut listed = tomorrow();
    listed["startTime"] = json!(created.start_time);
    listed.as_object_mut().unwrap().remove("queryCondition");
    listed["deviceIds"] = json!(["door-0001", "door-0002", "door-0003", "door-0001"]);
    listed["rollout"] = json!({"engine": "hubJobs"});
    let edited = edit(&world.console, &listed).await?;
    assert_eq!((edited.target_devices, edited.outcomes.queued), (Some(3), 3), "{edited:#?}");
    assert_eq!(edited.name, "lockDoor on 3 devices");
    assert_eq!(world.console.results("edited", &ResultFilter::default()).await?.items.len(), 3);
    assert_eq!(edited.start_time, created.start_time);

    world.console.stop().await;
    world.console = open(&world.folder, &world.client).await?;

    // To a condition, another method, other settings, at once.
    let change = json!({"queryCondition": "deviceId IN ['door-0004', 'door-0005']", "name": "Unlock two",
        "cloudToDeviceMethod": {"methodName": "unlockDoor", "payload": {}},
        "rollout": {"waves": [{"size": {"devices": 1}}]}});
    edit(&world.console, &at_once(&change)).await?;
    let job = ended(&world.console, "edited").await;
    assert_eq!((job.status, job.outcomes.succeeded, job.outcomes.total()), (JobStatus::Completed, 2, 2));
    assert_eq!((job.name.clone(), job.action()), ("Unlock two".to_owned(), "unlockDoor".to_owned()));
    let called: Vec<_> = world
        .pool
        .calls()
        .into_iter()
        .filter(|(_, calls)| *calls > 0)
        .map(|(id, _)| id.to_string())
        .collect();
    let results = world.console.results("edited", &ResultFilter::default()).await?.items;
    let results: Vec<_> = results.into_iter().map(|result| result.device_id.to_string()).collect();
    assert_eq!((&called, &results), (&results, &vec!["door-0004".to_owned(), "door-0005".to_owned()]));
    let rollout = world.console.rollout("edited").await?;
    assert_eq!((rollout.waves.len(), rollout.hub_jobs), (2, None));
    let edits = rollout.history.iter().filter(|line| line.decision == Decision::Edited).count();
    assert_eq!(edits, 2, "{:?}", rollout.history);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_the_engine_calls_each_device_once() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut by_hub = tomorrow();
    by_hub["rollout"] = json!({"engine": "hubJobs"});
    world.console.create_job(job(&by_hub)).await?;
    edit(&world.console, &tomorrow()).await?;
    edit(&world.console, &at_once(&json!({"rollout": {"engine": "hubJobs"}}))).await?;
    let job = ended(&world.console, "edited").await;
    assert_eq!(job.outcomes.succeeded, DEVICES as u64, "{job:#?}");
    let calls = world.pool.calls();
    assert!(calls.len() == DEVICES && calls.values().all(|calls| *calls == 1), "{calls:?}");
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_has_begun_and_wrong_input_are_refused_and_nothing_changes() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let before = console.create_job(job(&tomorrow())).await?;
    for (change, field) in [
        (json!({"rollout": {"rate": {"perMinute": 0}}}), "rollout.rate.perMinute"),
        (json!({"queryCondition": "tags.a ="}), "queryCondition"),
        (json!({"jobId": "another"}), "jobId"),
        (json!({"maxExecutionTimeInSeconds": 60}), "maxExecutionTimeInSeconds"),
    ] {
        match edit(console, &at_once(&change)).await {
            Err(ConsoleError::Invalid(faults)) => assert_eq!(faults[0].field, field, "{faults:?}"),
            other => panic!("{change}: {other:?}"),
        }
    }
    let after = console.job("edited").await?;
    assert_eq!(JobSummary { sequence: before.sequence, as_of: before.as_of, ..after }, before);
    // Without a rollout it has one wave.
    let mut plain = at_once(&json!({}));
    plain.as_object_mut().unwrap().remove("rollout");
    edit(console, &plain).await?;
    let job = ended(console, "edited").await;
    assert_eq!(job.rollout.as_ref().map(|rollout| rollout.waves), Some(1));
    let refused = edit(console, &at_once(&json!({}))).await.unwrap_err();
    assert!(
        matches!(&refused, ConsoleError::Conflict { detail } if detail.contains("has ended")),
        "{refused:?}"
    );

    let slow = at_once(&json!({"jobId": "begun", "rollout": {"rate": {"perMinute": 1}}}));
    console.create_job(self::job(&slow)).await?;
    crate::support::wait_for(console, "begun", |job| phase(job) == Some(Phase::Running)).await;
    let refused = console.edit_job("begun", self::job(&slow), Origin::Console).await.unwrap_err();
    assert!(
        matches!(&refused, ConsoleError::Conflict { detail } if detail.contains("has begun")),
        "{refused:?}"
    );
    console.cancel_job_by("begun", &Actor::LocalOperator).await?;

    let mut on_hub = tomorrow();
    on_hub["jobId"] = json!("on-hub");
    on_hub.as_object_mut().unwrap().remove("rollout");
    console.create_job(self::job(&on_hub)).await?;
    let refused = console.edit_job("on-hub", self::job(&on_hub), Origin::Console).await.unwrap_err();
    assert!(matches!(&refused, ConsoleError::Conflict { .. }), "{refused:?}");
    world.stop().await;
    Ok(())
}

fn phase(job: &JobSummary) -> Option<Phase> {
    job.rollout.as_ref().map(|rollout| rollout.phase)
}
