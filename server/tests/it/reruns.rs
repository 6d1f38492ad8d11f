//! Causes of failures and reruns of exactly these devices; lists of devices and templates.

use crate::support::Server;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn lock_door() -> Value {
    json!({"type": "scheduleDeviceMethod", "cloudToDeviceMethod": {"methodName": "lockDoor"}, "queryCondition": "*"})
}

#[tokio::test]
async fn a_cause_lists_its_devices_and_a_rerun_addresses_exactly_these() {
    let server = Server::start_connected(30).await;
    server.patch("/api/v1/simulator", &json!({"errorShare": 0.5, "latencyMs": 1})).await;
    let job = server.create_job(&lock_door()).await;
    let ended = server.until_ended(job["jobId"].as_str().unwrap()).await;
    let failed = ended["outcomes"]["failed"].as_u64().unwrap();
    assert!((1..30).contains(&failed), "{ended}");
    let address = format!("/api/v1/jobs/{}", ended["jobId"].as_str().unwrap());

    let causes = server.get_json(&format!("{address}/causes")).await;
    assert_eq!(causes["items"].as_array().unwrap().len(), 1, "{causes}");
    assert_eq!(causes["items"][0]["key"], json!({"code": "500", "message": "BOLT_JAMMED"}));
    assert_eq!(causes["items"][0]["count"], failed);
    let ids = server.get(&format!("{address}/devices.txt?cause=500:BOLT_JAMMED")).await.text().await.unwrap();
    assert_eq!(ids.lines().count() as u64, failed);
    let map = server.get_json(&format!("{address}/landing")).await;
    assert_eq!(map["cells"].as_str().unwrap().matches('f').count() as u64, failed);
    let latency = server.get_json(&format!("{address}/latency")).await;
    assert_eq!(latency["count"], 30);

    server.patch("/api/v1/simulator", &json!({"errorShare": 0})).await;
    let rerun = server.post(&format!("{address}/rerun"), &json!({"cause": "500:BOLT_JAMMED"})).await;
    assert_eq!(rerun.status(), StatusCode::CREATED);
    let rerun: Value = rerun.json().await.unwrap();
    assert_eq!((&rerun["targetDevices"], &rerun["parent"]["jobId"]), (&json!(failed), &ended["jobId"]));
    let again = server.until_ended(rerun["jobId"].as_str().unwrap()).await;
    assert_eq!((&again["status"], &again["outcomes"]["succeeded"]), (&json!("completed"), &json!(failed)));
    let same = server.get(&format!("/api/v1/jobs/{}/devices.txt", rerun["jobId"].as_str().unwrap())).await;
    assert_eq!(same.text().await.unwrap(), ids);
    let linked = server.get_json(&format!("{address}/reruns")).await;
    assert_eq!(linked["items"][0]["jobId"], rerun["jobId"]);
    let no_device = server.post(&format!("{address}/rerun"), &json!({"statuses": ["timedOut"]})).await;
    assert_eq!(no_device.status(), StatusCode::CONFLICT);

    let device = ids.lines().next().unwrap();
    let history = server.get_json(&format!("/api/v1/devices/{device}/jobs")).await;
    let outcomes: Vec<_> = history["items"].as_array().unwrap().iter().map(|job| &job["outcome"]).collect();
    assert_eq!(outcomes, ["succeeded", "failed"]);
    assert_eq!(server.get(&format!("/api/v1/devices/{device}/telemetry")).await.status(), StatusCode::OK);
    let connections = server.get_json(&format!("/api/v1/devices/{device}/connections")).await;
    let first = &connections["items"][0];
    assert_eq!((&first["kind"], &first["count"]), (&json!("connected"), &json!(1)), "{connections}");
    assert!(first["clientAddress"].as_str().unwrap().starts_with("127.0.0.1:"), "{connections}");
    server.stop().await;
}

#[tokio::test]
async fn a_template_keeps_a_list_of_devices() {
    let server = Server::start_connected(5).await;
    let doors = server.get_json("/api/v1/devices").await;
    let mut ids: Vec<_> =
        doors["items"].as_array().unwrap().iter().map(|device| device["deviceId"].clone()).collect();
    ids.push("nobody".into());
    let preview = server.post("/api/v1/targets/preview", &json!({"deviceIds": ids})).await;
    let preview: Value = preview.json().await.unwrap();
    assert_eq!((&preview["count"], &preview["unknown"]), (&json!(5), &json!(["nobody"])));
    let mut job = lock_door();
    job.as_object_mut().unwrap().remove("queryCondition");
    job["deviceIds"] = ids.into();
    assert_eq!(server.put("/api/v1/templates/Five%20doors", &job).await.status(), StatusCode::OK);
    let template = server.get_json("/api/v1/templates/Five%20doors").await;
    let created = server.create_job(&template["job"]).await;
    let ended = server.until_ended(created["jobId"].as_str().unwrap()).await;
    assert_eq!((&ended["outcomes"]["succeeded"], &ended["outcomes"]["failed"]), (&json!(5), &json!(1)));
    server.stop().await;
}
