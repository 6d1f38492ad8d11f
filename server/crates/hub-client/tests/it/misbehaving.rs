//! The client against a server that throttles, fails, hangs, breaks off, and talks nonsense.

use std::time::Duration;

use crate::script::{Act, Script, error_body};
use futures::{StreamExt, TryStreamExt};
use hub_client::{ErrorKind, HubClient, HubClientOptions, JobFilter, RetryPolicy};
use hub_wire::{direct_method::DirectMethodRequest, job::JobRequest, twin::TwinPatch};
use serde_json::{Value, json};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn options(script: &Script) -> HubClientOptions {
    HubClientOptions {
        endpoint: Some(script.url()),
        retry: RetryPolicy {
            max_attempts: 4,
            base: Duration::from_millis(1),
            throttled_base: Duration::from_millis(2),
            cap: Duration::from_millis(5),
            max_elapsed: Duration::from_secs(30),
        },
        request_timeout: Duration::from_secs(10),
        ..HubClientOptions::default()
    }
}

fn client_with(options: HubClientOptions) -> HubClient {
    let connection = format!("HostName=hub.example;SharedAccessKeyName=iothubowner;SharedAccessKey={KEY}");
    HubClient::new(connection.parse().unwrap(), options).unwrap()
}

fn client(script: &Script) -> HubClient {
    client_with(options(script))
}

fn id() -> hub_wire::DeviceId {
    "d1".parse().unwrap()
}

fn device() -> Value {
    json!({"deviceId": "d1", "etag": "AA==", "connectionState": "Connected", "status": "enabled"})
}

fn job_request() -> JobRequest {
    serde_json::from_value(json!({
        "jobId": "j1", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": null}
    }))
    .unwrap()
}

fn call() -> DirectMethodRequest {
    serde_json::from_value(json!({"methodName": "lockDoor"})).unwrap()
}

#[tokio::test]
async fn a_read_outlives_throttling_faults_and_broken_connections() {
    let script = Script::start([
        Act::Answer(429, error_body("ThrottlingException", "slow down")),
        Act::Answer(503, error_body("ServiceUnavailable", "stopping")),
        Act::Break,
        Act::Answer(200, device()),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.device(&id()).await.unwrap().etag, "AA==");
    let requests = script.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!(requests[0].target, "GET /devices/d1?api-version=2021-04-12");
    let token = requests[0].headers["authorization"].to_str().unwrap();
    assert!(token.starts_with("SharedAccessSignature sr=hub.example&sig="), "{token}");
    assert!(client.health().is_good());
    assert!(client.health().last_failure.is_some());
}

#[tokio::test]
async fn retries_end() {
    let script = Script::repeating(Act::Answer(500, error_body("ServerError", "oops"))).await;
    let client = client(&script);
    let error = client.twin(&id()).await.unwrap_err();
    assert_eq!((error.kind, error.hub_code()), (ErrorKind::Server, Some(500_001)));
    assert!(error.is_transient());
    assert_eq!(script.requests().len(), 4);
    assert!(!client.health().is_good());
}

#[tokio::test]
async fn a_method_is_never_repeated() {
    for act in [
        Act::Break,
        Act::Answer(500, error_body("ServerError", "oops")),
        Act::Answer(503, error_body("ServerBusy", "busy")),
        Act::Answer(429, error_body("ThrottlingException", "slow down")),
        Act::Garbage,
    ] {
        let script = Script::repeating(act.clone()).await;
        client(&script).invoke_method(&id(), &call()).await.unwrap_err();
        assert_eq!(script.requests().len(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn a_stopped_hub_is_unreachable() {
    let gone = Script::start([]).await;
    let options = options(&gone);
    gone.stop().await;
    let client = client_with(options);
    for error in
        [client.invoke_method(&id(), &call()).await.unwrap_err(), client.device(&id()).await.unwrap_err()]
    {
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error:?}");
        assert_eq!(error.message(), "could not connect to the hub: it refused the connection");
    }
    assert!(client.health().last_success.is_none());
}

#[tokio::test]
async fn a_hub_that_does_not_answer_times_out() {
    let script = Script::repeating(Act::Hang).await;
    let client = client_with(HubClientOptions {
        request_timeout: Duration::from_millis(100),
        retry: RetryPolicy::NEVER,
        ..options(&script)
    });
    let error = client.device(&id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
}

#[tokio::test]
async fn malformed_answers_are_not_retried() {
    let script = Script::repeating(Act::Garbage).await;
    let error = client(&script).device(&id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed, "{error:?}");
    assert_eq!(script.requests().len(), 1);

    let script = Script::repeating(Act::Answer(200, json!({"deviceId": "not an id"}))).await;
    assert_eq!(client(&script).device(&id()).await.unwrap_err().kind, ErrorKind::Malformed);
}

#[tokio::test]
async fn an_answer_too_large_is_not_read_to_its_end() {
    let script =
        Script::repeating(Act::Answer(200, json!({"deviceId": "d1", "etag": "x".repeat(10_000)}))).await;
    let client = client_with(HubClientOptions { max_answer_bytes: 5_000, ..options(&script) });
    let error = client.device(&id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.message().contains("5000 bytes"), "{}", error.message());
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let target = Script::repeating(Act::Answer(200, device())).await;
    let script = Script::repeating(Act::Redirect(format!("{}/devices/d1", target.url()))).await;
    let error = client(&script).device(&id()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn a_lost_job_creation_is_recovered() {
    let mut job = serde_json::to_value(job_request()).unwrap();
    job["status"] = "running".into();
    let script = Script::start([
        Act::Break,
        Act::Answer(409, error_body("JobAlreadyExists", "j1")),
        Act::Answer(200, job.clone()),
    ])
    .await;
    let receipt = client(&script).create_job(&job_request()).await.unwrap();
    assert_eq!((receipt.job_id.as_str(), receipt.status.as_str()), ("j1", "running"));
    let targets: Vec<_> = script.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets[1], "PUT /jobs/v2/j1?api-version=2021-04-12");
    assert_eq!(targets[2], "GET /jobs/v2/j1?api-version=2021-04-12");

    job["queryCondition"] = "tags.other = 1".into();
    let script = Script::start([
        Act::Break,
        Act::Answer(409, error_body("JobAlreadyExists", "j1")),
        Act::Answer(200, job),
    ])
    .await;
    assert_eq!(client(&script).create_job(&job_request()).await.unwrap_err().kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn a_job_id_taken_by_another_is_a_conflict_at_once() {
    let script = Script::repeating(Act::Answer(409, error_body("JobAlreadyExists", "j1"))).await;
    let error = client(&script).create_job(&job_request()).await.unwrap_err();
    assert_eq!((error.kind, error.hub_code()), (ErrorKind::Conflict, Some(409_104)));
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_lost_cancellation_is_recovered() {
    let cancelled = json!({"jobId": "j1", "type": "scheduleDeviceMethod", "status": "cancelled"});
    let script = Script::start([
        Act::Break,
        Act::Answer(405, error_body("OperationNotAllowedInCurrentState", "no")),
        Act::Answer(200, cancelled),
    ])
    .await;
    let job = client(&script).cancel_job("j1").await.unwrap();
    assert_eq!(job.status.as_str(), "cancelled");
    assert_eq!(script.requests()[0].headers["content-length"], "0");
}

#[tokio::test]
async fn an_unknown_job_is_none() {
    let unknown = json!({"jobId": "x", "type": "unknown", "status": "unknown"});
    let script = Script::repeating(Act::Answer(200, unknown)).await;
    assert!(client(&script).job("x").await.unwrap().is_none());
}

#[tokio::test]
async fn a_twin_patch_bound_to_an_etag_is_not_repeated_after_a_lost_answer() {
    let script = Script::repeating(Act::Break).await;
    let patch = TwinPatch::default();
    client(&script).patch_twin(&id(), &patch, Some("AAA=")).await.unwrap_err();
    assert_eq!(script.requests().len(), 1);
    assert_eq!(script.requests()[0].headers["if-match"], "\"AAA=\"");
    client(&script).patch_twin(&id(), &patch, None).await.unwrap_err();
    assert_eq!(script.requests().len(), 1 + 4);
    assert!(!script.requests()[1].headers.contains_key("if-match"));
}

#[tokio::test]
async fn pages_are_read_in_order() {
    let script = Script::start([
        Act::Page(json!([{"n": 1}, {"n": 2}]), Some("two")),
        Act::Page(json!([]), Some("three")),
        Act::Page(json!([{"n": 3}]), Some("")),
    ])
    .await;
    let items: Vec<Value> = client(&script).query("SELECT * FROM devices", 2).try_collect().await.unwrap();
    assert_eq!(Value::from(items), json!([{"n": 1}, {"n": 2}, {"n": 3}]));
    let requests = script.requests();
    assert_eq!(requests[0].target, "POST /devices/query?api-version=2021-04-12");
    assert_eq!(requests[0].body, json!({"query": "SELECT * FROM devices"}).to_string());
    assert_eq!(requests[0].headers["x-ms-max-item-count"], "2");
    assert!(!requests[0].headers.contains_key("x-ms-continuation"));
    assert_eq!(requests[2].headers["x-ms-continuation"], "three");
}

#[tokio::test]
async fn a_page_that_continues_with_itself_ends_the_stream() {
    let script = Script::repeating(Act::Page(json!([]), Some("again"))).await;
    let items: Vec<hub_client::Result<Value>> =
        client(&script).query("SELECT * FROM devices", 2).collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().kind, ErrorKind::Malformed);
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn job_filters_are_in_the_address() {
    let script = Script::repeating(Act::Page(json!([]), None)).await;
    let filter = JobFilter {
        job_type: Some(hub_wire::job::JobType::ScheduleUpdateTwin),
        status: Some(hub_wire::job::JobStatus::Completed),
    };
    let jobs: Vec<_> = client(&script).jobs(filter).try_collect().await.unwrap();
    assert!(jobs.is_empty());
    assert_eq!(
        script.requests()[0].target,
        "GET /jobs/v2/query?api-version=2021-04-12&jobType=scheduleUpdateTwin&jobStatus=completed"
    );
}

#[tokio::test]
async fn refused_bulk_items_are_in_the_answer() {
    let refused = json!({"isSuccessful": false, "warnings": [], "errors": [{
        "deviceId": "d1", "errorCode": "DeviceAlreadyExists", "errorStatus": "taken", "moduleId": "", "operation": "create"}]});
    let script = Script::start([
        Act::Answer(400, refused),
        Act::Answer(400, error_body("ArgumentInvalid", "BadRequest")),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.bulk(&[]).await.unwrap().errors[0].error_code, "DeviceAlreadyExists");
    let error = client.bulk(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.hub_code()), (ErrorKind::Refused, Some(400_004)));
}

#[tokio::test]
async fn no_error_shows_the_key_or_a_token() {
    for act in
        [Act::Answer(401, error_body("IotHubUnauthorizedAccess", "Unauthorized")), Act::Break, Act::Garbage]
    {
        let script = Script::repeating(act).await;
        let client = client(&script);
        let error = client.device(&id()).await.unwrap_err();
        let shown = format!("{error} {error:?} {} {client:?} {:?}", error.message(), client.health());
        assert!(!shown.contains("sig=") && !shown.contains(KEY), "{shown}");
    }
}
