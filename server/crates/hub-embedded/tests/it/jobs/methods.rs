//! Method jobs.

use std::{collections::HashSet, time::Duration};

use hub_embedded::{
    domain::{IfMatch, MethodError, throttle::Rate},
    scheduler::Settings,
};
use hub_wire::{DeviceId, job::JobStatus};
use serde_json::json;

use super::support::{DeviceBehaviour, TestHub, counts};

#[tokio::test]
async fn every_device_ends_with_its_own_outcome() {
    let hub = TestHub::start().await;
    for name in ["fine", "refuses", "offline", "silent", "dropped", "mumbles"] {
        hub.register(name).await;
    }
    hub.devices.set("refuses", DeviceBehaviour::Answers(500, json!({"why": "jammed"})));
    hub.devices.set("offline", DeviceBehaviour::Fails(MethodError::NotOnline));
    hub.devices.set("silent", DeviceBehaviour::Fails(MethodError::NoAnswer));
    hub.devices.set("dropped", DeviceBehaviour::Fails(MethodError::ConnectionClosed));
    hub.devices.set("mumbles", DeviceBehaviour::Answers(200, json!(null)));
    let receipt = hub.create("j", json!({})).await.unwrap();
    assert_eq!(receipt.status, JobStatus::Queued);

    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [6, 3, 3, 0, 0]));
    assert!(job.ended().is_some());
    let rows = hub.rows("j").await;
    let at = "2026-01-01T00:00:00.0000000Z";
    assert_eq!(
        rows["fine"],
        json!({
            "deviceId": "fine", "jobId": "j", "jobType": "scheduleDeviceMethod", "status": "completed",
            "startTimeUtc": at, "endTimeUtc": at, "createdDateTimeUtc": at,
            // The clock does not move, and it changed twice.
            "lastUpdatedDateTimeUtc": "2026-01-01T00:00:00.0000001Z",
            "outcome": {"deviceMethodResponse": {"status": 200, "payload": "fine"}}
        })
    );
    let answer = |name: &str| rows[name]["outcome"]["deviceMethodResponse"].clone();
    assert_eq!(answer("refuses"), json!({"status": 500, "payload": {"why": "jammed"}}));
    assert_eq!(answer("mumbles"), json!({"status": 200, "payload": null}));
    assert_eq!(
        rows["offline"]["error"],
        json!({"code": "DeviceNotOnline", "description": "Timed out waiting for device to connect."})
    );
    assert_eq!(rows["offline"]["status"], "failed");
    assert_eq!(rows["silent"]["error"]["code"], "GatewayTimeout");
    assert_eq!(rows["dropped"]["error"]["code"], "DeviceConnectionClosedRemotely");
}

#[tokio::test]
async fn many_devices_are_called_once_each() {
    let settings = Settings { calls_in_flight: 64, calls_begun_together: 16, ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(1500).await;
    hub.devices.set("d0007", DeviceBehaviour::Fails(MethodError::NotOnline));
    hub.create("j", json!({})).await.unwrap();
    let job = hub.until_ended("j").await;
    assert_eq!(counts(&job), [1500, 1, 1499, 0, 0]);
    let called = hub.devices.called();
    assert_eq!((called.len(), called.iter().collect::<HashSet<_>>().len()), (1500, 1500));
    assert_eq!(hub.rows("j").await.len(), 1500);
}

#[tokio::test]
async fn deleted_and_disabled_devices_fail() {
    let settings = Settings { calls_in_flight: 1, calls_begun_together: 1, ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(4).await;
    hub.devices.set("d0000", DeviceBehaviour::Held);
    hub.create("j", json!({})).await.unwrap();
    hub.devices.until_called(1).await;
    let id = |name: &str| DeviceId::new(name).unwrap();
    hub.store.delete_device(&id("d0001"), Some(&IfMatch::Any)).await.unwrap();
    // The same name again is another device, which the job does not mean.
    hub.register("d0001").await;
    let mut disabled = hub.store.device(&id("d0002")).await.unwrap();
    disabled.status = hub_wire::device::DeviceStatus::Disabled;
    hub.store.put_device(&disabled, Some(&IfMatch::Any)).await.unwrap();
    hub.devices.release();
    let job = hub.until_ended("j").await;
    assert_eq!(counts(&job), [4, 2, 2, 0, 0]);
    let rows = hub.rows("j").await;
    assert_eq!(rows["d0001"]["error"]["code"], "DeviceNotFound");
    assert_eq!(rows["d0002"]["error"]["code"], "DeviceNotFound");
    assert_eq!(hub.devices.called(), ["d0000", "d0003"]);
}

#[tokio::test]
async fn the_window_fails_devices_without_an_outcome() {
    let settings = Settings { calls_in_flight: 2, calls_begun_together: 2, ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(5).await;
    for name in ["d0001", "d0002"] {
        hub.devices.set(name, DeviceBehaviour::Silent);
    }
    hub.create("j", json!({"maxExecutionTimeInSeconds": 60})).await.unwrap();
    hub.until("j", |job| counts_of(job) == Some([5, 0, 1, 2, 2])).await;
    hub.clock.advance(Duration::from_secs(59));
    assert_eq!(hub.job("j").await.status, JobStatus::Running);
    hub.clock.advance(Duration::from_secs(1));
    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [5, 4, 1, 0, 0]));
    let rows = hub.rows("j").await;
    for (name, description) in [("d0001", "awaited"), ("d0004", "turn came")] {
        let error = &rows[name]["error"];
        assert_eq!(error["code"], "MaxExecutionTimeExceeded");
        assert!(error["description"].as_str().unwrap().contains(description), "{error}");
    }
    assert_eq!(rows["d0004"].get("startTimeUtc"), None);
}

fn counts_of(job: &hub_wire::job::Job) -> Option<[u64; 5]> {
    job.device_job_statistics.map(|_| counts(job))
}

#[tokio::test]
async fn a_restart_interrupts_calls_under_way_and_continues_the_job() {
    let settings = Settings {
        calls_in_flight: 3,
        calls_begun_together: 3,
        stop_grace: Duration::from_millis(20),
        ..Settings::default()
    };
    let mut hub = TestHub::start_with(settings).await;
    hub.register_many(8).await;
    for name in ["d0001", "d0002", "d0003"] {
        hub.devices.set(name, DeviceBehaviour::Held);
    }
    hub.create("j", json!({})).await.unwrap();
    hub.until("j", |job| counts_of(job) == Some([8, 0, 1, 3, 4])).await;
    hub.devices.until_called(4).await;
    hub.kill().await;
    assert_eq!(counts(&hub.job("j").await), [8, 0, 1, 3, 4]);
    hub.resume();
    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [8, 3, 5, 0, 0]));
    let rows = hub.rows("j").await;
    for name in ["d0001", "d0002", "d0003"] {
        assert_eq!(rows[name]["error"]["code"], "DeviceJobInterrupted", "{name}");
    }
    let called = hub.devices.called();
    assert_eq!(called.len(), called.iter().collect::<HashSet<_>>().len(), "nobody is called twice");
}

#[tokio::test]
async fn a_stop_waits_for_answers_within_the_grace_period() {
    let settings = Settings { stop_grace: Duration::from_secs(20), ..Settings::default() };
    let mut hub = TestHub::start_with(settings).await;
    hub.register_many(2).await;
    for name in ["d0000", "d0001"] {
        hub.devices.set(name, DeviceBehaviour::Held);
    }
    hub.create("j", json!({})).await.unwrap();
    hub.devices.until_called(2).await;
    let devices = hub.devices.clone();
    tokio::spawn(async move { devices.release() });
    hub.stop().await;
    assert_eq!(counts(&hub.job("j").await), [2, 0, 2, 0, 0]);
}

#[tokio::test]
async fn a_rate_limit_throttles_jobs() {
    let settings = Settings { device_operations: Some(Rate::a_second(10)), ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(25).await;
    hub.create("j", json!({})).await.unwrap();
    for (called, pending) in [(10, 15), (20, 5)] {
        hub.until("j", |job| counts_of(job) == Some([25, 0, called, 0, pending])).await;
        hub.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(counts(&hub.until_ended("j").await), [25, 0, 25, 0, 0]);
}

#[tokio::test]
async fn changes_can_be_followed_without_gaps() {
    let hub = TestHub::start().await;
    hub.register_many(300).await;
    hub.devices.set("d0299", DeviceBehaviour::Held);
    hub.create("j", json!({})).await.unwrap();
    hub.until("j", |job| counts_of(job) == Some([300, 0, 299, 1, 0])).await;
    let changes = |since: &str| {
        format!(
            "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j' \
             AND devices.jobs.lastUpdatedDateTimeUtc >= '{since}'"
        )
    };
    assert_eq!(hub.select(&changes("2026-01-01T00:00:00.0000000Z")).await.len(), 300);
    hub.clock.advance(Duration::from_secs(5));
    let later = "2026-01-01T00:00:05.0000000Z";
    assert_eq!(hub.select(&changes(later)).await.len(), 0);
    hub.devices.release();
    hub.until_ended("j").await;
    let last = hub.select(&changes(later)).await;
    assert_eq!(last.len(), 1);
    assert_eq!((&last[0]["deviceId"], &last[0]["status"]), (&json!("d0299"), &json!("completed")));
}
