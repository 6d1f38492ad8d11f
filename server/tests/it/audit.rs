//! The audit log: who did what is recorded by the server, whatever handler answers, and survives a kill.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Server, fleetcast,
    team::{PASSWORD, SignedIn, by_session},
};

/// Entries as a person sees them, newest first.
async fn entries(server: &Server, filter: &str, by: Option<&SignedIn>) -> Vec<Value> {
    let response = server.get_as(&format!("/api/v1/audit?limit=500&{filter}"), by).await;
    assert_eq!(response.status(), StatusCode::OK, "{filter}");
    response.json::<Value>().await.unwrap()["items"].as_array().unwrap().clone()
}

/// The only entry that a filter finds.
async fn only(server: &Server, filter: &str, by: Option<&SignedIn>) -> Value {
    let found = entries(server, filter, by).await;
    assert_eq!(found.len(), 1, "{filter}: {found:#?}");
    found[0].clone()
}

/// Sends a request of the API as a person.
async fn send(server: &Server, method: Method, path: &str, body: &Value, by: &SignedIn) -> StatusCode {
    let request = server.http.request(method, format!("{}{path}", server.base)).json(body);
    server.send(by_session(request, Some(by))).await.status()
}

/// Runs `fleetcast audit verify`: its exit code and its output.
async fn verify(data_dir: &Path, head: Option<&str>) -> (i32, String) {
    let mut program = fleetcast();
    program.args(["audit", "verify", "--data-dir"]).arg(data_dir);
    if let Some(head) = head {
        program.args(["--head", head]);
    }
    let output = program.output().await.unwrap();
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

/// The head that a check has printed.
fn head(output: &str) -> String {
    output.lines().find_map(|line| line.strip_prefix("head ")).expect("a head").to_owned()
}

#[tokio::test]
async fn what_was_done_is_recorded_with_who_and_from_where() {
    let (server, priya) = Server::start_team(3).await;
    server.until("the hub is known", async || server.get("/readyz").await.status().is_success()).await;
    let mara = server.join("mara", "operator", &priya).await;
    let ken = server.join("ken", "viewer", &priya).await;
    let job = json!({
        "jobId": "lock-1", "name": "Lock everything", "reason": "drill", "type": "scheduleUpdateTwin",
        "queryCondition": "*", "updateTwin": {"tags": {"a": 1}},
    });
    assert_eq!(send(&server, Method::POST, "/api/v1/jobs", &job, &mara).await, StatusCode::CREATED);
    assert_eq!(send(&server, Method::POST, "/api/v1/jobs", &job, &mara).await, StatusCode::CONFLICT);
    assert_eq!(send(&server, Method::POST, "/api/v1/jobs", &job, &ken).await, StatusCode::FORBIDDEN);

    let created = only(&server, "action=job:create&outcome=done", Some(&priya)).await;
    assert_eq!(created["actor"], json!({"userId": mara.user_id(), "name": "Name of mara"}));
    assert_eq!((&created["subject"], &created["subjectName"]), (&json!("lock-1"), &json!("Lock everything")));
    assert_eq!(
        (&created["after"]["reason"], &created["after"]["updateTwin"]["tags"]),
        (&json!("drill"), &json!({"a": 1}))
    );
    assert_eq!(
        (&created["request"], &created["address"]),
        (&json!("POST /api/v1/jobs"), &json!("127.0.0.1"))
    );
    assert!(created["credential"].as_str().unwrap().starts_with("session "), "{created}");
    assert_eq!(created["requestId"].as_str().unwrap().len(), 32);
    assert!(created["endRow"].as_u64() > created["row"].as_u64());
    let again = only(&server, "action=job:create&outcome=failed", Some(&priya)).await;
    assert_eq!(again["error"], "conflict");
    let refused = only(&server, "action=job:create&outcome=refused", Some(&priya)).await;
    assert_eq!(
        (&refused["error"], &refused["actor"]["name"]),
        (&json!("permission-missing"), &json!("Name of ken"))
    );
    assert_eq!(refused["endRow"], Value::Null);

    // Values before and after.
    let device = server.get_as("/api/v1/devices?limit=1", Some(&mara)).await.json::<Value>().await.unwrap();
    let device = device["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let twin = format!("/api/v1/devices/{device}/twin");
    assert!(send(&server, Method::PATCH, &twin, &json!({"tags": {"b": 1}}), &mara).await.is_success());
    assert!(send(&server, Method::PATCH, &twin, &json!({"tags": {"b": 2}}), &mara).await.is_success());
    let patched = &entries(&server, "action=device:patch", Some(&priya)).await[0];
    assert_eq!(
        (&patched["before"], &patched["after"], &patched["subject"]),
        (&json!({"tags": {"b": 1}}), &json!({"tags": {"b": 2}}), &json!(device))
    );
    let changed =
        server.call("change-role", &[("user_id", ken.user_id()), ("role", "operator")], Some(&priya)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let changed = &entries(&server, "action=user:write&subject=ken", Some(&priya)).await[0];
    assert_eq!(
        (&changed["before"], &changed["after"]),
        (&json!({"role": "viewer"}), &json!({"role": "operator"}))
    );

    // An operator sees what the operator did; a viewer does not know that there is a log.
    let own = entries(&server, "", Some(&mara)).await;
    assert!(own.len() >= 4 && own.iter().all(|entry| entry["actor"]["userId"] == mara.user_id()), "{own:#?}");
    let tom = server.join("tom", "viewer", &priya).await;
    assert_eq!(server.get_as("/api/v1/audit", Some(&tom)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.get_as("/audit", Some(&tom)).await.status(), StatusCode::NOT_FOUND);
    let refused = entries(&server, "action=audit:read&outcome=refused&who=TOM", Some(&priya)).await;
    let requests: Vec<_> = refused.iter().map(|entry| entry["request"].as_str().unwrap()).collect();
    assert_eq!(requests, ["GET /audit", "GET /api/v1/audit"]);
    server.stop().await;
}

#[tokio::test]
async fn sign_ins_and_forms_that_are_refused_are_recorded() {
    let (server, priya) = Server::start_team(0).await;
    assert_eq!(server.sign_in("priya", "wrong wrong wrong").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.sign_in("my secret password", PASSWORD).await.status(), StatusCode::UNAUTHORIZED);
    let priya_again = SignedIn::of(server.sign_in("priya", PASSWORD).await).await;
    let out = server.call("sign-out", &[], Some(&priya_again)).await;
    assert_eq!(out.status(), StatusCode::OK);

    let all = entries(&server, "", Some(&priya)).await;
    let signing: Vec<_> = all
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let who = entry["actor"]["name"].as_str().unwrap_or_default();
            (text("action"), text("outcome"), who, text("credential").split(' ').next().unwrap().to_owned())
        })
        .collect();
    let row = |action: &str, outcome: &str, who, credential: &str| {
        (action.to_owned(), outcome.to_owned(), who, credential.to_owned())
    };
    assert_eq!(
        signing,
        [
            row("session:end", "done", "Priya Nair", "session"),
            row("session:create", "done", "Priya Nair", "password"),
            // The name that was typed is not kept: people type passwords there.
            row("session:create", "refused", "", "password"),
            row("session:create", "refused", "Priya Nair", "password"),
            row("user:set-up", "done", "Priya Nair", "one-time"),
        ]
    );
    assert!(!serde_json::to_string(&all).unwrap().contains("secret"), "{all:#?}");
    // A request that no use case has answered.
    let response =
        server.call("set-active", &[("user_id", "nobody"), ("active", "perhaps")], Some(&priya)).await;
    assert!(response.status().is_client_error());
    let failed = only(&server, "action=user:write", Some(&priya)).await;
    assert_eq!((&failed["outcome"], &failed["subject"]), (&json!("failed"), &json!("nobody")));
    // Links that do not work are not recorded: anyone can send them.
    server
        .call("set-up", &[("token", "x"), ("name", "x"), ("user_name", "x"), ("password", PASSWORD)], None)
        .await;
    assert_eq!(entries(&server, "action=user:set-up", Some(&priya)).await.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn the_log_is_paged_filtered_and_exported() {
    let server = Server::start(0).await;
    for number in 0..5 {
        let template = json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": number}}});
        assert!(server.put(&format!("/api/v1/templates/t{number}"), &template).await.status().is_success());
    }
    let first = server.get_json("/api/v1/audit?limit=3").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = server.get_json(&format!("/api/v1/audit?limit=3&cursor={cursor}")).await;
    let subjects: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|entry| entry["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(subjects, ["t4", "t3", "t2", "t1", "t0"]);
    assert_eq!(second["nextCursor"], Value::Null);
    assert_eq!(first["items"][0]["actor"]["name"], "Local operator");

    let csv = server.get("/api/v1/audit.csv?subject=t3").await;
    assert_eq!(csv.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"audit.csv\"");
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains(",template:write,t3,"), "{csv}");
    let all = server.get_json("/api/v1/audit.json").await;
    assert_eq!(all.as_array().unwrap().len(), 5);
    for (filter, field) in [
        ("outcome=odd", "outcome"),
        ("from=yesterday", "from"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("x=1", "x"),
        (&format!("who={}", "x".repeat(201)), "who"),
    ] {
        let refused = server.get(&format!("/api/v1/audit?{filter}")).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{filter}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_chain_verifies_after_a_kill_in_the_middle_of_fifty_writes() {
    let server = Server::start_connected(3).await;
    let before = verify(server.data_dir(), None).await;
    assert_eq!(before.0, 0, "{}", before.1);
    // A call that no device answers is under way when the server is killed.
    server.patch("/api/v1/simulator", &json!({"silentShare": 1})).await;
    let (http, base) = (server.http.clone(), server.base.clone());
    let call =
        http.post(format!("{base}/api/v1/devices/door-0001/methods/lockDoor")).json(&json!({"payload": 1}));
    let calling = tokio::spawn(call.send());
    server
        .until("the call is begun", async || !entries(&server, "action=device:invoke", None).await.is_empty())
        .await;

    let done = std::sync::Arc::new(AtomicUsize::new(0));
    let writes: Vec<_> = (0..50)
        .map(|number| {
            let template = json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}});
            let write = http.put(format!("{base}/api/v1/templates/t{number}")).json(&template);
            let done = std::sync::Arc::clone(&done);
            tokio::spawn(async move {
                if write.send().await.is_ok() {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    server.until("some writes are done", async || done.load(Ordering::Relaxed) >= 10).await;
    let folder = server.kill().await;
    for write in writes {
        write.await.unwrap();
    }
    let _ = calling.await;

    let (code, killed) = verify(folder.path(), Some(&head(&before.1))).await;
    assert_eq!(code, 0, "{killed}");
    let server = Server::start_in(folder, 0, &[]).await;
    let all = entries(&server, "", None).await;
    assert!(all.iter().all(|entry| entry["outcome"] != "begun"), "{all:#?}");
    let call = only(&server, "action=device:invoke", None).await;
    assert_eq!((&call["outcome"], &call["error"]), (&json!("unknown"), &json!("interrupted")));
    assert_eq!(call["subject"], "door-0001");
    let recorded = entries(&server, "action=template:write&outcome=done", None).await.len();
    assert!(recorded >= done.load(Ordering::Relaxed), "what was answered is recorded: {recorded}");
    let (folder, log) = server.stop().await;
    assert!(log.contains("head of the audit log"), "{log}");
    let (code, after) = verify(folder.path(), Some(&head(&killed))).await;
    assert_eq!(code, 0, "{after}");
    assert!(after.contains("the given head is that of row"), "{after}");
}

#[tokio::test]
async fn a_log_that_was_changed_is_found() {
    let server = Server::start(0).await;
    let template =
        json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}});
    for name in ["one", "two"] {
        server.put(&format!("/api/v1/templates/{name}"), &template).await;
    }
    let (folder, _) = server.stop().await;
    let (code, good) = verify(folder.path(), None).await;
    assert_eq!((code, good.contains("4 rows checked, all are good")), (0, true), "{good}");

    let path = folder.path().join("console.sqlite3");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for statement in [
        "DROP TRIGGER audit_is_never_changed",
        "UPDATE audit SET content = replace(content, 'Local operator', 'Somebody else') WHERE seq = 3",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let (code, bad) = verify(folder.path(), Some(&head(&good))).await;
    assert_eq!(code, 2, "{bad}");
    assert!(bad.contains("2 rows checked, the first bad row is 3: its content was changed"), "{bad}");
    assert!(bad.contains("no row has the given head"), "{bad}");

    assert_eq!(verify(folder.path(), Some("9f3c")).await.0, 1);
    let (code, missing) = verify(TempDir::new().unwrap().path(), None).await;
    assert_eq!((code, missing.contains("there is no store of a console in")), (1, true), "{missing}");
}

#[tokio::test]
async fn a_console_can_require_a_reason() {
    let server = Server::start_in(TempDir::new().unwrap(), 2, &["--require-reason"]).await;
    let mut job = json!({
        "jobId": "a", "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}},
    });
    for reason in [None, Some(" ")] {
        job["reason"] = reason.into();
        let refused = server.post("/api/v1/jobs", &job).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], "reason", "{problem}");
    }
    job["reason"] = "Fire drill".into();
    server.create_job(&job).await;
    server.until_ended("a").await;
    // A rerun is for the same reason, unless it has one of its own.
    let rerun = server.post("/api/v1/jobs/a/rerun", &json!({"statuses": ["succeeded"]})).await;
    assert_eq!(rerun.status(), StatusCode::CREATED);
    assert_eq!(rerun.json::<Value>().await.unwrap()["reason"], "Fire drill");
    let csv = server.get("/api/v1/jobs.csv").await.text().await.unwrap();
    assert!(csv.lines().next().unwrap().ends_with(",createdBy,cancelledBy"), "{csv}");
    server.stop().await;
}
