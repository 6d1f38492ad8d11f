//! Jobs in waves that ask a webhook before their next wave.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::any,
};
use console_wire::webhook::{DeliveryState, Webhooks};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::Server;

const PRIVATE: [&str; 1] = ["--webhooks-to-private-addresses"];
const ROLLOUT: &str = "/api/v1/jobs/waves/rollout";

/// A question as it came.
#[derive(Debug, Clone)]
struct Question {
    headers: HeaderMap,
    body: Bytes,
}

impl Question {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver on this machine that answers each question from a list, and afterwards with 503.
struct Receiver {
    url: String,
    questions: Arc<Mutex<Vec<Question>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

impl Receiver {
    async fn start(answers: &[(u16, &'static str)]) -> Self {
        let questions = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        let (kept, left) = (Arc::clone(&questions), Arc::clone(&answers));
        let receive = move |headers: HeaderMap, body: Bytes| {
            kept.lock().unwrap().push(Question { headers, body });
            let mut left = left.lock().unwrap();
            let (status, text) = if left.is_empty() { (503, "") } else { left.remove(0) };
            let answer = (StatusCode::from_u16(status).unwrap(), text);
            async move { answer }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(receive));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, questions, answers }
    }

    fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }
}

async fn create_webhook(server: &Server, url: &str, format: &str) -> (u16, Value) {
    let fields = [("name", "Checks"), ("url", url), ("format", format), ("events[]", "rollout.gate")];
    let response = server.call("create-webhook", &fields, None).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Four devices in waves of 1, 1 and 2, with a question after each but the last.
fn job() -> Value {
    let wave = json!({"size": {"devices": 1}, "gate": {"then": "askWebhook"}});
    json!({"jobId": "waves", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"a": 1}}, "rollout": {"waves": [wave, wave]}})
}

/// The decisions and comments of the history, the oldest first.
fn history(rollout: &Value) -> Vec<(Value, Option<String>)> {
    let entry = |entry: &Value| (entry["decision"].clone(), entry["comment"].as_str().map(str::to_owned));
    rollout["history"].as_array().unwrap().iter().rev().map(entry).collect()
}

#[tokio::test]
async fn a_webhook_starts_the_next_wave_or_pauses() {
    let server = Server::start_in(TempDir::new().unwrap(), 4, &PRIVATE).await;
    server.until_connected(4).await;
    let refused = server.post("/api/v1/jobs", &job()).await;
    assert_eq!(refused.status(), 422);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["field"], "rollout.waves[0].gate.then", "{problem}");

    // Wave 1 is agreed to after a failure, wave 2 is refused after an answer that decides nothing.
    let receiver = Receiver::start(&[
        (500, r#"{"continue": true}"#),
        (200, r#"{"continue": true, "reason": "no errors"}"#),
        (200, "ok"),
        (200, r#"{"continue": false, "reason": "5 crashes"}"#),
    ])
    .await;
    let (status, problem) = create_webhook(&server, &receiver.url, "slack").await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("events")), "{problem}");
    let (status, made) = create_webhook(&server, &receiver.url, "standard").await;
    assert_eq!(status, 200, "{made}");
    server.create_job(&job()).await;
    server
        .until("it is paused", async || {
            server.get_json(ROLLOUT).await["summary"]["phase"] == json!({"paused": {"webhook": 1}})
        })
        .await;

    let questions = receiver.questions();
    let secret = Webhook::new(made["secret"].as_str().unwrap()).unwrap();
    assert!(questions.iter().all(|asked| secret.verify(&asked.body, &asked.headers).is_ok()));
    let ids: Vec<_> = questions.iter().map(Question::id).collect();
    assert!(ids.len() == 4 && ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2], "{ids:?}");
    assert_eq!(questions[0].body, questions[1].body);
    let second = questions[2].json();
    let data = &second["data"];
    assert_eq!((&second["type"], &data["jobId"]), (&json!("rollout.gate"), &json!("waves")), "{second}");
    assert_eq!((&data["wave"], &data["waves"], &data["waveDeviceCount"]), (&json!(1), &json!(3), &json!(1)));
    assert_eq!((&data["waveOutcomes"]["succeeded"], &data["outcomes"]["succeeded"]), (&json!(1), &json!(2)));

    let rollout = server.get_json(ROLLOUT).await;
    let lines = history(&rollout);
    for (decision, comment) in [
        (json!({"webhookAsked": {"wave": 0}}), None),
        (json!({"webhookAgreed": {"wave": 0}}), Some("Checks: no errors")),
        (json!({"webhookAsked": {"wave": 1}}), None),
        (json!({"paused": {"webhook": 1}}), Some("Checks: 5 crashes")),
    ] {
        assert!(lines.contains(&(decision.clone(), comment.map(str::to_owned))), "{decision} in {lines:?}");
    }
    let mut view = server.get_json("/fn/webhooks?made=&before=").await;
    let log: Webhooks = serde_json::from_value(view["webhooks"].take()).unwrap();
    assert_eq!(log.deliveries.len(), 2, "a row for each question");
    for delivery in &log.deliveries {
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 2), "{delivery:?}");
        assert_eq!((delivery.status, delivery.job_id.as_deref()), (Some(200), Some("waves")));
    }

    // A person decides otherwise.
    assert_eq!(server.post("/api/v1/jobs/waves/resume", &json!({})).await.status(), 200);
    let ended = server.until_ended("waves").await;
    assert_eq!(ended["outcomes"]["succeeded"], 4, "{ended}");
    assert_eq!(receiver.questions().len(), 4, "nothing more is asked");
    server.stop().await;
}

#[tokio::test]
async fn a_question_is_asked_again_after_a_restart() {
    let server = Server::start_in(TempDir::new().unwrap(), 4, &PRIVATE).await;
    server.until_connected(4).await;
    let receiver = Receiver::start(&[]).await;
    create_webhook(&server, &receiver.url, "standard").await;
    server.create_job(&job()).await;
    server.until("it was asked", async || !receiver.questions().is_empty()).await;
    let rollout = server.get_json(ROLLOUT).await;
    assert_eq!(rollout["summary"]["stage"], "awaitsWebhook", "{rollout}");
    let folder = server.kill().await;
    receiver.answers.lock().unwrap().extend([(200, r#"{"continue": true}"#); 10]);
    let server = Server::start_in(folder, 4, &PRIVATE).await;
    let ended = server.until_ended("waves").await;
    assert_eq!(ended["outcomes"]["succeeded"], 4, "{ended}");
    let questions = receiver.questions();
    let of_first: Vec<_> = questions.iter().filter(|asked| asked.json()["data"]["wave"] == 0).collect();
    assert!(of_first.len() >= 2, "{questions:?}");
    assert!(of_first.iter().all(|asked| asked.id() == questions[0].id() && asked.body == questions[0].body));
    server.stop().await;
}

#[tokio::test]
async fn a_person_who_starts_the_wave_ends_the_question() {
    let server = Server::start_in(TempDir::new().unwrap(), 4, &PRIVATE).await;
    server.until_connected(4).await;
    let receiver = Receiver::start(&[]).await;
    create_webhook(&server, &receiver.url, "standard").await;
    server.create_job(&job()).await;
    for wave in 0..2 {
        server
            .until("it asks about the wave", async || {
                let questions = receiver.questions();
                questions.last().is_some_and(|asked| asked.json()["data"]["wave"] == wave)
            })
            .await;
        assert_eq!(server.post("/api/v1/jobs/waves/next-wave", &json!({})).await.status(), 200);
    }
    let ended = server.until_ended("waves").await;
    assert_eq!(ended["outcomes"]["succeeded"], 4, "{ended}");
    server.stop().await;
}
