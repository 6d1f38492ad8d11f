//! What the API answers to bad input: a status, problem details and the field at fault; nothing changes.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::Server;

/// The refusal of one bad input: a status, and the field that the problem names.
async fn check(server: &Server, method: Method, path: &str, body: &Value, status: u16, field: &str) {
    let request = server.http.request(method, format!("{}{path}", server.base));
    let request = if body.is_null() { request } else { request.json(body) };
    let response = server.send(request).await;
    let content_type = response.headers()[header::CONTENT_TYPE].clone();
    let id = response.headers()["x-request-id"].clone();
    assert_eq!(response.status().as_u16(), status, "{path} {body}");
    assert_eq!(content_type, "application/problem+json", "{path} {body}");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["requestId"], id.to_str().unwrap());
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
    // The member says where; a position in the body's text does not help a caller who did not write that text.
    assert!(!problem.to_string().contains(" at line "), "{path} {body}: {problem}");
    if !field.is_empty() {
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("{path} {body}: {problem}"));
        assert!(
            errors.iter().any(|error| error["field"] == field),
            "{path} {body} should blame {field}: {problem}"
        );
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of every field")]
async fn bad_input_in_every_field_is_refused_and_changes_nothing() {
    let server = Server::start_connected(2).await;
    let good = json!({
        "type": "scheduleDeviceMethod",
        "cloudToDeviceMethod": {"methodName": "lockDoor"},
        "queryCondition": "deviceId = 'nobody'",
    });
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let twin = |patch: Value| {
        let mut body = good.clone();
        body["type"] = "scheduleUpdateTwin".into();
        body["cloudToDeviceMethod"].take();
        body.as_object_mut().unwrap().remove("cloudToDeviceMethod");
        body["updateTwin"] = patch;
        body
    };
    let deep = (0..12).fold(json!(1), |inner, _| json!({"a": inner}));
    for (body, field) in [
        (with("/jobId", json!("not an id")), "jobId"),
        (with("/jobId", json!("x".repeat(65))), "jobId"),
        (with("/name", json!("x".repeat(101))), "name"),
        (with("/name", json!("two\nlines")), "name"),
        (with("/name", json!(43)), "name"),
        (with("/reason", json!("x".repeat(501))), "reason"),
        (with("/reason", json!("a\tb")), "reason"),
        (with("/type", json!("firmwareUpdate")), "type"),
        (with("/surprise", json!(1)), "surprise"),
        (with("/cloudToDeviceMethod/methodName", json!("")), "cloudToDeviceMethod.methodName"),
        (with("/cloudToDeviceMethod/methodName", json!("lock door")), "cloudToDeviceMethod.methodName"),
        (with("/cloudToDeviceMethod/payload", json!("x".repeat(200_000))), "cloudToDeviceMethod.payload"),
        (
            with("/cloudToDeviceMethod/responseTimeoutInSeconds", json!(4)),
            "cloudToDeviceMethod.responseTimeoutInSeconds",
        ),
        (
            with("/cloudToDeviceMethod/responseTimeoutInSeconds", json!("ten")),
            "cloudToDeviceMethod.responseTimeoutInSeconds",
        ),
        (
            with("/cloudToDeviceMethod/connectTimeoutInSeconds", json!(60)),
            "cloudToDeviceMethod.connectTimeoutInSeconds",
        ),
        (with("/cloudToDeviceMethod", Value::Null), "cloudToDeviceMethod"),
        (with("/updateTwin", json!({"tags": {"a": 1}})), "updateTwin"),
        (with("/queryCondition", json!("tags.building == '43'")), "queryCondition"),
        (with("/queryCondition", json!("SELECT * FROM devices")), "queryCondition"),
        (with("/queryCondition", json!(43)), "queryCondition"),
        (with("/deviceIds", json!(["door-0001"])), "deviceIds"),
        (with("/deviceIds", json!(["not an id"])), "deviceIds[0]"),
        (with("/startTime", json!("tomorrow")), "startTime"),
        (with("/startTime", json!("2099-01-01T00:00:00Z")), "startTime"),
        (with("/maxExecutionTimeInSeconds", json!(u32::MAX)), "maxExecutionTimeInSeconds"),
        (with("/maxExecutionTimeInSeconds", json!(-5)), "maxExecutionTimeInSeconds"),
        (twin(json!({})), "updateTwin"),
        (twin(json!({"etag": "AAAA", "tags": {"a": 1}})), "updateTwin.etag"),
        (twin(json!({"tags": {"a b": 1}})), "updateTwin.tags.a b"),
        (twin(json!({"tags": {"a": "x".repeat(9000)}})), "updateTwin.tags.a"),
        (twin(json!({"properties": {"desired": {"a": [1, null]}}})), "updateTwin.properties.desired.a[1]"),
        (twin(json!({"properties": {"desired": deep}})), ""),
        (twin(json!({"properties": {"desired": 5}})), "updateTwin.properties.desired"),
    ] {
        check(&server, Method::POST, "/api/v1/jobs", &body, 422, field).await;
    }
    for (path, field) in [
        ("/api/v1/jobs?status=done", "status"),
        ("/api/v1/jobs?type=reboot", "type"),
        ("/api/v1/jobs?tab=mine", "tab"),
        ("/api/v1/jobs?limit=0", "limit"),
        ("/api/v1/jobs?limit=many", "limit"),
        ("/api/v1/jobs?cursor=garbage", "cursor"),
        ("/api/v1/jobs?colour=red", "colour"),
        ("/api/v1/jobs?q=a&q=b", "query"),
        ("/api/v1/jobs?since=soon", "since"),
        ("/api/v1/jobs?until=soon", "until"),
        ("/api/v1/overview/history?hours=0", "hours"),
        ("/api/v1/overview/matrix?by=odd", "by"),
        ("/api/v1/jobs?longerThanSeconds=-1", "longerThanSeconds"),
        ("/api/v1/jobs?problems=some", "problems"),
        ("/api/v1/jobs?sort=size", "sort"),
        ("/api/v1/jobs?device=not%20an%20id", "device"),
        ("/api/v1/jobs.csv?tab=mine", "tab"),
        ("/api/v1/jobs.json?colour=red", "colour"),
        ("/api/v1/events?since=yesterday", "since"),
        ("/api/v1/jobs/x/devices?status=done", "status"),
        ("/api/v1/jobs/x/devices?order=random", "order"),
        ("/api/v1/jobs/x/devices?offset=-1", "offset"),
        ("/api/v1/jobs/x/devices?cell=first", "cell"),
        ("/api/v1/jobs/x/landing/first", "cell"),
        ("/api/v1/devices/x/jobs?limit=0", "limit"),
        ("/api/v1/devices/x/jobs?cursor=garbage", "cursor"),
        ("/api/v1/devices/x/calls?limit=501", "limit"),
        ("/api/v1/devices/x/messages?limit=501", "limit"),
        ("/api/v1/devices/x/messages?cursor=garbage", "cursor"),
        ("/api/v1/devices/x/telemetry/events?since=soon", "since"),
        ("/api/v1/groups/x/telemetry/events?since=soon", "since"),
        ("/api/v1/compare-twins?left=x", "query"),
        ("/api/v1/compare-twins?left=x&right=not%20an%20id", "right"),
        ("/api/v1/compare-twins?left=not%20an%20id&right=x", "left"),
        ("/api/v1/devices.csv?q=tags.", "q"),
        ("/api/v1/devices.json?columns=deviceId", "columns"),
        ("/api/v1/devices/x/calls?cursor=garbage", "cursor"),
        ("/api/v1/devices?q=tags.", "q"),
        ("/api/v1/devices?limit=101", "limit"),
        ("/api/v1/devices?cursor=garbage", "cursor"),
        ("/api/v1/devices/not%20an%20id", "deviceId"),
    ] {
        check(&server, Method::GET, path, &Value::Null, 422, field).await;
    }
    let device =
        server.get_json("/api/v1/devices?limit=1").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let methods = format!("/api/v1/devices/{device}/methods");
    check(&server, Method::POST, &format!("{methods}/lock%20door"), &json!({}), 422, "methodName").await;
    check(
        &server,
        Method::POST,
        &format!("{methods}/lockDoor"),
        &json!({"responseTimeoutInSeconds": 1}),
        422,
        "responseTimeoutInSeconds",
    )
    .await;
    check(
        &server,
        Method::PATCH,
        &format!("/api/v1/devices/{device}/twin"),
        &json!({"tags": {"a.b": 1}}),
        422,
        "tags.a.b",
    )
    .await;
    let messages = format!("/api/v1/devices/{device}/messages");
    for (message, field) in [
        (json!({}), "body"),
        (json!({"body": 1}), "body"),
        (json!({"body": "x".repeat(61_441)}), "body"),
        (json!({"body": "x", "contentType": "json"}), "contentType"),
        (json!({"body": "x", "properties": {"Upper": "1"}}), "properties"),
        (json!({"body": "x", "properties": {"a": "two\nlines"}}), "properties"),
        (json!({"body": "x", "expiresInSeconds": 0}), "expiresInSeconds"),
        (json!({"body": "x", "expiresInSeconds": 172_801}), "expiresInSeconds"),
        (json!({"body": "x", "surprise": 1}), "surprise"),
    ] {
        check(&server, Method::POST, &messages, &message, 422, field).await;
    }
    assert_eq!(server.get_json(&messages).await["items"], json!([]), "a message was sent");
    check(&server, Method::POST, "/api/v1/devices/nobody/messages", &json!({"body": "x"}), 404, "").await;
    check(&server, Method::GET, &format!("{messages}/nothing"), &Value::Null, 404, "").await;
    for path in ["/api/v1/devices/nobody/telemetry/events", "/api/v1/groups/nobody/telemetry/events"] {
        check(&server, Method::GET, path, &Value::Null, 404, "").await;
    }
    check(&server, Method::PATCH, "/api/v1/simulator", &json!({"errorShare": 2}), 422, "errorShare").await;
    check(&server, Method::PATCH, "/api/v1/simulator", &json!({"errorShare": "most"}), 422, "errorShare")
        .await;
    check(&server, Method::GET, "/api/v1/jobs/nobody", &Value::Null, 404, "").await;
    check(&server, Method::POST, "/api/v1/jobs/nobody/cancel", &json!({}), 404, "").await;
    check(&server, Method::POST, "/api/v1/jobs/nobody/rerun", &Value::Null, 404, "").await;
    check(
        &server,
        Method::POST,
        "/api/v1/jobs/nobody/rerun",
        &json!({"statuses": ["done"]}),
        422,
        "statuses[0]",
    )
    .await;
    for (label, longest) in [("name", 100), ("reason", 500)] {
        let too_long = json!({label: "x".repeat(longest + 1)});
        check(&server, Method::POST, "/api/v1/jobs/nobody/rerun", &too_long, 422, label).await;
    }
    check(&server, Method::PUT, "/api/v1/templates/t", &json!({}), 422, "type").await;
    check(&server, Method::PUT, &format!("/api/v1/templates/{}", "x".repeat(65)), &good, 422, "name").await;
    for path in
        ["causes", "landing", "landing/0", "latency", "reruns", "devices.csv", "devices.json", "devices.txt"]
    {
        check(&server, Method::GET, &format!("/api/v1/jobs/nobody/{path}"), &Value::Null, 404, "").await;
    }
    check(&server, Method::GET, "/api/v1/templates/nobody", &Value::Null, 404, "").await;
    check(&server, Method::DELETE, "/api/v1/templates/nobody", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/devices/nobody/telemetry", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/devices/nobody/connections", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/devices/nobody", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/nothing", &Value::Null, 404, "").await;
    check(&server, Method::DELETE, "/api/v1/jobs", &Value::Null, 405, "").await;

    let not_json = server.send(server.http.post(format!("{}/api/v1/jobs", server.base)).body("{")).await;
    assert_eq!(not_json.status(), StatusCode::BAD_REQUEST);
    assert!(not_json.text().await.unwrap().contains("line 1"));
    // The answer comes before the body has been sent: a client may see it or a broken pipe, but never a half-used
    // connection that fails its next request.
    let huge =
        server.http.post(format!("{}/api/v1/jobs", server.base)).body("x".repeat(20_000_000)).send().await;
    if let Ok(refusal) = huge {
        assert_eq!(refusal.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(refusal.headers()["connection"], "close");
    }

    assert_eq!(server.get_json("/api/v1/jobs").await["items"], json!([]), "something was created");
    server.stop().await;
}

#[tokio::test]
async fn a_query_error_has_a_line_and_a_column() {
    let server = Server::start(1).await;
    let response = server
        .post("/api/v1/targets/preview", &json!({"queryCondition": "tags.floor = '3' AND tags.x =="}))
        .await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = response.json().await.unwrap();
    let error = &problem["errors"][0];
    assert_eq!((&error["field"], &error["line"]), (&json!("queryCondition"), &json!(1)), "{problem}");
    assert!((28..=31).contains(&error["column"].as_u64().unwrap()), "{problem}");
    server.stop().await;
}

/// A hundred thousand ids may be pasted into the form, so what pages send is as long as what programs may send.
#[tokio::test]
async fn a_page_may_send_a_long_list() {
    let server = Server::start(1).await;
    let ids: Vec<_> = (0..100_000).map(|number| format!("door-{number:06}")).collect();
    let list = server.post("/fn/preview", &json!({"request": {"deviceIds": ids}})).await;
    assert_eq!(list.status(), StatusCode::OK);
    let preview: Value = list.json().await.unwrap();
    assert_eq!(preview["Ok"]["count"], 0, "{preview}");

    let refused =
        server.post("/fn/preview", &json!({"request": {"deviceIds": ["x".repeat(17_000_000)]}})).await;
    assert_ne!(refused.status(), StatusCode::OK);
    let reason: Value = refused.json().await.unwrap();
    assert!(reason.to_string().contains("length limit exceeded"), "{reason}");
    server.stop().await;
}
