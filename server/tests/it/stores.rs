//! Stores that are being created, that were lost, damaged or written by a newer program: each has a message, at the start
//! and on the pages.

use std::{path::Path, time::Duration};

use crate::support::{Server, fleetcast};
use hub_client::{HubClient, HubClientOptions};
use hub_wire::connection_string::ServiceConnectionString;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::time::timeout;

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

async fn printed(folder: &Path) -> String {
    let mut command = fleetcast();
    command.args(["--print-hub-connection-string", "--data-dir"]).arg(folder);
    let output = timeout(PATIENCE, command.output()).await.expect("it ends").unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Starts a server that cannot start; returns the last line of its output.
async fn refusal(folder: &Path) -> String {
    let mut command = fleetcast();
    command.args(["--listen", "127.0.0.1:0", "--simulated-devices", "0", "--data-dir"]).arg(folder);
    let output = timeout(PATIENCE, command.output()).await.expect("it ends by itself").unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{errors}");
    errors.lines().last().unwrap().to_owned()
}

/// A free port, for a server whose hub is reached from outside.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_key_printed_while_the_server_starts_in_a_new_folder_is_the_servers() {
    for _ in 0..8 {
        let folder = TempDir::new().unwrap();
        let data_dir = folder.path().to_owned();
        std::fs::remove_dir(&data_dir).unwrap();
        let hub = format!("127.0.0.1:{}", free_port());
        let mut command = fleetcast();
        // All at once: one of them makes the store.
        command.args(["--hub-listen", &hub, "--hub-tls-listen", "127.0.0.1:0"]);
        let (server, first, second) =
            tokio::join!(Server::start_as(command, folder, 0, &[]), printed(&data_dir), printed(&data_dir));
        assert_eq!(first, second);
        let connection: ServiceConnectionString = first.parse().unwrap();
        let options =
            HubClientOptions { endpoint: Some(format!("http://{hub}")), ..HubClientOptions::default() };
        let client = HubClient::new(connection, options).unwrap();
        client.registry_statistics().await.expect("the server accepts the key");
        server.stop().await;
    }
}

async fn change(file: &Path, sql: &'static str) {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn stores_of_a_newer_program_and_damaged_ones_are_refused_with_a_message() {
    for file in ["hub.sqlite", "console.sqlite3"] {
        let (folder, _) = Server::start(0).await.stop().await;
        let path = folder.path().join(file);
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (99, 'later', TRUE, x'00', 0)";
        change(&path, newer).await;
        let output = refusal(folder.path()).await;
        assert!(
            output.contains(file)
                && output.contains("was written by a newer Fleetcast (schema 99; this program knows"),
            "{output}"
        );
        assert!(output.contains("start the newer program, or give this one another --data-dir"), "{output}");

        std::fs::write(&path, "this is no database".repeat(1000)).unwrap();
        let output = refusal(folder.path()).await;
        assert!(output.contains(file) && output.contains("is damaged: put back a copy"), "{output}");
    }
}

#[tokio::test]
async fn a_store_that_was_emptied_or_removed_is_reported_at_the_start_and_on_the_pages() {
    for file in ["hub.sqlite", "console.sqlite3"] {
        for is_emptied in [true, false] {
            let server = Server::start(0).await;
            assert_eq!(server.get_json("/api/v1/hub").await["notices"], Value::Null, "all is well");
            let (folder, log) = server.stop().await;
            assert!(!log.contains("in use before"), "{log}");
            let path = folder.path().join(file);
            if is_emptied {
                std::fs::write(&path, "").unwrap();
            } else {
                std::fs::remove_file(&path).unwrap();
            }
            let server = Server::start_in(folder, 0, &[]).await;
            let words = if is_emptied { "is empty although" } else { "is missing although" };
            let notices = server.get_json("/api/v1/hub").await["notices"].clone();
            let notice = notices[0].as_str().unwrap_or_else(|| panic!("no notice: {notices}")).to_owned();
            assert!(notice.contains(file) && notice.contains(words), "{notices}");
            let page = server.get("/jobs").await.text().await.unwrap();
            assert!(page.contains(words), "{page}");
            let (folder, log) = server.stop().await;
            assert!(log.contains(words), "{log}");
            // Reported once: the new store is the one in use now.
            let server = Server::start_in(folder, 0, &[]).await;
            assert_eq!(server.get_json("/api/v1/hub").await["notices"], Value::Null);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_reported_with_the_reason() {
    let server = Server::start(0).await;
    let template =
        json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}});
    let put = async |name: &str| server.put(&format!("/api/v1/templates/{name}"), &template).await;
    assert!(put("before").await.status().is_success());
    let path = server.data_dir().join("console.sqlite3");
    // Another program holds the store for longer than a statement waits.
    let mut other = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let answer = put("during").await;
    assert_eq!(answer.status().as_u16(), 503);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!((problem["type"].as_str(), problem["retryable"].as_bool()), (Some("store-held"), Some(true)));
    assert!(problem["detail"].as_str().unwrap().contains("Another program holds"), "{problem}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(put("after").await.status().is_success());
    server.stop().await;
}
