//! A full disk: the program's files may not grow beyond a limit. What cannot be stored is refused with the reason, and
//! nothing is half written. A program of its own: it fills the disk's share of its server for as long as it runs.

#![cfg(target_os = "linux")]

#[path = "it/support/mod.rs"]
mod support;

use reqwest::StatusCode;
use serde_json::{Value, json};
use support::Server;

/// The largest a file may grow, in blocks of 1,024 bytes: room to start in, and for a few jobs.
const BLOCKS: u32 = 1_200;

#[tokio::test]
async fn what_cannot_be_stored_is_refused_and_nothing_is_half_written() {
    let server = Server::start_limited(BLOCKS).await;
    let filler = "x".repeat(7_000);
    let job = |number: u32| {
        json!({"jobId": format!("job-{number:03}"), "type": "scheduleUpdateTwin", "queryCondition": "*",
            "updateTwin": {"tags": {"a": filler[..4000], "b": filler[..3500], "n": number}}})
    };
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for number in 0..400 {
        let response = server.post("/api/v1/jobs", &job(number)).await;
        let status = response.status();
        let answer: Value = response.json().await.expect("JSON");
        if status == StatusCode::CREATED {
            accepted.push(number);
        } else {
            assert!(status.is_server_error(), "{answer}");
            assert_eq!(answer["retryable"], true, "{answer}");
            let detail = answer["detail"].as_str().expect("a sentence");
            assert!(!detail.is_empty() && !detail.contains("/tmp"), "{answer}");
            refused.push(number);
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert!(
        !accepted.is_empty() && refused.len() == 5,
        "{} accepted, {} refused",
        accepted.len(),
        refused.len()
    );
    // The console's own store: a template is kept nowhere else.
    let mut answer = Value::Null;
    for number in 0..400 {
        let response = server.put(&format!("/api/v1/templates/full-{number}"), &job(number)).await;
        let status = response.status();
        answer = response.json().await.expect("JSON");
        if !status.is_success() {
            assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{answer}");
            break;
        }
    }
    assert_eq!((&answer["type"], &answer["retryable"]), (&json!("disk-full"), &json!(true)), "{answer}");
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains("disk")), "{answer}");
    // Reading goes on.
    assert_eq!(server.get("/api/v1/jobs").await.status(), StatusCode::OK);
    // With room again: it writes without a restart.
    server.lift_file_limit();
    let kept = server.put("/api/v1/templates/room-again", &job(1)).await;
    assert_eq!(kept.status(), StatusCode::OK, "{}", kept.text().await.expect("text"));
    let folder = server.kill().await;

    // After a restart: every accepted job is there and ends, and no other has been left half made.
    let server = Server::start_in(folder, 0, &[]).await;
    for number in &accepted {
        let ended = server.until_ended(&format!("job-{number:03}")).await;
        assert_eq!(ended["status"], "completed", "{ended}");
    }
    for number in refused {
        // One whose refusal came after the hub had taken it is a whole job; any other does not exist.
        let path = format!("/api/v1/jobs/job-{number:03}");
        server
            .until("it is settled", async || {
                let response = server.get(&path).await;
                response.status() == StatusCode::NOT_FOUND
                    || response.json::<Value>().await.is_ok_and(|job| job["status"] == "completed")
            })
            .await;
    }
    let created = server.post("/api/v1/jobs", &job(999)).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    server.until_ended("job-999").await;
    server.stop().await;
}
