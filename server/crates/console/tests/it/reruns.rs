//! Causes of failure, and reruns of the devices that have one.

use console_wire::{
    cause::CauseKey,
    job::{JobSummary, ResultFilter},
    outcome::Outcome,
    rerun::{NewRerun, Subset},
};
use serde_json::json;

use crate::support::{World, device_ids, lock_door, run_to_end, wait_for};

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
        assert_eq!(device_ids(&world, &job.job_id).await, expected);
        let parent = job.parent.clone().unwrap();
        assert_eq!((parent.job_id.as_str(), &parent.subset), ("first", &subset));
        assert_eq!(parent.name, world.console.job("first").await.unwrap().name);
        assert_eq!(job.cloud_to_device_method.as_ref().unwrap().payload, json!({"doors": 1}));
        let ended = run_to_end(&world, &job.job_id).await;
        assert_eq!(ended.outcomes.succeeded, expected.len() as u64);
        let reruns = world.console.reruns("first").await.unwrap();
        assert_eq!((reruns.len(), reruns[0].job_id.as_str()), (number + 1, job.job_id.as_str()));
    }
    // A rerun can be run again too, but no device is left.
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
    assert_eq!(device_ids(&world, &job.job_id).await, ["door-0000"]);
    world.console.stop().await;
}
