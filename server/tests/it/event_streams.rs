//! Event streams: they resume without a gap, or start with a snapshot.

use std::collections::BTreeMap;

use crate::support::{Server, assert_sums};
use serde_json::{Value, json};

/// One event of a stream.
#[derive(Debug)]
struct Event {
    name: String,
    id: u64,
    data: Value,
}

/// Reads events from an open stream until one satisfies `last`.
async fn read_until(
    server: &Server,
    path: &str,
    resume: Option<u64>,
    last: impl Fn(&Event) -> bool,
) -> Vec<Event> {
    let mut request = server.http.get(format!("{}{path}", server.base));
    if let Some(id) = resume {
        request = request.header("Last-Event-ID", id.to_string());
    }
    let mut response = request.send().await.unwrap();
    assert!(response.status().is_success());
    let (mut text, mut events) = (String::new(), Vec::new());
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((block, rest)) = text.split_once("\n\n") {
            let fields: BTreeMap<_, _> = block.lines().filter_map(|line| line.split_once(": ")).collect();
            if let (Some(name), Some(id), Some(data)) =
                (fields.get("event"), fields.get("id"), fields.get("data"))
            {
                events.push(Event {
                    name: (*name).to_owned(),
                    id: id.parse().unwrap(),
                    data: serde_json::from_str(data).unwrap(),
                });
            }
            text = rest.to_owned();
            if events.last().is_some_and(&last) {
                return events;
            }
        }
    }
    panic!("the stream ended after {events:?}");
}

fn has_ended(event: &Event) -> bool {
    event.name == "job" && event.data["job"]["status"] == "completed"
}

#[tokio::test]
async fn a_stream_reports_a_job_up_to_its_end_and_resumes_without_a_gap() {
    let server = Server::start_connected(30).await;
    let before = read_until(&server, "/api/v1/events", None, |event| event.name == "live").await;
    assert_eq!(before[0].name, "snapshot");
    let start = before.last().unwrap().id;

    let job = server
        .create_job(&json!({
            "type": "scheduleDeviceMethod",
            "cloudToDeviceMethod": {"methodName": "lockDoor"},
            "queryCondition": "*",
        }))
        .await;
    let events = read_until(&server, &format!("/api/v1/events?since={start}"), None, has_ended).await;
    let mut place = start;
    for event in events.iter().filter(|event| event.name == "job") {
        assert!(event.id > place, "sequence numbers must rise");
        assert_eq!(event.data["job"]["sequence"], event.id);
        assert_sums(&event.data["job"]);
        place = event.id;
    }
    assert_eq!(events.last().unwrap().data["job"]["outcomes"]["succeeded"], 30);
    assert_eq!(events.last().unwrap().data["counts"]["finished"], 1);

    // From the middle: the newest summary comes at once, nothing older.
    let resumed = read_until(&server, "/api/v1/events", Some(start), has_ended).await;
    assert_eq!(resumed[0].id, place);
    // From the end: only the event that it is live.
    let resumed = read_until(&server, "/api/v1/events", Some(place), |event| event.name == "live").await;
    assert_eq!(resumed.len(), 1);
    // From a number that this server has never given: a snapshot, and it says so.
    let path = format!("/api/v1/jobs/{}/events", job["jobId"].as_str().unwrap());
    let restarted = read_until(&server, &path, Some(u64::MAX / 4), has_ended).await;
    assert_eq!(restarted[0].name, "snapshot");
    server.stop().await;
}
