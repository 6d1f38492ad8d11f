//! Jobs in waves through the HTTP API: approval by another person, a program that is killed in the middle, and bad input.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Server,
    team::{PASSWORD, SignedIn, by_session},
};

fn lock(rollout: &Value) -> Value {
    json!({"jobId": "rollout", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "unlockDoor"}, "rollout": rollout})
}

async fn post_as(server: &Server, path: &str, body: &Value, by: &SignedIn) -> Response {
    server.send(by_session(server.http.post(format!("{}{path}", server.base)).json(body), Some(by))).await
}

async fn problem(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    (status, problem["detail"].as_str().unwrap_or_default().to_owned())
}

async fn get_as(server: &Server, path: &str, by: &SignedIn) -> Value {
    server.get_as(path, Some(by)).await.json().await.unwrap()
}

#[tokio::test]
async fn another_person_approves_what_the_first_asks_for() {
    let folder = TempDir::new().unwrap();
    let flags = ["--sign-in", "--approval-methods", "unlockDoor,openGate"];
    let server = Server::start_in(folder, 5, &flags).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    let (olga, aino) =
        (server.join("olga", "operator", &priya).await, server.join("aino", "approver", &priya).await);
    let estimate =
        json!({"rollout": {}, "devices": 5, "type": "scheduleDeviceMethod", "methodName": "unlockDoor"});
    let estimate: Value =
        post_as(&server, "/api/v1/rollout-estimates", &estimate, &olga).await.json().await.unwrap();
    assert_eq!((&estimate["needsApproval"], &estimate["waves"]), (&json!(true), &json!([5])), "{estimate}");

    let created = post_as(&server, "/api/v1/jobs", &lock(&json!({})), &olga).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let created: Value = created.json().await.unwrap();
    assert_eq!(
        (&created["status"], &created["rollout"]["phase"]),
        (&json!("scheduled"), &json!("awaitingApproval"))
    );
    let approvals = get_as(&server, "/api/v1/approvals", &aino).await;
    let request = &approvals["waiting"][0]["approval"];
    assert_eq!(request["askedBy"]["name"], "Name of olga", "{approvals}");
    let hash = request["hash"].as_str().unwrap().to_owned();
    let decision = json!({"hash": hash, "comment": "agreed"});
    let sami = server.join("sami", "operator", &priya).await;
    for (scope, waiting) in [("", 1), ("deviceId = 'door-0001'", 0)] {
        let fields = [("user_id", sami.user_id()), ("scope", scope)];
        assert_eq!(server.call("set-scope", &fields, Some(&priya)).await.status(), StatusCode::OK);
        let sami = SignedIn::of(server.sign_in("sami", PASSWORD).await).await;
        let listed = get_as(&server, "/api/v1/approvals", &sami).await;
        assert_eq!(listed["waiting"].as_array().unwrap().len(), waiting, "{scope}: {listed}");
        assert_eq!(get_as(&server, "/fn/approvals-waiting", &sami).await, waiting, "{scope}");
    }

    let approve = "/api/v1/jobs/rollout/approve";
    assert_eq!(post_as(&server, approve, &decision, &olga).await.status(), StatusCode::FORBIDDEN);
    let other = json!({"hash": "0".repeat(64)});
    let (status, detail) = problem(post_as(&server, approve, &other, &aino).await).await;
    assert!(status == 409 && detail.contains("was edited"), "{status} {detail}");
    let (status, detail) =
        problem(post_as(&server, "/api/v1/jobs/rollout/reject", &json!({"hash": hash}), &aino).await).await;
    assert!(status == 422 && detail.contains("required to reject"), "{status} {detail}");
    assert_eq!(post_as(&server, approve, &decision, &aino).await.status(), StatusCode::OK);
    server
        .until("it has ended", async || {
            get_as(&server, "/api/v1/jobs/rollout", &olga).await["status"] == json!("completed")
        })
        .await;
    let job = get_as(&server, "/api/v1/jobs/rollout", &olga).await;
    assert_eq!(job["outcomes"]["succeeded"], 5, "{job}");
    let rollout = get_as(&server, "/api/v1/jobs/rollout/rollout", &aino).await;
    assert_eq!(rollout["approval"]["decidedBy"]["name"], "Name of aino", "{rollout}");
    let (status, detail) = problem(post_as(&server, approve, &decision, &aino).await).await;
    assert!(status == 409 && detail.contains("has ended"), "{status} {detail}");

    // The administrator's own request is not approved by the administrator; rejected, it does not start.
    let mut own = lock(&json!({}));
    own["jobId"] = json!("own");
    let own: Value = post_as(&server, "/api/v1/jobs", &own, &priya).await.json().await.unwrap();
    assert_eq!(own["rollout"]["phase"], "awaitingApproval", "{own}");
    let rollout = get_as(&server, "/api/v1/jobs/own/rollout", &priya).await;
    let decision = json!({"hash": rollout["approval"]["hash"], "comment": "not tonight"});
    let (status, detail) =
        problem(post_as(&server, "/api/v1/jobs/own/approve", &decision, &priya).await).await;
    assert!(status == 409 && detail.contains("another person"), "{status} {detail}");
    let rejected: Value =
        post_as(&server, "/api/v1/jobs/own/reject", &decision, &aino).await.json().await.unwrap();
    assert_eq!(
        (&rejected["status"], &rejected["rollout"]["phase"]),
        (&json!("cancelled"), &json!({"ended": "rejected"}))
    );
    assert_eq!(rejected["cancelReason"], "Name of aino rejected it: not tonight");
    server.stop().await;
}

#[tokio::test]
async fn an_edit_voids_the_approval_and_is_in_the_audit_log() {
    let folder = TempDir::new().unwrap();
    let flags = ["--sign-in", "--approval-methods", "unlockDoor"];
    let server = Server::start_in(folder, 5, &flags).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    let aino = server.join("aino", "approver", &priya).await;
    let mut job = lock(&json!({}));
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    job["startTime"] = json!(hub_wire::Timestamp::from(tomorrow));
    assert_eq!(post_as(&server, "/api/v1/jobs", &job, &priya).await.status(), StatusCode::CREATED);
    let hash = async || {
        let rollout = get_as(&server, "/api/v1/jobs/rollout/rollout", &priya).await;
        (rollout["approval"]["hash"].clone(), rollout["approval"]["result"].clone())
    };
    let (first, _) = hash().await;
    let approve = "/api/v1/jobs/rollout/approve";
    assert_eq!(post_as(&server, approve, &json!({"hash": first}), &aino).await.status(), StatusCode::OK);
    assert_eq!(hash().await.1, "approved");

    job["rollout"] = json!({"rate": {"perMinute": 60}});
    let put = |by: &SignedIn| {
        let request = server.http.put(format!("{}/api/v1/jobs/rollout", server.base)).json(&job);
        server.send(by_session(request, Some(by)))
    };
    assert_eq!(put(&aino).await.status(), StatusCode::FORBIDDEN);
    let edited: Value = put(&priya).await.json().await.unwrap();
    assert_eq!(edited["rollout"]["phase"], "awaitingApproval", "{edited}");
    let (second, result) = hash().await;
    assert_eq!(result, "waiting");
    assert_ne!(first, second);
    let (status, detail) = problem(post_as(&server, approve, &json!({"hash": first}), &aino).await).await;
    assert!(status == 409 && detail.contains("was edited"), "{status} {detail}");
    assert_eq!(post_as(&server, approve, &json!({"hash": second}), &aino).await.status(), StatusCode::OK);

    let rollout = get_as(&server, "/api/v1/jobs/rollout/rollout", &priya).await;
    let by_priya = rollout["history"].as_array().unwrap().iter().find(|line| line["decision"] == "edited");
    assert_eq!(by_priya.unwrap()["by"]["name"], "Priya Nair", "{rollout}");
    let audit = get_as(&server, "/api/v1/audit?action=job:create", &priya).await;
    let newest = &audit["items"][0];
    assert_eq!(newest["before"]["rollout"].get("rate"), None, "{newest}");
    assert_eq!(newest["after"]["rollout"]["rate"]["perMinute"], 60, "{newest}");
    server.stop().await;
}

#[tokio::test]
async fn the_form_of_an_edit_opens_for_rollouts_that_have_not_begun() {
    let server = Server::start(2).await;
    let tomorrow = hub_wire::Timestamp::from(time::OffsetDateTime::now_utc() + time::Duration::DAY);
    let mut scheduled = lock(&json!({}));
    scheduled["startTime"] = json!(tomorrow);
    server.create_job(&scheduled).await;
    let mut ended = lock(&json!({}));
    ended["jobId"] = json!("ended");
    server.create_job(&ended).await;
    server.until_ended("ended").await;
    let without_rollout = json!({"jobId": "on-the-hub", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"ring": "1"}}, "startTime": tomorrow});
    server.create_job(&without_rollout).await;

    for (job, status) in [("rollout", 200), ("ended", 409), ("on-the-hub", 409), ("unknown", 404)] {
        let form = server.get(&format!("/fn/job-form?from=&template=&draft=&edit={job}")).await;
        assert_eq!(form.status().as_u16(), status, "{job}");
        let text = form.text().await.unwrap();
        assert_eq!(text.contains("cannot be edited"), status == 409, "{job}: {text}");
    }
    server.stop().await;
}

/// Calls of each device are counted by the simulator's journal of this process only, so outcomes show what was called: an
/// interrupted device is never called again.
#[tokio::test]
async fn a_program_that_is_killed_goes_on_and_calls_no_device_twice() {
    let server = Server::start_connected(40).await;
    server.patch("/api/v1/simulator", &json!({"latencyMs": 200})).await;
    server.create_job(&lock(&json!({"rate": {"perMinute": 600}}))).await;
    server
        .until("some have answered", async || {
            let job = server.get_json("/api/v1/jobs/rollout").await;
            job["outcomes"]["succeeded"].as_u64() > Some(3) && job["outcomes"]["inFlight"].as_u64() > Some(0)
        })
        .await;
    let folder = server.kill().await;
    let server = Server::start_in(folder, 40, &[]).await;
    let after = server.get_json("/api/v1/jobs/rollout/rollout").await;
    let job = server.until_ended("rollout").await;
    let count = |name: &str| job["outcomes"][name].as_u64().unwrap();
    assert!(count("interrupted") > 0, "{job} after {after}");
    assert_eq!(count("succeeded") + count("interrupted") + count("notOnline"), 40, "{job}");
    let rollout = server.get_json("/api/v1/jobs/rollout/rollout").await;
    let calls: u64 = rollout["calls"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!((calls, rollout["notified"].as_u64()), (40, Some(40)), "{rollout}");
    server.stop().await;
}

#[tokio::test]
async fn jobs_on_the_hub_show_their_queue_and_how_much_of_the_hub_is_used() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_in(folder, 5, &["--hub-tier", "s1"]).await;
    let created = server.post("/api/v1/jobs", &lock(&json!({"engine": "hubJobs"}))).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    server
        .until("it has ended", async || {
            server.get_json("/api/v1/jobs/rollout").await["status"] == json!("completed")
        })
        .await;
    let rollout = server.get_json("/api/v1/jobs/rollout/rollout").await;
    assert_eq!(rollout["hubJobs"], json!({"waiting": 0, "running": 0, "ended": 1}), "{rollout}");
    assert_eq!((&rollout["hubUse"]["limit"], &rollout["hubUse"]["perSecond"]), (&json!(10.0), &json!(0.5)));
    server.stop().await;
}

#[tokio::test]
async fn bad_input_names_its_member() {
    let server = Server::start(0).await;
    for (rollout, field) in [
        (json!({"waves": [{"size": {"percent": 0}}]}), "rollout.waves[0].size"),
        (json!({"rate": {"perMinute": 0}}), "rollout.rate.perMinute"),
    ] {
        let response = server.post("/api/v1/jobs", &lock(&rollout)).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{rollout}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let response = server.post("/api/v1/jobs/nobody/pause", &json!({"comment": "x".repeat(501)})).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.post("/api/v1/jobs/nobody/pause", &json!({})).await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}
