//! Nothing secret leaves the server, and a page of another site cannot use it.

use reqwest::{StatusCode, header};
use secrecy::ExposeSecret;

use crate::support::{Server, files};

/// The key's text is in no page, asset, answer, error, or log.
#[tokio::test]
async fn no_secret_leaves_the_server() {
    let server = Server::start_connected(2).await;
    let connection = hub_embedded::connection_string(server.data_dir(), "localhost").await.unwrap();
    let key = connection.key.to_base64();
    let key = key.expose_secret().trim_end_matches('=').to_owned();
    let device =
        server.get_json("/api/v1/devices?limit=1").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let mut texts = Vec::new();
    for path in [
        "/",
        "/jobs",
        "/jobs/new",
        "/jobs/nobody",
        "/devices",
        "/devices?q=bad+query",
        &format!("/devices/{device}"),
        "/api/v1/hub",
        "/api/v1/simulator",
        "/api/v1/devices",
        &format!("/api/v1/devices/{device}"),
        "/api/v1/nothing",
        "/metrics",
        "/readyz",
    ] {
        texts.push((path.to_owned(), server.get(path).await.bytes().await.unwrap().to_vec()));
    }
    let jobs = server.get("/jobs").await.text().await.unwrap();
    let files: Vec<_> = jobs.split('"').filter(|text| text.starts_with("/pkg/")).collect();
    assert!(files.iter().any(|file| file.contains(".wasm")), "{files:?}");
    for file in files {
        texts.push((file.to_owned(), server.get(file).await.bytes().await.unwrap().to_vec()));
    }
    let (_folder, log) = server.stop().await;
    texts.push(("the log".into(), log.into_bytes()));
    for (place, text) in texts {
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(&key), "the hub's key is in {place}");
        assert!(!text.contains("SharedAccessSignature sr="), "a token is in {place}");
    }
}

#[tokio::test]
async fn answers_carry_the_security_headers() {
    let server = Server::start(0).await;
    let page = server.get("/jobs").await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'nonce-"), "{policy}");
    // WASM may be compiled; text may not be evaluated, nor may a script without the nonce run.
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
    assert!(!scripts.contains("'unsafe-eval'") && !scripts.contains("'unsafe-inline'"), "{policy}");
    assert_eq!(page.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let other =
        server.get("/jobs").await.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert_ne!(policy, other, "the nonce must differ from page to page");
    let api = server.get("/api/v1/hub").await;
    assert_eq!(api.headers()[header::CONTENT_SECURITY_POLICY], "default-src 'none'; frame-ancestors 'none'");
    let foreign = server
        .http
        .post(format!("{}/api/v1/jobs", server.base))
        .header(header::ORIGIN, "https://attacker.example")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(1).await;
    for path in files(server.data_dir()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let is_public = name == "ca.pem" || name == "server.pem" || name == "lock";
        assert!(is_public || mode.trailing_zeros() >= 6, "{name} has mode {mode:o}");
    }
    server.stop().await;
}
