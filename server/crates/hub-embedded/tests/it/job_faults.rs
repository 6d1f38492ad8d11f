//! Devices that misbehave under a method job, over real connections: each ends with its own explained outcome, and none
//! of them holds up or changes another's.

use crate::support::{TestHub, device::Device, until};
use hub_wire::job::JobStatus;
use serde_json::{Value, json};

/// Puts a method job to the hub and gives its address.
async fn start(hub: &TestHub, job_id: &str) {
    let job = json!({"jobId": job_id, "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lock", "payload": job_id,
            "responseTimeoutInSeconds": 5, "connectTimeoutInSeconds": 0}});
    hub.put(&format!("/jobs/v2/{job_id}"), job).await.ok();
}

/// The job's rows, once it has ended; its counts must be those of its rows.
async fn rows(hub: &TestHub, job_id: &str) -> Vec<Value> {
    let path = format!("/jobs/v2/{job_id}");
    until(async || hub.get(&path).await.ok()["status"] == JobStatus::Completed.as_str()).await;
    let counts = hub.get(&path).await.ok()["deviceJobStatistics"].clone();
    let query = format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{job_id}'");
    let rows = hub.post("/devices/query", json!({"query": query})).await.ok();
    let rows = rows.as_array().unwrap().clone();
    let failed = rows.iter().filter(|row| row["status"] == "failed").count();
    assert_eq!((&counts["failedCount"], &counts["deviceCount"]), (&json!(failed), &json!(rows.len())));
    rows
}

fn outcome(rows: &[Value], device: &str) -> Value {
    let row = rows.iter().find(|row| row["deviceId"] == device).unwrap();
    match row["error"]["code"].as_str() {
        Some(code) => {
            assert!(!row["error"]["description"].as_str().unwrap().is_empty(), "{row}");
            json!(code)
        }
        None => row["outcome"]["deviceMethodResponse"].clone(),
    }
}

fn answer_to(call: &rumqttc::Publish, status: i32) -> String {
    format!("$iothub/methods/res/{status}/?$rid={}", call.topic.rsplit_once('=').unwrap().1)
}

async fn publish(device: &Device, topic: &str, body: &str) {
    device.client.publish(topic, rumqttc::QoS::AtMostOnce, false, body.to_owned()).await.unwrap();
}

#[tokio::test]
async fn each_fault_has_its_outcome() {
    let hub = TestHub::start().await;
    let listening = async |name: &str| {
        let mut device = Device::connect(&hub, &hub.create(name).await).await;
        device.subscribe("$iothub/methods/POST/#").await;
        device
    };
    let mut fine = listening("fine").await;
    let mut refuses = listening("refuses").await;
    let mut drops = listening("drops").await;
    let mut twice = listening("twice").await;
    let mut garbage = listening("garbage").await;
    let mut late = listening("late").await;
    let mut never = listening("never").await;
    let _deaf = Device::connect(&hub, &hub.create("deaf").await).await;
    hub.create("away").await;

    start(&hub, "first").await;
    fine.answer(200, "\"fine\"").await;
    refuses.answer(500, "{\"why\":\"jammed\"}").await;
    drops.message().await;
    drop(drops);
    let call = twice.message().await;
    publish(&twice, &answer_to(&call, 200), "1").await;
    publish(&twice, &answer_to(&call, 500), "2").await;
    twice.send("devices/twice/messages/events/", "still here").await;
    let call = garbage.message().await;
    publish(&garbage, &answer_to(&call, 200), "no JSON").await;
    garbage.send("devices/garbage/messages/events/", "still here").await;
    let overdue = late.message().await;
    never.message().await;

    let first = rows(&hub, "first").await;
    for (device, expected) in [
        ("fine", json!({"status": 200, "payload": "fine"})),
        ("refuses", json!({"status": 500, "payload": {"why": "jammed"}})),
        ("drops", json!("DeviceConnectionClosedRemotely")),
        ("twice", json!({"status": 200, "payload": 1})),
        ("garbage", json!("InvalidResponseWhileProxying")),
        ("late", json!("GatewayTimeout")),
        ("never", json!("GatewayTimeout")),
        ("deaf", json!("DeviceNotOnline")),
        ("away", json!("DeviceNotOnline")),
    ] {
        assert_eq!(outcome(&first, device), expected, "{device}");
    }

    let garbage_row = first.iter().find(|row| row["deviceId"] == "garbage").unwrap();
    let text = garbage_row["error"]["description"].as_str().unwrap();
    assert!(text.contains("is not JSON") && text.contains("\"no JSON\""), "{text}");

    // The late answer comes at last, in the middle of the next call. It belongs to no call.
    start(&hub, "second").await;
    let call = late.message().await;
    publish(&late, &answer_to(&overdue, 200), "\"late\"").await;
    publish(&late, &answer_to(&call, 200), "\"in time\"").await;
    late.send("devices/late/messages/events/", "still here").await;
    for device in [&mut fine, &mut refuses, &mut twice, &mut garbage, &mut never] {
        device.answer(200, "\"second\"").await;
    }
    let second = rows(&hub, "second").await;
    assert_eq!(outcome(&second, "late"), json!({"status": 200, "payload": "in time"}));
    assert_eq!(outcome(&second, "never"), json!({"status": 200, "payload": "second"}));
    assert_eq!(rows(&hub, "first").await, first, "an outcome stays what it was");
    hub.stop().await;
}

/// The store is held by another program for longer than a write waits: calls are refused with the reason and leave
/// nothing behind, what a device answered meanwhile is not lost, and all goes on when the store is free again.
#[tokio::test]
async fn a_locked_store_is_reported_and_retried() {
    use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

    let hub = TestHub::start().await;
    let mut device = Device::connect(&hub, &hub.create("d1").await).await;
    device.subscribe("$iothub/methods/POST/#").await;
    start(&hub, "calls").await;
    let call = device.message().await;

    let path = hub.data_dir.path().join("hub.sqlite");
    let mut other = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    publish(&device, &answer_to(&call, 200), "\"while locked\"").await;
    let listening = tokio::spawn(device.closed());
    let twin_job = json!({"jobId": "twins", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"etag": "*", "tags": {"n": 1}}});
    let refused = hub.put("/jobs/v2/twins", twin_job.clone()).await;
    assert_eq!(
        refused.refused(503, "ServiceUnavailable"),
        "another program holds the hub's store; nothing was changed"
    );
    // Reading goes on.
    assert_eq!(hub.get("/jobs/v2/calls").await.ok()["status"], "running");
    assert_eq!(hub.get("/jobs/v2/twins").await.ok()["status"], "unknown");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();

    assert_eq!(outcome(&rows(&hub, "calls").await, "d1"), json!({"status": 200, "payload": "while locked"}));
    assert_eq!(hub.get("/jobs/v2/twins").await.ok()["status"], "unknown", "nothing of it was kept");
    hub.put("/jobs/v2/twins", twin_job).await.ok();
    rows(&hub, "twins").await;
    hub.stop().await;
    listening.await.unwrap();
}
