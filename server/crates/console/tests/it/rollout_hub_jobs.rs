//! Rollouts whose devices are called by jobs on the hub: a hub that runs one job at a time, pauses, stop rules, crashes, refusals.

use std::collections::BTreeMap;

use console_wire::{
    access::Actor,
    job::{JobSummary, NewJob},
    rollout::{HubJobCounts, PauseReason, Phase, Resume, StopReason},
};
use hub_wire::{error::ErrorCode, job::JobStatus};
use serde_json::{Value, json};

use crate::support::{Creation, World, run_to_end, until, wait_for};

const DOORS: u64 = 1_500;

/// A rollout on devices `door-0000` and so on.
fn on_doors(settings: &Value) -> NewJob {
    let ids: Vec<_> = (0..DOORS).map(|number| format!("door-{number:04}")).collect();
    let mut rollout = json!({"engine": "hubJobs"});
    rollout.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    serde_json::from_value(json!({"jobId": "lock", "type": "scheduleDeviceMethod", "deviceIds": ids,
        "cloudToDeviceMethod": {"methodName": "lockDoor"}, "rollout": rollout}))
    .unwrap()
}

async fn one_at_a_time(settings: &Value) -> World {
    let world = World::start().await;
    world.hub.inside().most_active = Some(1);
    world.console.create_job(on_doors(settings)).await.unwrap();
    until("the second job had to wait", async || world.hub.inside().refused > 0).await;
    world
}

async fn counts(world: &World) -> HubJobCounts {
    world.console.rollout("lock").await.unwrap().hub_jobs.unwrap()
}

fn phase(job: &JobSummary) -> Phase {
    job.rollout.as_ref().unwrap().phase
}

/// The first job on the hub runs to its end.
fn first_answers(world: &World, status: i32) {
    world.hub.begin_listed("lock-part-1");
    world.hub.all_answer("lock-part-1", status);
    world.hub.ends("lock-part-1");
}

/// No device is in two jobs on the hub.
fn assert_called_once(world: &World) {
    let hub = world.hub.inside();
    let mut calls: BTreeMap<&str, u32> = BTreeMap::new();
    for id in hub.jobs.values().flat_map(|job| job.rows.keys()) {
        *calls.entry(id).or_default() += 1;
    }
    assert_eq!(calls.len() as u64, DOORS);
    assert!(calls.values().all(|calls| *calls == 1), "{calls:?}");
}

#[tokio::test]
async fn a_hub_that_runs_one_job_at_a_time_has_a_queue_that_is_shown() {
    let mut world = one_at_a_time(&json!({})).await;
    let before = counts(&world).await;
    assert_eq!((before.running, before.ended), (1, 0));
    assert!(before.waiting >= 2, "{before:?}");
    let job = world.console.job("lock").await.unwrap();
    assert_eq!((job.outcomes.in_flight, job.unstarted_devices), (DOORS, Some(0)), "{job:#?}");
    world.restart().await;
    let ended = run_to_end(&world, "lock").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, DOORS), "{ended:#?}");
    let after = counts(&world).await;
    assert_eq!((after.waiting, after.running, after.ended), (0, 0, before.waiting + 1));
    assert_called_once(&world);
    world.console.stop().await;
}

#[tokio::test]
async fn a_pause_takes_back_what_waits() {
    let mut world = one_at_a_time(&json!({})).await;
    world.hub.begin_listed("lock-part-1");
    let actor = Actor::LocalOperator;
    world.console.pause_job("lock", None, &actor).await.unwrap();
    let paused = wait_for(&world.console, "lock", |job| job.outcomes.queued > 0).await;
    assert_eq!(phase(&paused), Phase::Paused(PauseReason::Person));
    first_answers(&world, 200);
    let rested = wait_for(&world.console, "lock", |job| job.outcomes.in_flight == 0).await;
    assert_eq!(rested.outcomes.succeeded + rested.outcomes.queued, DOORS, "{rested:#?}");
    assert_eq!(world.hub.inside().jobs.len(), 1);
    world.restart().await;
    let resumed = world.console.resume_job("lock", Resume::default(), &actor).await.unwrap();
    assert_eq!(phase(&resumed), Phase::Running);
    let ended = run_to_end(&world, "lock").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, DOORS), "{ended:#?}");
    assert_called_once(&world);
    let rollout = world.console.rollout("lock").await.unwrap();
    assert_eq!((rollout.notified, rollout.calls.succeeded, rollout.calls.total()), (DOORS, DOORS, DOORS));
    world.console.stop().await;
}

/// The hub's answer to a job gets lost, and the rollout is cancelled before it is known whether the hub has the job.
#[tokio::test]
async fn a_job_that_the_hub_did_not_get_is_not_sent_after_a_cancel() {
    let world = World::start().await;
    world.hub.inside().creation = Creation::Fails;
    world.console.create_job(on_doors(&json!({}))).await.unwrap();
    until("the first job was sent", async || world.hub.calls("PUT /jobs/v2/lock-part-1") > 0).await;
    world.console.cancel_job_by("lock", &Actor::LocalOperator).await.unwrap();
    world.hub.inside().creation = Creation::Normal;
    let ended = wait_for(&world.console, "lock", |job| job.status.is_terminal()).await;
    assert_eq!((ended.status, ended.outcomes.cancelled), (JobStatus::Cancelled, DOORS), "{ended:#?}");
    assert!(world.hub.inside().jobs.is_empty());
    world.console.stop().await;
}

#[tokio::test]
async fn a_stop_rule_cancels_what_waits() {
    let rule = json!({"outcome": "failed", "percent": 10, "atLeast": 10, "action": "cancel"});
    let world = one_at_a_time(&json!({"stopRules": [rule]})).await;
    // It goes on until the rule has fired: the hub has no room before.
    world.hub.begin_listed("lock-part-1");
    world.hub.all_answer("lock-part-1", 500);
    let ended = wait_for(&world.console, "lock", |job| job.status.is_terminal()).await;
    assert_eq!(phase(&ended), Phase::Ended(StopReason::StopRule(0)), "{ended:#?}");
    assert!(ended.outcomes.cancelled > 800, "{ended:#?}");
    assert_eq!(ended.outcomes.cancelled + ended.outcomes.failed, DOORS);
    assert_eq!(world.hub.inside().jobs.len(), 1, "nothing began after it");
    world.console.stop().await;
}

#[tokio::test]
async fn a_crash_while_a_job_is_sent_is_recovered() {
    let mut world = one_at_a_time(&json!({})).await;
    // The second job reaches the hub, its answer does not reach the console, and then nothing does.
    world.hub.inside().creation = Creation::TakesAndFails;
    world.hub.inside().fails_reading = true;
    first_answers(&world, 200);
    world.hub.inside().fails_reading = false;
    until("the second job is at the hub", async || world.hub.calls("PUT /jobs/v2/lock-part-2") > 0).await;
    world.hub.inside().fails_with = Some(ErrorCode::ServiceUnavailable);
    world.console.stop().await;
    world.hub.inside().fails_with = None;
    world.hub.inside().creation = Creation::Normal;
    world.restart().await;
    let ended = run_to_end(&world, "lock").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, DOORS), "{ended:#?}");
    assert_called_once(&world);
    world.console.stop().await;
}

#[tokio::test]
async fn devices_that_the_hub_does_not_know_end_as_failed() {
    let world = World::start().await;
    let mut job = on_doors(&json!({}));
    job.device_ids.as_mut().unwrap().truncate(25);
    world.console.create_job(job).await.unwrap();
    until("the hub has the job", async || !world.hub.waiting().is_empty()).await;
    // The hub knows twenty.
    world.hub.begin("lock-part-1", 20);
    world.hub.all_answer("lock-part-1", 200);
    world.hub.ends("lock-part-1");
    let ended = wait_for(&world.console, "lock", |job| job.status.is_terminal()).await;
    assert_eq!((ended.outcomes.succeeded, ended.outcomes.failed), (20, 5), "{ended:#?}");
    let causes = world.console.causes("lock").await.unwrap().items;
    assert_eq!((causes.len(), causes[0].count, causes[0].key.code.as_str()), (1, 5, "404001"));
    world.console.stop().await;
}

#[tokio::test]
async fn a_job_that_the_hub_refuses_fails_its_devices() {
    let world = World::start().await;
    world.hub.inside().creation = Creation::Refuses;
    world.console.create_job(on_doors(&json!({}))).await.unwrap();
    let ended = wait_for(&world.console, "lock", |job| job.status.is_terminal()).await;
    assert_eq!(ended.outcomes.failed, DOORS, "{ended:#?}");
    let causes = world.console.causes("lock").await.unwrap().items;
    assert_eq!((causes[0].count, causes[0].key.code.as_str()), (DOORS, "JobRefused"));
    assert!(causes[0].key.message.contains("not such a job"), "{causes:?}");
    world.console.stop().await;
}
