//! `fleetcast job` and `fleetcast device` against a running server: output and exit codes.

mod devices;

use std::{os::unix::fs::MetadataExt, process::Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::support::{Server, fleetcast, team::SignedIn};

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
    program.args(arguments).env("FLEETCAST_SERVER", &server.base);
    // No login of the person who runs the tests.
    program.env("XDG_CONFIG_HOME", server.data_dir().join("config"));
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

    let compared = run(&server, &["job", "compare", "lock-1", "lock-2"]).await;
    assert!(
        compared.out.contains("10 changed, 0 the same") && compared.out.contains("succeeded  failed  10"),
        "{}",
        compared.out
    );
    let picked =
        run(&server, &["job", "compare", "lock-1", "lock-2", "--to", "absent", "--json"]).await.json();
    assert_eq!(picked["items"], json!([]));
    let unknown = run(&server, &["job", "compare", "lock-1", "lock-2", "--to", "gone"]).await;
    assert!(unknown.code == 1 && unknown.errors.contains("gone"), "{}", unknown.errors);

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
async fn groups_are_created_used_and_deleted() {
    let server = Server::start_connected(3).await;
    let new = ["group", "create", "All doors", "--query", "tags.simulated = true", "--json"];
    let group = run(&server, &new).await.json();
    assert_eq!((&group["groupId"], &group["count"]["devices"]), (&json!("all-doors"), &json!(3)));
    let ids = run(&server, &["device", "query", "--limit", "2", "--json"]).await.json();
    let file = format!("deviceId\n{}\n", ids[0]["deviceId"].as_str().unwrap());
    let listed = run_with(&server, &["group", "create", "Pilot", "--devices", "-"], &file).await;
    assert!(listed.code == 0 && listed.out.contains("a list of 1 ids"), "{} {}", listed.out, listed.errors);
    let all = run(&server, &["group", "list"]).await.out;
    assert!(all.starts_with("GROUP ") && all.contains("all-doors") && all.contains("Pilot"), "{all}");
    let lock = ["job", "create", "--method", "lockDoor", "--group", "all-doors", "--watch", "--json"];
    let job = run(&server, &lock).await.json();
    assert_eq!((&job["group"]["name"], &job["outcomes"]["succeeded"]), (&json!("All doors"), &json!(3)));
    let overview = run(&server, &["overview"]).await.out;
    assert!(
        overview.contains("connected      3 of 3") && overview.contains("3 succeeded, 0 problems"),
        "{overview}"
    );
    let shown = run(&server, &["group", "show", "pilot"]).await;
    assert!(shown.out.contains("1 devices, 1 connected"), "{}", shown.out);
    assert_eq!(run(&server, &["group", "delete", "pilot"]).await.code, 0);
    assert_eq!(run(&server, &["group", "show", "pilot"]).await.code, 1);
    server.stop().await;
}

#[tokio::test]
async fn schedules_are_created_run_paused_and_deleted() {
    let server = Server::start_connected(2).await;
    let new = ["schedule", "create", "Night lock", "--cron", "30 2 * * *", "--zone", "Europe/Berlin"];
    let action = ["--method", "lockDoor", "--query", "tags.simulated = true", "--json"];
    let created = run(&server, &[&new[..], &action[..]].concat()).await.json();
    assert_eq!(created["scheduleId"], "night-lock");
    assert_eq!(created["sentence"], "Every day at 02:30 in Berlin");
    let listed = run(&server, &["schedule", "list"]).await.out;
    assert!(listed.starts_with("SCHEDULE ") && listed.contains("night-lock"), "{listed}");
    let next = run(&server, &["schedule", "next", "night-lock", "--count", "400"]).await;
    assert_eq!(next.code, 1);
    let next = run(&server, &["schedule", "next", "night-lock", "--count", "3"]).await.out;
    assert_eq!(next.lines().count(), 5, "{next}");
    let comment = ["--comment", "after the move"];
    let now =
        run(&server, &[&["schedule", "run-now", "night-lock", "--json"][..], &comment].concat()).await.json();
    let job_id = now["jobId"].as_str().unwrap();
    let job = server.until_ended(job_id).await;
    assert_eq!((&job["schedule"]["name"], &job["outcomes"]["succeeded"]), (&json!("Night lock"), &json!(2)));
    let paused = run(&server, &["schedule", "pause", "night-lock", "--comment", "drill"]).await.out;
    assert!(paused.contains("paused: \u{201c}drill\u{201d}"), "{paused}");
    let shown = run(&server, &["schedule", "show", "night-lock"]).await.out;
    assert!(shown.contains(job_id) && shown.contains("run now by"), "{shown}");
    assert_eq!(run(&server, &["schedule", "resume", "night-lock"]).await.code, 0);
    assert_eq!(run(&server, &["schedule", "resume", "night-lock"]).await.code, 1);
    assert_eq!(run(&server, &["schedule", "delete", "night-lock"]).await.code, 0);
    assert_eq!(run(&server, &["schedule", "show", "night-lock"]).await.code, 1);
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
        (vec!["group", "create", "Doors"], "--query"),
        (vec!["group", "create", "Doors", "--query", "tags."], "queryCondition"),
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

/// Runs `fleetcast login`, and answers its code as a person does on the page; returns its exit code and what it wrote.
async fn log_in(server: &Server, by: &SignedIn, decision: &str) -> Ran {
    let mut program = fleetcast();
    program.args(["login", "--name", "build-7"]).env("FLEETCAST_SERVER", &server.base);
    program.env("XDG_CONFIG_HOME", server.data_dir().join("config"));
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    errors.read_line(&mut shown).await.unwrap();
    assert!(shown.starts_with(&format!("Open {}/activate and enter the code ", server.base)), "{shown}");
    let code = shown.trim_end().rsplit(' ').next().unwrap();
    let fields = [("user_code", code), ("decision", decision), ("role", "operator")];
    assert!(server.call("decide-device-login", &fields, Some(by)).await.status().is_success());
    errors.read_to_string(&mut shown).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    Ran { code: output.status.code().unwrap(), out, errors: shown }
}

#[tokio::test]
async fn a_machine_signs_in_and_out() {
    let (server, priya) = Server::start_team(1).await;
    let signed_out = run(&server, &["job", "list"]).await;
    assert_eq!(signed_out.code, 1);
    assert!(
        signed_out.errors.contains(&format!("fleetcast login --server {}", server.base)),
        "{}",
        signed_out.errors
    );
    let denied = log_in(&server, &priya, "deny").await;
    assert!(denied.code == 1 && denied.errors.contains("The login was denied"), "{}", denied.errors);

    let logged_in = log_in(&server, &priya, "allow").await;
    assert_eq!(logged_in.code, 0, "{}", logged_in.errors);
    assert!(logged_in.out.contains("as Priya Nair, role Operator"), "{}", logged_in.out);
    let file = server.data_dir().join("config/fleetcast/credentials.json");
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let stored: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let token = stored["servers"][&server.base]["token"].as_str().unwrap().to_owned();
    assert!(!format!("{}{}", logged_in.out, logged_in.errors).contains(&token), "it is not printed");
    assert_eq!(run(&server, &["job", "list"]).await.code, 0);
    // The variable wins over the file.
    let with = async |token: &str| {
        let mut program = fleetcast();
        program.args(["job", "list", "--server", &server.base]).env("FLEETCAST_TOKEN", token);
        let output = program.env("XDG_CONFIG_HOME", "/nonexistent").output().await.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(with(&token).await.0, 0);
    let (code, sentence) = with(&token[..40]).await;
    assert!(code == 1 && sentence.contains("FLEETCAST_TOKEN is not a token"), "{sentence}");
    let remote = ["job", "list", "--server", "http://fleet.example"];
    let mut program = fleetcast();
    let unencrypted = program.args(remote).env("FLEETCAST_TOKEN", &token).output().await.unwrap();
    assert!(String::from_utf8_lossy(&unencrypted.stderr).contains("is not encrypted"), "{unencrypted:?}");

    let out = run(&server, &["logout"]).await;
    assert!(out.code == 0 && out.out.contains("revoked and forgotten"), "{} {}", out.out, out.errors);
    let (code, sentence) = with(&token).await;
    assert!(code == 1 && sentence.contains("does not take the token"), "{sentence}");
    let again = run(&server, &["logout"]).await;
    assert!(again.code == 1 && again.errors.contains("is not signed in to"), "{}", again.errors);
    let (_, log) = server.stop().await;
    assert!(!log.contains(&token), "{log}");
}

#[tokio::test]
async fn a_console_without_sign_in_needs_no_login() {
    let server = Server::start(0).await;
    let refused = run(&server, &["login"]).await;
    assert!(refused.code == 1 && refused.errors.contains("has no sign-in"), "{}", refused.errors);
    server.stop().await;
}

#[tokio::test]
async fn a_job_in_waves_is_shown_and_its_next_wave_started() {
    let server = Server::start_connected(20).await;
    let create =
        ["job", "create", "--method", "lockDoor", "--query", "*", "--id", "waves", "--waves", "25%", "--ask"];
    let created = run(&server, &[&create[..], &["--gate", "95", "--stop-at", "50"]].concat()).await;
    assert_eq!(created.code, 0, "{}", created.errors);
    server
        .until("a person is asked", async || {
            server.get_json("/api/v1/jobs/waves").await["rollout"]["stage"] == "awaitsPerson"
        })
        .await;
    let shown = run(&server, &["job", "show", "waves"]).await.out;
    assert!(shown.contains("asks a person about the next wave, wave 1 of 2"), "{shown}");
    assert!(shown.contains("stop rule at 50 % of at least 20: 0 of 5 that ended"), "{shown}");
    assert!(shown.contains("2     not started  15"), "{shown}");

    let refused = run(&server, &["job", "resume", "waves"]).await;
    assert!(refused.code == 1 && refused.errors.contains("not paused"), "{}", refused.errors);
    let started = run(&server, &["job", "next-wave", "waves", "--comment", "all well"]).await;
    assert_eq!(started.code, 0, "{}", started.errors);
    let watched = run(&server, &["job", "watch", "waves"]).await;
    assert_eq!(watched.code, 0, "{} {}", watched.out, watched.errors);
    let history = server.get_json("/api/v1/jobs/waves/rollout").await["history"].to_string();
    assert!(history.contains("all well"), "{history}");
    let refused = run(&server, &["job", "edit", "waves", "--method", "lockDoor", "--query", "*"]).await;
    assert!(refused.code == 1 && refused.errors.contains("has ended"), "{}", refused.errors);
    let later = ["--method", "lockDoor", "--query", "*", "--waves", "25%", "--start"];
    let tomorrow =
        hub_wire::Timestamp::from(time::OffsetDateTime::now_utc() + time::Duration::DAY).to_string();
    let create_later = [&["job", "create", "--id", "later"], &later[..], &[&tomorrow]].concat();
    assert_eq!(run(&server, &create_later).await.code, 0);
    let now = [
        "job",
        "edit",
        "later",
        "--method",
        "unlockDoor",
        "--device",
        "door-0001",
        "--waves",
        "50%",
        "--watch",
    ];
    let edited = run(&server, &now).await;
    assert_eq!(edited.code, 0, "{} {}", edited.out, edited.errors);
    assert!(edited.out.contains("unlockDoor on 1 device"), "{}", edited.out);
    let wrong = run(&server, &[&create[..6], &["--waves", "150%"]].concat()).await;
    assert!(wrong.code == 1 && wrong.errors.contains("not a percentage"), "{}", wrong.errors);
    server.stop().await;
}
