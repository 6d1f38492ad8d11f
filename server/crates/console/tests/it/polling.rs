//! What polling a job costs its hub: rows are read once for each change, and waiting rows when the job is slow.

use crate::support::{World, lock_door, until, wait_for};
use console_wire::{
    job::ResultFilter,
    outcome::{Outcome, Outcomes},
};
use hub_wire::job::JobStatus;
use serde_json::json;

/// More than a job that is read whole when it begins.
const MANY: usize = 2_500;

async fn world() -> World {
    let world = World::start().await;
    world.hub.inside().page = 1_000;
    world
}

#[tokio::test]
async fn a_large_job_that_ends_at_once_is_read_once() {
    let world = world().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, MANY);
    hub.all_answer(&id, 200);
    hub.ends(&id);
    let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.outcomes, Outcomes { succeeded: MANY as u64, ..Outcomes::default() });
    assert_eq!(hub.inside().rows_sent, MANY);
    console.stop().await;
}

#[tokio::test]
async fn waiting_devices_are_counted_at_once_and_fetched_later() {
    let world = world().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    let fetched = async |outcome: Option<Outcome>| {
        let filter = ResultFilter { outcome, ..ResultFilter::default() };
        console.results_count(&id, &filter).await.unwrap()
    };
    hub.begin(&id, MANY);
    hub.answers(&id, 7, 200);
    let job = wait_for(console, &id, |job| job.outcomes.succeeded == 1).await;
    // Before the other rows are fetched.
    assert_eq!(job.outcomes.total(), MANY as u64);
    assert_eq!(job.device_job_statistics.pending_count, MANY as u64 - 1);
    assert_eq!(fetched(Some(Outcome::Succeeded)).await, 1);

    until("all are fetched", async || fetched(None).await == MANY as u64).await;
    assert_eq!(fetched(Some(Outcome::Queued)).await, MANY as u64 - 1);
    assert_eq!(console.job(&id).await.unwrap().outcomes.total(), MANY as u64);
    {
        let hub = hub.inside();
        assert_eq!(hub.rows_sent, MANY);
        let waiting: Vec<_> = hub.row_queries.iter().filter(|query| query.contains("= 'pending'")).collect();
        assert_eq!(waiting[0], " AND devices.jobs.status != 'pending'", "started rows come first");
        let queries: Vec<_> = waiting.iter().filter(|query| query.contains("status = 'pending'")).collect();
        assert_eq!(queries.len(), 1, "{queries:?}");
    }

    // Each change is sent once.
    hub.all_answer(&id, 200);
    hub.ends(&id);
    let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.outcomes, Outcomes { succeeded: MANY as u64, ..Outcomes::default() });
    assert_eq!(hub.inside().rows_sent, 2 * MANY);
    console.stop().await;
}

#[tokio::test]
async fn a_restart_continues_where_it_was() {
    let mut world = world().await;
    let id = world.console.create_job(lock_door(None)).await.unwrap().job_id;
    world.hub.begin(&id, MANY);
    for device in 0..100 {
        world.hub.moves(&id, device, &json!({"status": "running"}));
    }
    wait_for(&world.console, &id, |job| job.outcomes.in_flight == 100).await;
    world.console.stop().await;
    for device in 0..100 {
        world.hub.answers(&id, device, if device < 40 { 500 } else { 200 });
    }
    world.restart().await;
    let job = wait_for(&world.console, &id, |job| job.outcomes.in_flight == 0).await;
    assert_eq!((job.outcomes.failed, job.outcomes.succeeded), (40, 60));
    assert_eq!(job.outcomes.total(), MANY as u64);
    world.hub.all_answer(&id, 200);
    world.hub.ends(&id);
    let job = wait_for(&world.console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.outcomes.finished(), MANY as u64);
    world.console.stop().await;
}

/// A hub whose clock was set back gives a new change an earlier time than the rows that were read.
#[tokio::test]
async fn a_change_in_the_past_is_found_while_the_job_runs() {
    let world = world().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 5);
    wait_for(console, &id, |job| job.outcomes.queued == 5).await;
    hub.answers(&id, 0, 200);
    wait_for(console, &id, |job| job.outcomes.succeeded == 1).await;
    hub.answers(&id, 1, 200);
    hub.inside().jobs.get_mut(&id).unwrap().rows.get_mut("door-0001").unwrap()["lastUpdatedDateTimeUtc"] =
        "2020-01-01T00:00:00.0000000Z".into();
    let job = wait_for(console, &id, |job| job.outcomes.succeeded == 2).await;
    assert_eq!(job.status, JobStatus::Running);
    console.stop().await;
}
