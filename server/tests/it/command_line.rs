//! `fleetcast job` and `fleetcast device` against a running server: output and exit codes.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{Server, fleetcast};

/// What a command wrote, and its exit code.
struct Ran {
    code: i32,
    out: String,
    errors: String,
}

impl Ran {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.errors);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

async fn run(server: &Server, arguments: &[&str]) -> Ran {
    run_with(server, arguments, "").await
}

/// The same with text on standard input.
async fn run_with(server: &Server, arguments: &[&str], input: &str) -> Ran {
    let mut program = fleetcast();
    program.args(arguments).env("FLEETCAST_URL", &server.base);
    let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read it has closed it.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn jobs_are_created_followed_exported_and_run_again() {
    let server = Server::start_connected(10).await;
    let lock = ["job", "create", "--method", "lockDoor", "--query", "*", "--watch", "--json"];
    let job = run(&server, &[&lock[..], &["--id", "lock-1", "--name", "Lock all"]].concat()).await.json();
    assert_eq!((&job["status"], &job["outcomes"]["succeeded"]), (&json!("completed"), &json!(10)));
    assert_eq!((&job["name"], &job["origin"]), (&json!("Lock all"), &json!("api")));

    server.patch("/api/v1/simulator", &json!({"errorShare": 1})).await;
    let failed = run(&server, &[&lock[..], &["--id", "lock-2"]].concat()).await;
    assert_eq!(failed.code, 2, "{}", failed.errors);
    server.patch("/api/v1/simulator", &json!({"errorShare": 0})).await;
    let again = run(&server, &["job", "rerun", "lock-2", "--only", "failed", "--watch"]).await;
    assert_eq!((again.code, again.out.contains("10 succeeded of 10 devices")), (0, true), "{}", again.out);

    let listed = run(&server, &["job", "list"]).await;
    assert!(
        listed.out.starts_with("JOB ") && listed.out.contains("lock-1") && listed.out.contains("Lock all")
    );
    assert_eq!(
        run(&server, &["job", "list", "--query", "lock-2", "--json"]).await.json()[0]["jobId"],
        "lock-2"
    );
    let shown = run(&server, &["job", "show", "lock-2"]).await;
    assert!(shown.out.contains("completed: 10 failed of 10 devices"), "{}", shown.out);

    let ids = run(&server, &["job", "export", "lock-1", "--format", "ids"]).await.out;
    assert_eq!(ids.lines().count(), 10);
    let csv = server.get("/api/v1/jobs/lock-1/devices.csv").await.text().await.unwrap();
    assert_eq!(run(&server, &["job", "export", "lock-1"]).await.out, csv);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.csv");
    let export = ["job", "export", "lock-1", "--output", file.to_str().unwrap()];
    assert_eq!(run(&server, &export).await.code, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), csv);
    let refused = run(&server, &export).await;
    assert!(refused.code == 1 && refused.errors.contains("cannot write"), "{}", refused.errors);

    // Exactly these devices, through a pipe.
    let listed = ["job", "create", "--tags", "{\"a\": 1}", "--devices", "-", "--watch", "--json"];
    let tagged = run_with(&server, &listed, &ids).await.json();
    assert_eq!(tagged["outcomes"]["succeeded"], 10);
    server.stop().await;
}

#[tokio::test]
async fn a_job_that_has_not_begun_is_cancelled_and_one_that_takes_long_is_left() {
    let server = Server::start(0).await;
    let body = json!({"jobId": "later", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"a": 1}}, "startTime": later()});
    let created =
        run_with(&server, &["job", "create", "--file", "-", "--json"], &body.to_string()).await.json();
    assert_eq!(created["status"], "scheduled");
    let left = run(&server, &["job", "watch", "later", "--timeout", "1"]).await;
    assert!(left.code == 4 && left.out.contains("scheduled"), "{} {}", left.code, left.out);
    assert_eq!(run(&server, &["job", "cancel", "later"]).await.code, 0);
    assert_eq!(run(&server, &["job", "watch", "later"]).await.code, 3);
    let twice = run(&server, &["job", "cancel", "later"]).await;
    assert!(twice.code == 1 && twice.errors.starts_with("fleetcast: "), "{}", twice.errors);
    server.stop().await;
}

/// Tomorrow.
fn later() -> String {
    let at: hub_wire::Timestamp = std::time::SystemTime::now().into();
    at.plus(std::time::Duration::from_hours(24)).to_string()
}

#[tokio::test]
async fn devices_are_listed_called_and_changed() {
    let server = Server::start_connected(3).await;
    let devices = run(&server, &["device", "query", "--json"]).await.json();
    assert_eq!(devices.as_array().unwrap().len(), 3);
    let door = devices[0]["deviceId"].as_str().unwrap();
    assert_eq!(
        run(&server, &["device", "query", "--limit", "2", "--json"]).await.json().as_array().unwrap().len(),
        2
    );
    let table = run(&server, &["device", "query", &format!("deviceId = '{door}'")]).await.out;
    assert!(
        table.starts_with("DEVICE") && table.lines().count() == 2 && table.contains("Connected"),
        "{table}"
    );

    let changed =
        run(&server, &["device", "patch", door, "--tags", "{\"wing\": \"n\"}", "--desired", "{\"b\": 2}"])
            .await
            .json();
    assert_eq!((&changed["tags"]["wing"], &changed["properties"]["desired"]["b"]), (&json!("n"), &json!(2)));
    assert_eq!(run(&server, &["device", "show", door]).await.json()["tags"]["wing"], "n");

    let answer =
        run(&server, &["device", "invoke", door, "lockDoor", "--payload", "{\"mode\": 1}", "--json"])
            .await
            .json();
    assert_eq!(answer["status"], 200);
    server.patch("/api/v1/simulator", &json!({"errorShare": 1})).await;
    assert_eq!(run(&server, &["device", "invoke", door, "lockDoor"]).await.code, 2);
    server.patch("/api/v1/simulator", &json!({"count": 0})).await;
    server.until_connected(0).await;
    let offline = run(&server, &["device", "invoke", door, "lockDoor"]).await;
    assert!(offline.code == 2 && !offline.out.is_empty(), "{} {}", offline.code, offline.errors);
    server.stop().await;
}

#[tokio::test]
async fn wrong_use_is_1_and_says_what_to_do() {
    let server = Server::start(0).await;
    for (arguments, sentence) in [
        (vec!["job"], "Usage"),
        (vec!["job", "create", "--method", "lockDoor"], "--query"),
        (
            vec!["job", "create", "--method", "lockDoor", "--payload", "{", "--query", "*"],
            "--payload is not JSON",
        ),
        (vec!["job", "create", "--tags", "{\"a\": 1}", "--query", "tags."], "queryCondition"),
        (vec!["job", "show", "nothing"], "nothing"),
        (vec!["job", "rerun", "nothing", "--only", "late"], "late"),
        (vec!["device", "show", "nobody", "--server", "http://127.0.0.1:1"], "cannot be reached"),
        (vec!["device", "show", "nobody", "--server", "localhost:3000"], "is not an address"),
        (vec!["device", "show", "nobody"], "nobody"),
    ] {
        let refused = run(&server, &arguments).await;
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{arguments:?}: {}", refused.errors);
        assert!(refused.errors.contains(sentence), "{arguments:?}: {}", refused.errors);
    }
    let help = run(&server, &["job", "create", "--help"]).await;
    assert!(help.code == 0 && help.out.contains("--response-timeout"));
    for shell in ["bash", "zsh", "fish"] {
        let completions = run(&server, &["completions", shell]).await;
        assert!(completions.code == 0 && completions.out.contains("export"), "{shell}");
    }
    server.stop().await;
}
