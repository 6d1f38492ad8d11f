//! Clocks that jump, summer time, leap days.

use std::time::Duration;

use hub_embedded::scheduler::Settings;
use hub_wire::{Timestamp, error::ErrorCode, job::JobStatus};
use serde_json::json;

use super::support::{DeviceBehaviour, TestHub, counts};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[tokio::test]
async fn a_clock_that_is_set_back_starts_nothing_twice() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    hub.create("soon", json!({"startTime": "2026-01-01T01:00:00Z"})).await.unwrap();
    hub.until_status("soon", JobStatus::Scheduled).await;
    hub.clock.set(at("2025-12-31T23:00:00Z"));
    // It is two hours away now, and starts at its time all the same.
    hub.clock.set(at("2026-01-01T00:59:59.9999999Z"));
    assert_eq!(hub.job("soon").await.status, JobStatus::Scheduled);
    hub.clock.set(at("2026-01-01T01:00:00Z"));
    let job = hub.until_ended("soon").await;
    assert_eq!((counts(&job), job.status_message), ([1, 0, 1, 0, 0], None));
    // Its time comes a second time.
    hub.clock.set(at("2026-01-01T00:30:00Z"));
    hub.clock.set(at("2026-01-01T01:00:01Z"));
    hub.create("now", json!({})).await.unwrap();
    hub.until_ended("now").await;
    assert_eq!(hub.devices.called(), ["d", "d"]);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_starts_due_jobs_and_reports_lateness() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    for (job, start) in
        [("a", "2026-01-01T01:00:00Z"), ("b", "2026-01-02T01:00:00Z"), ("c", "2026-01-06T00:00:00Z")]
    {
        hub.create(job, json!({ "startTime": start })).await.unwrap();
        hub.until_status(job, JobStatus::Scheduled).await;
    }
    hub.clock.set(at("2026-01-03T00:00:00Z"));
    for (job, late) in [("a", "169200.0 s late"), ("b", "82800.0 s late")] {
        let remark = hub.until_ended(job).await.status_message.unwrap();
        assert!(remark.contains(late), "{remark}");
    }
    assert_eq!(hub.job("c").await.status, JobStatus::Scheduled);
}

#[tokio::test]
async fn changes_are_followed_without_gaps_though_the_clock_is_set_back() {
    let hub = TestHub::start().await;
    hub.register_many(2).await;
    hub.devices.set("d0001", DeviceBehaviour::Held);
    hub.create("j", json!({})).await.unwrap();
    hub.until("j", |job| job.device_job_statistics.is_some_and(|it| it.succeeded_count == 1)).await;
    let newest = |rows: &[serde_json::Value]| {
        rows.iter().map(|row| row["lastUpdatedDateTimeUtc"].as_str().unwrap().to_owned()).max().unwrap()
    };
    let all = "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'";
    let since = newest(&hub.select(all).await);
    hub.clock.set(at("2025-12-31T12:00:00Z"));
    hub.devices.release();
    hub.until_ended("j").await;
    let changed = hub.select(&format!("{all} AND devices.jobs.lastUpdatedDateTimeUtc >= '{since}'")).await;
    assert!(
        changed.iter().any(|row| row["deviceId"] == "d0001" && row["status"] == "completed"),
        "{changed:?}"
    );
}

/// A window is closed with all that is left in it by two statements, however much that is.
#[tokio::test]
async fn a_window_closes_on_thousands_in_bounded_time() {
    let settings = Settings { calls_in_flight: 500, calls_begun_together: 500, ..Settings::default() };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(5_000).await;
    for number in 0..5_000 {
        hub.devices.set(&format!("d{number:04}"), DeviceBehaviour::Silent);
    }
    hub.create("j", json!({"maxExecutionTimeInSeconds": 60})).await.unwrap();
    hub.until("j", |job| job.device_job_statistics.is_some_and(|it| it.running_count == 500)).await;
    hub.devices.until_called(500).await;
    let begin = std::time::Instant::now();
    // A clock that jumps over the end closes the window too.
    hub.clock.advance(Duration::from_hours(5));
    let job = hub.until_ended("j").await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(counts(&job), [5_000, 5_000, 0, 0, 0]);
    let rows = hub.rows("j").await;
    let was_called =
        |row: &&serde_json::Value| row["error"]["description"].as_str().unwrap().contains("awaited");
    assert!(rows.values().all(|row| row["error"]["code"] == "MaxExecutionTimeExceeded"));
    assert_eq!(rows.values().filter(was_called).count(), 500);
    assert_eq!(hub.devices.called().len(), 500, "nobody is called after the window");
}

#[tokio::test]
async fn a_window_that_ended_while_the_hub_was_down_is_closed_at_the_start() {
    let mut hub = TestHub::start().await;
    hub.register_many(3).await;
    hub.devices.set("d0001", DeviceBehaviour::Silent);
    hub.create("j", json!({"maxExecutionTimeInSeconds": 60})).await.unwrap();
    hub.until("j", |job| job.device_job_statistics.is_some_and(|it| it.succeeded_count == 2)).await;
    hub.kill().await;
    hub.clock.advance(Duration::from_secs(61));
    hub.resume();
    assert_eq!(counts(&hub.until_ended("j").await), [3, 1, 2, 0, 0]);
    assert_eq!(hub.rows("j").await["d0001"]["error"]["code"], "DeviceJobInterrupted");
}

/// Times are instants: one written with an offset means that instant, on either side of a change to summer time.
#[tokio::test]
async fn summer_time_changes_no_instant() {
    let hub = TestHub::start().await;
    hub.clock.set(at("2026-03-28T12:00:00Z"));
    for (job, written, instant) in [
        ("winter", "2026-03-29T01:59:59+01:00", "2026-03-29T00:59:59.0000000Z"),
        ("summer", "2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00.0000000Z"),
        ("new-york", "2026-03-29T21:00:00-04:00", "2026-03-30T01:00:00.0000000Z"),
    ] {
        hub.create(job, json!({ "startTime": written })).await.unwrap();
        let scheduled = hub.until_status(job, JobStatus::Scheduled).await;
        assert_eq!(scheduled.start_time.unwrap().to_string(), instant, "{job}");
    }
    hub.clock.set(at("2026-03-29T00:59:59Z"));
    hub.until_ended("winter").await;
    assert_eq!(hub.job("summer").await.status, JobStatus::Scheduled);
    hub.clock.advance(Duration::from_secs(1));
    hub.until_ended("summer").await;
    // The hour that clocks show twice in autumn is two hours.
    hub.clock.set(at("2026-10-25T00:30:00Z"));
    for (job, written) in [("first", "2026-10-25T02:45:00+02:00"), ("second", "2026-10-25T02:45:00+01:00")] {
        hub.create(job, json!({ "startTime": written })).await.unwrap();
        hub.until_status(job, JobStatus::Scheduled).await;
    }
    hub.clock.set(at("2026-10-25T00:45:00Z"));
    hub.until_ended("first").await;
    assert_eq!(hub.job("second").await.status, JobStatus::Scheduled);
    hub.clock.advance(Duration::from_hours(1));
    hub.until_ended("second").await;
}

#[tokio::test]
async fn leap_days() {
    let hub = TestHub::start().await;
    hub.clock.set(at("2028-02-26T00:00:00Z"));
    let refused = async |job: &str, start: &str| {
        hub.create(job, json!({ "startTime": start })).await.unwrap_err().code()
    };
    for (job, start) in [("not-a-day", "2027-02-29T00:00:00Z"), ("nor-this", "2028-02-30T00:00:00Z")] {
        assert_eq!(refused(job, start).await, ErrorCode::ArgumentInvalid, "{start}");
    }
    // A week ahead, the leap day among it, and not a moment more.
    assert_eq!(refused("too-far", "2028-03-04T00:00:00.0000001Z").await, ErrorCode::ArgumentInvalid);
    hub.create("week", json!({"startTime": "2028-03-04T00:00:00Z"})).await.unwrap();
    hub.create("leap", json!({"startTime": "2028-02-29T23:59:59Z"})).await.unwrap();
    hub.until_status("leap", JobStatus::Scheduled).await;
    hub.clock.set(at("2028-02-29T23:59:58Z"));
    assert_eq!(hub.job("leap").await.status, JobStatus::Scheduled);
    hub.clock.advance(Duration::from_secs(2));
    assert_eq!(hub.until_ended("leap").await.start_time.unwrap().to_string(), "2028-03-01T00:00:00.0000000Z");
}

/// A start time is a date, "now" is none: it does not wait for a clock that was set back, in this process or the next.
#[tokio::test]
async fn a_job_without_start_time_starts_even_if_the_clock_was_set_back() {
    let mut hub = TestHub::start().await;
    hub.register("d").await;
    // The writer has written at the later time.
    hub.create("before", json!({})).await.unwrap();
    hub.until_ended("before").await;
    hub.clock.set(at("2025-12-31T23:00:00Z"));
    hub.create("after", json!({})).await.unwrap();
    let job = hub.until_ended("after").await;
    assert_eq!(counts(&job), [1, 0, 1, 0, 0]);
    assert_eq!(job.start_time.unwrap(), at("2025-12-31T23:00:00Z"), "the time that the clock shows");
    assert_eq!(job.status_message, None);
    // A start that has passed already is now, too.
    hub.create("past", json!({"startTime": "2025-01-01T00:00:00Z"})).await.unwrap();
    hub.until_ended("past").await;

    // Accepted before the clock was set back, begun afterwards by the next process.
    hub.stop().await;
    hub.create("across", json!({})).await.unwrap();
    hub.kill().await;
    hub.clock.set(at("2025-12-31T20:00:00Z"));
    hub.resume();
    hub.until_ended("across").await;
    // One with a date waits for it, as before.
    hub.create("dated", json!({"startTime": "2025-12-31T20:30:00Z"})).await.unwrap();
    hub.until_status("dated", JobStatus::Scheduled).await;
    hub.clock.advance(Duration::from_mins(30));
    hub.until_ended("dated").await;
}

/// An execution window is a span: a clock that is set back in the middle does not make it longer.
#[tokio::test]
async fn a_window_ends_in_its_time_though_the_clock_is_set_back() {
    let mut hub = TestHub::start().await;
    hub.register_many(2).await;
    hub.devices.set("d0001", DeviceBehaviour::Silent);
    hub.create("j", json!({"maxExecutionTimeInSeconds": 60})).await.unwrap();
    hub.devices.until_called(2).await;
    hub.clock.set(at("2025-12-31T12:00:00Z"));
    hub.clock.advance(Duration::from_mins(1));
    let job = hub.until_ended("j").await;
    assert_eq!(counts(&job), [2, 1, 1, 0, 0]);
    assert!(job.end_time >= job.start_time, "{job:?}");

    // Also when it goes on in the next process: it has its whole window at most.
    hub.devices.set("d0000", DeviceBehaviour::Silent);
    hub.create("k", json!({"maxExecutionTimeInSeconds": 60})).await.unwrap();
    hub.devices.until_called(4).await;
    hub.kill().await;
    hub.clock.set(at("2025-12-31T08:00:00Z"));
    hub.resume();
    hub.until_ended("k").await;
}

/// A throttle saves up by the time that passes, not by what the clock shows.
#[tokio::test]
async fn a_throttled_job_continues_when_the_clock_is_set_back() {
    let settings = Settings {
        device_operations: Some(hub_embedded::domain::throttle::Rate::a_second(1)),
        ..Settings::default()
    };
    let hub = TestHub::start_with(settings).await;
    hub.register_many(3).await;
    hub.create("j", json!({})).await.unwrap();
    hub.devices.until_called(1).await;
    hub.clock.set(at("2025-12-31T12:00:00Z"));
    for called in [2, 3] {
        hub.clock.advance(Duration::from_secs(1));
        hub.devices.until_called(called).await;
    }
    hub.until_ended("j").await;
}

/// Who follows a twin job asks for what is later than what was seen.
#[tokio::test]
async fn each_chunk_of_a_twin_job_is_later_than_the_last_even_if_the_clock_does_not_advance() {
    let settings = Settings { twins_together: 1, ..Settings::default() };
    let mut hub = TestHub::start_with(settings).await;
    hub.register_many(3).await;
    let twin = json!({"type": "scheduleUpdateTwin", "cloudToDeviceMethod": null,
        "updateTwin": {"etag": "*", "tags": {"a": 1}}});
    hub.create("j", twin).await.unwrap();
    hub.until_ended("j").await;
    hub.stop().await;
    let rows = hub.select("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'").await;
    let mut times: Vec<_> = rows.iter().map(|row| row["lastUpdatedDateTimeUtc"].as_str().unwrap()).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), 3, "{rows:?}");
}
