//! Webhooks against a real receiver: what it gets, what becomes of it when the receiver or the server fails, and where nothing is
//! sent.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, http::HeaderMap, routing::any};
use console_wire::webhook::{Delivery, DeliveryState, WebhookState, Webhooks};
use reqwest::StatusCode;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch};

use crate::support::Server;

const PRIVATE: [&str; 1] = ["--webhooks-to-private-addresses"];
const EVENTS: [&str; 3] = ["job.started", "job.finished", "job.cancelled"];

/// A message as it came.
#[derive(Debug, Clone)]
struct Message {
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether the library of Standard Webhooks takes it.
    fn is_signed_with(&self, secret: &str) -> bool {
        Webhook::new(secret).unwrap().verify(&self.body, &self.headers).is_ok()
    }
}

/// A receiver on this machine. Its answers can be changed.
struct Receiver {
    url: String,
    messages: Arc<Mutex<Vec<Message>>>,
    /// The status of its answers; `None` while it does not answer.
    answer: watch::Sender<Option<u16>>,
}

impl Receiver {
    async fn start(answer: Option<u16>) -> Self {
        let messages = Arc::new(Mutex::new(Vec::new()));
        let (sender, answers) = watch::channel(answer);
        let kept = Arc::clone(&messages);
        let receive = move |headers: HeaderMap, body: Bytes| {
            kept.lock().unwrap().push(Message { headers, body });
            let mut answers = answers.clone();
            async move {
                let status = answers.wait_for(Option::is_some).await.ok().and_then(|status| *status);
                StatusCode::from_u16(status.unwrap_or(500)).unwrap()
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(receive));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, messages, answer: sender }
    }

    fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    /// Waits until it has so many messages.
    async fn until(&self, server: &Server, count: usize) -> Vec<Message> {
        server.until("the receiver has the messages", async || self.messages().len() >= count).await;
        self.messages()
    }
}

impl Server {
    /// Creates a webhook that gets every event; returns its number and its secret.
    async fn create_webhook(&self, url: &str, format: &str) -> (String, String) {
        let mut fields = vec![("name", "On call"), ("url", url), ("format", format)];
        fields.extend(EVENTS.map(|event| ("events[]", event)));
        let response = self.call("create-webhook", &fields, None).await;
        let status = response.status();
        let made: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{made}");
        (made["webhookId"].to_string(), made["secret"].as_str().unwrap().to_owned())
    }

    /// Does something with a webhook that is always possible.
    async fn change_webhook(&self, function: &str, fields: &[(&str, &str)]) -> Value {
        let response = self.call(function, fields, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{function}");
        response.json().await.unwrap()
    }

    async fn webhooks(&self) -> Webhooks {
        let mut view = self.get_json("/fn/webhooks?made=&before=").await;
        serde_json::from_value(view["webhooks"].take()).unwrap()
    }

    /// Waits until the newest delivery is as wanted.
    async fn until_delivery(&self, what: &str, is_so: impl Fn(&Delivery) -> bool) -> Delivery {
        self.until(what, async || self.webhooks().await.deliveries.first().is_some_and(&is_so)).await;
        self.webhooks().await.deliveries.remove(0)
    }

    async fn run_job(&self, job_id: &str) -> Value {
        let job = json!({"jobId": job_id, "name": "Night <b>", "type": "scheduleUpdateTwin", "queryCondition": "*",
            "updateTwin": {"tags": {"a": 1}}});
        self.create_job(&job).await;
        self.until_ended(job_id).await
    }
}

async fn start(devices: usize) -> Server {
    Server::start_in(TempDir::new().unwrap(), devices, &PRIVATE).await
}

#[tokio::test]
async fn a_job_is_reported_in_signed_messages() {
    let server = start(3).await;
    server.until_connected(3).await;
    let receiver = Receiver::start(Some(204)).await;
    let (webhook_id, secret) = server.create_webhook(&receiver.url, "standard").await;
    server.run_job("night").await;
    let messages = receiver.until(&server, 2).await;
    for (message, event, status) in
        [(&messages[0], "job.started", None), (&messages[1], "job.finished", Some("completed"))]
    {
        assert!(message.is_signed_with(&secret), "{message:?}");
        let body = message.json();
        assert_eq!(
            (&body["type"], &body["data"]["jobId"], &body["data"]["name"]),
            (&json!(event), &json!("night"), &json!("Night <b>"))
        );
        if let Some(status) = status {
            assert_eq!(body["data"]["status"], status);
            assert_eq!(body["data"]["outcomes"]["succeeded"], 3);
        }
    }
    assert_ne!(messages[0].id(), messages[1].id());

    // A changed body, another time, another secret: none is taken.
    let mut forged = messages[1].clone();
    forged.body = Bytes::from(forged.body.to_vec().to_ascii_uppercase());
    assert!(!forged.is_signed_with(&secret), "the body is signed");
    let mut late = messages[1].clone();
    late.headers.insert("webhook-timestamp", "1".parse().unwrap());
    assert!(!late.is_signed_with(&secret), "the time is signed");

    let log = server.until_delivery("it is in the log", |it| it.state == DeliveryState::Delivered).await;
    assert_eq!((log.status, log.attempts, log.error.as_deref()), (Some(204), 1, None));
    assert_eq!((log.job_id.as_deref(), log.message_id.as_str()), (Some("night"), messages[1].id()));

    // While the secret is rotated, both work; afterwards the receiver may forget the old one.
    let made = server.change_webhook("rotate-webhook-secret", &[("webhook_id", &webhook_id)]).await;
    let new_secret = made["secret"].as_str().unwrap().to_owned();
    assert_ne!(new_secret, secret);
    server.change_webhook("test-webhook", &[("webhook_id", &webhook_id)]).await;
    let test = receiver.until(&server, 3).await.remove(2);
    assert_eq!(test.json()["type"], "webhook.test");
    assert!(test.is_signed_with(&secret) && test.is_signed_with(&new_secret));

    // A message that is sent again has the same id.
    let delivery_id = log.delivery_id.to_string();
    server.change_webhook("redeliver", &[("delivery_id", &delivery_id)]).await;
    let again = receiver.until(&server, 4).await.remove(3);
    assert_eq!((again.id(), &again.body), (messages[1].id(), &messages[1].body));
    assert!(again.is_signed_with(&new_secret));

    // Nothing is sent to a paused webhook, nor after it is resumed.
    let active = |active| [("webhook_id", webhook_id.as_str()), ("active", active)];
    server.change_webhook("set-webhook-active", &active("false")).await;
    server.run_job("quiet").await;
    assert_eq!(server.webhooks().await.webhooks[0].state, WebhookState::Paused);
    let refused = server.call("test-webhook", &[("webhook_id", &webhook_id)], None).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    server.change_webhook("set-webhook-active", &active("true")).await;
    server.run_job("loud").await;
    let messages = receiver.until(&server, 6).await;
    assert!(messages[4..].iter().all(|message| message.json()["data"]["jobId"] == "loud"), "{messages:?}");

    server.change_webhook("delete-webhook", &[("webhook_id", &webhook_id)]).await;
    let left = server.webhooks().await;
    assert!(left.webhooks.is_empty() && left.deliveries.is_empty(), "{left:?}");
    let (_folder, log) = server.stop().await;
    for hidden in [&secret, &new_secret, "/hook"] {
        assert!(!log.contains(hidden), "the log has {hidden}");
    }
}

#[tokio::test]
async fn a_cancelled_job_is_told_to_slack_and_teams() {
    let server = start(0).await;
    let (slack, teams) = (Receiver::start(Some(200)).await, Receiver::start(Some(202)).await);
    server.create_webhook(&slack.url, "slack").await;
    server.create_webhook(&teams.url, "teams").await;
    let tomorrow = hub_wire::Timestamp::from(std::time::SystemTime::now())
        .plus(std::time::Duration::from_hours(24))
        .to_string();
    let job = json!({"jobId": "later", "name": "Night <b>", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "startTime": tomorrow, "updateTwin": {"tags": {"a": 1}}});
    server.create_job(&job).await;
    let cancelled = server.post("/api/v1/jobs/later/cancel", &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    let text = slack.until(&server, 1).await[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Night &lt;b&gt; (later) was cancelled: "), "{text}");
    let card = teams.until(&server, 1).await[0].json()["attachments"][0]["content"].clone();
    assert_eq!(card["type"], "AdaptiveCard");
    assert!(card.to_string().contains("Night <b> (later) was cancelled"), "{card}");
    server.stop().await;
}

#[tokio::test]
async fn a_receiver_that_fails_gets_the_message_again() {
    let server = start(0).await;
    let receiver = Receiver::start(Some(503)).await;
    let (webhook_id, _) = server.create_webhook(&receiver.url, "standard").await;
    server.change_webhook("test-webhook", &[("webhook_id", &webhook_id)]).await;
    let failed = server.until_delivery("the first attempt failed", |it| it.attempts == 1).await;
    assert_eq!((failed.state, failed.status), (DeliveryState::Pending, Some(503)));
    assert!(failed.next_attempt > failed.last_attempt, "{failed:?}");
    receiver.answer.send(Some(200)).unwrap();
    let delivered = server.until_delivery("it is delivered", |it| it.state == DeliveryState::Delivered).await;
    assert_eq!(delivered.attempts, 2);
    let messages = receiver.messages();
    assert_eq!(messages[0].id(), messages[1].id());
    assert_eq!(messages[0].body, messages[1].body);

    // One that wants no more is switched off.
    receiver.answer.send(Some(410)).unwrap();
    server.change_webhook("test-webhook", &[("webhook_id", &webhook_id)]).await;
    let gone = server.until_delivery("it is given up", |it| it.state == DeliveryState::Failed).await;
    assert_eq!(gone.status, Some(410));
    assert_eq!(server.webhooks().await.webhooks[0].state, WebhookState::Gone);
    server.stop().await;
}

#[tokio::test]
async fn a_killed_server_delivers_after_its_restart() {
    let server = start(0).await;
    let receiver = Receiver::start(None).await;
    server.create_webhook(&receiver.url, "standard").await;
    server.run_job("night").await;
    // The first message is being sent and not answered; the others wait.
    receiver.until(&server, 1).await;
    let folder = server.kill().await;
    receiver.answer.send(Some(200)).unwrap();
    let server = Server::start_in(folder, 0, &PRIVATE).await;
    let messages = receiver.until(&server, 3).await;
    assert_eq!(messages[0].id(), messages[1].id(), "the interrupted one is sent again");
    let events: Vec<_> = messages[1..].iter().map(|message| message.json()["type"].clone()).collect();
    assert_eq!(events, ["job.started", "job.finished"]);
    server
        .until("all are delivered", async || {
            let deliveries = server.webhooks().await.deliveries;
            deliveries.iter().all(|delivery| delivery.state == DeliveryState::Delivered)
        })
        .await;
    assert_eq!(receiver.messages().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_to_private_addresses_by_default() {
    let server = Server::start(0).await;
    let receiver = Receiver::start(Some(200)).await;
    let port = receiver.url.rsplit(':').next().unwrap().to_owned();
    for (url, reason) in [
        (receiver.url.clone(), "https://"),
        (format!("https://127.0.0.1:{port}"), "127.0.0.1"),
        (format!("https://0x7f000001:{port}"), "127.0.0.1"),
        (format!("https://[::ffff:127.0.0.1]:{port}"), "::ffff:127.0.0.1"),
        ("https://169.254.169.254/latest/meta-data".to_owned(), "169.254.169.254"),
        ("https://user:secret@example.com/".to_owned(), "user name"),
        ("javascript:alert(1)".to_owned(), "is not an address"),
    ] {
        let fields = [("name", "x"), ("url", &url), ("format", "standard"), ("events[]", "job.started")];
        let refused = server.call("create-webhook", &fields, None).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        let problem: Value = refused.json().await.unwrap();
        let error = &problem["errors"][0];
        assert_eq!(error["field"], "url", "{problem}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{problem}");
    }
    // A name is resolved when something is sent.
    let (webhook_id, _) = server.create_webhook(&format!("https://localhost:{port}/hook"), "standard").await;
    server.change_webhook("test-webhook", &[("webhook_id", &webhook_id)]).await;
    let refused = server.until_delivery("it was refused", |it| it.attempts == 1).await;
    let error = refused.error.unwrap();
    assert!(error.starts_with("Not sent: the name leads to ") && refused.status.is_none(), "{error}");
    assert!(receiver.messages().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn bad_input_is_refused_beside_its_field() {
    let server = Server::start(0).await;
    let long = "x".repeat(101);
    let url = "https://example.com/hook";
    for (fields, field) in [
        (vec![("name", ""), ("url", url), ("format", "standard"), ("events[]", "job.started")], "name"),
        (vec![("name", &long), ("url", url), ("format", "standard"), ("events[]", "job.started")], "name"),
        (vec![("name", "x"), ("url", url), ("format", "xml"), ("events[]", "job.started")], "format"),
        (vec![("name", "x"), ("url", url), ("format", "standard"), ("events[]", "job.unknown")], "events"),
        (vec![("name", "x"), ("url", url), ("format", "standard"), ("events[]", "webhook.test")], "events"),
        (vec![("name", "x"), ("url", url), ("format", "standard")], "events"),
    ] {
        let refused = server.call("create-webhook", &fields, None).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for (function, field) in [
        ("rotate-webhook-secret", "webhook_id"),
        ("test-webhook", "webhook_id"),
        ("delete-webhook", "webhook_id"),
        ("redeliver", "delivery_id"),
    ] {
        let unknown = server.call(function, &[(field, "4711")], None).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "{function}");
    }
    for number in 0..20 {
        let fields = [("name", "x"), ("url", url), ("format", "standard"), ("events[]", "job.started")];
        let made = server.call("create-webhook", &fields, None).await;
        assert_eq!(made.status(), StatusCode::OK, "{number}");
    }
    let fields = [("name", "x"), ("url", url), ("format", "standard"), ("events[]", "job.started")];
    let many = server.call("create-webhook", &fields, None).await;
    assert_eq!(many.status(), StatusCode::CONFLICT, "a limit of 20");
    server.stop().await;
}
