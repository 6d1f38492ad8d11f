//! The calls of `/jobs/v2`: what they answer and refuse. How jobs run has its own tests.

use crate::support::{TestHub, send};
use hub_embedded::Tier;
use hub_wire::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

fn hours_ahead(hours: u64) -> String {
    Timestamp::from(std::time::SystemTime::now()).plus(std::time::Duration::from_hours(hours)).to_string()
}

fn twin_job(job_id: &str, start: &str) -> Value {
    json!({"jobId": job_id, "type": "scheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"ring": 2}},
        "queryCondition": "*", "startTime": start, "maxExecutionTimeInSeconds": 300})
}

#[tokio::test]
async fn creation_answers_three_fields_and_queued() {
    let hub = TestHub::start().await;
    let reply = hub.put("/jobs/v2/job-1", twin_job("job-1", &hours_ahead(1))).await;
    assert_eq!(reply.ok(), json!({"jobId": "job-1", "type": "scheduleUpdateTwin", "status": "queued"}));
    let job = hub.get("/jobs/v2/job-1").await.ok();
    assert_eq!(job["queryCondition"], "*");
    assert_eq!(job["updateTwin"]["tags"], json!({"ring": 2}));
    assert_eq!(job["endTime"], "9999-12-31T23:59:59.9999999Z");
    assert_eq!(job["maxExecutionTimeInSeconds"], 300);
    assert_eq!(job.get("jobType"), None, "Java throws when both spellings are there");
    hub.stop().await;
}

#[tokio::test]
async fn an_unknown_id_is_200_and_its_cancel_404() {
    let hub = TestHub::start().await;
    let unknown = json!({"jobId": "none", "type": "unknown", "status": "unknown"});
    assert_eq!(hub.get("/jobs/v2/none").await.ok(), unknown);
    let cancel = send(hub.request(Method::POST, "/jobs/v2/none/cancel")).await;
    cancel.refused(404, "JobNotFound");
    hub.stop().await;
}

#[tokio::test]
async fn the_same_id_again_is_409_and_changes_nothing() {
    let hub = TestHub::start().await;
    hub.put("/jobs/v2/job-1", twin_job("job-1", &hours_ahead(1))).await.ok();
    let mut other = twin_job("job-1", &hours_ahead(2));
    other["queryCondition"] = "deviceId = 'x'".into();
    hub.put("/jobs/v2/job-1", other).await.refused(409, "JobAlreadyExists");
    assert_eq!(hub.get("/jobs/v2/job-1").await.ok()["queryCondition"], "*");
    hub.stop().await;
}

#[tokio::test]
async fn a_scheduled_job_is_cancelled_once() {
    let hub = TestHub::start().await;
    hub.put("/jobs/v2/job-1", twin_job("job-1", &hours_ahead(1))).await.ok();
    let cancel = async || send(hub.request(Method::POST, "/jobs/v2/job-1/cancel")).await;
    assert_eq!(cancel().await.ok()["status"], "cancelled");
    assert_eq!(hub.get("/jobs/v2/job-1").await.ok()["status"], "cancelled");
    cancel().await.refused(405, "OperationNotAllowedInCurrentState");
    hub.stop().await;
}

#[tokio::test]
async fn bad_requests_have_the_hubs_codes() {
    let hub = TestHub::start().await;
    let change = |key: &str, value: Value| {
        let mut job = twin_job("job-1", &hours_ahead(1));
        job[key] = value;
        job
    };
    for (job, code) in [
        (change("type", json!("rebootDevice")), "GenericBadRequest"),
        (change("queryCondition", Value::Null), "ArgumentNull"),
        (change("updateTwin", json!({"tags": {}})), "ArgumentInvalid"),
        (change("startTime", json!(hours_ahead(169))), "ArgumentInvalid"),
        (change("jobId", json!("job-2")), "ArgumentInvalid"),
        (json!([]), "ArgumentInvalid"),
    ] {
        hub.put("/jobs/v2/job-1", job).await.refused(400, code);
    }
    hub.put("/jobs/v2/a%20b", twin_job("a b", &hours_ahead(1))).await.refused(400, "ArgumentInvalid");
    assert_eq!(hub.get("/jobs/v2/job-1").await.ok()["status"], "unknown");
    hub.stop().await;
}

#[tokio::test]
async fn the_list_is_an_array_with_filters_and_pages() {
    let hub = TestHub::start().await;
    for id in ["a", "b", "c"] {
        hub.put(&format!("/jobs/v2/{id}"), twin_job(id, &hours_ahead(1))).await.ok();
    }
    send(hub.request(Method::POST, "/jobs/v2/b/cancel")).await.ok();
    for (filter, count) in [
        ("", 3),
        ("?jobType=scheduleUpdateTwin", 3),
        ("?jobStatus=cancelled", 1),
        ("?jobStatus=cancelled&jobType=scheduleDeviceMethod", 0),
        ("?jobType=export", 0),
    ] {
        let reply = hub.get(&format!("/jobs/v2/query{filter}")).await;
        assert_eq!(reply.header("x-ms-item-type"), Some("JobResponse"));
        assert_eq!(reply.header("x-ms-continuation"), None);
        assert_eq!(reply.ok().as_array().unwrap().len(), count, "{filter}");
    }
    let first = hub.get("/jobs/v2/query?pageSize=2").await;
    assert_eq!(first.ok().as_array().unwrap().len(), 2);
    let token = first.header("x-ms-continuation").unwrap();
    let request = hub.request(Method::GET, "/jobs/v2/query?pageSize=2").header("x-ms-continuation", token);
    let second = send(request).await;
    assert_eq!(second.ok().as_array().unwrap().len(), 1);
    assert_eq!(second.header("x-ms-continuation"), None);
    hub.stop().await;
}

#[tokio::test]
async fn a_tier_refuses_one_job_too_many() {
    let hub = TestHub::start_with(|config| config.tier = Some(Tier::S1)).await;
    hub.put("/jobs/v2/a", twin_job("a", &hours_ahead(1))).await.ok();
    let reply = hub.put("/jobs/v2/b", twin_job("b", &hours_ahead(1))).await;
    reply.refused(429, "ThrottlingMaxActiveJobCountExceeded");
    assert_eq!(reply.header("retry-after"), None, "live hubs send none");
    assert_eq!(reply.header("connection"), Some("close"));
    send(hub.request(Method::POST, "/jobs/v2/a/cancel")).await.ok();
    hub.put("/jobs/v2/b", twin_job("b", &hours_ahead(1))).await.ok();
    hub.stop().await;
}
