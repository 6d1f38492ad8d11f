//! Messages to devices and from them: sent, answered with feedback, followed live; and two twins side by side.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Server,
    team::{PASSWORD, SignedIn, by_session},
};

const DOOR: &str = "/api/v1/devices/door-0001";

/// Sends a message; returns its address and the answer.
async fn send(server: &Server, body: &Value) -> (String, Value) {
    let response = server.post(&format!("{DOOR}/messages"), body).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let address = response.headers()["location"].to_str().unwrap().replace("%2D", "-");
    (address, response.json().await.unwrap())
}

/// Waits until a message is in a state, and returns it.
async fn until_state(server: &Server, address: &str, state: &str) -> Value {
    server.until(state, async || server.get_json(address).await["state"] == state).await;
    server.get_json(address).await
}

/// The messages of a stream until one of them satisfies a condition.
async fn telemetry(server: &Server, path: &str, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut response = server.http.get(format!("{}{path}", server.base)).send().await.unwrap();
    assert!(response.status().is_success(), "{path}");
    let (mut text, mut messages) = (String::new(), Vec::new());
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((block, rest)) = text.split_once("\n\n") {
            let fields: BTreeMap<_, _> = block.lines().filter_map(|line| line.split_once(": ")).collect();
            if fields.get("event") == Some(&"telemetry") {
                let data: Value = serde_json::from_str(fields["data"]).unwrap();
                messages.extend(data["items"].as_array().unwrap().iter().cloned());
                let newest = messages.last().map(|message| message["sequence"].to_string());
                assert_eq!(fields.get("id").map(|id| (*id).to_owned()), newest);
            }
            text = rest.to_owned();
        }
        if messages.iter().any(&is_last) {
            return messages;
        }
    }
    panic!("the stream ended after {messages:?}");
}

#[tokio::test]
async fn a_message_is_accepted_and_the_device_answers_with_telemetry() {
    let server = Server::start_connected(3).await;
    let message = json!({
        "body": "{\"show\": \"hello\"}", "properties": {"site": "größe 43"}, "expiresInSeconds": 600,
    });
    let (address, sent) = send(&server, &message).await;
    assert_eq!(
        (&sent["contentType"], &sent["origin"]),
        (&json!("application/json"), &json!("api")),
        "{sent}"
    );
    let accepted = until_state(&server, &address, "accepted").await;
    assert_eq!((&accepted["body"], &accepted["properties"]), (&message["body"], &message["properties"]));
    let listed = server.get_json(&format!("{DOOR}/messages")).await;
    assert_eq!(listed["items"], json!([accepted]));
    assert_eq!(server.get_json("/api/v1/devices/door-0002/messages").await["items"], json!([]));
    let of_another = address.replace("door-0001", "door-0002");
    assert_eq!(server.get(&of_another).await.status(), StatusCode::NOT_FOUND);

    // What it received is in the last messages and in the streams of the device and of its group.
    let is_answer = |message: &Value| message["body"]["received"] == json!({"show": "hello"});
    let group = json!({"name": "Doors", "queryCondition": "tags.simulated = true"});
    assert_eq!(server.post("/api/v1/groups", &group).await.status(), StatusCode::CREATED);
    let others = json!({"name": "Others", "deviceIds": ["door-0002"]});
    assert_eq!(server.post("/api/v1/groups", &others).await.status(), StatusCode::CREATED);
    let mut newest = 0;
    for path in [format!("{DOOR}/telemetry/events"), "/api/v1/groups/doors/telemetry/events".to_owned()] {
        let messages = telemetry(&server, &path, is_answer).await;
        let answer = messages.iter().find(|message| is_answer(message)).unwrap();
        assert_eq!(
            (&answer["deviceId"], &answer["properties"]["kind"]),
            (&json!("door-0001"), &json!("answer"))
        );
        newest = answer["sequence"].as_u64().unwrap();
    }
    // A stream that is opened again goes on after the last message, and another group gets its own device's only.
    let other = json!({"body": "from another door"});
    let response = server.post("/api/v1/devices/door-0002/messages", &other).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let is_second = |message: &Value| message["body"]["received"] == "from another door";
    let resumed = format!("/api/v1/groups/doors/telemetry/events?since={newest}");
    assert_eq!(telemetry(&server, &resumed, is_second).await.len(), 1);
    let of_others = telemetry(&server, "/api/v1/groups/others/telemetry/events", is_second).await;
    assert!(of_others.iter().all(|message| message["deviceId"] == "door-0002"), "{of_others:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_message_waits_for_its_device_and_expires() {
    let server = Server::start_connected(2).await;
    server.patch("/api/v1/simulator", &json!({"offlineShare": 1})).await;
    server.until_connected(0).await;
    let (waiting, sent) = send(&server, &json!({"body": "later"})).await;
    assert_eq!((&sent["state"], &sent["contentType"]), (&json!("pending"), &json!("text/plain")));
    let (expiring, _) = send(&server, &json!({"body": "now or never", "expiresInSeconds": 1})).await;
    until_state(&server, &expiring, "expired").await;
    assert_eq!(server.get_json(&waiting).await["state"], "pending");
    server.patch("/api/v1/simulator", &json!({"offlineShare": 0})).await;
    until_state(&server, &waiting, "accepted").await;

    // The hub's queue of a device is full with 50 messages.
    server.patch("/api/v1/simulator", &json!({"offlineShare": 1})).await;
    server.until_connected(0).await;
    for _ in 0..50 {
        send(&server, &json!({"body": "x"})).await;
    }
    let refused = server.post(&format!("{DOOR}/messages"), &json!({"body": "one too many"})).await;
    assert!(refused.status().is_client_error(), "{}", refused.status());
    let newest = server.get_json(&format!("{DOOR}/messages?limit=1")).await;
    assert_eq!(newest["items"][0]["state"], "refused", "{newest}");
    assert_eq!(newest["items"][0]["error"]["code"], "DeviceMaximumQueueDepthExceeded", "{newest}");
    let next = newest["nextCursor"].as_str().unwrap();
    let page = server.get_json(&format!("{DOOR}/messages?limit=500&cursor={next}")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 52);
    server.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_messages_and_reads_their_feedback() {
    let server = Server::start_connected(1).await;
    server.patch("/api/v1/simulator", &json!({"offlineShare": 1})).await;
    server.until_connected(0).await;
    let (address, _) = send(&server, &json!({"body": "kept"})).await;
    let (folder, _) = server.stop().await;
    let server = Server::start_in(folder, 1, &[]).await;
    server.patch("/api/v1/simulator", &json!({"offlineShare": 0})).await;
    assert_eq!(until_state(&server, &address, "accepted").await["body"], "kept");
    server.stop().await;
}

#[tokio::test]
async fn a_scope_limits_messages_and_a_viewer_sends_none() {
    let (server, priya) = Server::start_team(3).await;
    let mara = server.join("mara", "operator", &priya).await;
    let fields = [("user_id", mara.user_id()), ("scope", "deviceId = 'door-0001'")];
    assert_eq!(server.call("set-scope", &fields, Some(&priya)).await.status(), StatusCode::OK);
    let mara = SignedIn::of(server.sign_in("mara", PASSWORD).await).await;
    let vik = server.join("vik", "viewer", &priya).await;
    for (by, device, status) in [
        (&mara, "door-0001", StatusCode::CREATED),
        (&mara, "door-0002", StatusCode::NOT_FOUND),
        (&mara, "no-such-door", StatusCode::NOT_FOUND),
        (&vik, "door-0001", StatusCode::FORBIDDEN),
    ] {
        let request = server.http.post(format!("{}/api/v1/devices/{device}/messages", server.base));
        let response = server.send(by_session(request.json(&json!({"body": "hello"})), Some(by))).await;
        assert_eq!(response.status(), status, "{device}");
    }
    let sent = server.get_as(&format!("{DOOR}/messages"), Some(&vik)).await.json::<Value>().await.unwrap();
    assert!(sent["items"][0]["requestedBy"].as_str().unwrap().to_lowercase().contains("mara"), "{sent}");
    let log =
        server.get_as("/api/v1/audit?action=message:send", Some(&priya)).await.json::<Value>().await.unwrap();
    assert!(log["items"].as_array().unwrap().len() >= 3, "{log}");
    server.stop().await;
}

#[tokio::test]
async fn twins_are_compared() {
    let server = Server::start_connected(2).await;
    let patch = json!({"tags": {"wing": "north"}, "properties": {"desired": {"mode": {"night": true}}}});
    assert!(server.patch(&format!("{DOOR}/twin"), &patch).await.status().is_success());
    let compared = server.get_json("/api/v1/compare-twins?left=door-0001&right=door-0002").await;
    let values = compared["values"].as_array().unwrap();
    let differing = usize::try_from(compared["differing"].as_u64().unwrap()).unwrap();
    assert!(values[..differing].iter().all(|value| value["differs"] == true), "{compared}");
    assert!(values[differing..].iter().all(|value| value["differs"] == false), "{compared}");
    let night = values.iter().find(|value| value["path"] == "mode.night").unwrap();
    assert_eq!(*night, json!({"section": "desired", "path": "mode.night", "left": true, "differs": true}));
    let itself = server.get_json("/api/v1/compare-twins?left=door-0001&right=door-0001").await;
    assert_eq!(itself["differing"], 0);
    let unknown = server.get("/api/v1/compare-twins?left=door-0001&right=nobody").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn a_twin_before_and_after_a_job() {
    let server = Server::start_connected(2).await;
    let before = json!({"properties": {"desired": {"mode": {"night": false, "every": 60}}}});
    assert!(server.patch(&format!("{DOOR}/twin"), &before).await.status().is_success());
    let mut job = json!({
        "jobId": "night", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"zone": "north"}, "properties": {"desired": {"mode": {"night": true, "every": null}}}},
    });
    server.create_job(&job).await;
    server.until_ended("night").await;
    let change = server.get_json("/api/v1/jobs/night/devices/door-0001/twin-change").await;
    assert!(change["readTimeUtc"].is_string(), "{change}");
    assert_eq!(
        change["values"],
        json!([
            {"section": "tags", "path": "zone", "set": "north", "now": "north"},
            {"section": "desired", "path": "mode.every", "before": 60},
            {"section": "desired", "path": "mode.night", "before": false, "set": true, "now": true},
        ])
    );
    // What is changed afterwards shows as it is now; what was before stays.
    assert!(server.patch(&format!("{DOOR}/twin"), &before).await.status().is_success());
    let later = server.get_json("/api/v1/jobs/night/devices/door-0001/twin-change").await;
    assert_eq!((&later["values"][2]["set"], &later["values"][2]["now"]), (&json!(true), &json!(false)));

    // A job on a list keeps them too; a rerun does not.
    job["jobId"] = "listed".into();
    job.as_object_mut().unwrap().remove("queryCondition");
    job["deviceIds"] = json!(["door-0002"]);
    server.create_job(&job).await;
    server.until_ended("listed").await;
    let listed = server.get_json("/api/v1/jobs/listed/devices/door-0002/twin-change").await;
    assert_eq!(listed["values"][0]["before"], "north");
    for path in [
        "/api/v1/jobs/nothing/devices/door-0001/twin-change",
        "/api/v1/jobs/night/devices/nobody/twin-change",
    ] {
        assert_eq!(server.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let method = json!({
        "jobId": "lock", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor"},
    });
    server.create_job(&method).await;
    let refused = server.get("/api/v1/jobs/lock/devices/door-0001/twin-change").await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    server.stop().await;
}
