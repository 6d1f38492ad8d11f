//! The API's description: it names every route, and answers are as it says. Every answer that a test gets by
//! [`Server::send`] is compared with it; here is what those tests do not reach.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    connections::operations_of_modules,
    support::{Server, team::by_session},
};

/// The other direction, that every route is described, is tested beside the router.
#[tokio::test]
async fn every_described_route_takes_exactly_the_described_verbs() {
    let server = Server::start(0).await;
    let operations = server.description().await.operations();
    assert!(operations.len() > 25, "{operations:?}");
    let paths: BTreeSet<_> = operations.iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let address = path.replace(['{', '}'], "");
        let response =
            server.send(server.http.request(Method::OPTIONS, format!("{}{address}", server.base))).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = response.headers()[header::ALLOW].to_str().unwrap().to_owned();
        let allowed: BTreeSet<_> = allowed.split(',').filter(|verb| *verb != "HEAD").collect();
        let described =
            operations.iter().filter(|(_, other, _)| other == path).map(|(verb, ..)| verb.as_str());
        assert_eq!(allowed, described.collect(), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one request of every operation")]
async fn every_operation_answers_as_described() {
    let server = Server::start_connected(3).await;
    server.patch("/api/v1/simulator", &json!({"errorShare": 1, "latencyMs": 1})).await;
    let job = json!({
        "type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "lockDoor"},
    });
    let id = server.create_job(&job).await["jobId"].as_str().unwrap().to_owned();
    server.until_ended(&id).await;
    let base = format!("/api/v1/jobs/{id}");
    for path in [
        "/causes",
        "/landing",
        "/landing/0",
        "/latency",
        "/desired-sync",
        "/reruns",
        "/devices",
        "/devices.csv",
        "/devices.json",
        "/devices.txt",
        "/events",
    ] {
        assert_eq!(server.get(&format!("{base}{path}")).await.status(), StatusCode::OK, "{path}");
    }
    assert_eq!(server.post(&format!("{base}/rerun"), &json!({})).await.status(), StatusCode::CREATED);
    let rerun = server.get_json(&format!("{base}/reruns")).await;
    let again = rerun["items"][0]["jobId"].as_str().unwrap();
    server.until_ended(again).await;
    let compared = server.get(&format!("/api/v1/jobs/{again}/compare")).await;
    assert_eq!(compared.status(), StatusCode::OK, "compare");
    let mut later = json!({
        "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"a": 1}, "properties": {"desired": {"b": null}}},
    });
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    later["startTime"] = hub_wire::Timestamp::from(tomorrow).to_string().into();
    let scheduled = server.create_job(&later).await["jobId"].as_str().unwrap().to_owned();
    let cancel = format!("/api/v1/jobs/{scheduled}/cancel");
    server
        .until("it can be cancelled", async || server.post(&cancel, &json!({})).await.status().is_success())
        .await;
    rollout(&server, &job).await;
    let device =
        server.get_json("/api/v1/devices").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let device = format!("/api/v1/devices/{device}");
    assert!(server.patch(&format!("{device}/twin"), &json!({"tags": {"a": 1}})).await.status().is_success());
    assert!(server.post(&format!("{device}/methods/lockDoor"), &json!({})).await.status().is_success());
    let made = server.post(&format!("{device}/token"), &json!({"lifetimeSeconds": 60})).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(server.get("/api/v1/refusals").await.status(), StatusCode::OK);
    let message = server.post(&format!("{device}/messages"), &json!({"body": "hello"})).await;
    assert_eq!(message.status(), StatusCode::CREATED);
    let message = message.json::<Value>().await.unwrap()["messageId"].as_str().unwrap().to_owned();
    assert_eq!(server.get(&format!("{device}/messages/{message}")).await.status(), StatusCode::OK);
    let id = device.rsplit('/').next().unwrap();
    let compared = server.get(&format!("/api/v1/compare-twins?left={id}&right={id}")).await;
    assert_eq!(compared.status(), StatusCode::OK);
    for path in
        ["", "/jobs", "/calls", "/messages", "/telemetry", "/telemetry/events", "/connections", "/modules"]
    {
        assert_eq!(server.get(&format!("{device}{path}")).await.status(), StatusCode::OK, "{path}");
    }
    for path in
        ["/devices.csv?columns=tags.wing", "/devices.json?q=tags.simulated%20%3D%20true&columns=tags.wing"]
    {
        assert_eq!(server.get(&format!("/api/v1{path}")).await.status(), StatusCode::OK, "{path}");
    }
    let group = "/api/v1/groups/doors";
    let new_group = json!({"name": "Doors", "queryCondition": "tags.simulated = true"});
    assert_eq!(server.post("/api/v1/groups", &new_group).await.status(), StatusCode::CREATED);
    assert!(server.put(group, &new_group).await.status().is_success());
    assert!(server.post(&format!("{group}/count"), &json!({})).await.status().is_success());
    for path in ["/api/v1/groups", group, "/api/v1/groups/doors/telemetry/events"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    assert!(server.send(server.http.delete(format!("{}{group}", server.base))).await.status().is_success());
    let twin_job = json!({
        "jobId": "twin", "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 2}},
    });
    server.create_job(&twin_job).await;
    let id = device.rsplit('/').next().unwrap();
    let change = server.get(&format!("/api/v1/jobs/twin/devices/{id}/twin-change")).await;
    assert_eq!(change.status(), StatusCode::OK);
    answers_of_schedules(&server, &job).await;
    let template = "/api/v1/templates/doors";
    assert!(server.put(template, &job).await.status().is_success());
    for path in [
        "/me",
        "/templates",
        "/templates/doors",
        "/jobs",
        "/jobs.csv",
        "/jobs.json",
        "/hub",
        "/simulator",
        "/events",
        "/openapi.json",
        "/audit",
        "/audit.csv",
        "/audit.json",
        "/overview",
        "/overview/history?hours=2",
        "/overview/matrix",
    ] {
        assert_eq!(server.get(&format!("/api/v1{path}")).await.status(), StatusCode::OK, "{path}");
    }
    assert!(
        server.send(server.http.delete(format!("{}{template}", server.base))).await.status().is_success()
    );

    operations_of_the_registry(&server).await;

    // Each refuses a page of another site.
    let description = server.description().await;
    for (verb, path, _) in description.operations() {
        let address = path.replace(['{', '}'], "");
        let request = server.http.request(verb, format!("{}{address}", server.base));
        let refused = server.send(request.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let all: BTreeSet<_> = description.operations().into_iter().map(|(.., id)| id).collect();
    let mut answered = description.seen(true);
    answered.extend(operations_of_accounts().await);
    answered.extend(operations_of_modules().await);
    assert_eq!(answered, all, "operations that have answered with a success");
    assert_eq!(description.seen(false), all, "operations that have answered with a refusal");
    server.stop().await;
}

/// A job in waves, paused, resumed and brought to its next wave.
async fn rollout(server: &Server, job: &Value) {
    let mut job = job.clone();
    job["jobId"] = json!("rollout");
    job["rollout"] = json!({
        "waves": [{"size": {"devices": 1}, "gate": {"succeededPercent": 100, "then": "askPerson"}}],
        "stopRules": [{"outcome": "any", "percent": 99, "atLeast": 3}],
        "rate": {"perMinute": 600, "ramp": {"factor": 1.5, "afterEach": {"succeeded": 10}, "upToPerMinute": 700}},
        "windows": {"windows": [{"start": "00:00", "minutes": 1430}, {"start": "12:00", "minutes": 1430}], "zone": {"name": "UTC"}},
    });
    let estimate = json!({"rollout": job["rollout"], "devices": 3, "type": "scheduleDeviceMethod"});
    assert!(server.post("/api/v1/rollout-estimates", &estimate).await.status().is_success());
    server.create_job(&job).await;
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    let mut edited = job.clone();
    edited["jobId"] = json!("edited");
    edited["startTime"] = json!(hub_wire::Timestamp::from(tomorrow));
    server.create_job(&edited).await;
    assert!(server.put("/api/v1/jobs/edited", &edited).await.status().is_success());
    let base = "/api/v1/jobs/rollout";
    // Its only device has answered with an error, so the gate is not met.
    server
        .until("it is paused", async || {
            let job = server.get_json(base).await;
            job["rollout"]["phase"] == json!({"paused": {"gateNotMet": 0}})
        })
        .await;
    server.patch("/api/v1/simulator", &json!({"latencyMs": 60_000})).await;
    assert!(
        server.post(&format!("{base}/resume"), &json!({"counting": "fromStart"})).await.status().is_success()
    );
    assert!(server.post(&format!("{base}/pause"), &json!({"comment": "a look"})).await.status().is_success());
    for path in ["/api/v1/approvals", "/api/v1/jobs/rollout/rollout"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    assert_eq!(server.post(&format!("{base}/next-wave"), &json!({})).await.status(), StatusCode::CONFLICT);
    server.patch("/api/v1/simulator", &json!({"latencyMs": 1, "errorShare": 0})).await;
    let mut asks = job.clone();
    asks["jobId"] = json!("asks");
    server.create_job(&asks).await;
    server
        .until("it asks", async || {
            server.get_json("/api/v1/jobs/asks").await["rollout"]["stage"] == json!("awaitsPerson")
        })
        .await;
    assert!(server.post("/api/v1/jobs/asks/next-wave", &json!({})).await.status().is_success());
    server.patch("/api/v1/simulator", &json!({"errorShare": 1})).await;
}

/// Every operation of schedules.
async fn answers_of_schedules(server: &Server, job: &Value) {
    let schedules = "/api/v1/schedules";
    let spec = json!({"rule": {"type": "cron", "expression": "30 2 * * *"}, "zone": "Europe/Berlin"});
    let new = json!({"name": "Night", "spec": spec, "job": job});
    assert_eq!(server.post(schedules, &new).await.status(), StatusCode::CREATED);
    let night = format!("{schedules}/night");
    let run = server.post(&format!("{night}/run-now"), &json!({"comment": "after the move"})).await;
    assert_eq!(run.status(), StatusCode::OK);
    let job_id = run.json::<Value>().await.unwrap()["jobId"].as_str().unwrap().to_owned();
    server.until_ended(&job_id).await;
    assert!(server.post(&format!("{night}/pause"), &json!({"comment": "drill"})).await.status().is_success());
    assert!(server.post(&format!("{night}/resume"), &json!({})).await.status().is_success());
    assert!(server.post(&format!("{schedules}/preview"), &spec).await.status().is_success());
    assert!(server.put(&night, &new).await.status().is_success());
    for path in [schedules, &night, &format!("{night}/runs"), &format!("{night}/next?count=3")] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    assert!(server.send(server.http.delete(format!("{}{night}", server.base))).await.status().is_success());
}

async fn operations_of_the_registry(server: &Server) {
    let device = "/api/v1/devices/described";
    let new = json!({"deviceId": "described", "tags": {"a": 1}});
    assert_eq!(server.post("/api/v1/devices", &new).await.status(), StatusCode::CREATED);
    assert!(
        server.put(&format!("{device}/status"), &json!({"status": "disabled"})).await.status().is_success()
    );
    assert!(server.post(&format!("{device}/keys/secondary"), &json!({})).await.status().is_success());
    assert!(server.post(&format!("{device}/connection-string"), &json!({})).await.status().is_success());
    assert_eq!(server.get(&format!("{device}/identity")).await.status(), StatusCode::OK);

    let changes = "/api/v1/registry-changes";
    let many: Vec<_> = (0..5000).map(|number| format!("nobody-{number}")).collect();
    let enable = json!({"kind": "enable", "deviceIds": ["described", "nobody"]});
    assert_eq!(server.post(&format!("{changes}/preview"), &enable).await.status(), StatusCode::OK);
    let begun: Value = server.post(changes, &enable).await.json().await.unwrap();
    let change = format!("{changes}/{}", begun["changeId"]);
    server.until("it has ended", async || server.get_json(&change).await["endTime"].is_string()).await;
    for path in [changes, &change, &format!("{change}/devices")] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    for path in ["undo", "rerun"] {
        let status = server.post(&format!("{change}/{path}"), &json!({})).await.status();
        assert_eq!(status, StatusCode::CREATED, "{path}");
    }
    // So many that some wait to be sent.
    let disable = json!({"kind": "disable", "deviceIds": many});
    let long: Value = server.post(changes, &disable).await.json().await.unwrap();
    let cancel = format!("{changes}/{}/cancel", long["changeId"]);
    assert_eq!(server.post(&cancel, &json!({})).await.status(), StatusCode::OK);
    let delete = server.http.delete(format!("{}{device}", server.base));
    assert_eq!(server.send(delete).await.status(), StatusCode::OK);
}

/// Operations that succeed only where people sign in.
async fn operations_of_accounts() -> BTreeSet<String> {
    let folder = tempfile::TempDir::new().unwrap();
    let server = Server::start_in(folder, 0, &["--sign-in", "--approval-methods", "lockDoor"]).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    let aino = server.join("aino", "approver", &priya).await;
    let made = server.make_token("viewer", &priya).await;
    let token = format!("{}/api/v1/tokens/{}", server.base, made["info"]["tokenId"]);
    let accounts = format!("{}/api/v1/service-accounts", server.base);
    let account = json!({"name": "Deployment", "userName": "deploy", "role": "operator"});
    for request in [
        server.http.get(format!("{}/api/v1/tokens?all=true", server.base)),
        server.http.delete(token),
        server.http.post(&accounts).json(&account),
        server.http.get(&accounts),
    ] {
        assert!(server.send(by_session(request, Some(&priya))).await.status().is_success());
    }
    for verb in ["approve", "reject"] {
        let job = json!({
            "jobId": verb, "type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor"}, "rollout": {},
        });
        let request = server.http.post(format!("{}/api/v1/jobs", server.base)).json(&job);
        assert!(server.send(by_session(request, Some(&priya))).await.status().is_success(), "{verb}");
        let rollout = server.get_as(&format!("/api/v1/jobs/{verb}/rollout"), Some(&priya)).await;
        let rollout: Value = rollout.json().await.unwrap();
        let decision = json!({"hash": rollout["approval"]["hash"], "comment": "seen"});
        let request = server.http.post(format!("{}/api/v1/jobs/{verb}/{verb}", server.base)).json(&decision);
        assert!(server.send(by_session(request, Some(&aino))).await.status().is_success(), "{verb}");
    }
    let seen = server.description().await.seen(true);
    server.stop().await;
    seen
}

#[tokio::test]
async fn an_answer_that_is_not_as_described_is_noticed() {
    let server = Server::start(0).await;
    let description = server.description().await;
    let hub = server.get_json("/api/v1/hub").await;
    let problem = server.get_json("/api/v1/jobs/nobody").await;
    let json = "application/json";
    let check = |path: &str, status: u16, media: &str, body: &Value| {
        description.check(&Method::GET, path, status, media, body)
    };
    assert_eq!(check("/api/v1/hub", 200, json, &hub), Ok(()));
    assert_eq!(check("/api/v1/jobs/x", 404, "application/problem+json", &problem), Ok(()));

    let changed = |body: &Value, change: fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        body
    };
    for (what, result) in [
        (
            "a member is missing",
            check(
                "/api/v1/hub",
                200,
                json,
                &changed(&hub, |hub| {
                    hub.as_object_mut().unwrap().remove("hostName");
                }),
            ),
        ),
        (
            "a member is another type",
            check("/api/v1/hub", 200, json, &changed(&hub, |hub| hub["reachable"] = json!(1))),
        ),
        (
            "a word is unknown",
            check("/api/v1/hub", 200, json, &changed(&hub, |hub| hub["kind"] = json!("other"))),
        ),
        (
            "a member is not described",
            check("/api/v1/hub", 200, json, &changed(&hub, |hub| hub["new"] = json!(1))),
        ),
        (
            "a time is no time",
            check("/api/v1/hub", 200, json, &changed(&hub, |hub| hub["asOf"] = json!("now"))),
        ),
        ("a success is not described", check("/api/v1/hub", 202, json, &hub)),
        ("a media type is not described", check("/api/v1/hub", 200, "text/plain", &hub)),
        ("a problem has another status", check("/api/v1/jobs/x", 409, "application/problem+json", &problem)),
        (
            "a problem is no problem",
            check("/api/v1/jobs/x", 404, "application/problem+json", &json!({"status": 404})),
        ),
        ("there is no such resource", check("/api/v1/nothing", 200, json, &hub)),
    ] {
        assert!(result.is_err(), "{what}");
    }
    server.stop().await;
}
