//! Jobs on a list of devices, and reruns: exactly these devices, in as many parts as the hub's query takes, whatever
//! happens between two parts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

mod support;

use console::ConsoleError;
use console_wire::{
    cause::CauseKey,
    job::{JobFilter, JobSummary, NewJob, ResultFilter},
    outcome::Outcome,
    rerun::{NewRerun, Subset},
};
use futures::TryStreamExt;
use hub_wire::{error::ErrorCode, job::JobStatus};
use serde_json::json;
use support::{World, fake_hub::Creation, lock_door, until, wait_for};

/// A job on devices `door-0000` and so on.
fn on_doors(job_id: &str, doors: usize) -> NewJob {
    let ids: Vec<_> = (0..doors).map(|number| format!("door-{number:04}")).collect();
    serde_json::from_value(json!({"jobId": job_id, "type": "scheduleDeviceMethod", "deviceIds": ids,
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"doors": 1}}}))
    .unwrap()
}

fn assert_sums(job: &JobSummary) {
    assert_eq!(job.outcomes.total(), job.target_devices.unwrap(), "{job:?}");
    assert!(job.device_job_statistics.is_consistent(), "{job:?}");
}

async fn ids(world: &World, job_id: &str) -> Vec<String> {
    let text: String =
        world.console.results_ids(job_id, &ResultFilter::default()).try_collect().await.unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Lets the hub run every job it has, and everything that comes after: devices answer, then jobs end.
fn run_all(world: &World, status: i32) {
    for id in world.hub.waiting() {
        world.hub.begin_listed(&id);
        world.hub.all_answer(&id, status);
        world.hub.ends(&id);
    }
}

async fn run_to_the_end(world: &World, job_id: &str) -> JobSummary {
    until("the job ends", async || {
        run_all(world, 200);
        let job = world.console.job(job_id).await.unwrap();
        assert_sums(&job);
        job.status.is_terminal()
    })
    .await;
    world.console.job(job_id).await.unwrap()
}

#[tokio::test]
async fn a_short_list_is_one_job_on_the_hub() {
    let world = World::start().await;
    let mut job = on_doors("short", 7);
    job.device_ids.as_mut().unwrap().push("door-0003".parse().unwrap());
    let created = world.console.create_job(job).await.unwrap();
    assert_eq!((created.target_devices, created.outcomes.queued), (Some(7), 7));
    assert_eq!(created.query_condition, "7 listed devices");
    let ended = run_to_the_end(&world, "short").await;
    assert_eq!((ended.status, ended.outcomes.succeeded), (JobStatus::Completed, 7));
    assert_eq!((world.hub.calls("PUT /jobs/v2/short"), ids(&world, "short").await.len()), (1, 7));
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
    let ended = run_to_the_end(&world, "long").await;
    assert_eq!(
        (ended.status, ended.outcomes.succeeded, ended.target_devices),
        (JobStatus::Completed, 2000, Some(2000))
    );
    assert!(ended.start_time.is_some() && ended.end_time.is_some());
    let parts = world.hub.inside().jobs.len();
    assert!(parts >= 3, "{parts}");
    assert_eq!(ids(&world, "long").await.len(), 2000);
    // The parts are nobody else's jobs.
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
    let ended = run_to_the_end(&world, "long").await;
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
async fn cancelling_ends_what_has_not_begun() {
    let world = World::start().await;
    world.hub.inside().most_active = Some(1);
    world.console.create_job(on_doors("long", 1500)).await.unwrap();
    world.hub.begin_listed("long-part-1");
    wait_for(&world.console, "long", |job| job.status == JobStatus::Running).await;
    let cancelled = world.console.cancel_job("long").await.unwrap();
    assert_sums(&cancelled);
    assert!(cancelled.outcomes.cancelled > 800 && !cancelled.status.is_terminal(), "{cancelled:?}");
    world.hub.all_answer("long-part-1", 200);
    world.hub.ends("long-part-1");
    let ended = wait_for(&world.console, "long", |job| job.status.is_terminal()).await;
    assert_eq!((ended.status, ended.outcomes.finished()), (JobStatus::Cancelled, 1500));
    assert_eq!(world.hub.inside().jobs.len(), 1);
    assert!(matches!(world.console.cancel_job("long").await, Err(ConsoleError::Conflict { .. })));
    world.console.stop().await;
}

/// A finished job: 5 failed in two ways, 3 not online, 2 timed out, 10 succeeded.
async fn finished(world: &World) -> JobSummary {
    let (hub, console) = (&world.hub, &world.console);
    console.create_job(lock_door(Some("first"))).await.unwrap();
    hub.begin("first", 20);
    for device in 0..20 {
        match device {
            0..3 => hub.answers_with(device, "first", 500, &json!({"error": "BOLT_JAMMED", "try": device})),
            3..5 => {
                hub.answers_with(device, "first", 500, &json!({"message": format!("battery at {device} %")}));
            }
            5..8 => hub.fails("first", device, "DeviceNotOnline"),
            8..10 => hub.fails("first", device, "GatewayTimeout"),
            _ => hub.answers("first", device, 200),
        }
    }
    hub.ends("first");
    wait_for(console, "first", |job| job.status.is_terminal()).await
}

#[tokio::test]
async fn causes_sum_to_the_failures_and_filter_the_results() {
    let world = World::start().await;
    let job = finished(&world).await;
    let causes = world.console.causes("first").await.unwrap().items;
    assert_eq!(causes.iter().map(|cause| cause.count).sum::<u64>(), job.outcomes.problems());
    let keys: Vec<_> = causes.iter().map(|cause| (cause.key.to_text(), cause.count, cause.outcome)).collect();
    assert!(keys.contains(&("500:BOLT_JAMMED".into(), 3, Outcome::Failed)), "{keys:?}");
    assert!(keys.contains(&("500:battery at {n} %".into(), 2, Outcome::Failed)), "{keys:?}");
    assert!(keys.contains(&("404103:why".into(), 3, Outcome::NotOnline)), "{keys:?}");
    for cause in &causes {
        let filter = ResultFilter { cause: Some(cause.key.clone()), ..ResultFilter::default() };
        let rows = world.console.results("first", &filter).await.unwrap().items;
        assert_eq!(rows.len() as u64, cause.count);
        assert_eq!(world.console.results_count("first", &filter).await.unwrap(), cause.count);
        let first: Vec<_> = rows.iter().take(5).map(|row| row.device_id.clone()).collect();
        assert_eq!(cause.sample, first);
        assert!(cause.first_seen.is_some() && cause.first_seen <= cause.last_seen);
    }
    assert_eq!(world.console.causes("none").await.unwrap_err().problem("r").status, 404);
    world.console.stop().await;
}

#[tokio::test]
async fn a_rerun_addresses_exactly_those_devices() {
    let world = World::start().await;
    finished(&world).await;
    let doors = |range: std::ops::Range<usize>| range.map(|n| format!("door-{n:04}")).collect::<Vec<_>>();
    let jammed = Subset { statuses: Vec::new(), cause: Some(CauseKey::from_text("500:BOLT_JAMMED")) };
    for (number, (rerun, expected)) in [
        (NewRerun::default(), doors(0..10)),
        (Subset::of(Outcome::NotOnline).into(), doors(5..8)),
        (Subset::of(Outcome::Succeeded).into(), doors(10..20)),
        (jammed.into(), doors(0..3)),
    ]
    .into_iter()
    .enumerate()
    {
        let subset = rerun.subset();
        let job = world.console.rerun("first", rerun).await.unwrap();
        assert_eq!(ids(&world, &job.job_id).await, expected);
        let parent = job.parent.clone().unwrap();
        assert_eq!((parent.job_id.as_str(), &parent.subset), ("first", &subset));
        assert_eq!(job.cloud_to_device_method.as_ref().unwrap().payload, json!({"doors": 1}));
        let ended = run_to_the_end(&world, &job.job_id).await;
        assert_eq!(ended.outcomes.succeeded, expected.len() as u64);
        let reruns = world.console.reruns("first").await.unwrap();
        assert_eq!((reruns.len(), reruns[0].job_id.as_str()), (number + 1, job.job_id.as_str()));
    }
    // A rerun can be run again too, and nobody is left to run.
    let again = world.console.reruns("first").await.unwrap()[0].job_id.clone();
    for (job, rerun, status) in [
        (again.as_str(), NewRerun::default(), 409),
        ("first", Subset::of(Outcome::Interrupted).into(), 409),
        ("none", NewRerun::default(), 404),
    ] {
        let problem = world.console.rerun(job, rerun).await.unwrap_err().problem("r");
        assert_eq!(problem.status, status, "{problem:?}");
        assert!(problem.status != 409 || problem.detail.contains("nothing to run again"), "{problem:?}");
    }
    let taken = NewRerun { job_id: Some("first".parse().unwrap()), ..NewRerun::default() };
    assert_eq!(world.console.rerun("first", taken).await.unwrap_err().problem("r").status, 409);
    world.console.stop().await;
}

#[tokio::test]
async fn devices_that_may_still_act_are_not_run_again() {
    let world = World::start().await;
    world.console.create_job(lock_door(Some("runs"))).await.unwrap();
    world.hub.begin("runs", 4);
    world.hub.answers("runs", 0, 500);
    wait_for(&world.console, "runs", |job| job.outcomes.failed == 1).await;
    let moving = world.console.rerun("runs", Subset::of(Outcome::Queued)).await.unwrap_err().problem("r");
    assert_eq!((moving.status, moving.errors[0].field.as_str()), (422, "statuses"));
    let job = world.console.rerun("runs", NewRerun::default()).await.unwrap();
    assert_eq!(ids(&world, &job.job_id).await, ["door-0000"]);
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
    assert_eq!(ids(&world, "bad").await.len(), 3);
    world.console.stop().await;
}
