//! Schedules through the HTTP API whose runs are rollouts. The rest of schedules is tested on a clock that is driven, in the
//! crate `console`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Server;

const NIGHT: &str = "/api/v1/schedules/night";

fn schedule(rollout: &Value) -> Value {
    json!({
        "name": "Night",
        "spec": {"rule": {"type": "cron", "expression": "30 2 * * *"}},
        "job": {
            "type": "scheduleDeviceMethod",
            "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor"},
            "rollout": rollout,
        },
    })
}

#[tokio::test]
async fn each_run_is_a_rollout() {
    let server = Server::start_connected(4).await;
    let rollout = json!({"rate": {"perMinute": 6000}});
    assert_eq!(server.post("/api/v1/schedules", &schedule(&rollout)).await.status(), StatusCode::CREATED);
    // The second run starts only if the end of the first is known: by default a run that still goes on leaves out the next.
    for run in 0..2 {
        let started = server.post(&format!("{NIGHT}/run-now"), &json!({"comment": "now"})).await;
        assert_eq!(started.status(), StatusCode::OK, "run {run}");
        let started: Value = started.json().await.unwrap();
        let job_id = started["jobId"].as_str().unwrap_or_else(|| panic!("run {run}: {started}"));
        server.until_ended(job_id).await;
        let job = server.get_json(&format!("/api/v1/jobs/{job_id}")).await;
        assert_eq!((&job["schedule"]["scheduleId"], &job["rollout"]["waves"]), (&json!("night"), &json!(1)));
        assert_eq!(job["outcomes"]["succeeded"], json!(4), "{job}");
        server
            .until("the schedule knows that it has ended", async || {
                server.get_json(NIGHT).await["lastRuns"][run]["jobStatus"] == json!("completed")
            })
            .await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_rollout_that_cannot_run_is_refused_with_the_schedule() {
    let server = Server::start_connected(1).await;
    for (rollout, field) in [
        (json!({"startTime": "2030-01-01T00:00:00Z"}), "job.rollout.startTime"),
        (json!({"rate": {"perMinute": 0}}), "job.rollout.rate.perMinute"),
    ] {
        let refused = server.post("/api/v1/schedules", &schedule(&rollout)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{rollout}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], json!(field), "{problem}");
    }
    server.stop().await;
}
