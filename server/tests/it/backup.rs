//! `fleetcast backup` and `fleetcast restore`, with a server that writes meanwhile.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, assert_sums, files, fleetcast};

/// Runs `fleetcast backup` or `fleetcast restore`. Returns whether it succeeded, and its output.
async fn run(command: &str, folder: &Path, data_dir: &Path) -> (bool, String) {
    let mut program = fleetcast();
    program.arg(command).arg(folder).arg("--data-dir").arg(data_dir);
    let output = program.output().await.expect("the program runs");
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

async fn connection_string(data_dir: &Path) -> String {
    let mut program = fleetcast();
    program.args(["--print-hub-connection-string", "--data-dir"]).arg(data_dir);
    String::from_utf8(program.output().await.unwrap().stdout).unwrap()
}

fn tag_job(number: u32) -> Value {
    json!({"jobId": format!("tags-{number}"), "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"n": number}}})
}

async fn results(server: &Server, job_id: &str) -> String {
    server.get(&format!("/api/v1/jobs/{job_id}/devices.csv")).await.text().await.unwrap()
}

async fn jobs(server: &Server) -> Vec<Value> {
    server.get_json("/api/v1/jobs?limit=500").await["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_backup_made_while_jobs_run_is_restored_whole() {
    let server = Server::start_connected(40).await;
    let lock = json!({"jobId": "before", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor"}});
    server.create_job(&lock).await;
    server.until_ended("before").await;
    let (before, rows) = (server.get_json("/api/v1/jobs/before").await, results(&server, "before").await);

    let place = TempDir::new().unwrap();
    let (backup, is_done) = (place.path().join("monday"), AtomicBool::new(false));
    let writes = async {
        let mut number = 0;
        while !is_done.load(Ordering::Relaxed) || number < 5 {
            server.create_job(&tag_job(number)).await;
            number += 1;
        }
        number
    };
    let copies = async {
        let made = run("backup", &backup, server.data_dir()).await;
        is_done.store(true, Ordering::Relaxed);
        made
    };
    let (written, (is_made, output)) = tokio::join!(writes, copies);
    assert!(is_made && output.contains("copied to") && output.contains("and checked"), "{output}");
    for path in files(&backup) {
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
    }
    let key = connection_string(server.data_dir()).await;
    server.stop().await;

    let folder = TempDir::new().unwrap();
    let (is_restored, output) = run("restore", &backup, folder.path()).await;
    assert!(is_restored && output.contains("restored to"), "{output}");
    assert_eq!(connection_string(folder.path()).await, key);
    let restored = Server::start_in(folder, 0, &[]).await;
    assert_eq!(restored.get_json("/api/v1/hub").await["notices"], Value::Null);
    let now = restored.get_json("/api/v1/jobs/before").await;
    assert_eq!((&now["outcomes"], &now["endTime"]), (&before["outcomes"], &before["endTime"]));
    assert_eq!(results(&restored, "before").await, rows);
    // Jobs that ran at the time of the backup go on, and no other is there.
    for job in jobs(&restored).await {
        assert_sums(&job);
        restored.until_ended(job["jobId"].as_str().unwrap()).await;
    }
    let kept = jobs(&restored).await.len();
    assert!((1..=written as usize + 1).contains(&kept), "{kept} of {written}");
    let devices = restored.get_json("/api/v1/devices?limit=100").await;
    assert_eq!(devices["items"].as_array().unwrap().len(), 40);
    restored.create_job(&tag_job(1_000_000)).await;
    restored.until_ended("tags-1000000").await;
    restored.stop().await;
}

#[tokio::test]
async fn nothing_is_overwritten_and_no_half_backup_is_taken() {
    let server = Server::start(0).await;
    let place = TempDir::new().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    let (is_made, output) = run("backup", &first, server.data_dir()).await;
    assert!(is_made, "{output}");

    let refused = async |command: &str, folder: &Path, data_dir: &Path, sentence: &str| {
        let (is_done, output) = run(command, folder, data_dir).await;
        assert!(!is_done && output.contains(sentence), "{command}: {output}");
    };
    let data_dir = server.data_dir().to_owned();
    refused("backup", &first, &data_dir, "exists, and a backup overwrites nothing").await;
    refused("backup", &data_dir.join("backup"), &data_dir, "is inside the data folder").await;
    let empty = TempDir::new().unwrap();
    refused("backup", &second, empty.path(), "holds no store").await;
    refused("backup", &second, &place.path().join("none"), "cannot read the data folder").await;
    assert!(!second.exists() && !place.path().join("second.partial").exists(), "nothing is left behind");
    refused("restore", &first, &data_dir, "another fleetcast uses the data folder").await;
    refused("restore", &second, &data_dir, "is no backup").await;
    let (folder, _) = server.stop().await;
    refused("restore", &first, folder.path(), "is not empty").await;

    let store = first.join("hub.sqlite");
    let mut bytes = std::fs::read(&store).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&store, bytes).unwrap();
    refused("restore", &first, empty.path(), "SHA-256 differs").await;
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was made");
}
