//! A limit of open files: what does not fit is refused at the start, and later connections leave enough files for the
//! console. A program of its own: it starts the server under lower limits, and beside other tests the hundreds of
//! connections of one would count.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "it/support/mod.rs"]
mod support;

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{Server, fleetcast};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::timeout,
};

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program under limits as `ulimit` sets them: `-n 256`, or `-Sn 64` for the soft one alone.
fn limited(limits: &str) -> Command {
    let program = fleetcast();
    let mut shell = Command::new("bash");
    shell
        .arg("-c")
        .arg(format!("ulimit {limits} && exec \"$0\" \"$@\""))
        .arg(program.as_std().get_program())
        .kill_on_drop(true);
    for (name, _) in program.as_std().get_envs() {
        shell.env_remove(name);
    }
    shell
}

/// Runs it to its end. Returns whether it succeeded, and its output.
async fn run(limits: &str, arguments: &[&str]) -> (bool, String) {
    let folder = TempDir::new().unwrap();
    let mut command = limited(limits);
    command.args(arguments);
    if arguments.first() != Some(&"pool") {
        command.args(["--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path());
    }
    let output = timeout(PATIENCE, command.output()).await.expect("it ends by itself").unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn devices_that_do_not_fit_are_refused_at_the_start() {
    for (limits, devices, fits) in [("-n 256", "200", "38"), ("-n 1000", "20000", "341")] {
        let (done, output) = run(limits, &["--simulated-devices", devices]).await;
        assert!(!done, "{output}");
        let refusal = output.lines().last().unwrap();
        assert!(refusal.contains(&format!("--simulated-devices {devices} is refused")), "{output}");
        assert!(refusal.contains(&format!("enough for {fits} simulated devices")), "{output}");
        assert!(refusal.contains("ulimit -n") && refusal.contains("LimitNOFILE"), "{output}");
    }
    let (done, output) = run("-n 100", &["--simulated-devices", "0"]).await;
    assert!(!done && output.contains("may have only 100 open files; 192 are the least"), "{output}");

    let hub = "HostName=h.example;SharedAccessKeyName=p;SharedAccessKey=AAAA";
    let (done, output) = run("-n 256", &["pool", "--count", "500", "--hub-connection-string", hub]).await;
    assert!(!done && output.contains("count is 500") && output.contains("enough for 192"), "{output}");
}

#[tokio::test]
async fn the_soft_limit_is_raised_and_the_rest_is_refused_later_too() {
    // Without raising, 64 files would not do for a server.
    let folder = TempDir::new().unwrap();
    let server = Server::start_as(limited("-Sn 64 && ulimit -Hn 400"), folder, 20, &[]).await;
    server.until_connected(20).await;
    let refused = server.patch("/api/v1/simulator", &json!({"count": 400})).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["field"], "count", "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("400 open files, enough for 106") && detail.contains("LimitNOFILE"), "{detail}");
    let simulator = server.get_json("/api/v1/simulator").await;
    assert_eq!(simulator["count"], 20, "nothing was changed: {simulator}");
    // As many as fit are there, and the console answers.
    assert!(server.patch("/api/v1/simulator", &json!({"count": 106})).await.status().is_success());
    server.until_connected(106).await;
    assert_eq!(server.get("/jobs").await.status(), StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn hundreds_of_idle_connections_do_not_block_others() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_as(limited("-n 400"), folder, 100, &[]).await;
    server.until_connected(100).await;
    let address = server.base.strip_prefix("http://").unwrap().to_owned();
    let mut held = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // A third sends nothing, a third sends part of a head, a third has received an answer.
        match number % 3 {
            0 => {}
            1 => stream.write_all(b"GET /jobs HTTP/1.1\r\nho").await.unwrap(),
            _ => {
                stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
                let mut answer = [0; 12];
                let read = stream.read_exact(&mut answer);
                timeout(PATIENCE, read).await.expect("an answer").unwrap();
                assert_eq!(&answer, b"HTTP/1.1 200");
            }
        }
        held.push(stream);
    }
    // What a job needs is there: pages, the store, calls of the console to its hub.
    let job = server
        .create_job(&json!({"jobId": "j", "type": "scheduleUpdateTwin", "queryCondition": "*",
            "updateTwin": {"tags": {"a": 1}}}))
        .await;
    assert_eq!(job["jobId"], "j");
    assert_eq!(server.until_ended("j").await["deviceJobStatistics"]["succeededCount"], 100);
    let (_, log) = server.stop().await;
    assert!(!log.contains("Too many open files"), "{log}");
    drop(held);
}
