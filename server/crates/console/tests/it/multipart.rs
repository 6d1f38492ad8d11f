//! Jobs on a list of devices: exactly these devices, in as many parts as the hub's query length needs, whatever happens
//! between two parts.

use console::ConsoleError;
use console_wire::job::{JobFilter, NewJob};
use hub_wire::{error::ErrorCode, job::JobStatus};
use serde_json::json;

use crate::support::{Creation, World, assert_sums, device_ids, run_to_end, until, wait_for};

/// A job on devices `door-0000` and so on.
fn on_doors(job_id: &str, doors: usize) -> NewJob {
    let ids: Vec<_> = (0..doors).map(|number| format!("door-{number:04}")).collect();
    serde_json::from_value(json!({"jobId": job_id, "type": "scheduleDeviceMethod", "deviceIds": ids,
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"doors": 1}}}))
    .unwrap()
}

#[tokio::test]
async fn a_short_list_is_one_job_on_the_hub() {
    let world = World::start().await;
    let mut job = on_doors("short", 7);
    job.device_ids.as_mut().unwrap().push("door-0003".parse().unwrap());
    let created = world.console.create_job(job).await.unwrap();
    assert_eq!((created.target_devices, created.outcomes.queued), (Some(7), 7));
    assert_eq!(created.query_condition, "7 listed devices");
    let ended = run_to_end(&world, "short").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, 7));
    assert_eq!((world.hub.calls("PUT /jobs/v2/short"), device_ids(&world, "short").await.len()), (1, 7));
    world.console.stop().await;
}

#[tokio::test]
async fn a_long_list_is_several_jobs_on_a_hub_that_runs_one_at_a_time() {
    let mut world = World::start().await;
    world.hub.inside().most_active = Some(1);
    let created = world.console.create_job(on_doors("long", 2000)).await.unwrap();
    assert_sums(&created);
    until("the second part had to wait", async || world.hub.inside().refused > 0).await;
    // A restart in between changes nothing.
    world.restart().await;
    let ended = run_to_end(&world, "long").await;
    assert_eq!(
        (ended.status, ended.outcomes.succeeded, ended.target_devices),
        (JobStatus::Completed, 2000, Some(2000))
    );
    assert!(ended.start_time.is_some() && ended.end_time.is_some());
    let parts = world.hub.inside().jobs.len();
    assert!(parts >= 3, "{parts}");
    assert_eq!(device_ids(&world, "long").await.len(), 2000);
    // The parts are not listed as jobs of another client.
    assert_eq!(world.console.jobs(&JobFilter::default()).await.unwrap().items.len(), 1);
    world.console.stop().await;
}

#[tokio::test]
async fn a_crash_between_two_parts_is_recovered() {
    let mut world = World::start().await;
    world.hub.inside().most_active = Some(1);
    world.console.create_job(on_doors("long", 1500)).await.unwrap();
    // The second part reaches the hub, its answer does not reach the console, and then nothing does.
    world.hub.inside().creation = Creation::TakesAndFails;
    world.hub.inside().fails_reading = true;
    world.hub.begin_listed("long-part-1");
    world.hub.all_answer("long-part-1", 200);
    world.hub.ends("long-part-1");
    world.hub.inside().fails_reading = false;
    until("the second part is at the hub", async || world.hub.calls("PUT /jobs/v2/long-part-2") > 0).await;
    world.hub.inside().fails_with = Some(ErrorCode::ServiceUnavailable);
    world.console.stop().await;
    world.hub.inside().fails_with = None;
    world.hub.inside().creation = Creation::Normal;
    world.restart().await;
    let ended = run_to_end(&world, "long").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, 1500));
    let jobs = world.hub.inside().jobs.len();
    assert_eq!(jobs, 3, "no part was given to the hub twice");
    world.console.stop().await;
}

#[tokio::test]
async fn devices_that_the_hub_does_not_know_end_as_failed() {
    let world = World::start().await;
    world.console.create_job(on_doors("some", 25)).await.unwrap();
    // The hub knows twenty.
    world.hub.begin("some", 20);
    world.hub.all_answer("some", 200);
    world.hub.ends("some");
    let ended = wait_for(&world.console, "some", |job| job.status.is_terminal()).await;
    assert_sums(&ended);
    assert_eq!((ended.outcomes.succeeded, ended.outcomes.failed), (20, 5));
    let causes = world.console.causes("some").await.unwrap().items;
    assert_eq!((causes.len(), causes[0].count, causes[0].key.code.as_str()), (1, 5, "404001"));
    world.console.stop().await;
}

#[tokio::test]
async fn cancelling_ends_the_parts_that_have_not_begun() {
    let world = World::start().await;
    world.hub.inside().most_active = Some(1);
    world.console.create_job(on_doors("long", 1500)).await.unwrap();
    world.hub.begin_listed("long-part-1");
    wait_for(&world.console, "long", |job| job.status == JobStatus::Running).await;
    let unstarted = world.console.job("long").await.unwrap().unstarted_devices.unwrap();
    let cancelled = world.console.cancel_job("long").await.unwrap();
    assert_sums(&cancelled);
    assert_eq!(cancelled.outcomes.cancelled, unstarted, "what the page promises is what happens");
    assert_eq!(world.console.job("long").await.unwrap().unstarted_devices, Some(0));
    let refused = world.console.cancel_job("long").await.unwrap_err().problem("r").detail;
    assert!(refused.starts_with("Every part of the job 'long' has begun"), "{refused}");
    assert!(refused.contains("at the latest 3600 s after its start"), "{refused}");
    assert!(cancelled.outcomes.cancelled > 800 && !cancelled.status.is_terminal(), "{cancelled:?}");
    world.hub.all_answer("long-part-1", 200);
    world.hub.ends("long-part-1");
    let ended = wait_for(&world.console, "long", |job| job.status.is_terminal()).await;
    assert_eq!((ended.status, ended.outcomes.finished()), (JobStatus::Cancelled, 1500));
    assert_eq!(world.hub.inside().jobs.len(), 1);
    assert!(matches!(world.console.cancel_job("long").await, Err(ConsoleError::Conflict { .. })));
    world.console.stop().await;
}

#[tokio::test]
async fn a_list_that_the_hub_refuses_leaves_nothing() {
    let world = World::start().await;
    world.hub.inside().creation = Creation::Refuses;
    let error = world.console.create_job(on_doors("bad", 1500)).await.unwrap_err();
    assert!(matches!(error, ConsoleError::Hub(_)), "{error:?}");
    assert!(world.console.jobs(&JobFilter::default()).await.unwrap().items.is_empty());
    world.hub.inside().creation = Creation::Normal;
    world.console.create_job(on_doors("bad", 3)).await.unwrap();
    assert_eq!(device_ids(&world, "bad").await.len(), 3);
    world.console.stop().await;
}
