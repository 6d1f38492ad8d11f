//! The overview through the HTTP API: its figures are those of the lists.

use serde_json::{Value, json};

use crate::support::Server;

async fn overview(server: &Server) -> Value {
    server.get_json("/api/v1/overview").await
}

#[tokio::test]
async fn figures_are_those_of_the_lists() {
    let server = Server::start_connected(6).await;
    let empty = overview(&server).await;
    assert_eq!(empty["jobs"], json!({"running": 0, "scheduled": 0, "finished": 0}));
    assert_eq!((&empty["attention"], &empty["running"]), (&json!([]), &json!([])));
    assert_eq!(empty["days"].as_array().unwrap().len(), 14);

    assert!(server.patch("/api/v1/simulator", &json!({"errorShare": 1.0})).await.status().is_success());
    let lock = |job_id: &str| {
        json!({"jobId": job_id, "name": format!("Job {job_id}"), "type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor"}})
    };
    server.create_job(&lock("fails")).await;
    server.until_ended("fails").await;
    assert!(server.patch("/api/v1/simulator", &json!({"errorShare": 0.0})).await.status().is_success());
    server.create_job(&lock("succeeds")).await;
    server.until_ended("succeeds").await;
    let mut later = lock("later");
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::hours(20);
    later["startTime"] = hub_wire::Timestamp::from(tomorrow).to_string().into();
    server.create_job(&later).await;
    server.until("the job is planned", async || overview(&server).await["upcomingCount"] == json!(1)).await;

    let found = overview(&server).await;
    let since = hub_wire::Timestamp::from(time::OffsetDateTime::now_utc() - time::Duration::DAY).to_string();
    let listed = server.get_json(&format!("/api/v1/jobs?since={since}")).await;
    let listed = listed["items"].as_array().unwrap();
    let sum = |member: &str| listed.iter().map(|job| job["outcomes"][member].as_u64().unwrap()).sum::<u64>();
    let of_day = &found["lastDay"];
    assert_eq!(of_day["jobs"], json!(listed.len()));
    for member in ["succeeded", "failed", "timedOut", "notOnline", "cancelled"] {
        assert_eq!(of_day["outcomes"][member], json!(sum(member)), "{member}");
        assert_eq!(found["days"][13]["outcomes"][member], json!(sum(member)), "{member} of today");
    }
    assert_eq!((sum("succeeded"), sum("failed")), (6, 6));
    let failed = server.get_json(&format!("/api/v1/jobs?since={since}&problems=true")).await;
    assert_eq!(of_day["jobsWithProblems"], json!(failed["items"].as_array().unwrap().len()));
    let today = found["days"][13]["begin"].as_str().unwrap();
    let of_today = server.get_json(&format!("/api/v1/jobs?since={today}&until={since}")).await;
    assert_eq!(of_today["items"], json!([]), "none began before yesterday's time of today");

    let causes = server.get_json("/api/v1/jobs/fails/causes").await;
    let cause = &found["causes"]["items"][0];
    assert_eq!(
        (&cause["key"], &cause["devices"]),
        (&causes["items"][0]["key"], &causes["items"][0]["count"])
    );
    assert_eq!(found["causes"]["devices"], json!(6));
    let attention = &found["attention"][0];
    assert_eq!(
        (&attention["kind"], &attention["subject"]["id"]),
        (&json!("jobWithProblems"), &json!("fails"))
    );
    assert_eq!((&attention["count"], &attention["of"]), (&json!(6), &json!(6)));
    let upcoming = &found["upcoming"][0];
    assert_eq!((&upcoming["kind"], &upcoming["subject"]["name"]), (&json!("start"), &json!("Job later")));
    let activity: Vec<_> =
        found["activity"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(activity[0], json!("planned"));
    assert_eq!(activity.iter().filter(|kind| **kind == json!("ended")).count(), 2);
    assert_eq!(found["ended"][0]["jobId"], "succeeds");
    server.stop().await;
}

#[tokio::test]
async fn devices_are_counted_by_two_tags() {
    let server = Server::start_connected(6).await;
    let by_default = server.get_json("/api/v1/overview/matrix").await;
    assert_eq!(
        (&by_default["columns"], &by_default["rows"]),
        (&json!("tags.building"), &json!("tags.floor"))
    );
    let sum = |matrix: &Value, member: &str| {
        matrix["cells"].as_array().unwrap().iter().map(|cell| cell[member].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((sum(&by_default, "devices"), sum(&by_default, "affected")), (6, 0));
    let others = server.get_json("/api/v1/overview/matrix?columns=tags.kind&rows=tags.missing&by=job").await;
    assert_eq!((&others["columns"], &others["cells"]), (&json!("tags.kind"), &json!([])));
    assert_eq!(others["incomplete"], "No job has ended yet.");
    let by_missing = server.get_json("/api/v1/overview/matrix?columns=tags.kind&rows=tags.missing").await;
    assert_eq!(sum(&by_missing, "devices"), 6);
    assert!(by_missing["cells"][0].get("row").is_none(), "{by_missing}");

    let job = json!({"jobId": "a", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor"}});
    assert!(server.patch("/api/v1/simulator", &json!({"errorShare": 1.0})).await.status().is_success());
    server.create_job(&job).await;
    server.until_ended("a").await;
    let by_job = server.get_json("/api/v1/overview/matrix?by=job").await;
    assert_eq!((sum(&by_job, "devices"), sum(&by_job, "affected")), (6, 6));
    assert_eq!((&by_job["job"]["id"], &by_job["cells"][0]["outcome"]), (&json!("a"), &json!("failed")));

    for (query, field) in [
        ("matrix?columns=deviceId", "columns"),
        ("matrix?rows=tags.a%20OR%201%3D1", "rows"),
        ("matrix?columns=tags.a&rows=tags.a", "rows"),
        ("history?hours=0", "hours"),
        ("history?hours=721", "hours"),
    ] {
        let response = server.get(&format!("/api/v1/overview/{query}")).await;
        assert!(response.status().is_client_error(), "{query}");
        let problem: Value = response.json().await.unwrap();
        assert!(problem.to_string().contains(field), "{query}: {problem}");
    }
    let history = server.get_json("/api/v1/overview/history").await;
    assert_eq!((&history["stepMinutes"], &history["gaps"]), (&json!(10), &json!([])));
    server.stop().await;
}

#[tokio::test]
async fn runs_of_schedules_are_due_and_what_waits_for_a_person_needs_attention() {
    let server = Server::start_connected(4).await;
    let job = json!({"type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "lockDoor"}});
    let spec = json!({"rule": {"type": "interval", "everyMinutes": 120, "from": "2026-01-01T00:00:00Z"}});
    for name in ["Evening", "Night"] {
        let new = json!({"name": name, "spec": spec, "job": job});
        let created = server.post("/api/v1/schedules", &new).await;
        assert!(created.status().is_success(), "{}", created.text().await.unwrap());
    }
    let paused = server.post("/api/v1/schedules/night/pause", &json!({"comment": "drill"})).await;
    assert!(paused.status().is_success());
    let mut slow = job.clone();
    slow["jobId"] = json!("slow");
    slow["rollout"] = json!({"rate": {"perMinute": 1}});
    server.create_job(&slow).await;
    server
        .until("it calls devices", async || {
            server.get_json("/api/v1/jobs/slow").await["rollout"]["phase"] == "running"
        })
        .await;
    assert!(server.post("/api/v1/jobs/slow/pause", &json!({"comment": "wait"})).await.status().is_success());
    let kinds = |of: &Value| -> Vec<(Value, Value)> {
        let entries = of.as_array().unwrap().iter();
        entries.map(|entry| (entry["kind"].clone(), entry["subject"]["id"].clone())).collect()
    };
    let due = [(json!("run"), json!("evening"))];
    let waiting = [(json!("rolloutPaused"), json!("slow")), (json!("schedulePaused"), json!("night"))];
    // An overview may be a second old.
    server
        .until("the overview has them", async || {
            let found = overview(&server).await;
            kinds(&found["upcoming"]) == due && kinds(&found["attention"]) == waiting
        })
        .await;
    let found = overview(&server).await;
    assert_eq!((&found["upcomingCount"], &found["attentionCount"]), (&json!(1), &json!(2)));
    let next = server.get_json("/api/v1/schedules/evening").await;
    assert_eq!(found["upcoming"][0]["at"], next["next"]["due"]);
    server.stop().await;
}
