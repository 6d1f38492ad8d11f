//! What real clients send and the service takes: other cases, numbers as text, other paths and verbs; and what it does
//! not take.

use crate::support::{TestHub, device::Device, send};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn enum_values_match_in_any_case_and_unknown_ones_are_refused() {
    let hub = TestHub::start().await;
    let device = hub.put("/devices/java", json!({"deviceId": "java", "status": "Disabled"})).await.ok();
    assert_eq!(device["status"], "disabled");
    hub.post(
        "/devices",
        json!([{"id": "bulk", "status": "ENABLED", "importMode": "Create", "authentication": {"type": "SAS"}}]),
    )
    .await
    .ok();
    let text = hub.put("/devices/x", json!({"status": "off"})).await.refused(400, "ArgumentInvalid");
    assert!(text.contains("status: 'off' is not one of enabled, disabled"), "{text}");

    let job = json!({"type": "ScheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"etag": "*", "tags": {"a": 1}}});
    hub.put("/jobs/v2/j", job).await.ok();
    crate::support::until(async || hub.get("/jobs/v2/j").await.ok()["status"] == "completed").await;
    for found in [
        "?jobType=ScheduleUpdateTwin&jobStatus=Completed",
        "?JobType=scheduleupdatetwin&JOBSTATUS=COMPLETED",
        "?jobType=&jobStatus=completed",
    ] {
        let jobs = hub.get(&format!("/jobs/v2/query{found}")).await.ok();
        assert_eq!(jobs.as_array().unwrap().len(), 1, "{found}");
    }
    for none in
        ["?jobType=Export", "?jobType=scheduleDeviceMethod", "?jobStatus=enqueued", "?jobStatus=Unknown"]
    {
        assert_eq!(hub.get(&format!("/jobs/v2/query{none}")).await.ok(), json!([]), "{none}");
    }
    for (unknown, list) in [
        ("?jobType=twin", "jobType: 'twin' is not one of scheduleDeviceMethod, scheduleUpdateTwin"),
        ("?jobStatus=done", "jobStatus: 'done' is not one of queued, scheduled, running,"),
    ] {
        let text = hub.get(&format!("/jobs/v2/query{unknown}")).await.refused(400, "ArgumentInvalid");
        assert!(text.starts_with(list), "{text}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn names_of_parameters_match_in_any_case() {
    let hub = TestHub::start().await;
    for id in ["a", "b"] {
        hub.create(id).await;
    }
    assert_eq!(hub.get("/devices?Top=1").await.ok().as_array().unwrap().len(), 1);
    hub.get("/devices?TOP=0").await.refused(400, "ArgumentInvalid");
    let page = hub.post("/devices/query?PageSize=1", json!({"query": "SELECT * FROM devices"})).await;
    assert_eq!(page.ok().as_array().unwrap().len(), 1);
    let reply = send(hub.http.get(format!("{}/devices?API-VERSION=latest", hub.hub.rest_url()))).await;
    reply.refused(400, "InvalidProtocolVersion");
    hub.stop().await;
}

#[tokio::test]
async fn members_of_envelopes_match_in_any_case_and_keys_of_twins_do_not() {
    let hub = TestHub::start().await;
    let body = json!({"DeviceId": "x", "Status": "disabled", "StatusReason": "r", "Authentication": {"Type": "None"}});
    hub.put("/devices/x", body.clone()).await.refused(400, "ArgumentInvalid");
    let body = json!({"DeviceId": "x", "Status": "disabled", "Capabilities": {"IotEdge": true}});
    let device = hub.put("/devices/x", body).await.ok();
    assert_eq!((&device["status"], &device["capabilities"]["iotEdge"]), (&json!("disabled"), &json!(true)));
    hub.put("/devices/x", json!({"DEVICEID": "y"})).await.refused(400, "ArgumentInvalid");
    let rows = hub.post("/devices/query", json!({"Query": "SELECT * FROM devices"})).await.ok();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let twin = hub
        .patch("/twins/x", json!({"Tags": {"Tags": 1}, "Properties": {"Desired": {"Status": "30"}}}))
        .await
        .ok();
    assert_eq!(twin["tags"], json!({"Tags": 1}));
    assert_eq!(twin["properties"]["desired"]["Status"], "30");
    let module = hub.put("/devices/x/modules/m", json!({"ModuleId": "m", "ManagedBy": "iotEdge"})).await.ok();
    assert_eq!(module["managedBy"], "iotEdge");
    // As Json.NET, the last of two counts.
    let request = hub
        .request(Method::PUT, "/devices/two")
        .body(r#"{"Status":"disabled","status":"enabled","STATUS":"Disabled"}"#);
    assert_eq!(send(request).await.ok()["status"], "disabled");
    hub.stop().await;
}

#[tokio::test]
async fn numbers_may_be_text_and_a_job_may_leave_its_id_to_the_path() {
    let hub = TestHub::start().await;
    let device = hub.create("d").await;
    let mut connected = Device::connect(&hub, &device).await;
    connected.subscribe("$iothub/methods/POST/#").await;
    let body = json!({"methodName": "m", "responseTimeoutInSeconds": "30", "connectTimeoutInSeconds": "0"});
    let (reply, ()) = tokio::join!(hub.post("/twins/d/methods", body), async {
        let call = connected.message().await;
        let rid = call.topic.rsplit_once("$rid=").unwrap().1.to_owned();
        connected.send(&format!("$iothub/methods/res/200/?$rid={rid}"), "{}").await;
    });
    assert_eq!(reply.ok()["status"], 200);
    let job = json!({"type": "scheduleDeviceMethod", "queryCondition": "deviceId = 'none'",
        "cloudToDeviceMethod": {"methodName": "m", "responseTimeoutInSeconds": "30"},
        "maxExecutionTimeInSeconds": 0});
    assert_eq!(hub.put("/jobs/v2/without-id", job.clone()).await.ok()["jobId"], "without-id");
    let kept = hub.get("/jobs/v2/without-id").await.ok();
    assert_eq!(kept["maxExecutionTimeInSeconds"], 3600);
    assert_eq!(kept["cloudToDeviceMethod"]["responseTimeoutInSeconds"], 30);
    let mut other = job.clone();
    other["JobId"] = json!("another");
    hub.put("/jobs/v2/mine", other).await.refused(400, "ArgumentInvalid");
    let mut text = job;
    text["maxExecutionTimeInSeconds"] = json!("60");
    hub.put("/jobs/v2/text", text).await.ok();
    assert_eq!(hub.get("/jobs/v2/text").await.ok()["maxExecutionTimeInSeconds"], 60);
    hub.stop().await;
}

#[tokio::test]
async fn a_post_may_mean_another_verb() {
    let hub = TestHub::start().await;
    hub.create("d").await;
    let meant = async |verb: &str, path: &str, body: Value| {
        let request = hub.request(Method::POST, path).header("X-HTTP-Method-Override", verb).json(&body);
        send(request.header("if-match", "*")).await
    };
    let twin = meant("PATCH", "/twins/d", json!({"tags": {"a": 1}})).await.ok();
    assert_eq!(twin["tags"], json!({"a": 1}));
    assert_eq!(
        meant("patch", "/twins/d/", json!({"tags": {"b": 2}})).await.ok()["tags"],
        json!({"a": 1, "b": 2})
    );
    assert_eq!(meant("PUT", "/twins/d", json!({"tags": {"c": 3}})).await.ok()["tags"], json!({"c": 3}));
    meant("TRACE", "/twins/d", json!({})).await.refused(400, "ArgumentInvalid");
    assert_eq!(meant("DELETE", "/devices/d", json!({})).await.status, 204);
    // Only a POST is another verb.
    let request = hub.request(Method::GET, "/devices").header("X-HTTP-Method-Override", "DELETE");
    send(request).await.ok();
    hub.stop().await;
}

#[tokio::test]
async fn paths_are_read_as_the_service_reads_them() {
    let hub = TestHub::start().await;
    hub.put("/devices/d%231", json!({})).await.ok();
    hub.put("/devices/d%231/modules/m%3F", json!({})).await.ok();
    for (path, id) in [
        ("/twins%2Fd%231", "d#1"),
        ("/TWINS/d%231/", "d#1"),
        ("/twins/d%231/", "d#1"),
        ("/devices%2fd%231", "d#1"),
        ("/Devices/d%231/Modules/m%3F/", "d#1"),
        ("/twins/d%231/modules/m%3F", "d#1"),
    ] {
        assert_eq!(hub.get(path).await.ok()["deviceId"], id, "{path}");
    }
    for path in ["/devices%2Fquery", "/devices/query/", "/Devices/Query"] {
        let rows = hub.post(path, json!({"query": "SELECT * FROM devices"})).await.ok();
        assert_eq!(rows.as_array().unwrap().len(), 1, "{path}");
    }
    hub.post("/twins/d%231/methods/", json!({"methodName": "m"})).await.method_refused(
        404,
        404_103,
        "DeviceNotOnline",
    );
    hub.get("/configurations/?top=10").await.refused(501, "NotImplemented");
    hub.get("/devices/?top=1").await.ok();
    // An id's case counts, and so does an id that is missing.
    hub.get("/devices/D%231").await.refused(404, "DeviceNotFound");
    hub.delete("/devices//commands").await.refused(400, "ArgumentInvalid");
    hub.stop().await;
}

#[tokio::test]
async fn an_array_is_no_object() {
    let hub = TestHub::start().await;
    hub.create("d").await;
    let before = hub.get("/twins/d").await.ok();
    for (method, path, body) in [
        (Method::PATCH, "/twins/d", json!([])),
        (Method::PUT, "/twins/d", json!([])),
        (Method::PATCH, "/twins/d", json!({"properties": []})),
        (Method::PATCH, "/twins/d", json!({"properties": {"desired": []}})),
        (Method::PATCH, "/twins/d", json!({"tags": ["a"]})),
        (Method::PUT, "/devices/e", json!(["e"])),
        (Method::PUT, "/devices/e", json!({"capabilities": [true]})),
        (Method::PUT, "/devices/e", json!({"authentication": [{"primaryKey": null}]})),
        (Method::PUT, "/devices/d/modules/m", json!([])),
        (Method::POST, "/devices/query", json!(["SELECT * FROM devices"])),
        (Method::POST, "/devices", json!({"id": "e"})),
        (Method::POST, "/devices", json!([["e"]])),
        (Method::PUT, "/jobs/v2/j", json!([])),
        (
            Method::PUT,
            "/jobs/v2/j",
            json!({"type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": ["reboot"]}),
        ),
        (
            Method::PUT,
            "/jobs/v2/j",
            json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": ["*"]}),
        ),
        (Method::POST, "/twins/d/methods", json!(["reboot"])),
        (Method::POST, "/devices/keys/regenerate", json!(["both", []])),
    ] {
        let reply = send(hub.request(method, path).json(&body)).await;
        let text = reply.refused(400, "ArgumentInvalid");
        assert!(text.contains("is expected, not an"), "{path} {body}: {text}");
    }
    assert_eq!(hub.get("/twins/d").await.ok(), before);
    assert_eq!(hub.get("/devices").await.ok().as_array().unwrap().len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn a_change_at_the_wrong_level_is_refused() {
    let hub = TestHub::start().await;
    hub.create("d").await;
    let before = hub.get("/twins/d").await.ok();
    for (body, name) in [
        (json!({"desired": {"a": 1}}), "'desired'"),
        (json!({"properties": {"a": 1}}), "'properties.a'"),
        (json!({"tag": {"a": 1}, "properties": {"desired": {}}}), "'tag'"),
    ] {
        for method in [Method::PATCH, Method::PUT] {
            let reply = send(hub.request(method, "/twins/d").json(&body)).await;
            let text = reply.refused(400, "ArgumentInvalid");
            assert!(text.starts_with(&format!("nothing would change: {name} is not")), "{text}");
        }
        let mut update = body.clone();
        update["etag"] = json!("*");
        let job = json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": update});
        let text = hub.put("/jobs/v2/j", job).await.refused(400, "ArgumentInvalid");
        assert!(text.starts_with("nothing would change: 'updateTwin."), "{text}");
        let mut item = body.clone();
        item["id"] = json!("d");
        item["importMode"] = json!("updateTwin");
        let text = hub.post("/devices", json!([item])).await.refused(400, "ArgumentInvalid");
        assert!(text.starts_with("nothing would change: '[0]."), "{text}");
    }
    assert_eq!(hub.get("/twins/d").await.ok(), before);
    // Whole twins come back from SDKs, and an empty change is allowed.
    hub.patch("/twins/d", before.clone()).await.ok();
    hub.patch("/twins/d", json!({})).await.ok();
    assert_eq!(hub.get("/twins/d").await.ok(), before);
    hub.stop().await;
}

#[tokio::test]
async fn errors_are_named_in_both_headers() {
    let hub = TestHub::start().await;
    hub.create("d").await;
    let failed = hub.post("/devices", json!([{"id": "d", "importMode": "create"}, {"id": "new"}])).await;
    assert_eq!(failed.status, 400);
    for header in ["IotHubErrorCode", "iothub-errorcode"] {
        assert_eq!(failed.header(header), Some("BulkRegistryOperationFailure"), "{header}");
        assert_eq!(hub.get("/devices/nobody").await.header(header), Some("DeviceNotFound"), "{header}");
    }
    let result = failed.json();
    assert_eq!((&result["isSuccessful"], &result["errors"][0]["deviceId"]), (&json!(false), &json!("d")));
    let fine = hub.post("/devices", json!([{"id": "other"}])).await;
    fine.ok();
    assert_eq!(fine.header("IotHubErrorCode"), None);
    hub.stop().await;
}
