//! `fleetcast seed`: the fleet that it registers, and that it refuses a folder in use.

use std::path::Path;

use crate::support::{Server, fleetcast};
use serde_json::Value;
use tempfile::TempDir;

/// Runs it. Returns whether it succeeded, and its output.
async fn seed(folder: &Path, devices: u32) -> (bool, String) {
    let output = fleetcast()
        .args(["seed", "--devices", &devices.to_string(), "--seed", "7", "--data-dir"])
        .arg(folder)
        .output()
        .await
        .expect("the program runs");
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

async fn devices_of(server: &Server) -> Vec<(Value, Value)> {
    let page = server.get_json("/api/v1/devices?limit=100").await;
    let items = page["items"].as_array().expect("a page");
    items.iter().map(|item| (item["deviceId"].clone(), item["tags"].clone())).collect()
}

#[tokio::test]
async fn one_seed_gives_one_fleet() {
    let mut fleets = Vec::new();
    for _ in 0..2 {
        let folder = TempDir::new().unwrap();
        let (done, output) = seed(folder.path(), 30).await;
        assert!(done && output.contains("30 devices registered"), "{output}");
        let (done, output) = seed(folder.path(), 40).await;
        assert!(
            done && output.contains("10 devices registered") && output.contains("30 were there already"),
            "{output}"
        );

        let server = Server::start_in(folder, 0, &[]).await;
        fleets.push(devices_of(&server).await);
        server.stop().await;
    }
    assert_eq!(fleets[0].len(), 40);
    assert!(fleets[0].iter().all(|(_, tags)| tags["simulated"] == true), "{:?}", fleets[0]);
    assert_eq!(fleets[0], fleets[1]);
}

#[tokio::test]
async fn a_folder_in_use_is_left_alone() {
    let server = Server::start(0).await;
    let (done, output) = seed(server.data_dir(), 5).await;
    assert!(!done && output.contains("another fleetcast uses the data folder"), "{output}");
    assert!(devices_of(&server).await.is_empty());
    server.stop().await;
}
