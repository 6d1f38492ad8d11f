//! What clients can make the server log: a stopped page and refused requests, and never too many of them.

use crate::support::Server;
use reqwest::{StatusCode, header};
use serde_json::json;

#[tokio::test]
async fn a_page_that_has_panicked_is_in_the_log() {
    let server = Server::start(0).await;
    let message = "panicked at app/src/lib.rs:1:2:\nFORGED line\u{1b}[31m \u{202e}red";
    let answer = server.post("/client-errors", &json!({"message": message, "page": "/jobs\nFORGED"})).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let (_folder, log) = server.stop().await;
    let line =
        log.lines().find(|line| line.contains("a page has stopped working")).expect("a line in the log");
    assert!(line.contains(r"panicked at app/src/lib.rs:1:2:\nFORGED line"), "{line}");
    assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{log}");
    assert!(!log.contains(['\u{1b}', '\u{202e}']), "{log}");
}

#[tokio::test]
async fn reports_cannot_fill_the_log() {
    const SENT: usize = 100;
    let server = Server::start(0).await;
    for _ in 0..SENT {
        let answer = server.post("/client-errors", &json!({"message": "again"})).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    let large = server.post("/client-errors", &json!({"message": "x".repeat(100_000)})).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let long = server.post("/client-errors", &json!({"message": "x".repeat(10_000)})).await;
    assert_eq!(long.status(), StatusCode::NO_CONTENT);
    let (_folder, written) = server.stop().await;
    let lines: Vec<_> = written.lines().filter(|line| line.contains("a page has stopped working")).collect();
    assert!((10..SENT / 2).contains(&lines.len()), "{} lines", lines.len());
    assert!(lines.iter().all(|line| line.len() < 5_000));
}

#[tokio::test]
async fn a_report_that_cannot_be_read_is_refused_with_a_reason() {
    let server = Server::start(0).await;
    for (body, status, reason) in [
        (json!({"page": "/jobs"}), StatusCode::UNPROCESSABLE_ENTITY, "message"),
        (json!({"message": 5}), StatusCode::UNPROCESSABLE_ENTITY, "message"),
        (json!("text"), StatusCode::UNPROCESSABLE_ENTITY, "body"),
    ] {
        let answer = server.post("/client-errors", &body).await;
        assert_eq!(answer.status(), status, "{body}");
        let problem = answer.text().await.unwrap();
        assert!(problem.contains(reason), "{body}: {problem}");
    }
    let foreign = server
        .http
        .post(format!("{}/client-errors", server.base))
        .header(header::ORIGIN, "https://attacker.example")
        .json(&json!({"message": "x"}))
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

#[tokio::test]
async fn refused_requests_cannot_fill_the_log_and_are_counted() {
    const SENT: u64 = 200;
    let server = Server::start(0).await;
    for _ in 0..SENT {
        let answer = server.get("/api/v1/jobs?status=done").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (_folder, written) = server.stop().await;
    let of_kind = |text: &str| written.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let logged = of_kind("request refused").len() as u64;
    assert!((1..SENT / 4).contains(&logged), "{logged} lines");
    let counts = of_kind("refused requests were left out of the log");
    let left_out: u64 = counts
        .iter()
        .filter_map(|line| line.split("count=").nth(1)?.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    assert_eq!(logged + left_out, SENT, "{counts:?}");
}
