//! The simulated devices' settings over a restart.

use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn settings_are_kept_over_a_restart() {
    let server = Server::start(3).await;
    let changed = server.patch("/api/v1/simulator", &json!({"errorShare": 0.25, "latencyMs": 7})).await;
    assert!(changed.status().is_success());
    let (folder, _) = server.stop().await;

    let server = Server::start_in(folder, 2, &[]).await;
    let settings = server.get_json("/api/v1/simulator").await;
    assert_eq!(settings["errorShare"], 0.25);
    assert_eq!(settings["latencyMs"], 7.0);
    assert_eq!(settings["count"], 2, "the flag says how many");
    server.stop().await;
}

#[tokio::test]
async fn a_damaged_file_of_settings_is_reported_and_the_server_starts() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("simulator.json"), "{\"embedded\": {\"errorShare\": 7}}").unwrap();
    let server = Server::start_in(folder, 1, &[]).await;
    assert_eq!(server.get_json("/api/v1/simulator").await["errorShare"], 0.0);
    let (_, log) = server.stop().await;
    assert!(log.contains("simulator.json") && log.contains("errorShare is 7"), "{log}");
}
