//! Requests as clients other than the Node and Python SDKs send them: C#, Java, Go, az, Azure IoT Explorer.
//!
//! Each was refused or misread once. A row is a request and what the answer must hold.

use crate::support::{TestHub, send, until};
use hub_wire::job::JobStatus;
use reqwest::Method;
use serde_json::{Value, json};

/// A request and its answer.
struct Case {
    /// Who sends it so.
    client: &'static str,
    request: &'static str,
    header: Option<(&'static str, &'static str)>,
    body: Option<Value>,
    status: u16,
    /// JSON pointers and the values there.
    holds: Vec<(&'static str, Value)>,
}

fn case(client: &'static str, request: &'static str, body: Option<Value>, status: u16) -> Case {
    Case { client, request, header: None, body, status, holds: Vec::new() }
}

impl Case {
    fn holding(mut self, pointer: &'static str, value: Value) -> Self {
        self.holds.push((pointer, value));
        self
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    async fn faults(&self, hub: &TestHub) -> Option<String> {
        let (verb, path) = self.request.split_once(' ').unwrap();
        let mut request = hub.request(verb.parse::<Method>().unwrap(), path);
        if let Some((name, value)) = self.header {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        let reply = send(request).await;
        let body: Value = serde_json::from_str(&reply.text).unwrap_or_default();
        let holds = self.holds.iter().all(|(at, value)| body.pointer(at) == Some(value));
        (reply.status != self.status || !holds)
            .then(|| format!("{} {}: {reply:?}", self.client, self.request))
    }
}

async fn check(hub: &TestHub, cases: Vec<Case>) {
    let mut faults = Vec::new();
    for case in &cases {
        faults.extend(case.faults(hub).await);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn enum_values_in_any_case() {
    let hub = TestHub::start().await;
    let job = json!({"jobId": "j1", "type": "scheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"a": 1}}, "queryCondition": "*"});
    hub.put("/jobs/v2/j1", job).await.ok();
    until(async || hub.get("/jobs/v2/j1").await.ok()["status"] == json!(JobStatus::Completed)).await;
    let java = json!({"deviceId": "java", "status": "Disabled", "statusReason": "not yet", "authentication": {"type": "SAS", "symmetricKey": {"primaryKey": "", "secondaryKey": ""}}});
    check(
        &hub,
        vec![
            case("C#", "GET /jobs/v2/query?jobType=ScheduleUpdateTwin&jobStatus=Completed", None, 200)
                .holding("/0/jobId", json!("j1")),
            case("C#", "GET /jobs/v2/query?jobType=SCHEDULEUPDATETWIN", None, 200)
                .holding("/0/jobId", json!("j1")),
            case("anybody", "GET /jobs/v2/query?jobStatus=Complete", None, 400),
            case("anybody", "GET /jobs/v2/query?jobType=updateTwin", None, 400),
            case("Java", "PUT /devices/java", Some(java), 200).holding("/status", json!("disabled")),
            case(
                "C#",
                "POST /devices",
                Some(json!([{"id": "bulk", "importMode": "Create", "status": "Disabled"}])),
                200,
            ),
            case("C#", "GET /devices/bulk", None, 200).holding("/status", json!("disabled")),
            case(
                "C#",
                "PUT /jobs/v2/j2",
                Some(json!({"jobId": "j2", "type": "ScheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"a": 2}}, "queryCondition": "*"})),
                200,
            ),
        ],
    )
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn numbers_written_as_text() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let call = json!({"methodName": "lockDoor", "payload": null, "responseTimeoutInSeconds": "30", "connectTimeoutInSeconds": "0"});
    let job = json!({"jobId": "j1", "type": "scheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"a": 1}}, "queryCondition": "*", "maxExecutionTimeInSeconds": "60"});
    check(
        &hub,
        vec![
            // The device is not connected, which is found out after the call has been read.
            case("az", "POST /twins/d1/methods", Some(call), 404),
            case("az", "PUT /jobs/v2/j1", Some(job), 200).holding("/status", json!("queued")),
            case(
                "az",
                "POST /twins/d1/methods",
                Some(json!({"methodName": "lockDoor", "responseTimeoutInSeconds": "soon"})),
                400,
            ),
        ],
    )
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn members_of_envelopes_in_any_case() {
    let hub = TestHub::start().await;
    let device = json!({"DeviceId": "go", "Status": "disabled", "StatusReason": "not yet", "Authentication": {"Type": "sas"}, "Capabilities": {"IotEdge": true}});
    let patch = json!({"Tags": {"Site": "north", "site": "south"}, "Properties": {"Desired": {"Interval": 1, "interval": 2}}});
    check(
        &hub,
        vec![
            case("Go", "PUT /devices/go", Some(device), 200)
                .holding("/status", json!("disabled"))
                .holding("/statusReason", json!("not yet"))
                .holding("/capabilities/iotEdge", json!(true)),
            case("Go", "POST /devices/query", Some(json!({"Query": "SELECT * FROM devices"})), 200)
                .holding("/0/deviceId", json!("go")),
            // Keys of tags and properties are the user's, case and all.
            case("Go", "PATCH /twins/go", Some(patch), 200)
                .holding("/tags", json!({"Site": "north", "site": "south"}))
                .holding("/properties/desired/Interval", json!(1))
                .holding("/properties/desired/interval", json!(2)),
            case(
                "Go",
                "PUT /jobs/v2/j1",
                Some(json!({"JobId": "j1", "Type": "scheduleUpdateTwin", "UpdateTwin": {"ETag": "*", "Tags": {"a": 1}}, "QueryCondition": "*"})),
                200,
            )
            .holding("/jobId", json!("j1")),
        ],
    )
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn verbs_and_paths_in_other_cases() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let patch = json!({"tags": {"site": "north"}});
    check(
        &hub,
        vec![
            case("Java", "POST /twins/d1", Some(patch), 200)
                .with("x-http-method-override", "PATCH")
                .holding("/tags/site", json!("north")),
            case("anybody", "POST /twins/d1", Some(json!({})), 405),
            case("Explorer", "POST /devices%2Fquery", Some(json!({"query": "SELECT * FROM devices"})), 200)
                .holding("/0/deviceId", json!("d1")),
            case("Explorer", "GET /twins%2Fd1", None, 200).holding("/deviceId", json!("d1")),
            case("Explorer", "GET /devices%2Fd1%2Fmodules", None, 200).holding("", json!([])),
            case("C#", "POST /twins/d1/methods/", Some(json!({"methodName": "lockDoor"})), 404)
                .holding("/ExceptionMessage", json!("")),
            case("Node", "GET /configurations/?top=10", None, 501),
            case("anybody", "GET /twins/d1/", None, 200).holding("/deviceId", json!("d1")),
        ],
    )
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn jobs_may_omit_id_and_defaults() {
    let hub = TestHub::start().await;
    let job = json!({"type": "scheduleUpdateTwin", "updateTwin": {"etag": "*", "tags": {"a": 1}}, "queryCondition": "*", "maxExecutionTimeInSeconds": 0});
    check(
        &hub,
        vec![
            case("Go", "PUT /jobs/v2/j1", Some(job), 200).holding("/jobId", json!("j1")),
            case("Go", "GET /jobs/v2/j1", None, 200).holding("/maxExecutionTimeInSeconds", json!(3600)),
        ],
    )
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn a_bulk_failure_has_the_headers_that_csharp_reads() {
    let hub = TestHub::start().await;
    hub.create("taken").await;
    let reply = hub.post("/devices", json!([{"id": "taken", "importMode": "create"}])).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    for name in ["iothuberrorcode", "iothub-errorcode"] {
        assert_eq!(reply.header(name), Some("BulkRegistryOperationFailure"), "{name}: {reply:?}");
    }
    assert_eq!(reply.json()["errors"][0]["errorCode"], "DeviceAlreadyExists");
    hub.stop().await;
}
