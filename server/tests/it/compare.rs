//! Two runs of a job: which devices changed their outcome.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Server;

fn lock(job_id: &str) -> Value {
    json!({"jobId": job_id, "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor"}})
}

async fn run(server: &Server, job_id: &str) -> Value {
    server.create_job(&lock(job_id)).await;
    server.until_ended(job_id).await
}

#[tokio::test]
async fn a_run_is_compared_with_the_run_before_it() {
    let server = Server::start_connected(30).await;
    server.patch("/api/v1/simulator", &json!({"errorShare": 0.5, "latencyMs": 1})).await;
    let first = run(&server, "first").await;
    let failed = first["outcomes"]["failed"].as_u64().unwrap();
    assert!((1..30).contains(&failed), "{first}");
    server.patch("/api/v1/simulator", &json!({"errorShare": 0})).await;
    run(&server, "second").await;

    let read = server.get_json("/api/v1/jobs/second/compare").await;
    assert_eq!((&read["before"]["jobId"], &read["after"]["jobId"]), (&json!("first"), &json!("second")));
    let expected = json!([
        {"from": "succeeded", "to": "succeeded", "devices": 30 - failed},
        {"from": "failed", "to": "succeeded", "devices": failed},
    ]);
    assert_eq!(read["transitions"], expected);
    let changed: Vec<_> = read["items"].as_array().unwrap().iter().map(|one| &one["deviceId"]).collect();
    let ids = server.get("/api/v1/jobs/first/devices.txt?status=failed").await.text().await.unwrap();
    assert_eq!(changed, ids.lines().collect::<Vec<_>>());

    // A page at a time, without a gap.
    let mut paged = Vec::new();
    let mut address = "/api/v1/jobs/second/compare?from=succeeded&limit=7".to_owned();
    loop {
        let page = server.get_json(&address).await;
        paged.extend(page["items"].as_array().unwrap().iter().map(|one| one["deviceId"].clone()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        address = format!("/api/v1/jobs/second/compare?from=succeeded&limit=7&cursor={cursor}");
    }
    paged.dedup();
    assert_eq!(paged.len() as u64, 30 - failed);
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_is_compared_with_the_job_whose_devices_it_ran() {
    let server = Server::start_connected(10).await;
    server.patch("/api/v1/simulator", &json!({"errorShare": 0.5, "latencyMs": 1, "seed": 3})).await;
    let first = run(&server, "first").await;
    let failed = first["outcomes"]["failed"].as_u64().unwrap();
    let again =
        server.post("/api/v1/jobs/first/rerun", &json!({"jobId": "again", "statuses": ["failed"]})).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    server.until_ended("again").await;
    let read = server.get_json("/api/v1/jobs/again/compare?to=absent").await;
    assert_eq!(read["before"]["jobId"], "first");
    assert_eq!(read["items"].as_array().unwrap().len() as u64, 10 - failed, "not in the rerun");
    let other_way = server.get_json("/api/v1/jobs/first/compare?with=again&from=absent").await;
    assert_eq!(other_way["items"].as_array().unwrap().len() as u64, 10 - failed);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let server = Server::start_connected(2).await;
    run(&server, "only").await;
    for (address, status, text) in [
        ("/api/v1/jobs/only/compare", 422, "no completed run before"),
        ("/api/v1/jobs/only/compare?with=only", 422, "the job itself"),
        ("/api/v1/jobs/only/compare?with=other", 404, "other"),
        ("/api/v1/jobs/other/compare", 404, "other"),
        ("/api/v1/jobs/only/compare?from=absent&to=absent", 422, "neither run"),
        ("/api/v1/jobs/only/compare?with=other&cursor=x", 422, "cursor"),
    ] {
        let refused = server.get(address).await;
        assert_eq!(refused.status().as_u16(), status, "{address}");
        let body = refused.text().await.unwrap();
        assert!(body.contains(text), "{address}: {body}");
    }
    server.stop().await;
}
