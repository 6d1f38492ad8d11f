//! A job's results in every order, by cell, as files and pictures; templates; a device's jobs; previews of lists.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

mod support;

use console_wire::{
    job::{JobFilter, NewJob, ResultFilter, ResultOrder},
    outcome::{DeviceResult, Outcome},
};
use futures::TryStreamExt;
use hub_wire::Timestamp;
use serde_json::{Value, json};
use support::{World, lock_door, wait_for};

/// A finished job on forty devices: every tenth failed, every tenth timed out; door n was sent n seconds after the
/// first and took 10 + n milliseconds.
async fn finished(world: &World) {
    let (hub, console) = (&world.hub, &world.console);
    console.create_job(lock_door(Some("job"))).await.unwrap();
    hub.begin("job", 40);
    let begin = support::fake_hub::now();
    for device in 0..40 {
        let n = i64::try_from(device).unwrap();
        let sent = Timestamp::from_unix_millis(begin.ticks() / 10_000 + n * 1000);
        let ended = Timestamp::from_unix_millis(begin.ticks() / 10_000 + n * 1000 + 10 + n);
        match device % 10 {
            3 => hub.answers("job", device, 500),
            7 => hub.fails("job", device, "GatewayTimeout"),
            _ => hub.answers("job", device, 200),
        }
        hub.moves("job", device, &json!({"startTimeUtc": sent, "endTimeUtc": ended}));
    }
    hub.ends("job");
    wait_for(console, "job", |job| job.status.is_terminal()).await;
}

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
    finished(&world).await;
    for view in [
        json!({}),
        json!({"order": "latest"}),
        json!({"order": "problems"}),
        json!({"outcome": "failed"}),
        json!({"outcome": "failed", "order": "latest"}),
        json!({"outcome": "timedOut", "order": "problems"}),
        json!({"cause": "504101:why"}),
        json!({"cause": {"code": "500", "message": "{\"n\":{n}}"}, "order": "problems"}),
        json!({"q": "door-001", "order": "latest"}),
        json!({"cell": 5}),
        json!({"outcome": "interrupted"}),
    ] {
        let paged = by_cursor(&world, ResultFilter { limit: Some(7), ..filter(&view) }).await;
        let count = world.console.results_count("job", &filter(&view)).await.unwrap();
        assert_eq!(paged.len() as u64, count, "{view}");
        let mut placed = Vec::new();
        for offset in (0..count).step_by(3) {
            let page = ResultFilter { offset: Some(offset), limit: Some(3), ..filter(&view) };
            placed.extend(world.console.results("job", &page).await.unwrap().items);
        }
        assert_eq!(placed, paged, "{view}");
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
    // A cursor belongs to its order, and does not go with an offset.
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
    finished(&world).await;
    let next =
        async |view: &Value, from| world.console.next_problem("job", &filter(view), from).await.unwrap();
    for view in [
        json!({}),
        json!({"order": "latest"}),
        json!({"order": "problems"}),
        json!({"outcome": "timedOut", "order": "problems"}),
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
    assert_eq!(next(&json!({"outcome": "succeeded"}), 0).await, None);
    assert_eq!(world.console.next_problem("none", &ResultFilter::default(), 0).await.unwrap(), None);
    world.console.stop().await;
}

#[tokio::test]
async fn the_landing_map_and_the_latencies() {
    let world = World::start().await;
    finished(&world).await;
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

#[tokio::test]
async fn what_a_job_usually_takes() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    for number in 1..=3 {
        let id = format!("run-{number}");
        console.create_job(lock_door(Some(&id))).await.unwrap();
        hub.begin(&id, 2);
        hub.all_answer(&id, 200);
        hub.ends(&id);
        let job = wait_for(console, &id, |job| job.status.is_terminal()).await;
        assert_eq!(job.usual_ms, None, "before it ran {} jobs", number - 1);
    }
    let new = console.create_job(lock_door(Some("new"))).await.unwrap();
    assert!(new.usual_ms.is_some_and(|usual| usual < 20_000), "{new:?}");
    // The page, the list and the streams say the same.
    let told = [
        console.job("new").await.unwrap(),
        console.jobs(&JobFilter::default()).await.unwrap().items.remove(0),
        console.changes_since(0, Some("new")).await.unwrap().remove(0),
    ];
    assert_eq!(
        told.map(|job| (job.job_id, job.usual_ms)),
        [(); 3].map(|()| ("new".to_owned(), new.usual_ms))
    );
    // Another action, another condition, a list: other names.
    for change in [
        json!({"cloudToDeviceMethod": {"methodName": "unlockDoor"}}),
        json!({"queryCondition": "tags.floor = 3"}),
        json!({"queryCondition": "", "deviceIds": ["door-0001"]}),
    ] {
        let mut body = serde_json::to_value(lock_door(None)).unwrap();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let job = console.create_job(serde_json::from_value(body).unwrap()).await.unwrap();
        assert_eq!(job.usual_ms, None, "{change}");
    }
    world.console.stop().await;
}

#[tokio::test]
async fn templates_are_kept() {
    let mut world = World::start().await;
    let job = |method: &str| -> NewJob {
        serde_json::from_value(json!({"jobId": "x", "type": "scheduleDeviceMethod", "queryCondition": "*",
            "startTime": "2020-01-01T00:00:00Z", "cloudToDeviceMethod": {"methodName": method}}))
        .unwrap()
    };
    let kept = world.console.save_template(" Evening ", job("lockDoor")).await.unwrap();
    assert_eq!((kept.name.as_str(), &kept.job.job_id, kept.job.start_time), ("Evening", &None, None));
    world.console.save_template("Evening", job("unlockDoor")).await.unwrap();
    world.console.save_template("Another", job("reboot")).await.unwrap();
    world.restart().await;
    let names = async |world: &World| {
        let items = world.console.templates().await.unwrap().items;
        items
            .into_iter()
            .map(|template| (template.name, template.job.cloud_to_device_method.unwrap().method_name))
            .collect::<Vec<_>>()
    };
    let pair = |name: &str, method: &str| (name.to_owned(), method.to_owned());
    assert_eq!(names(&world).await, [pair("Another", "reboot"), pair("Evening", "unlockDoor")]);
    let deleted = world.console.delete_template("Evening").await.unwrap();
    assert_eq!(deleted.name, "Evening");
    assert_eq!(names(&world).await.len(), 1);
    assert_eq!(world.console.delete_template("Evening").await.unwrap_err().problem("r").status, 404);
    for (name, method, field) in
        [("", "a", "name"), ("ok", "", "cloudToDeviceMethod.methodName"), (&"x".repeat(65), "a", "name")]
    {
        let problem = world.console.save_template(name, job(method)).await.unwrap_err().problem("r");
        assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field));
    }
    world.console.stop().await;
}

#[tokio::test]
async fn a_devices_jobs_page_by_page() {
    let world = World::start().await;
    for number in 0..5 {
        let id = format!("job-{number}");
        world.console.create_job(lock_door(Some(&id))).await.unwrap();
        world.hub.begin(&id, 3);
        world.hub.fails(&id, 1, "DeviceNotOnline");
        wait_for(&world.console, &id, |job| job.outcomes.not_online == 1).await;
    }
    let door = "door-0001".parse().unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = world.console.device_jobs(&door, cursor.as_deref(), Some(2)).await.unwrap();
        seen.extend(page.items);
        let Some(next) = page.next_cursor else { break };
        cursor = Some(next);
    }
    let ids: Vec<_> = seen.iter().map(|job| job.job_id.as_str()).collect();
    assert_eq!(ids, ["job-4", "job-3", "job-2", "job-1", "job-0"]);
    assert!(
        seen.iter()
            .all(|job| job.action == "lockDoor" && job.error_code.as_deref() == Some("DeviceNotOnline"))
    );
    let stranger = "nobody".parse().unwrap();
    assert!(world.console.device_jobs(&stranger, None, None).await.unwrap().items.is_empty());
    assert!(world.console.device_jobs(&door, Some("garbage"), None).await.is_err());
    world.console.stop().await;
}

#[tokio::test]
async fn a_pasted_list_is_looked_up() {
    let world = World::start().await;
    // Twenty doors are known, the last of them is away.
    let mut pasted: Vec<String> = (10..1000).map(|number| format!("door-{number:04}")).collect();
    pasted.extend(["door-0010", " door-0011 ", "", "not an id"].map(str::to_owned));
    let preview = world.console.preview(pasted).await.unwrap();
    assert_eq!((preview.count, preview.connected_count, preview.duplicates), (10, 9, 2));
    assert_eq!(
        (preview.unknown_count, preview.unknown.len(), preview.unknown[0].as_str()),
        (981, 100, "not an id")
    );
    assert!(
        preview.sample.iter().any(|device| device.device_id.as_str() == "door-0019"),
        "{:?}",
        preview.sample
    );
    assert_eq!((preview.sample.len(), preview.estimate), (5, None));
    let many: Vec<String> = (0..100_001).map(|number| number.to_string()).collect();
    let problem = world.console.preview(many).await.unwrap_err().problem("r");
    assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, "deviceIds"));
    // What the last jobs took is what the next one may take.
    finished(&world).await;
    let estimate = world.console.preview("*").await.unwrap().estimate.unwrap();
    assert!(
        estimate.devices_per_second > 0.0 && estimate.seconds_low <= estimate.seconds_high,
        "{estimate:?}"
    );
    world.console.stop().await;
}
