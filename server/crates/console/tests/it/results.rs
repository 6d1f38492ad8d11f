//! A job's results: filtered, in every order, page by page, as files, as a landing map and as latencies.

use crate::support::{World, finished_job, lock_door, wait_for};
use console::{JobSnapshot, RowsWanted};
use console_wire::{
    job::{ResultFilter, ResultOrder},
    outcome::{DeviceResult, Outcome},
};
use futures::TryStreamExt;
use serde_json::{Value, json};

fn filter(change: &Value) -> ResultFilter {
    serde_json::from_value(change.clone()).unwrap()
}

async fn by_cursor(world: &World, mut filter: ResultFilter) -> Vec<DeviceResult> {
    let mut all = Vec::new();
    loop {
        let page = world.console.results("job", &filter).await.unwrap();
        all.extend(page.items);
        let Some(next) = page.next_cursor else { return all };
        filter.cursor = Some(next);
    }
}

#[tokio::test]
async fn cursors_offsets_counts_and_exports_agree_in_every_order() {
    let world = World::start().await;
    finished_job(&world).await;
    for view in [
        json!({}),
        json!({"order": "latest"}),
        json!({"order": "problems"}),
        json!({"status": "failed"}),
        json!({"status": "failed", "order": "latest"}),
        json!({"status": "timedOut", "order": "problems"}),
        json!({"cause": "504101:why"}),
        json!({"cause": {"code": "500", "message": "{\"n\":{n}}"}, "order": "problems"}),
        json!({"q": "door-001", "order": "latest"}),
        json!({"cell": 5}),
        json!({"status": "interrupted"}),
    ] {
        let paged = by_cursor(&world, ResultFilter { limit: Some(7), ..filter(&view) }).await;
        let count = world.console.results_count("job", &filter(&view)).await.unwrap();
        assert_eq!(paged.len() as u64, count, "{view}");
        let mut by_offset = Vec::new();
        for offset in (0..count).step_by(3) {
            let page = ResultFilter { offset: Some(offset), limit: Some(3), ..filter(&view) };
            by_offset.extend(world.console.results("job", &page).await.unwrap().items);
        }
        assert_eq!(by_offset, paged, "{view}");
        let text: String = world.console.results_json("job", &filter(&view)).try_collect().await.unwrap();
        assert_eq!(serde_json::from_str::<Vec<DeviceResult>>(&text).unwrap(), paged, "{view}");
        let text: String = world.console.results_ids("job", &filter(&view)).try_collect().await.unwrap();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            paged.iter().map(|row| row.device_id.as_str()).collect::<Vec<_>>()
        );
        let text: String = world.console.results_csv("job", &filter(&view)).try_collect().await.unwrap();
        assert_eq!(text.lines().count(), paged.len() + 1, "{view}");
    }
    let problems = by_cursor(&world, filter(&json!({"order": "problems"}))).await;
    let outcomes: Vec<_> = problems.iter().map(|row| row.outcome).collect();
    assert_eq!(
        &outcomes[..9],
        [vec![Outcome::Failed; 4], vec![Outcome::TimedOut; 4], vec![Outcome::Succeeded]].concat()
    );
    let latest = by_cursor(&world, filter(&json!({"order": "latest"}))).await;
    assert_eq!(latest[0].device_id.as_str(), "door-0039");
    // A cursor belongs to its order, and excludes an offset.
    let first = ResultFilter { limit: Some(5), order: ResultOrder::Latest, ..ResultFilter::default() };
    let cursor = world.console.results("job", &first).await.unwrap().next_cursor;
    for (change, field) in [
        (ResultFilter { cursor: cursor.clone(), ..ResultFilter::default() }, "cursor"),
        (ResultFilter { cursor, offset: Some(1), ..first }, "offset"),
    ] {
        let problem = world.console.results("job", &change).await.unwrap_err().problem("r");
        assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field));
    }
    world.console.stop().await;
}

#[tokio::test]
async fn the_next_problem_of_every_view() {
    let world = World::start().await;
    finished_job(&world).await;
    let next =
        async |view: &Value, from| world.console.next_problem("job", &filter(view), from).await.unwrap();
    for view in [
        json!({}),
        json!({"order": "latest"}),
        json!({"order": "problems"}),
        json!({"status": "timedOut", "order": "problems"}),
        json!({"cause": "504101:why", "order": "latest"}),
        json!({"q": "door-001"}),
    ] {
        let rows = by_cursor(&world, filter(&view)).await;
        let problems: Vec<_> = rows.iter().zip(0_u64..).filter(|(row, _)| row.outcome.is_problem()).collect();
        for from in 0..=rows.len() as u64 {
            let (row, place) = problems.iter().find(|(_, place)| *place >= from).unwrap_or(&problems[0]);
            let expected = (*place, row.device_id.as_str().to_owned());
            assert_eq!(next(&view, from).await, Some(expected), "{view} from {from}");
        }
    }
    assert_eq!(next(&json!({"status": "succeeded"}), 0).await, None);
    assert_eq!(world.console.next_problem("none", &ResultFilter::default(), 0).await.unwrap(), None);
    world.console.stop().await;
}

#[tokio::test]
async fn the_landing_map_and_the_latencies() {
    let world = World::start().await;
    finished_job(&world).await;
    let map = world.console.landing("job").await.unwrap();
    assert_eq!((map.device_count, map.per_cell, map.cells.len()), (40, 1, 40));
    assert_eq!(&map.cells[..10], "sssfssstss");
    assert_eq!(map.sequence, world.console.job("job").await.unwrap().sequence);
    let cell = world.console.landing_cell("job", 13).await.unwrap();
    assert_eq!((cell.first.as_str(), cell.outcomes.failed, cell.outcomes.total()), ("door-0013", 1, 1));
    assert_eq!((&cell.first, cell.sent_from), (&cell.last, cell.sent_until));
    for (job, cell) in [("job", 40), ("none", 0)] {
        assert_eq!(world.console.landing_cell(job, cell).await.unwrap_err().problem("r").status, 404);
    }
    let latency = world.console.distribution("job").await.unwrap().unwrap();
    // The four that timed out did not answer.
    assert_eq!(latency.count, 36);
    assert!((latency.min_ms - 10.0).abs() < 1e-6 && (latency.max_ms - 49.0).abs() < 1e-6, "{latency:?}");
    assert_eq!(latency.buckets.iter().map(|bar| bar.count).sum::<u64>(), 36);
    world.console.create_job(lock_door(Some("new"))).await.unwrap();
    assert_eq!(world.console.distribution("new").await.unwrap(), None);
    assert_eq!(world.console.landing("new").await.unwrap().cells, "");
    assert_eq!(world.console.distribution("none").await.unwrap_err().problem("r").status, 404);
    world.console.stop().await;
}

/// Whatever is read of a job at once agrees, also while it changes and before every device has its row.
#[tokio::test]
async fn a_snapshot_agrees_in_itself() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let id = console.create_job(lock_door(None)).await.unwrap().job_id;
    hub.begin(&id, 25);
    let rows = |status: Option<&str>, is_required| {
        let filter = serde_json::from_value(json!({"status": status, "limit": 100})).unwrap();
        Some(RowsWanted { filter, is_required })
    };
    let expect = |snapshot: &JobSnapshot| {
        let outcomes = snapshot.job.outcomes;
        assert_eq!(snapshot.landing.device_count, outcomes.total());
        for outcome in Outcome::ALL {
            let cells = snapshot.landing.outcomes().filter(|of| *of == outcome).count() as u64;
            assert_eq!(cells, outcomes.get(outcome), "{outcome:?}");
        }
        assert_eq!(snapshot.causes.iter().map(|cause| cause.count).sum::<u64>(), outcomes.problems());
        assert_eq!(snapshot.landing.sequence, snapshot.job.sequence);
    };
    (0..8).for_each(|device| hub.answers(&id, device, 200));
    (8..11).for_each(|device| hub.answers(&id, device, 500));
    wait_for(console, &id, |job| job.outcomes.finished() == 11).await;
    let snapshot = console.snapshot(&id, rows(Some("failed"), false)).await.unwrap();
    expect(&snapshot);
    let failed = snapshot.rows.as_ref().unwrap();
    assert_eq!((failed.items.len(), failed.total, snapshot.job.outcomes.failed), (3, 3, 3));
    assert_eq!(snapshot.job.unstarted_devices, None, "a job on a condition has one part");
    (11..25).for_each(|device| hub.answers(&id, device, 404));
    hub.ends(&id);
    // Many clients at once, while it changes.
    let many = (0..8).map(|number| console.snapshot(&id, rows(None, number % 2 == 0)));
    for (number, snapshot) in futures::future::join_all(many).await.into_iter().enumerate() {
        let snapshot = snapshot.unwrap();
        expect(&snapshot);
        assert!(snapshot.rows.is_some() || number % 2 == 1, "a client that waits for rows gets them");
        if let Some(rows) = &snapshot.rows {
            let finished = rows.items.iter().filter(|row| row.outcome.is_terminal()).count() as u64;
            assert_eq!(finished, snapshot.job.outcomes.finished());
        }
    }
    let ended = wait_for(console, &id, |job| job.status.is_terminal()).await;
    let snapshot = console.snapshot(&id, None).await.unwrap();
    expect(&snapshot);
    assert_eq!(snapshot.job.outcomes, ended.outcomes);
    assert_eq!(console.snapshot("none", None).await.unwrap_err().problem("r").status, 404);
    world.console.stop().await;
}

#[tokio::test]
async fn results_are_filtered_paged_and_exported() {
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
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = console.results(&id, &filter).await.unwrap();
        ids.extend(page.items.into_iter().map(|result| result.device_id.to_string()));
        pages += 1;
        let Some(next) = page.next_cursor else { break };
        filter.cursor = Some(next);
    }
    assert_eq!((pages, ids.len()), (3, 25));
    assert!(ids.is_sorted());

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
