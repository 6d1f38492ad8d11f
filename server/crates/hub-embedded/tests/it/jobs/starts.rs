//! When jobs start, and when they do not.

use std::time::Duration;

use hub_embedded::store::{JobFilter, PageRequest};
use hub_wire::{
    error::ErrorCode,
    job::{Job, JobStatus, JobType},
};
use serde_json::{Value, json};

use super::support::{TestHub, counts, job_id};

const SOON: &str = "2026-01-01T01:00:00.0000000Z";

#[tokio::test]
async fn a_scheduled_job_starts_at_its_time() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    let receipt = hub.create("j", json!({"startTime": SOON})).await.unwrap();
    assert_eq!(receipt.status, JobStatus::Queued);
    let job = hub.until_status("j", JobStatus::Scheduled).await;
    assert_eq!(job.start_time.unwrap().to_string(), SOON);
    assert_eq!((job.ended(), job.device_job_statistics), (None, None));
    hub.clock.advance(Duration::from_secs(3599));
    assert_eq!(hub.job("j").await.status, JobStatus::Scheduled);
    // The targets are those of the start.
    hub.register("late").await;
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(counts(&hub.until_ended("j").await), [2, 0, 2, 0, 0]);
}

#[tokio::test]
async fn a_job_that_became_due_while_the_hub_was_down_starts_at_once() {
    let mut hub = TestHub::start().await;
    hub.register("d").await;
    hub.create("j", json!({"startTime": SOON})).await.unwrap();
    hub.until_status("j", JobStatus::Scheduled).await;
    hub.kill().await;
    hub.clock.advance(Duration::from_hours(2));
    hub.resume();
    let job = hub.until_ended("j").await;
    assert_eq!(counts(&job), [1, 0, 1, 0, 0]);
    assert_eq!(job.start_time.unwrap().to_string(), "2026-01-01T02:00:00.0000000Z");
    assert_eq!(
        job.status_message.as_deref(),
        Some("Started 3600.0 s late: it was to start at 2026-01-01T01:00:00.0000000Z.")
    );
}

#[tokio::test]
async fn an_accepted_job_survives_a_kill_before_it_starts() {
    let mut hub = TestHub::start().await;
    hub.register("d").await;
    hub.stop().await;
    hub.create("j", json!({})).await.unwrap();
    hub.kill().await;
    assert_eq!(hub.job("j").await.status, JobStatus::Queued);
    hub.resume();
    let job = hub.until_ended("j").await;
    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(hub.devices.called().len(), 1);
}

#[tokio::test]
async fn only_waiting_jobs_are_cancelled() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    hub.create("ahead", json!({"startTime": SOON})).await.unwrap();
    let cancelled = hub.store.cancel_job(&job_id("ahead")).await.unwrap();
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert!(cancelled.ended().is_some());
    let code = |result: Result<Job, hub_embedded::error::HubError>| result.unwrap_err().code();
    assert_eq!(
        code(hub.store.cancel_job(&job_id("ahead")).await),
        ErrorCode::OperationNotAllowedInCurrentState
    );
    assert_eq!(code(hub.store.cancel_job(&job_id("nobody")).await), ErrorCode::JobNotFound);
    hub.create("now", json!({})).await.unwrap();
    hub.until_ended("now").await;
    assert_eq!(
        code(hub.store.cancel_job(&job_id("now")).await),
        ErrorCode::OperationNotAllowedInCurrentState
    );
    hub.clock.advance(Duration::from_hours(2));
    hub.create("after", json!({})).await.unwrap();
    hub.until_ended("after").await;
    assert_eq!(hub.job("ahead").await.status, JobStatus::Cancelled);
    assert_eq!(hub.devices.called().len(), 2);
}

#[tokio::test]
async fn an_id_is_taken_until_its_job_is_purged() {
    let mut hub = TestHub::start().await;
    hub.create("j", json!({})).await.unwrap();
    let again = hub.create("j", json!({"queryCondition": "deviceId = 'x'"})).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::JobAlreadyExists);
    let job = hub.until_ended("j").await;
    assert_eq!((job.status, counts(&job)), (JobStatus::Completed, [0, 0, 0, 0, 0]));
    assert_eq!(job.query_condition.as_deref(), Some("*"));
    hub.clock.advance(Duration::from_hours(31 * 24));
    hub.stop().await;
    hub.resume();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while hub.store.job("j").await.unwrap().is_some() {
        assert!(std::time::Instant::now() < deadline, "old jobs are forgotten");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    hub.create("j", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_fails_the_job_and_not_its_creation() {
    let hub = TestHub::start().await;
    hub.register("d").await;
    for (job, condition, place) in [
        ("select", "SELECT * FROM devices", "Line 1:29 "),
        ("typo", "tags.site = ", "Line 1:"),
        ("second-line", "tags.a = 1\nAND AND", "Line 2:5 "),
        ("jobs", "FROM devices.jobs", ""),
    ] {
        hub.create(job, json!({"queryCondition": condition})).await.unwrap();
        let ended = hub.until_ended(job).await;
        assert_eq!((ended.status, ended.device_job_statistics), (JobStatus::Failed, None), "{job}");
        let reason = ended.failure_reason.unwrap();
        let expected = format!("SQL query parse failed due to following errors: {place}");
        assert!(place.is_empty() || reason.starts_with(&expected), "{job}: {reason}");
    }
    assert!(hub.devices.called().is_empty());
}

#[tokio::test]
async fn a_tier_limits_active_jobs() {
    let hub = TestHub::start().await;
    let request = |job: &str, start: Value| {
        let body = json!({
            "jobId": job, "type": "scheduleUpdateTwin", "queryCondition": "*", "startTime": start,
            "updateTwin": {"etag": "*", "tags": {"n": 1}}
        });
        hub_embedded::domain::job::read_request(&job_id(job), body.to_string().as_bytes()).unwrap()
    };
    hub.store.create_job(&request("a", json!(SOON)), Some(1)).await.unwrap();
    let refused = hub.store.create_job(&request("b", json!(null)), Some(1)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ThrottlingMaxActiveJobCountExceeded);
    assert_eq!(hub.store.job("b").await.unwrap(), None);
    hub.store.cancel_job(&job_id("a")).await.unwrap();
    hub.store.create_job(&request("b", json!(null)), Some(1)).await.unwrap();
    hub.until_ended("b").await;
}

#[tokio::test]
async fn jobs_are_listed_newest_first_with_filters_and_pages() {
    let hub = TestHub::start().await;
    for number in 0..5 {
        let start = if number % 2 == 0 { json!(SOON) } else { json!(null) };
        hub.create(&format!("j{number}"), json!({"startTime": start})).await.unwrap();
    }
    hub.until_ended("j3").await;
    hub.until_status("j4", JobStatus::Scheduled).await;
    let list = async |filter: JobFilter, size: u32| {
        let (mut ids, mut continuation) = (Vec::new(), None);
        loop {
            let page = hub.store.jobs(filter, &PageRequest { size, continuation }).await.unwrap();
            let jobs: Vec<Job> = serde_json::from_str(&page.items.clone().into_text()).unwrap();
            ids.extend(jobs.into_iter().map(|job| job.job_id));
            continuation = page.continuation;
            if continuation.is_none() {
                return ids;
            }
        }
    };
    for size in [1, 2, 100] {
        assert_eq!(list(JobFilter::default(), size).await, ["j4", "j3", "j2", "j1", "j0"]);
        let completed = JobFilter { job_type: None, status: Some(JobStatus::Completed) };
        assert_eq!(list(completed, size).await, ["j3", "j1"]);
    }
    let twins = JobFilter { job_type: Some(JobType::ScheduleUpdateTwin), status: None };
    assert!(list(twins, 10).await.is_empty());
}
