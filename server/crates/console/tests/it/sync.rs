//! Jobs are mirrored: every device once, counts that add up at every instant, all results when the job is settled.

use crate::support::{World, lock_door, until, wait_for};
use console_wire::{
    job::{JobFilter, JobTab, Origin, ResultFilter},
    outcome::Outcome,
};
use hub_wire::job::JobStatus;
use serde_json::json;

#[tokio::test]
async fn a_job_from_form_to_last_device() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let job = console.create_job(lock_door(None)).await.unwrap();
    let id = job.job_id.clone();
    assert!(id.starts_with("lock-door-"), "{id}");
    assert_eq!((job.status, job.origin), (JobStatus::Queued, Origin::Console));
    hub.begin(&id, 20);
    let job = wait_for(console, &id, |job| job.outcomes.queued == 20).await;
    assert_eq!(job.status, JobStatus::Running);
    for device in 0..20 {
        match device {
            17 => hub.fails(&id, device, "DeviceNotOnline"),
            18 => hub.fails(&id, device, "GatewayTimeout"),
            19 => hub.answers(&id, device, 500),
            _ => hub.answers(&id, device, 200),
        }
    }
    wait_for(console, &id, |job| job.outcomes.succeeded == 17).await;
    hub.ends(&id);
    let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.status, JobStatus::Completed);
    assert!(job.end_time.is_some() && job.failure_reason.is_none());
    let (outcomes, statistics) = (job.outcomes, job.device_job_statistics);
    assert_eq!((outcomes.failed, outcomes.timed_out, outcomes.not_online), (1, 1, 1));
    // The hub counts the answer of 500 as succeeded.
    assert_eq!((statistics.device_count, statistics.succeeded_count, statistics.failed_count), (20, 18, 2));
    let method = job.cloud_to_device_method.unwrap();
    assert_eq!(method.payload, json!({"doors": 1}));
    console.stop().await;
}

/// At every sequence number the counts sum, and rows and counts agree.
#[tokio::test]
async fn counts_are_devices_at_every_sequence_number() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    let watching = tokio::spawn({
        let (console, id) = (console.clone(), id.clone());
        async move {
            let (mut sequence, mut changes, mut last) = (console.sequence(), 0, 0);
            loop {
                let now = *sequence.borrow_and_update();
                for job in console.changes_since(last, Some(&id), 1000).await.unwrap() {
                    assert!(job.sequence > last, "{job:?}");
                    assert_eq!(job.outcomes.total(), job.device_job_statistics.device_count, "{job:?}");
                    assert!(job.device_job_statistics.is_consistent(), "{job:?}");
                    assert!(!job.status.is_terminal() || job.outcomes.finished() == 40, "{job:?}");
                    changes += 1;
                    last = job.sequence;
                    if job.status.is_terminal() {
                        return changes;
                    }
                }
                assert!(last <= now.max(last));
                sequence.changed().await.unwrap();
            }
        }
    });
    hub.begin(&id, 40);
    for device in 0..40 {
        hub.moves(&id, device, &json!({"status": "running"}));
        if device % 10 == 9 {
            let started = device as u64 + 1;
            wait_for(console, &id, |job| job.outcomes.total() - job.outcomes.queued == started).await;
            for device in device - 9..=device {
                hub.answers(&id, device, if device % 3 == 0 { 404 } else { 200 });
            }
        }
    }
    hub.ends(&id);
    assert!(watching.await.unwrap() >= 4);
    for outcome in Outcome::ALL {
        let filter = ResultFilter { outcome: Some(outcome), ..ResultFilter::default() };
        let rows = console.results(&id, &filter).await.unwrap().items.len() as u64;
        assert_eq!(rows, console.job(&id).await.unwrap().outcomes.get(outcome), "{outcome:?}");
    }
    console.stop().await;
}

#[tokio::test]
async fn a_hub_that_cannot_filter_changes_is_read_whole() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    hub.inside().filters_changes = false;
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 20);
    wait_for(console, &id, |job| job.outcomes.queued == 20).await;
    (0..20).for_each(|device| hub.answers(&id, device, 200));
    hub.ends(&id);
    let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.outcomes.succeeded, 20);
    console.stop().await;
}

#[tokio::test]
async fn counts_that_never_add_up_are_reported() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 3);
    (0..3).for_each(|device| hub.answers(&id, device, 200));
    // A row that the hub counts as pending for ever.
    hub.moves(&id, 2, &json!({"status": "pending"}));
    hub.ends(&id);
    let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
    assert_eq!(job.device_job_statistics.pending_count, 1);
    let reason = job.failure_reason.unwrap();
    assert!(reason.contains("3 devices, 2 succeeded"), "{reason}");
    console.stop().await;
}

#[tokio::test]
async fn jobs_of_other_clients_are_found() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    hub.foreign("by-script-1");
    hub.begin("by-script-1", 5);
    let job = wait_for(console, "by-script-1", |job| job.outcomes.total() == 5).await;
    assert_eq!(job.origin, Origin::Hub);
    assert_eq!(job.action(), "ring");
    (0..5).for_each(|device| hub.moves("by-script-1", device, &json!({"status": "completed"})));
    hub.ends("by-script-1");
    let job = wait_for(console, "by-script-1", |job| job.status.is_terminal()).await;
    assert_eq!(job.outcomes.succeeded, 5);
    // One that had ended before it was found.
    hub.foreign("by-script-2");
    hub.ends("by-script-2");
    wait_for(console, "by-script-2", |job| job.status == JobStatus::Completed).await;
    console.stop().await;
}

#[tokio::test]
async fn an_outage_is_reported_and_survived() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 10);
    wait_for(console, &id, |job| job.outcomes.queued == 10).await;
    for code in
        [hub_wire::error::ErrorCode::ServiceUnavailable, hub_wire::error::ErrorCode::ThrottlingException]
    {
        hub.inside().fails_with = Some(code);
        until("the failure shows", async || console.hub_info().await.failure.is_some()).await;
        let info = console.hub_info().await;
        assert!(!info.reachable && info.last_success.is_some(), "{info:?}");
        // Mirrored jobs are still shown.
        assert_eq!(console.jobs(&JobFilter::default()).await.unwrap().items.len(), 1);
        let error = console.create_job(lock_door(Some("not-now"))).await.unwrap_err();
        assert!(error.problem("r").retryable, "{error}");
        hub.inside().fails_with = None;
        until("the hub is back", async || console.hub_info().await.reachable).await;
    }
    (0..10).for_each(|device| hub.answers(&id, device, 200));
    hub.ends(&id);
    wait_for(console, &id, |job| job.status == JobStatus::Completed).await;
    let info = console.hub_info().await;
    assert_eq!((info.device_count, info.connected_count), (Some(20), Some(19)));
    console.stop().await;
}

#[tokio::test]
async fn a_restart_catches_up() {
    let mut world = World::start().await;
    let id = world.console.create_job(lock_door(None)).await.unwrap().job_id;
    world.hub.begin(&id, 10);
    wait_for(&world.console, &id, |job| job.outcomes.queued == 10).await;
    world.hub.answers(&id, 3, 200);
    let before = wait_for(&world.console, &id, |job| job.outcomes.succeeded == 1).await;
    world.console.stop().await;
    assert!(matches!(world.console.job(&id).await, Err(console::ConsoleError::Stopping)));
    (0..10).for_each(|device| world.hub.answers(&id, device, 200));
    world.hub.ends(&id);
    world.restart().await;
    let job = wait_for(&world.console, &id, |job| job.status.is_terminal()).await;
    assert_eq!((job.outcomes.succeeded, job.origin), (10, Origin::Console));
    // A stream that was cut off by the restart goes on where it was.
    let missed = world.console.changes_since(before.sequence, None, 1000).await.unwrap();
    assert_eq!(missed.iter().map(|job| job.job_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    assert_eq!(world.console.job_counts().await.unwrap().get(JobTab::Finished), 1);
    world.console.stop().await;
}
