//! A job is created once or not at all, whatever happens on the way; an invalid one is refused before the hub is called.

use crate::support::{Creation, FakeHub, World, lock_door, open, until, wait_for};
use console::ConsoleError;
use console_wire::job::{JobFilter, JobTab, NewJob};
use hub_wire::job::JobStatus;
use serde_json::{Value, json};

fn with(change: &Value) -> NewJob {
    let mut job = serde_json::to_value(lock_door(Some("mine"))).unwrap();
    for (name, value) in change.as_object().unwrap() {
        job[name] = value.clone();
    }
    serde_json::from_value(job).unwrap()
}

async fn job_count(console: &console::Console) -> u64 {
    console.job_counts().await.unwrap().get(JobTab::All)
}

#[tokio::test]
async fn an_invalid_job_is_refused_with_line_and_column() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for (change, fields) in [
        (json!({"cloudToDeviceMethod": {"methodName": ""}}), vec!["cloudToDeviceMethod.methodName"]),
        (json!({"queryCondition": "tags.floor !! 3"}), vec!["queryCondition"]),
        (json!({"startTime": "2099-01-01T00:00:00Z"}), vec!["startTime"]),
    ] {
        let error = console.create_job(with(&change)).await.unwrap_err();
        let ConsoleError::Invalid(errors) = &error else { panic!("{change}: {error:?}") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields);
        assert!(!errors[0].message.is_empty());
    }
    let error =
        console.create_job(with(&json!({"queryCondition": "\n  tags.floor !! 3"}))).await.unwrap_err();
    let errors = error.problem("r").errors;
    assert_eq!((errors[0].line, errors[0].column.is_some()), (Some(2), true), "{errors:?}");
    assert_eq!((hub.calls("PUT /jobs/v2/mine"), job_count(console).await), (0, 0));
    console.stop().await;
}

#[tokio::test]
async fn the_same_id_twice_is_a_conflict_and_changes_nothing() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let first = console.create_job(lock_door(Some("mine"))).await.unwrap();
    let again = with(&json!({"queryCondition": "tags.floor = 3"}));
    assert!(matches!(console.create_job(again.clone()).await, Err(ConsoleError::Conflict { .. })));
    let job = wait_for(console, "mine", |_| true).await;
    assert_eq!((job.query_condition.as_str(), job.sequence >= first.sequence), ("*", true));
    assert_eq!(hub.calls("PUT /jobs/v2/mine"), 1);

    // An id that only the hub knows: refused by the hub, and the other client's job is shown as such.
    hub.foreign("theirs");
    let mut theirs = again;
    theirs.job_id = Some("theirs".parse().unwrap());
    assert!(matches!(console.create_job(theirs).await, Err(ConsoleError::Conflict { .. })));
    let job = wait_for(console, "theirs", |_| true).await;
    assert_eq!(job.origin, console_wire::job::Origin::Hub);
    console.stop().await;
}

#[tokio::test]
async fn a_lost_answer_is_resolved() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    hub.inside().creation = Creation::TakesAndFails;
    let job = console.create_job(lock_door(Some("mine"))).await.unwrap();
    assert_eq!(job.status, JobStatus::Queued);
    hub.inside().creation = Creation::Fails;
    let error = console.create_job(lock_door(Some("other"))).await.unwrap_err();
    assert!(error.problem("r").retryable);
    // Not shown while it is unresolved, and removed once the hub does not list it.
    assert_eq!(job_count(console).await, 1);
    hub.inside().creation = Creation::Normal;
    until("the id is free again", async || console.create_job(lock_door(Some("other"))).await.is_ok()).await;
    assert_eq!(job_count(console).await, 2);
    console.stop().await;
}

/// The store of a process that was killed between writing the intent and the hub's answer.
async fn crashed(hub: &FakeHub, taken: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let console = open(&hub.url(), folder.path()).await;
    hub.inside().creation = if taken { Creation::TakesAndFails } else { Creation::Fails };
    // The hub answers neither the creation nor the read after it.
    let creating = tokio::spawn({
        let console = console.clone();
        async move { console.create_job(lock_door(Some("mine"))).await }
    });
    until("the hub was called", async || hub.calls("PUT /jobs/v2/mine") == 1).await;
    hub.inside().fails_with = Some(hub_wire::error::ErrorCode::ServiceUnavailable);
    let _ = creating.await.unwrap();
    console.stop().await;
    let mut inside = hub.inside();
    (inside.fails_with, inside.creation) = (None, Creation::Normal);
    drop(inside);
    folder
}

#[tokio::test]
async fn a_crash_in_the_middle_loses_nothing_and_repeats_nothing() {
    let hub = FakeHub::start().await;
    let folder = crashed(&hub, true).await;
    let console = open(&hub.url(), folder.path()).await;
    let job = wait_for(&console, "mine", |_| true).await;
    assert_eq!(job.origin, console_wire::job::Origin::Console);
    assert_eq!(hub.calls("PUT /jobs/v2/mine"), 1);
    hub.begin("mine", 2);
    (0..2).for_each(|device| hub.answers("mine", device, 200));
    hub.ends("mine");
    wait_for(&console, "mine", |job| job.status == JobStatus::Completed).await;
    console.stop().await;
}

#[tokio::test]
async fn a_job_that_never_reached_the_hub_is_removed() {
    let hub = FakeHub::start().await;
    let folder = crashed(&hub, false).await;
    let console = open(&hub.url(), folder.path()).await;
    assert!(console.jobs(&JobFilter::default()).await.unwrap().items.is_empty());
    until("the id is free again", async || console.create_job(lock_door(Some("mine"))).await.is_ok()).await;
    assert_eq!(hub.calls("PUT /jobs/v2/mine"), 2);
    console.stop().await;
}

#[tokio::test]
async fn only_a_job_that_has_not_begun_is_cancelled() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let soon = crate::support::now().plus(std::time::Duration::from_hours(1));
    let job = console.create_job(with(&json!({"startTime": soon}))).await.unwrap();
    assert_eq!(job.status, JobStatus::Scheduled, "although the hub's first status is queued");
    wait_for(console, "mine", |job| job.status == JobStatus::Scheduled).await;
    assert_eq!(console.job_counts().await.unwrap().scheduled, 1);
    let job = console.cancel_job("mine").await.unwrap();
    assert_eq!((job.status, job.end_time.is_some()), (JobStatus::Cancelled, true));
    assert!(matches!(console.cancel_job("mine").await, Err(ConsoleError::Conflict { .. })));
    assert!(matches!(console.cancel_job("none").await, Err(ConsoleError::NotFound { .. })));
    console.create_job(lock_door(Some("runs"))).await.unwrap();
    hub.begin("runs", 2);
    wait_for(console, "runs", |job| job.status == JobStatus::Running).await;
    assert!(matches!(console.cancel_job("runs").await, Err(ConsoleError::Conflict { .. })));
    console.stop().await;
}

#[tokio::test]
async fn the_expected_device_count_is_kept() {
    let mut world = World::start().await;
    for (id, change, expected) in [
        // The count of the hub when the job is accepted.
        ("counted", json!({}), Some(20)),
        ("previewed", json!({"expectedDevices": 7}), Some(7)),
        // A list is counted by itself.
        ("listed", json!({"expectedDevices": 7, "queryCondition": "", "deviceIds": ["door-0001"]}), None),
    ] {
        let job = NewJob { job_id: Some(id.parse().unwrap()), ..with(&change) };
        assert_eq!(world.console.create_job(job).await.unwrap().expected_devices, expected, "{id}");
    }
    world.restart().await;
    assert_eq!(world.console.job("previewed").await.unwrap().expected_devices, Some(7));
    // It is not sent to the hub.
    assert_eq!(world.hub.inside().jobs["previewed"].job.get("expectedDevices"), None);
    world.console.stop().await;
}
