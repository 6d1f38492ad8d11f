//! Attacks on the server itself: paths that lead out of the site, forged lines of the log, frames, large and slow requests.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Server, fleetcast, team::form};

/// The whole answer to a request whose target is sent as it is: clients resolve `..` before they send it.
async fn answer(server: &Server, target: &str) -> String {
    let host = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_path_leads_out_of_the_site() {
    let server = Server::start(0).await;
    let secret = server.data_dir().join("secret.txt");
    std::fs::write(&secret, "only for its owner").unwrap();
    let absolute = secret.to_str().unwrap();
    for prefix in ["/pkg/", "/fonts/", "/"] {
        for path in [
            "../../../../../../etc/passwd".to_owned(),
            "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
            "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd".to_owned(),
            "....//....//....//etc/passwd".to_owned(),
            "..\\..\\..\\etc\\passwd".to_owned(),
            "%2e%2e%5c%2e%2e%5cetc%5cpasswd".to_owned(),
            format!("../../..{absolute}"),
            format!("/{absolute}"),
            "%00/../../etc/passwd".to_owned(),
            "../Cargo.toml".to_owned(),
        ] {
            let target = format!("{prefix}{path}");
            let answer = answer(&server, &target).await;
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert!(matches!(status, "400" | "404"), "{target}: {answer}");
            for text in ["root:", "only for its owner", "[workspace]"] {
                assert!(!answer.contains(text), "{target}: {answer}");
            }
        }
    }
    server.stop().await;
}

/// Text that would be a line of its own, red, or to the left, if it were written as it is.
const FORGED: &str = "x\r\n2026-11-30T00:00:00Z ERROR FORGED line\u{1b}[31m\u{202e}";

#[tokio::test]
async fn text_of_a_client_cannot_forge_a_line_of_the_log() {
    for log_format in ["text", "json"] {
        let flags = ["--log-format", log_format];
        let server = Server::start_in(TempDir::new().unwrap(), 0, &flags).await;
        let encoded = crate::support::encoded(FORGED);
        for path in [
            format!("/{encoded}"),
            format!("/jobs/{encoded}"),
            format!("/api/v1/jobs/{encoded}"),
            format!("/api/v1/jobs?status={encoded}"),
            format!("/api/v1/devices?q={encoded}"),
        ] {
            let answer = server.get(&path).await;
            assert!(answer.status().as_u16() < 500, "{path}");
        }
        let job = json!({"jobId": FORGED, "name": FORGED, "reason": FORGED, "type": "scheduleUpdateTwin",
            "queryCondition": format!("deviceId = '{FORGED}'"), "updateTwin": {"tags": {"a": FORGED}}});
        server.post("/api/v1/jobs", &job).await;
        let mut good = job.clone();
        (good["jobId"], good["name"]) = ("good".into(), "Good".into());
        server.post("/api/v1/jobs", &good).await;
        server.post("/client-errors", &json!({"message": FORGED, "page": FORGED})).await;
        let request = form(server.http.post(format!("{}/fn/cancel-job", server.base)), &[("job_id", FORGED)]);
        request.header(header::ACCEPT, "application/json").send().await.unwrap();
        let (_folder, log) = server.stop().await;
        assert!(!log.contains('\u{1b}'), "{log}");
        // JSON does not escape it; whoever reads the log as JSON knows where a text ends.
        assert!(log_format == "json" || !log.contains('\u{202e}'), "{log}");
        for line in log.lines() {
            assert!(!line.starts_with("2026-11-30T00:00:00Z ERROR FORGED"), "{log}");
            if log_format == "json" {
                serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            }
        }
    }
}

#[tokio::test]
async fn no_page_can_be_framed() {
    let server = Server::start(0).await;
    for path in ["/jobs", "/jobs/new", "/devices", "/simulator", "/webhooks", "/no-such-page", "/api/v1/hub"]
    {
        let answer = server.get(path).await;
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.headers()[header::X_FRAME_OPTIONS], "DENY", "{path}");
    }
    let framed = server.http.get(format!("{}/jobs", server.base));
    let framed = framed
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(framed.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

#[tokio::test]
async fn no_text_of_a_client_becomes_sql() {
    let server = Server::start_connected(2).await;
    let job = json!({"jobId": "tags", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"a": "'); DROP TABLE jobs; --"}}});
    server.create_job(&job).await;
    server.until_ended("tags").await;
    for text in [
        "'; DROP TABLE jobs; --",
        "' OR '1' = '1",
        "x') OR 1 = 1 --",
        "\"; DELETE FROM devices; --",
        "%' OR 1=1",
    ] {
        let encoded = crate::support::encoded(text);
        let jobs = server.get_json(&format!("/api/v1/jobs?q={encoded}")).await;
        assert_eq!(jobs["items"], json!([]), "{text}");
        let quoted = crate::support::encoded(&format!("deviceId = '{}'", text.replace('\'', "\\'")));
        let devices = server.get_json(&format!("/api/v1/devices?q={quoted}")).await;
        assert_eq!(devices["items"], json!([]), "{text}");
        let raw = server.get(&format!("/api/v1/devices?q={encoded}")).await;
        assert_eq!(raw.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    }
    assert_eq!(server.get_json("/api/v1/jobs").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get_json("/api/v1/devices").await["items"].as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = Server::start(0).await;
    let large = "x".repeat(600 * 1024);
    let setting = server.patch("/api/v1/simulator", &json!({"seed": large})).await;
    assert_eq!(setting.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let report = server.post("/client-errors", &json!({"message": large})).await;
    assert_eq!(report.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let head = server.http.get(format!("{}/jobs", server.base)).header("x-large", "x".repeat(200 * 1024));
    let answer = head.send().await;
    let is_refused = answer.is_err() || answer.is_ok_and(|answer| answer.status().as_u16() == 431);
    assert!(is_refused, "a head of 200 kB");
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn arguments_with_secrets_are_not_repeated_in_errors() {
    let folder = TempDir::new().unwrap();
    let secret = "HostName=h.example;SharedAccessKeyName=p;SharedAccessKey=s3cr3t!";
    let output = fleetcast()
        .arg("--data-dir")
        .arg(folder.path())
        .args(["--hub-connection-string", secret])
        .output()
        .await
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    assert!(!output.status.success() && !printed.contains("s3cr3t"), "{printed}");
}
