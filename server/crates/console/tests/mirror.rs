//! Jobs are mirrored: every device once, counts that add up at every instant, an end that has all results.

mod support;

use console_wire::{
    job::{JobFilter, JobSort, JobTab, Origin, ResultFilter},
    outcome::Outcome,
};
use futures::TryStreamExt;
use hub_wire::job::JobStatus;
use serde_json::json;
use support::{World, lock_door, until, wait_for};

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

/// Whoever looks, whenever: the counts sum, and rows and counts agree.
#[tokio::test]
async fn counts_are_devices_at_every_sequence_number() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    let watching = tokio::spawn({
        let (console, id) = (console.clone(), id.clone());
        async move {
            let (mut sequence, mut seen, mut last) = (console.sequence(), 0, 0);
            loop {
                let now = *sequence.borrow_and_update();
                for job in console.changes_since(last, Some(&id)).await.unwrap() {
                    assert!(job.sequence > last, "{job:?}");
                    assert_eq!(job.outcomes.total(), job.device_job_statistics.device_count, "{job:?}");
                    assert!(job.device_job_statistics.is_consistent(), "{job:?}");
                    assert!(!job.status.is_terminal() || job.outcomes.finished() == 40, "{job:?}");
                    seen += 1;
                    last = job.sequence;
                    if job.status.is_terminal() {
                        return seen;
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
            let begun = device as u64 + 1;
            wait_for(console, &id, |job| job.outcomes.total() - job.outcomes.queued == begun).await;
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
async fn a_hub_that_cannot_tell_what_changed_is_read_whole() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    hub.inside().knows_changes = false;
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
async fn counts_that_never_add_up_are_said() {
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
async fn jobs_of_others_are_found() {
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
    // One that had ended before anybody looked.
    hub.foreign("by-script-2");
    hub.ends("by-script-2");
    wait_for(console, "by-script-2", |job| job.status == JobStatus::Completed).await;
    console.stop().await;
}

#[tokio::test]
async fn an_outage_is_said_and_survived() {
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
        // What is mirrored goes on being shown.
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
    let missed = world.console.changes_since(before.sequence, None).await.unwrap();
    assert_eq!(missed.iter().map(|job| job.job_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    assert_eq!(world.console.job_counts().await.unwrap().get(JobTab::Finished), 1);
    world.console.stop().await;
}

#[tokio::test]
async fn results_by_filter_and_page_and_as_csv() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 25);
    (0..25).for_each(|device| {
        if device < 5 { hub.fails(&id, device, "DeviceNotOnline") } else { hub.answers(&id, device, 200) }
    });
    hub.ends(&id);
    wait_for(console, &id, |job| job.status.is_terminal()).await;

    let mut filter = ResultFilter { limit: Some(10), ..ResultFilter::default() };
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = console.results(&id, &filter).await.unwrap();
        seen.extend(page.items.into_iter().map(|result| result.device_id.to_string()));
        pages += 1;
        let Some(next) = page.next_cursor else { break };
        filter.cursor = Some(next);
    }
    assert_eq!((pages, seen.len()), (3, 25));
    assert!(seen.is_sorted());

    let filter = ResultFilter { q: Some("DOOR-001".into()), ..ResultFilter::default() };
    assert_eq!(console.results(&id, &filter).await.unwrap().items.len(), 10);
    let filter = ResultFilter { outcome: Some(Outcome::NotOnline), ..ResultFilter::default() };
    let page = console.results(&id, &filter).await.unwrap();
    assert_eq!((page.items.len(), page.next_cursor.is_none()), (5, true));
    assert_eq!(page.items[0].error.as_ref().unwrap().code, "DeviceNotOnline");
    let text: String = console.results_csv(&id, &filter).try_collect().await.unwrap();
    assert_eq!(text.lines().count(), 6);
    assert!(
        text.starts_with("deviceId,") && text.contains("door-0004,,notOnline,failed,,,DeviceNotOnline,why,")
    );

    for (cursor, limit, field) in
        [(Some("garbage"), None, "cursor"), (None, Some(0), "limit"), (None, Some(501), "limit")]
    {
        let filter = ResultFilter { cursor: cursor.map(str::to_owned), limit, ..ResultFilter::default() };
        let problem = console.results(&id, &filter).await.unwrap_err().problem("r");
        assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field));
    }
    let none = console.results("no-such-job", &ResultFilter::default()).await.unwrap_err();
    assert_eq!(none.problem("r").status, 404);
    let device = "door-0007".parse().unwrap();
    assert_eq!(console.result(&id, &device).await.unwrap().response.unwrap().payload, json!({"n": 7}));
    assert!(console.result(&id, &"door-9999".parse().unwrap()).await.is_err());
    console.stop().await;
}

#[tokio::test]
async fn the_list_filters_searches_and_pages() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for number in 0..7 {
        let id = format!("evening-{number}");
        console.create_job(lock_door(Some(&id))).await.unwrap();
        if number < 2 {
            hub.begin(&id, 0);
            hub.ends(&id);
            wait_for(console, &id, |job| job.status.is_terminal()).await;
        }
    }
    let counts = console.job_counts().await.unwrap();
    assert_eq!((counts.running, counts.scheduled, counts.finished), (5, 0, 2));
    let list = async |filter: JobFilter| {
        let page = console.jobs(&filter).await.unwrap();
        (page.items.into_iter().map(|job| job.job_id).collect::<Vec<_>>(), page.next_cursor)
    };
    let finished = JobFilter { tab: JobTab::Finished, ..JobFilter::default() };
    assert_eq!(list(finished).await.0, ["evening-1", "evening-0"]);
    let searched = JobFilter { q: Some("Lockdoor evening-3".into()), ..JobFilter::default() };
    assert_eq!(list(searched).await.0, ["evening-3"]);
    let wildcard = JobFilter { q: Some("evening?*".into()), ..JobFilter::default() };
    assert!(list(wildcard).await.0.is_empty());
    let many_words = JobFilter { q: Some("e ".repeat(500)), ..JobFilter::default() };
    assert_eq!(list(many_words).await.0.len(), 7);
    let endless = JobFilter { q: Some("e".repeat(1001)), ..JobFilter::default() };
    for refused in [console.jobs(&endless).await.err(), console.jobs_count(&endless).await.err()] {
        let Some(console::ConsoleError::Invalid(errors)) = refused else {
            panic!("not refused: {refused:?}")
        };
        assert_eq!((errors[0].field.as_str(), errors.len()), ("q", 1));
    }
    let first = JobFilter { limit: Some(4), ..JobFilter::default() };
    let (ids, cursor) = list(first.clone()).await;
    assert_eq!(ids, ["evening-6", "evening-5", "evening-4", "evening-3"]);
    let (ids, cursor) = list(JobFilter { cursor, ..first.clone() }).await;
    assert_eq!((ids.len(), cursor), (3, None));
    assert_eq!(console.jobs_count(&first).await.unwrap(), 7);
    let quick = JobFilter { longer_secs: Some(3600), ..JobFilter::default() };
    assert_eq!(console.jobs_count(&quick).await.unwrap(), 0);
    let calls = JobFilter { action: Some("lock".into()), problems: Some(false), ..JobFilter::default() };
    assert_eq!(console.jobs_count(&calls).await.unwrap(), 7);
    for sort in JobSort::ALL {
        let mut filter = JobFilter { sort, limit: Some(2), ..JobFilter::default() };
        let mut ids = Vec::new();
        loop {
            let (page, cursor) = list(filter.clone()).await;
            ids.extend(page);
            match cursor {
                Some(_) => filter.cursor = cursor,
                None => break,
            }
        }
        if sort == JobSort::Groups {
            assert_eq!(ids[5..], ["evening-1", "evening-0"], "what has ended comes last, newest first");
        }
        ids.sort();
        let all: Vec<_> = (0..7).map(|number| format!("evening-{number}")).collect();
        assert_eq!(ids, all, "every job once by {}", sort.as_str());
    }
    console.stop().await;
}
