//! Jobs from creation to the last result, through the HTTP API, with the embedded hub and simulated devices.

use crate::support::{Server, assert_sums};
use reqwest::StatusCode;
use serde_json::{Value, json};

fn lock_door(condition: &str) -> Value {
    json!({
        "type": "scheduleDeviceMethod",
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"mode": "night"}},
        "queryCondition": condition,
    })
}

#[tokio::test]
async fn a_method_job_reaches_every_device() {
    let server = Server::start_connected(100).await;
    let job = server.create_job(&lock_door("*")).await;
    let job_id = job["jobId"].as_str().unwrap();
    let ended = server.until_ended(job_id).await;
    assert_eq!(ended["status"], "completed");
    assert_eq!(ended["outcomes"]["succeeded"], 100);
    assert_eq!(
        (&ended["origin"], &ended["name"], &ended["reason"]),
        (&json!("api"), &json!("lockDoor on every device"), &Value::Null)
    );

    let first = server.get_json(&format!("/api/v1/jobs/{job_id}/devices?limit=60")).await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = server.get_json(&format!("/api/v1/jobs/{job_id}/devices?limit=60&cursor={cursor}")).await;
    assert_eq!(
        (first["items"].as_array().unwrap().len(), second["items"].as_array().unwrap().len()),
        (60, 40)
    );
    assert_eq!(second["nextCursor"], Value::Null);
    for row in first["items"].as_array().unwrap() {
        assert_eq!(
            (&row["outcome"], &row["response"]["status"]),
            (&json!("succeeded"), &json!(200)),
            "{row}"
        );
    }
    let csv = server.get(&format!("/api/v1/jobs/{job_id}/devices.csv")).await.text().await.unwrap();
    assert_eq!(csv.lines().count(), 101, "{csv}");
    server.stop().await;
}

#[tokio::test]
async fn a_job_keeps_its_name_and_reason_and_is_found_by_them() {
    let server = Server::start_connected(2).await;
    let mut request = lock_door("tags.simulated = true");
    request["name"] = "Lock Büro 43".into();
    request["reason"] = "Fire drill, ticket 1234".into();
    let job = server.create_job(&request).await;
    let id = job["jobId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("lock-b-ro-43-"), "{id}");
    let ended = server.until_ended(&id).await;
    assert_eq!((&ended["name"], &ended["reason"]), (&request["name"], &request["reason"]));

    let template = server.put("/api/v1/templates/drill", &request).await;
    assert_eq!(template.json::<Value>().await.unwrap()["job"]["name"], request["name"]);

    let rerun = server.post(&format!("/api/v1/jobs/{id}/rerun"), &json!({"statuses": ["succeeded"]})).await;
    let rerun: Value = rerun.json().await.unwrap();
    assert_eq!((&rerun["name"], &rerun["origin"]), (&json!("Rerun of Lock Büro 43"), &json!("api")));
    let again = json!({"statuses": ["succeeded"], "name": "Once more", "reason": "to be sure"});
    let named: Value = server.post(&format!("/api/v1/jobs/{id}/rerun"), &again).await.json().await.unwrap();
    assert_eq!((&named["name"], &named["reason"]), (&again["name"], &again["reason"]));
    for rerun in [&rerun, &named] {
        server.until_ended(rerun["jobId"].as_str().unwrap()).await;
    }

    let ids = async |query: &str| {
        let page = server.get_json(&format!("/api/v1/jobs?sort=name&{query}")).await;
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("q=B%C3%9CRO").await, ["Lock Büro 43", "Rerun of Lock Büro 43"]);
    assert_eq!(ids("q=once+more").await, ["Once more"]);
    let device =
        server.get_json("/api/v1/devices").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    assert_eq!(ids(&format!("device={device}")).await.len(), 3);
    assert_eq!(ids("device=nobody").await, [""; 0]);

    let csv = server.get("/api/v1/jobs.csv?sort=name&q=b%C3%BCro").await.text().await.unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[0].starts_with("jobId,name,reason,"), "{csv}");
    assert!(lines[1].contains(",Lock Büro 43,\"Fire drill, ticket 1234\",scheduleDeviceMethod,"), "{csv}");
    let file = server.get_json("/api/v1/jobs.json?sort=name").await;
    assert_eq!(file, server.get_json("/api/v1/jobs?sort=name").await["items"]);
    server.stop().await;
}

#[tokio::test]
async fn a_desired_property_job_is_acknowledged_by_the_devices() {
    let server = Server::start_connected(5).await;
    let patch = json!({"properties": {"desired": {"Building": "43", "Floor": "3"}}, "tags": {"ring": 2}});
    let job = server
        .create_job(&json!({"jobId": "floor-3", "type": "scheduleUpdateTwin", "updateTwin": patch, "queryCondition": "tags.simulated = true"}))
        .await;
    assert_eq!(job["jobId"], "floor-3");
    assert_eq!(server.until_ended("floor-3").await["outcomes"]["succeeded"], 5);
    let devices = server.get_json("/api/v1/devices?q=tags.ring%20%3D%202").await;
    assert_eq!(devices["items"].as_array().unwrap().len(), 5, "{devices}");
    let id = devices["items"][0]["deviceId"].as_str().unwrap().to_owned();
    server
        .until("the device has reported what was desired", async || {
            server.get_json(&format!("/api/v1/devices/{id}")).await["properties"]["reported"]["Floor"] == "3"
        })
        .await;
    server.stop().await;
}

#[tokio::test]
async fn a_job_for_tomorrow_can_be_cancelled_and_one_that_ended_cannot() {
    let server = Server::start_connected(1).await;
    let mut request = lock_door("*");
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    request["startTime"] = hub_wire::Timestamp::from(tomorrow).to_string().into();
    let job = server.create_job(&request).await;
    let address = format!("/api/v1/jobs/{}", job["jobId"].as_str().unwrap());
    server
        .until("the hub has scheduled it", async || server.get_json(&address).await["status"] == "scheduled")
        .await;
    let cancelled = server.post(&format!("{address}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    assert_eq!(cancelled.json::<Value>().await.unwrap()["status"], "cancelled");
    let again = server.post(&format!("{address}/cancel"), &json!({})).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert_eq!(server.get_json(&address).await["status"], "cancelled");
    server.stop().await;
}

#[tokio::test]
async fn the_same_id_twice_is_refused_and_changes_nothing() {
    let server = Server::start_connected(1).await;
    let mut request = lock_door("*");
    request["jobId"] = "once".into();
    server.create_job(&request).await;
    let before = server.until_ended("once").await;
    request["cloudToDeviceMethod"]["methodName"] = "unlockDoor".into();
    let again = server.post("/api/v1/jobs", &request).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let after = server.get_json("/api/v1/jobs/once").await;
    assert_eq!(before["cloudToDeviceMethod"], after["cloudToDeviceMethod"]);
    assert_eq!(server.get_json("/api/v1/jobs").await["items"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn an_execution_time_of_0_counts_as_not_given() {
    let server = Server::start_connected(1).await;
    let mut ended = Vec::new();
    for seconds in [json!(0), Value::Null] {
        let mut request = lock_door("*");
        request["maxExecutionTimeInSeconds"] = seconds;
        let job = server.create_job(&request).await;
        ended.push(server.until_ended(job["jobId"].as_str().unwrap()).await);
    }
    assert_eq!(ended[0]["maxExecutionTimeInSeconds"], ended[1]["maxExecutionTimeInSeconds"], "{ended:?}");
    server.stop().await;
}

#[tokio::test]
async fn every_kind_of_failure_has_an_outcome_of_its_own() {
    let server = Server::start_connected(20).await;
    let failing = server.patch("/api/v1/simulator", &json!({"errorShare": 1, "latencyMs": 1})).await;
    assert_eq!(failing.status(), StatusCode::OK);
    let job = server.create_job(&lock_door("*")).await;
    let ended = server.until_ended(job["jobId"].as_str().unwrap()).await;
    assert_eq!(
        (&ended["outcomes"]["failed"], &ended["deviceJobStatistics"]["succeededCount"]),
        (&json!(20), &json!(20))
    );

    server.patch("/api/v1/simulator", &json!({"errorShare": 0, "offlineShare": 1})).await;
    server.until_connected(0).await;
    let job = server.create_job(&lock_door("*")).await;
    let ended = server.until_ended(job["jobId"].as_str().unwrap()).await;
    assert_eq!(ended["outcomes"]["notOnline"], 20);
    let rows = server
        .get_json(&format!(
            "/api/v1/jobs/{}/devices?status=notOnline&limit=1",
            job["jobId"].as_str().unwrap()
        ))
        .await;
    assert_eq!(rows["items"][0]["error"]["code"], "DeviceNotOnline");
    server.stop().await;
}

/// What was accepted is there after a kill, every device is accounted for, and none was called twice.
#[tokio::test]
async fn a_kill_in_the_middle_of_a_job_loses_nothing() {
    let server = Server::start_connected(40).await;
    server.patch("/api/v1/simulator", &json!({"latencyMs": {"p50": 300, "p95": 900}})).await;
    let job = server.create_job(&lock_door("*")).await;
    let address = format!("/api/v1/jobs/{}", job["jobId"].as_str().unwrap());
    server
        .until("some devices have answered and some have not", async || {
            let job = server.get_json(&address).await;
            assert_sums(&job);
            (1..40).contains(&job["outcomes"]["succeeded"].as_u64().unwrap())
        })
        .await;
    let recorded = server.get_json(&format!("{address}/devices?status=succeeded&limit=500")).await;
    let folder = server.kill().await;

    let server = Server::start_in(folder, 40, &[]).await;
    let ended = server.until_ended(job["jobId"].as_str().unwrap()).await;
    assert_eq!(ended["status"], "completed");
    assert_eq!(ended["deviceJobStatistics"]["deviceCount"], 40);
    assert_eq!(
        (&ended["outcomes"]["queued"], &ended["outcomes"]["inFlight"]),
        (&json!(0), &json!(0)),
        "{ended}"
    );
    let rows = server.get_json(&format!("{address}/devices?limit=500")).await;
    let rows = rows["items"].as_array().unwrap();
    assert_eq!(rows.len(), 40);
    for kept in recorded["items"].as_array().unwrap() {
        assert!(rows.contains(kept), "recorded before the kill and changed after it: {kept}");
    }
    for row in rows {
        assert!(row["error"]["code"].is_string() || row["response"]["status"] == 200, "unexplained: {row}");
    }
    server.stop().await;
}
