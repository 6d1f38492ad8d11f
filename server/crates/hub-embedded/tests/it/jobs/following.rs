//! Following a job by its rows: changed rows, each change once, in pages of any size; and rows read as a range equal those
//! read one by one.

use std::{collections::HashMap, time::Duration};

use hub_embedded::{
    domain::{IfMatch, throttle::Rate},
    scheduler::Settings,
    store::PageRequest,
};
use hub_query::parse_query;
use hub_wire::{DeviceId, job::Job};
use serde_json::{Value, json};

use super::support::{DeviceBehaviour, TestHub};

const ALL: &str = "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'";

/// A job that sets tags.
fn tags(tags: &Value) -> Value {
    json!({"type": "scheduleUpdateTwin", "cloudToDeviceMethod": null, "updateTwin": {"etag": "*", "tags": tags}})
}

fn succeeded(count: u64) -> impl Fn(&Job) -> bool {
    move |job| job.device_job_statistics.is_some_and(|it| it.succeeded_count == count)
}

/// A client that follows a job: what has moved since the newest change that was seen.
struct Follower {
    seen: String,
    page: u32,
    reports: HashMap<String, Vec<Value>>,
}

impl Follower {
    fn new(page: u32) -> Self {
        Self { seen: "2020-01-01T00:00:00.0000000Z".into(), page, reports: HashMap::new() }
    }

    /// Reads on; how many rows that was.
    async fn poll(&mut self, hub: &TestHub) -> usize {
        let text = format!("{ALL} AND status != 'pending' AND lastUpdatedDateTimeUtc > '{}'", self.seen);
        let query = parse_query(&text).unwrap();
        let (mut rows, mut continuation) = (Vec::new(), None);
        loop {
            let page = self.page;
            let page = hub.store.query(&query, &PageRequest { size: page, continuation }).await.unwrap();
            assert!(page.items.len() <= self.page as usize);
            rows.extend(serde_json::from_str::<Vec<Value>>(&page.items.into_text()).unwrap());
            continuation = page.continuation;
            if continuation.is_none() {
                break;
            }
        }
        let count = rows.len();
        for row in rows {
            assert_ne!(row["status"], "pending");
            self.seen = self.seen.clone().max(row["lastUpdatedDateTimeUtc"].as_str().unwrap().to_owned());
            let device = row["deviceId"].as_str().unwrap().to_owned();
            self.reports.entry(device).or_default().push(row);
        }
        count
    }

    /// Checks that the last version served of each device equals the job's rows.
    async fn agrees(&self, hub: &TestHub) {
        let rows = hub.rows("j").await;
        assert_eq!(self.reports.len(), rows.len());
        for (device, row) in rows {
            assert_eq!(self.reports[&device].last().unwrap(), &row);
        }
    }
}

#[tokio::test]
async fn a_twin_job_serves_each_row_once() {
    for page in [1, 7, 100, 1_000] {
        let settings = Settings { device_operations: Some(Rate::a_second(50)), ..Settings::default() };
        let hub = TestHub::start_with(settings).await;
        hub.register_many(130).await;
        hub.create("j", tags(&json!({"n": 1}))).await.unwrap();
        let mut follower = Follower::new(page);
        for (all, new) in [(50, 50), (100, 50), (130, 30)] {
            hub.until("j", succeeded(all)).await;
            assert_eq!(follower.poll(&hub).await, new, "by {page}");
            assert_eq!(follower.poll(&hub).await, 0, "by {page}");
            let waiting = hub.select(&format!("{ALL} AND status = 'pending'")).await;
            assert_eq!(waiting.len() as u64, 130 - all);
            hub.clock.advance(Duration::from_secs(1));
        }
        hub.until_ended("j").await;
        assert!(follower.reports.values().all(|reports| reports.len() == 1));
        follower.agrees(&hub).await;
    }
}

#[tokio::test]
async fn a_method_job_serves_each_change_once() {
    for page in [1, 7, 100] {
        let hub = TestHub::start().await;
        hub.register_many(60).await;
        for number in 0..20 {
            hub.devices.set(&format!("d{:04}", number * 3), DeviceBehaviour::Held);
        }
        hub.create("j", json!({})).await.unwrap();
        let mut follower = Follower::new(page);
        hub.until("j", succeeded(40)).await;
        hub.devices.until_called(60).await;
        assert_eq!(follower.poll(&hub).await, 60, "by {page}");
        assert_eq!(follower.poll(&hub).await, 0, "by {page}");
        // The clock does not move, and all that changes is found.
        hub.devices.release();
        hub.until_ended("j").await;
        assert_eq!(follower.poll(&hub).await, 20, "by {page}");
        follower.agrees(&hub).await;
    }
}

/// A twin job whose clock is set back is still served.
#[tokio::test]
async fn a_clock_that_is_set_back_hides_nothing() {
    let settings = Settings { device_operations: Some(Rate::a_second(10)), ..Settings::default() };
    let mut hub = TestHub::start_with(settings).await;
    hub.register_many(20).await;
    hub.create("j", tags(&json!({"n": 1}))).await.unwrap();
    hub.until("j", succeeded(10)).await;
    let mut follower = Follower::new(100);
    assert_eq!(follower.poll(&hub).await, 10);
    hub.kill().await;
    hub.clock.set(hub_wire::Timestamp::parse("2025-12-31T12:00:00Z").unwrap());
    hub.resume();
    hub.until("j", succeeded(20)).await;
    assert_eq!(follower.poll(&hub).await, 10);
    follower.agrees(&hub).await;
}

#[tokio::test]
async fn rows_of_a_range_read_equal_rows_of_a_scan() {
    let settings = Settings { device_operations: Some(Rate::a_second(10)), ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(25).await;
    let large =
        serde_json::from_value(json!({"tags": {"a": "x".repeat(4000), "b": "x".repeat(4000)}})).unwrap();
    hub.store.patch_twin(&super::support::target("d0003"), &large, None).await.unwrap();
    hub.create("j", tags(&json!({"c": "y".repeat(4000)}))).await.unwrap();
    hub.until("j", succeeded(9)).await;
    hub.store.delete_device(&DeviceId::new("d0010").unwrap(), Some(&IfMatch::Any)).await.unwrap();
    let compare = async || {
        let at_a_stroke = hub.select(ALL).await;
        assert_eq!(at_a_stroke.len(), 25);
        // A condition that all rows fulfil, but that SQLite has to evaluate.
        assert_eq!(hub.select(&format!("{ALL} AND deviceId != ''")).await, at_a_stroke);
        assert_eq!(
            hub.select(&format!("{ALL} AND status IN ['pending', 'completed', 'failed']")).await,
            at_a_stroke
        );
        at_a_stroke
    };
    let rows = compare().await;
    assert_eq!(rows[3]["error"]["code"], "ArgumentInvalid");
    assert_eq!((&rows[4]["status"], &rows[24]["status"]), (&json!("completed"), &json!("pending")));
    for _ in 0..3 {
        hub.clock.advance(Duration::from_secs(1));
        hub.until("j", |job| job.status.is_terminal() || succeeded(18)(job)).await;
    }
    hub.until_ended("j").await;
    let rows = compare().await;
    assert_eq!(rows[10]["error"]["code"], "DeviceNotFound");
    // The other kind: answers differ from row to row.
    hub.devices.set("d0005", DeviceBehaviour::Answers(500, json!({"why": "it's \"jammed\"\n"})));
    hub.create("calls", json!({})).await.unwrap();
    // Ten a second, from a bucket that the first job has emptied.
    hub.until("calls", |job| {
        hub.clock.advance(Duration::from_secs(1));
        job.status.is_terminal()
    })
    .await;
    let calls = ALL.replace("'j'", "'calls'");
    let rows = hub.select(&calls).await;
    assert_eq!(rows.len(), 24);
    assert_eq!(hub.select(&format!("{calls} AND deviceId != ''")).await, rows);
    assert_eq!(rows[5]["outcome"]["deviceMethodResponse"]["payload"], json!({"why": "it's \"jammed\"\n"}));
}
