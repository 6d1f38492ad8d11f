//! Hostile text in an address or in the stores makes no element in a page, and no text of an address is shown as the
//! server's.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    html::page,
    support::{Server, encoded},
};

/// Ends whatever element it is in, and then adds elements of its own.
const HOSTILE: &str = "\"'--></textarea></title></script></style></noscript></template></form>\
    <form id=pwned action=/fn/create-job method=post><button id=pwned>x</button></form>\
    <img id=pwned src=x onerror=alert(1)><meta id=pwned http-equiv=refresh content=0>";

/// Loads a page and checks that the hostile text made no element in it.
async fn check_page(server: &Server, address: &str) {
    let page = page(server, address).await;
    let injected = page.all(|element| {
        element.get("id").is_some_and(|id| id.contains("pwned"))
            || element.get("onerror").is_some()
            || element.name == "meta" && element.get("http-equiv").is_some()
    });
    assert!(injected.is_empty(), "{address}: {injected:?}");
    assert_eq!(page.id("main").name, "main", "{address}");
}

/// Every word in the app's source that may be the name of a parameter.
fn parameter_names() -> Vec<String> {
    fn read(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, names);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let words = text.split('"').filter(|word| {
                    (1..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
                });
                names.extend(words.map(str::to_owned));
            }
        }
    }
    let mut names = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"), &mut names);
    for name in ["payload", "devices", "query", "draft", "cause", "answer", "tab"] {
        assert!(names.contains(name), "{name} is a parameter");
    }
    names.into_iter().collect()
}

#[tokio::test]
async fn no_address_adds_an_element_to_a_page() {
    let server = Server::start_connected(1).await;
    let job = json!({
        "jobId": "plain", "type": "scheduleUpdateTwin", "updateTwin": {"tags": {"a": 1}}, "queryCondition": "*",
    });
    server.create_job(&job).await;
    server.until_ended("plain").await;
    server.post("/api/v1/groups", &json!({"name": "Doors", "queryCondition": "*"})).await;
    let spec = json!({"rule": {"type": "cron", "expression": "30 2 * * *"}});
    let job = json!({"type": "scheduleUpdateTwin", "updateTwin": {"tags": {"a": 1}}, "queryCondition": "*"});
    server.post("/api/v1/schedules", &json!({"name": "Night", "spec": spec, "job": job})).await;
    let enable = json!({"kind": "enable", "queryCondition": "*"});
    assert!(server.post("/api/v1/registry-changes", &enable).await.status().is_success());
    let devices = server.get_json("/api/v1/devices?limit=1").await;
    let device = devices["items"][0]["deviceId"].as_str().unwrap();
    let value = encoded(HOSTILE);
    let names = parameter_names();
    let pages = [
        "/".to_owned(),
        "/jobs".to_owned(),
        "/jobs/new".to_owned(),
        "/jobs/plain".to_owned(),
        "/jobs/plain/compare".to_owned(),
        "/devices".to_owned(),
        format!("/devices/{device}"),
        "/simulator".to_owned(),
        "/approvals".to_owned(),
        "/audit".to_owned(),
        "/webhooks".to_owned(),
        "/wall".to_owned(),
        "/groups".to_owned(),
        "/groups/new".to_owned(),
        "/groups/doors".to_owned(),
        "/groups/doors/edit".to_owned(),
        "/schedules".to_owned(),
        "/schedules/night".to_owned(),
        "/devices/new".to_owned(),
        "/registry-changes".to_owned(),
        "/registry-changes/new".to_owned(),
        "/registry-changes/1".to_owned(),
    ];
    for path in &pages {
        for some in names.chunks(40) {
            let query: Vec<_> = some.iter().map(|name| format!("{name}={value}")).collect();
            check_page(&server, &format!("{path}?{}", query.join("&"))).await;
        }
        // Parameters that only mean something without a source that there is not.
        for name in
            ["payload", "method", "query", "devices", "device", "start", "connect", "limit", "q", "cause"]
        {
            check_page(&server, &format!("{path}?{name}={value}")).await;
        }
    }
    for path in ["/jobs", "/devices", "", "/simulator", "/jobs/plain", "/groups", "/groups/doors"] {
        check_page(&server, &format!("{path}/{value}")).await;
    }
    for text in [HOSTILE, "\n{\n  \"a\": 1\n}", "\n\n", "a &amp; b &lt;", ""] {
        for name in ["payload", "devices"] {
            let page = page(&server, &format!("/jobs/new?{name}={}", encoded(text))).await;
            let field = page.id(name);
            assert_eq!((field.name.as_str(), field.text.as_str()), ("textarea", text), "{name}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn no_stored_text_adds_an_element_to_a_page() {
    let server = Server::start_connected(1).await;
    let devices = server.get_json("/api/v1/devices?limit=1").await;
    let device = devices["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let odd_key = "</textarea><img/id=pwned>";
    let condition = format!("deviceId <> '{}'", HOSTILE.replace('\'', "\\'"));
    let change = json!({
        "tags": {"a": HOSTILE, odd_key: HOSTILE},
        "properties": {"desired": {"a": HOSTILE, odd_key: {odd_key: HOSTILE}}},
    });
    let method = json!({
        "jobId": "hostile-method", "type": "scheduleDeviceMethod",
        "cloudToDeviceMethod": {"methodName": "</title><img/id=pwned>", "payload": {odd_key: HOSTILE}},
        "queryCondition": condition, "name": "</title></textarea><img/id=pwned>", "reason": HOSTILE,
    });
    let mut method = method;
    if server.post("/api/v1/jobs", &method).await.status() != StatusCode::CREATED {
        method["cloudToDeviceMethod"]["methodName"] = "lockDoor".into();
        server.create_job(&method).await;
    }
    let twin = json!({
        "jobId": "hostile-twin", "type": "scheduleUpdateTwin", "updateTwin": change, "queryCondition": condition,
    });
    server.create_job(&twin).await;
    for job in ["hostile-method", "hostile-twin"] {
        server.until_ended(job).await;
    }
    let patched = server.patch(&format!("/api/v1/devices/{device}/twin"), &change).await;
    assert_eq!(patched.status(), StatusCode::OK, "{}", patched.text().await.unwrap());
    let template = format!("/api/v1/templates/{}", encoded("</title><img id=pwned>"));
    let mut job = method.clone();
    job.as_object_mut().unwrap().remove("jobId");
    let saved = server.put(&template, &job).await;
    assert_eq!(saved.status(), StatusCode::OK, "{}", saved.text().await.unwrap());

    let fields = [
        ("name", HOSTILE),
        ("url", "https://example.com/hook"),
        ("format", "standard"),
        ("events[]", "job.started"),
    ];
    let webhook = server.call("create-webhook", &fields[..], None).await;
    assert_eq!(webhook.status(), StatusCode::UNPROCESSABLE_ENTITY, "it is longer than a name may be");
    let fields = [("name", "</title><img id=pwned>"), fields[1], fields[2], fields[3]];
    assert_eq!(server.call("create-webhook", &fields, None).await.status(), StatusCode::OK);
    server.call("test-webhook", &[("webhook_id", "1")], None).await;
    let by_condition =
        json!({"name": "</title><img/id=pwned>", "description": HOSTILE, "queryCondition": condition});
    let by_list = json!({"name": "</option></select><img/id=pwned>", "deviceIds": ["'<img_id=pwned>"]});
    let mut groups = Vec::new();
    for group in [by_condition, by_list] {
        let created = server.post("/api/v1/groups", &group).await;
        let text = created.text().await.unwrap();
        if let Some(id) = serde_json::from_str::<serde_json::Value>(&text).unwrap()["groupId"].as_str() {
            groups.push(id.to_owned());
        }
    }
    assert!(!groups.is_empty());
    for group in &groups {
        for address in ["", "/edit", "?delete=ask", "/telemetry"] {
            check_page(&server, &format!("/groups/{group}{address}")).await;
        }
        check_page(&server, &format!("/jobs/new?group={group}")).await;
    }
    check_page(&server, "/groups").await;

    let message =
        json!({"body": HOSTILE, "contentType": "text/plain", "properties": {"a": "'<img id=pwned>"}});
    assert_eq!(
        server.post(&format!("/api/v1/devices/{device}/messages"), &message).await.status(),
        StatusCode::CREATED
    );

    for address in [
        "/webhooks".to_owned(),
        "/jobs".to_owned(),
        "/jobs?tab=all".to_owned(),
        "/jobs/hostile-method".to_owned(),
        format!("/jobs/hostile-method?open={device}"),
        "/jobs/hostile-twin?cancel=ask".to_owned(),
        "/jobs/new".to_owned(),
        "/jobs/new?from=hostile-method".to_owned(),
        "/jobs/new?from=hostile-twin".to_owned(),
        format!("/jobs/new?template={}", encoded("</title><img id=pwned>")),
        "/devices".to_owned(),
        format!("/devices?cols={}", encoded("tags.a")),
        format!("/devices?facet={}", encoded("tags.a")),
        format!("/devices/{device}"),
        format!("/devices/{device}/messages"),
        format!("/devices/compare?left={device}&right={}", encoded(HOSTILE)),
        "/approvals".to_owned(),
        "/audit".to_owned(),
    ] {
        check_page(&server, &address).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn text_in_an_address_is_not_shown_as_a_message_of_the_server() {
    let server = Server::start_connected(1).await;
    let devices = server.get_json("/api/v1/devices?limit=1").await;
    let device = devices["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let problem = json!({
        "type": "x", "title": "Call 555-0100 now", "status": 500, "detail": "Call 555-0100 now", "retryable": false,
    });
    let answer = json!({"status": 200, "payload": "Call 555-0100 now", "roundTripMs": 3});
    for address in [
        format!("/jobs/new?method=a&refused={}", encoded(&problem.to_string())),
        format!("/jobs/new?method=a&draft={}", encoded(&problem.to_string())),
        format!("/devices/{device}?call={}", encoded(&answer.to_string())),
    ] {
        let text = server.get(&address).await.text().await.unwrap();
        assert!(!text.contains("555-0100"), "{address}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_job_named_new_has_a_page() {
    let server = Server::start_connected(1).await;
    let job = json!({
        "jobId": "new", "type": "scheduleUpdateTwin", "updateTwin": {"tags": {"a": 1}}, "queryCondition": "*",
    });
    server.create_job(&job).await;
    server.until_ended("new").await;
    let list = page(&server, "/jobs?tab=all").await;
    let links = list.all(|element| element.get("href") == Some("/jobs/~new"));
    assert!(!links.is_empty(), "the list links to it");
    let shown = page(&server, "/jobs/~new").await;
    let ids = shown.within(|element| element.name == "main", "code");
    assert!(ids.iter().any(|id| id.text == "new"), "the page names the job's id");
    assert_eq!(server.get("/jobs/~new").await.status(), StatusCode::OK);
    assert_eq!(server.get("/jobs/~other").await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}
