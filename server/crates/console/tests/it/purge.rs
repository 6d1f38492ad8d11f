//! Old jobs are deleted, and do not come back from a hub that still lists them.

use console::{ConsoleError, Purged};
use console_wire::{
    device_call::CallOrigin,
    job::{JobFilter, ResultFilter},
};
use futures::TryStreamExt;
use hub_wire::{DeviceId, Timestamp, direct_method::DirectMethodRequest};
use serde_json::json;

use crate::support::{World, finished_job, lock_door, now, wait_for};

#[tokio::test]
async fn an_old_job_is_deleted_with_its_results_and_one_that_runs_is_not() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    finished_job(&world).await;
    console.create_job(lock_door(Some("running"))).await.unwrap();
    hub.begin("running", 3);
    wait_for(console, "running", |job| job.outcomes.in_flight + job.outcomes.queued == 3).await;

    let ended = console.job("job").await.unwrap().end_time.unwrap();
    assert_eq!(console.purge(ended).await.unwrap(), Purged::default());
    let purged = console.purge(far_ahead()).await.unwrap();
    assert_eq!((purged.jobs, purged.results), (1, 40));

    assert!(matches!(console.job("job").await, Err(ConsoleError::NotFound { .. })));
    let rows: Result<Vec<String>, _> =
        console.results_ids("job", &ResultFilter::default()).try_collect().await;
    assert!(rows.unwrap_or_default().concat().is_empty(), "its results are gone");
    let listed = console.jobs(&JobFilter::default()).await.unwrap().items;
    assert_eq!(listed.iter().map(|job| job.job_id.as_str()).collect::<Vec<_>>(), ["running"]);
    assert_eq!(console.job_counts().await.unwrap().finished, 0);
    // The one that runs goes on.
    hub.all_answer("running", 200);
    hub.ends("running");
    wait_for(console, "running", |job| job.status.is_terminal()).await;
}

#[tokio::test]
async fn old_calls_of_single_devices_are_deleted() {
    let world = World::start().await;
    let device: DeviceId = "door-0001".parse().unwrap();
    let request: DirectMethodRequest = serde_json::from_value(json!({"methodName": "lockDoor"})).unwrap();
    let sent = world.console.invoke_method(&device, &request, CallOrigin::Api).await.unwrap();
    sent.result.unwrap();
    let calls = async || world.console.device_calls(&device, None, None).await.unwrap().count;
    assert_eq!(calls().await, 1);
    assert_eq!(world.console.purge(Timestamp::from_ticks(0)).await.unwrap().calls, 0);
    assert_eq!(world.console.purge(far_ahead()).await.unwrap().calls, 1);
    assert_eq!(calls().await, 0);
}

/// After everything that a test does.
fn far_ahead() -> Timestamp {
    now().plus(std::time::Duration::from_hours(24))
}
