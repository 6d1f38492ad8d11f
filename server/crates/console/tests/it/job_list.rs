//! The list of jobs: filters, search, order, pages, typical durations.

use console_wire::job::{JobFilter, JobSort, JobTab};
use serde_json::json;

use crate::support::{World, lock_door, wait_for};

#[tokio::test]
async fn jobs_are_filtered_searched_and_paged() {
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
    let many_words = JobFilter { q: Some("e ".repeat(100)), ..JobFilter::default() };
    assert_eq!(list(many_words).await.0.len(), 7);
    let endless = JobFilter { q: Some("e".repeat(201)), ..JobFilter::default() };
    for refused in [console.jobs(&endless).await.err(), console.filtered_counts(&endless).await.err()] {
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
    assert_eq!(console.filtered_counts(&first).await.unwrap().get(JobTab::All), 7);
    let quick = JobFilter { longer_secs: Some(3600), ..JobFilter::default() };
    assert_eq!(console.filtered_counts(&quick).await.unwrap().get(JobTab::All), 0);
    let calls = JobFilter { action: Some("lock".into()), problems: Some(false), ..JobFilter::default() };
    assert_eq!(console.filtered_counts(&calls).await.unwrap().get(JobTab::All), 7);
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
            assert_eq!(ids[5..], ["evening-1", "evening-0"], "ended jobs come last, newest first");
        }
        ids.sort();
        let all: Vec<_> = (0..7).map(|number| format!("evening-{number}")).collect();
        assert_eq!(ids, all, "every job once by {}", sort.as_str());
    }
    console.stop().await;
}

#[tokio::test]
async fn the_typical_duration_is_that_of_earlier_runs() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for number in 1..=3 {
        let id = format!("run-{number}");
        console.create_job(lock_door(Some(&id))).await.unwrap();
        hub.begin(&id, 2);
        hub.all_answer(&id, 200);
        hub.ends(&id);
        let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
        assert_eq!(job.typical_duration_ms, None, "before it ran {} jobs", number - 1);
    }
    let new = console.create_job(lock_door(Some("new"))).await.unwrap();
    assert!(new.typical_duration_ms.is_some_and(|ms| ms < 20_000), "{new:?}");
    // The page, the list and the streams agree.
    let everywhere = [
        console.job("new").await.unwrap(),
        console.jobs(&JobFilter::default()).await.unwrap().items.remove(0),
        console.changes_since(0, Some("new"), 1000).await.unwrap().remove(0),
    ];
    assert_eq!(
        everywhere.map(|job| (job.job_id, job.typical_duration_ms)),
        [(); 3].map(|()| ("new".to_owned(), new.typical_duration_ms))
    );
    // Another action, another condition, a list: no earlier runs.
    for change in [
        json!({"cloudToDeviceMethod": {"methodName": "unlockDoor"}}),
        json!({"queryCondition": "tags.floor = 3"}),
        json!({"queryCondition": "", "deviceIds": ["door-0001"]}),
    ] {
        let mut body = serde_json::to_value(lock_door(None)).unwrap();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let job = console.create_job(serde_json::from_value(body).unwrap()).await.unwrap();
        assert_eq!(job.typical_duration_ms, None, "{change}");
    }
    world.console.stop().await;
}
