//! A server that cannot start prints the reason.

use std::process::Stdio;

use crate::support::{Server, fleetcast};

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = Server::start(0).await;
    let output = fleetcast()
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(server.data_dir())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(sentence.contains("another fleetcast uses the data folder"), "{sentence}");
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_start_prints_the_reason() {
    let folder = tempfile::TempDir::new().unwrap();
    for (flags, sentence) in [
        (vec!["--hub-connection-string", "HostName=h"], "lacks 'SharedAccessKeyName'"),
        (vec!["--hub-connection-string-file", "/nonexistent"], "/nonexistent"),
        (vec!["--hub-tier", "s9"], "expected s1, s2 or s3"),
    ] {
        let output = fleetcast()
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path())
            .args(&flags)
            .output()
            .await
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(sentence), "{flags:?}: {errors}");
    }
}
