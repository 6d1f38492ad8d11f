//! Twin jobs.

use std::time::Duration;

use hub_embedded::{
    domain::{IfMatch, Target, throttle::Rate},
    scheduler::Settings,
    store::ConnectionChange,
};
use hub_wire::{DeviceId, ModuleId, Timestamp, device::ConnectionState, job::JobStatus};
use serde_json::{Value, json};

use super::support::{DeviceBehaviour, TestHub, counts, target};

fn twin_job(update: Value) -> Value {
    let mut update = update;
    update["etag"] = json!("*");
    json!({"type": "scheduleUpdateTwin", "cloudToDeviceMethod": null, "updateTwin": update})
}

async fn twin(hub: &TestHub, name: &str) -> Value {
    serde_json::to_value(hub.store.twin(&target(name)).await.unwrap()).unwrap()
}

#[tokio::test]
async fn every_twin_is_changed_once_and_connected_devices_are_notified() {
    let settings = Settings { twins_together: 7, ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(50).await;
    let first =
        serde_json::from_value(json!({"tags": {"old": 1, "keep": 2}, "properties": {"desired": {"x": 1}}}));
    hub.store.patch_twin(&target("d0003"), &first.unwrap(), None).await.unwrap();
    // The store calls the one disconnected that listens, and the one connected that does not: it lags.
    hub.devices.listen("d0003");
    let lagging = ConnectionChange {
        target: target("d0004"),
        state: ConnectionState::Connected,
        at: Timestamp::NEVER,
        model_id: None,
    };
    hub.store.connection_changed(vec![lagging]).await.unwrap();
    let update =
        json!({"tags": {"old": null, "ring": 2}, "properties": {"desired": {"interval": {"s": 60}}}});
    hub.create("j", twin_job(update)).await.unwrap();
    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [50, 0, 50, 0, 0]));
    assert_eq!(job.update_twin.unwrap().etag.as_deref(), Some("*"));

    let stamp = |version: u64| json!({"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": version});
    for (name, version, tags) in [
        ("d0000", 2, json!({"ring": 2})),
        ("d0003", 3, json!({"ring": 2, "keep": 2})),
        ("d0049", 2, json!({"ring": 2})),
    ] {
        let twin = twin(&hub, name).await;
        let desired = &twin["properties"]["desired"];
        assert_eq!((&twin["tags"], &desired["$version"]), (&tags, &json!(version)), "{name}");
        assert_eq!(desired["interval"], json!({"s": 60}));
        let mut interval = stamp(version);
        interval["s"] = stamp(version);
        assert_eq!(desired["$metadata"]["interval"], interval);
    }
    assert_eq!(twin(&hub, "d0003").await["properties"]["desired"]["$metadata"]["x"], stamp(2));
    let row = &hub.rows("j").await["d0000"];
    assert_eq!(
        (&row["status"], &row["outcome"]),
        (&json!("completed"), &json!({"deviceMethodResponse": null}))
    );

    hub.until("j", |_| !hub.devices.pushed().is_empty()).await;
    let pushed = hub.devices.pushed();
    assert_eq!(pushed.len(), 1);
    assert_eq!((&pushed[0].target, pushed[0].version), (&target("d0003"), 3));
    assert_eq!(json!(pushed[0].patch), json!({"interval": {"s": 60}}));
}

#[tokio::test]
async fn tags_alone_leave_desired_properties_as_they_are() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    let before = twin(&hub, "d").await;
    hub.create("j", twin_job(json!({"tags": {"n": 1}}))).await.unwrap();
    hub.until_ended("j").await;
    let after = twin(&hub, "d").await;
    assert_eq!(after["properties"], before["properties"]);
    assert_eq!(
        (&after["tags"], &after["version"], &after["etag"]),
        (&json!({"n": 1}), &json!(3), &json!("AAAAAAAAAAI="))
    );
    assert!(hub.devices.pushed().is_empty());
}

#[tokio::test]
async fn a_section_that_is_null_is_removed_and_an_empty_one_is_no_change() {
    let hub = TestHub::start().await;
    for (name, desired) in [("a", json!({"x": 1})), ("b", json!({"y": {"z": 2}})), ("c", json!({"x": 3}))] {
        hub.register(name).await;
        let first = serde_json::from_value(json!({"tags": {"t": 1}, "properties": {"desired": desired}}));
        hub.store.patch_twin(&target(name), &first.unwrap(), None).await.unwrap();
    }
    hub.devices.listen("a");
    hub.devices.listen("b");
    let before = twin(&hub, "a").await;
    hub.create("empty", twin_job(json!({"tags": {}, "properties": {"desired": {}}}))).await.unwrap();
    assert_eq!(counts(&hub.until_ended("empty").await), [3, 0, 3, 0, 0]);
    assert_eq!(twin(&hub, "a").await, before);
    let update = json!({"tags": {"u": 1}, "properties": {"desired": {}}});
    hub.create("tags", twin_job(update)).await.unwrap();
    hub.until_ended("tags").await;
    assert_eq!(twin(&hub, "a").await["properties"], before["properties"]);
    assert!(hub.devices.pushed().is_empty());

    hub.create("null", twin_job(json!({"tags": null, "properties": {"desired": null}}))).await.unwrap();
    assert_eq!(counts(&hub.until_ended("null").await), [3, 0, 3, 0, 0]);
    for name in ["a", "b", "c"] {
        let twin = twin(&hub, name).await;
        let stamp = json!({"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": 3});
        assert_eq!(twin["properties"]["desired"], json!({"$metadata": stamp, "$version": 3}), "{name}");
        assert_eq!(twin.get("tags"), None, "{name}");
    }
    hub.until("null", |_| hub.devices.pushed().len() == 2).await;
    let mut pushed: Vec<_> =
        hub.devices.pushed().into_iter().map(|push| (push.target, json!(push.patch), push.version)).collect();
    pushed.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(
        pushed,
        [(target("a"), json!({"x": null}), 3), (target("b"), json!({"y": null}), 3)],
        "each device gets the removal of what it had"
    );
}

#[tokio::test]
async fn only_the_twin_that_would_grow_too_large_fails() {
    let hub = TestHub::start().await;
    for name in ["small", "full", "swaps"] {
        hub.register(name).await;
    }
    let fill = |key: &str| {
        serde_json::from_value(json!({"tags": {key: "x".repeat(4000), "more": "x".repeat(4000)}}))
    };
    hub.store.patch_twin(&target("full"), &fill("a").unwrap(), None).await.unwrap();
    hub.store.patch_twin(&target("swaps"), &fill("b").unwrap(), None).await.unwrap();
    let before = twin(&hub, "full").await;
    hub.create("j", twin_job(json!({"tags": {"b": "y".repeat(4000)}}))).await.unwrap();
    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [3, 1, 2, 0, 0]));
    let rows = hub.rows("j").await;
    assert_eq!(
        rows["full"]["error"],
        json!({"code": "ArgumentInvalid", "description": "tags would be larger than 8 KB"})
    );
    assert_eq!(twin(&hub, "full").await, before);
    assert_eq!(twin(&hub, "swaps").await["tags"]["b"], json!("y".repeat(4000)));
}

#[tokio::test]
async fn devices_deleted_meanwhile_fail_and_the_window_ends_the_rest() {
    // Ten a second, and the clock does not move: after the first ten the job waits.
    let settings = Settings { device_operations: Some(Rate::a_second(10)), ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(25).await;
    let mut request = twin_job(json!({"tags": {"n": 1}}));
    request["maxExecutionTimeInSeconds"] = json!(2);
    hub.create("j", request).await.unwrap();
    let reached = async |succeeded: u64| {
        hub.until("j", |job| job.device_job_statistics.is_some_and(|it| it.succeeded_count == succeeded))
            .await
    };
    reached(10).await;
    hub.store.delete_device(&DeviceId::new("d0012").unwrap(), Some(&IfMatch::Any)).await.unwrap();
    hub.clock.advance(Duration::from_secs(1));
    let job = reached(19).await;
    assert_eq!(counts(&job), [25, 1, 19, 0, 5]);
    hub.clock.advance(Duration::from_secs(1));
    let job = hub.until_ended("j").await;
    assert_eq!(job.status, JobStatus::Completed);
    let rows = hub.rows("j").await;
    assert_eq!(rows["d0012"]["error"]["code"], "DeviceNotFound");
    let [all, failed, succeeded, ..] = counts(&job);
    assert_eq!(all, failed + succeeded);
    let window = rows.values().filter(|row| row["error"]["code"] == "MaxExecutionTimeExceeded").count();
    assert_eq!(u64::try_from(window).unwrap(), failed - 1);
}

#[tokio::test]
async fn a_kill_in_the_middle_changes_no_twin_twice() {
    let settings = Settings { device_operations: Some(Rate::a_second(10)), ..Settings::default() };
    let mut hub = TestHub::start_with(settings).await;
    hub.register_many(30).await;
    hub.create("j", twin_job(json!({"properties": {"desired": {"n": 1}}}))).await.unwrap();
    hub.until("j", |job| job.device_job_statistics.is_some_and(|it| it.succeeded_count == 10)).await;
    hub.kill().await;
    hub.resume();
    for _ in 0..4 {
        hub.clock.advance(Duration::from_secs(1));
        hub.until("j", |job| {
            job.status.is_terminal() || job.device_job_statistics.is_some_and(|it| it.pending_count < 20)
        })
        .await;
    }
    let job = hub.until_ended("j").await;
    assert_eq!(counts(&job), [30, 0, 30, 0, 0]);
    let versions = hub.select("SELECT COUNT() AS n FROM devices WHERE properties.desired.$version = 2").await;
    assert_eq!(versions, [json!({"n": 30})]);
}

#[tokio::test]
async fn jobs_over_modules() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    for name in ["camera", "bell"] {
        let module = serde_json::from_value(json!({"deviceId": "d", "moduleId": name})).unwrap();
        hub.store.put_module(&module, None).await.unwrap();
    }
    let mut request = twin_job(json!({"properties": {"desired": {"n": 1}}}));
    request["queryCondition"] = json!("FROM devices.modules WHERE moduleId = 'camera'");
    hub.create("twins", request).await.unwrap();
    assert_eq!(counts(&hub.until_ended("twins").await), [1, 0, 1, 0, 0]);
    let camera = Target::module(DeviceId::new("d").unwrap(), ModuleId::new("camera").unwrap());
    let twin = hub.store.twin(&camera).await.unwrap();
    assert_eq!(twin.properties.desired["n"], 1);

    hub.devices.set("d/bell", DeviceBehaviour::Answers(202, json!(null)));
    hub.create("calls", json!({"queryCondition": "FROM devices.modules"})).await.unwrap();
    assert_eq!(counts(&hub.until_ended("calls").await), [2, 0, 2, 0, 0]);
    let rows = hub.select("SELECT * FROM devices.jobs WHERE jobId = 'calls'").await;
    let mut modules: Vec<_> = rows.iter().map(|row| row["moduleId"].as_str().unwrap()).collect();
    modules.sort_unstable();
    assert_eq!(modules, ["bell", "camera"]);
}
