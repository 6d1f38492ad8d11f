//! What the server's door lets in and what it says to everything else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::process::Stdio;

use reqwest::{Method, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::{Server, files, fleetcast};

/// The refusal of one bad input: a status, and the field that the problem names.
async fn check(server: &Server, method: Method, path: &str, body: &Value, status: u16, field: &str) {
    let request = server.http.request(method, format!("{}{path}", server.base));
    let request = if body.is_null() { request } else { request.json(body) };
    let response = request.send().await.unwrap();
    let content_type = response.headers()[header::CONTENT_TYPE].clone();
    let id = response.headers()["x-request-id"].clone();
    assert_eq!(response.status().as_u16(), status, "{path} {body}");
    assert_eq!(content_type, "application/problem+json", "{path} {body}");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["requestId"], id.to_str().unwrap());
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
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
        (with("/maxExecutionTimeInSeconds", json!(0)), "maxExecutionTimeInSeconds"),
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
        ("/api/v1/jobs?colour=red", "query"),
        ("/api/v1/jobs/x/devices?status=done", "status"),
        ("/api/v1/jobs/x/devices?order=random", "order"),
        ("/api/v1/jobs/x/devices?offset=-1", "offset"),
        ("/api/v1/jobs/x/devices?cell=first", "cell"),
        ("/api/v1/jobs/x/landing/first", "cell"),
        ("/api/v1/devices/x/jobs?limit=0", "limit"),
        ("/api/v1/devices/x/jobs?cursor=garbage", "cursor"),
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
    check(&server, Method::PUT, "/api/v1/templates/t", &json!({}), 422, "body").await;
    check(&server, Method::PUT, &format!("/api/v1/templates/{}", "x".repeat(65)), &good, 422, "name").await;
    for path in
        ["causes", "landing", "landing/0", "latency", "reruns", "devices.csv", "devices.json", "devices.txt"]
    {
        check(&server, Method::GET, &format!("/api/v1/jobs/nobody/{path}"), &Value::Null, 404, "").await;
    }
    check(&server, Method::GET, "/api/v1/templates/nobody", &Value::Null, 404, "").await;
    check(&server, Method::DELETE, "/api/v1/templates/nobody", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/devices/nobody/telemetry", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/devices/nobody", &Value::Null, 404, "").await;
    check(&server, Method::GET, "/api/v1/nothing", &Value::Null, 404, "").await;
    check(&server, Method::DELETE, "/api/v1/jobs", &Value::Null, 405, "").await;

    let not_json = server.http.post(format!("{}/api/v1/jobs", server.base)).body("{").send().await.unwrap();
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
async fn a_query_error_says_where() {
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
    let told: Value = list.json().await.unwrap();
    assert_eq!(told["Ok"]["count"], 0, "{told}");

    let refused =
        server.post("/fn/preview", &json!({"request": {"deviceIds": ["x".repeat(17_000_000)]}})).await;
    assert_ne!(refused.status(), StatusCode::OK);
    let reason: Value = refused.json().await.unwrap();
    assert!(reason.to_string().contains("length limit exceeded"), "{reason}");
    server.stop().await;
}

#[tokio::test]
async fn the_description_names_what_is_there() {
    let server = Server::start(1).await;
    let description = server.get_json("/api/v1/openapi.json").await;
    for (path, operations) in description["paths"].as_object().unwrap() {
        let address = path
            .replace("{job_id}", "nobody")
            .replace("{device_id}", "nobody")
            .replace("{method_name}", "m")
            .replace("{name}", "nobody")
            .replace("{cell}", "0");
        for verb in operations.as_object().unwrap().keys() {
            if path.ends_with("events") && verb == "get" && !path.contains("job_id") {
                continue;
            }
            let verb = Method::from_bytes(verb.to_uppercase().as_bytes()).unwrap();
            let response =
                server.http.request(verb.clone(), format!("{}{address}", server.base)).send().await.unwrap();
            assert_ne!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{verb} {path}");
            let text = response.text().await.unwrap();
            assert!(!text.contains("No resource"), "{verb} {path}: {text}");
        }
    }
    server.stop().await;
}

/// Promise 9: the key's text is in no page, asset, answer, error, or log.
#[tokio::test]
async fn no_secret_leaves_the_server() {
    let server = Server::start_connected(2).await;
    let connection = hub_embedded::connection_string(server.data_dir(), "localhost").await.unwrap();
    let key = connection.key.to_base64();
    let key = key.expose_secret().trim_end_matches('=').to_owned();
    let device =
        server.get_json("/api/v1/devices?limit=1").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let mut texts = Vec::new();
    for path in [
        "/",
        "/jobs",
        "/jobs/new",
        "/jobs/nobody",
        "/devices",
        "/devices?q=bad+query",
        &format!("/devices/{device}"),
        "/pkg/fleetcast.js",
        "/pkg/fleetcast.css",
        "/pkg/fleetcast_bg.wasm",
        "/api/v1/hub",
        "/api/v1/simulator",
        "/api/v1/devices",
        &format!("/api/v1/devices/{device}"),
        "/api/v1/nothing",
        "/metrics",
        "/readyz",
    ] {
        texts.push((path.to_owned(), server.get(path).await.bytes().await.unwrap().to_vec()));
    }
    let (_folder, log) = server.stop().await;
    texts.push(("the log".into(), log.into_bytes()));
    for (place, text) in texts {
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(&key), "the hub's key is in {place}");
        assert!(!text.contains("SharedAccessSignature sr="), "a token is in {place}");
    }
}

#[tokio::test]
async fn answers_carry_the_security_headers() {
    let server = Server::start(0).await;
    let page = server.get("/jobs").await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'nonce-"), "{policy}");
    // WASM may be compiled; text may not become a program, nor may a script stand in the page without the nonce.
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
    assert!(!scripts.contains("'unsafe-eval'") && !scripts.contains("'unsafe-inline'"), "{policy}");
    assert_eq!(page.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let other =
        server.get("/jobs").await.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert_ne!(policy, other, "the nonce must differ from page to page");
    let api = server.get("/api/v1/hub").await;
    assert_eq!(api.headers()[header::CONTENT_SECURITY_POLICY], "default-src 'none'; frame-ancestors 'none'");
    let foreign = server
        .http
        .post(format!("{}/api/v1/jobs", server.base))
        .header(header::ORIGIN, "https://attacker.example")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = Server::start(0).await;
    let output = fleetcast()
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(server.data_dir())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(sentence.contains("another fleetcast uses the data folder"), "{sentence}");
    server.stop().await;
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why() {
    let folder = tempfile::TempDir::new().unwrap();
    for (flags, sentence) in [
        (vec!["--hub-connection-string", "HostName=h"], "lacks 'SharedAccessKeyName'"),
        (vec!["--hub-connection-string-file", "/nonexistent"], "/nonexistent"),
        (vec!["--hub-tier", "s9"], "expected s1, s2 or s3"),
    ] {
        let output = fleetcast()
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path())
            .args(&flags)
            .output()
            .await
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(sentence), "{flags:?}: {errors}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(1).await;
    for path in files(server.data_dir()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let is_public = name == "ca.pem" || name == "server.pem" || name == "lock";
        assert!(is_public || mode.trailing_zeros() >= 6, "{name} has mode {mode:o}");
    }
    server.stop().await;
}
