//! Why a device is connected or not, tokens to connect one, and modules, through the HTTP API.

use std::{collections::BTreeSet, time::Duration};

use hub_wire::{
    connection_string::ServiceConnectionString,
    sas::{SasKey, SasToken, resource_uri, sign_token},
};
use reqwest::{Method, StatusCode};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{Server, fleetcast};

const DEVICE: &str = "/api/v1/devices/door-0001";

/// The embedded hub of a running server, with the key of its owner.
struct Hub {
    http: reqwest::Client,
    rest: String,
    connection: ServiceConnectionString,
}

impl Hub {
    /// `rest` is the address that the server was given.
    async fn of(server: &Server, rest: &str) -> Self {
        let mut command: Command = fleetcast();
        command.arg("--print-hub-connection-string").arg("--data-dir").arg(server.data_dir());
        let output = command.output().await.unwrap();
        let connection = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, rest: format!("http://{rest}"), connection }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Value {
        let now = hub_wire::Timestamp::from(std::time::SystemTime::now()).unix_seconds();
        let hub = &self.connection;
        let token = sign_token(&hub.key, &hub.host_name, now + 600, Some(&hub.policy));
        let url = format!("{}{path}?api-version={}", self.rest, hub_wire::API_VERSION);
        let request = self.http.request(method, url).header("authorization", token.expose_secret());
        let response = request.json(body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {response:?}");
        response.json().await.unwrap()
    }
}

/// A client of the hub's MQTT with this password.
pub(crate) fn mqtt(address: &str, client_id: &str, password: &str) -> (AsyncClient, EventLoop) {
    let (host, port) = address.rsplit_once(':').unwrap();
    let mut options = MqttOptions::new(client_id, host, port.parse().unwrap());
    options.set_credentials(format!("localhost/{client_id}/?api-version=2021-04-12"), password);
    AsyncClient::new(options, 16)
}

/// Polls until a packet is there, for half a minute at most; an error ends it.
pub(crate) async fn until_packet(
    events: &mut EventLoop,
    is_it: impl Fn(&Packet) -> bool,
) -> Result<Packet, rumqttc::ConnectionError> {
    let found = async {
        loop {
            if let Event::Incoming(packet) = events.poll().await?
                && is_it(&packet)
            {
                return Ok(packet);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found).await.expect("it comes in time")
}

/// A free port of this machine: the server prints none of its hub.
pub(crate) fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_device_says_why_it_is_connected_or_not() {
    let server = Server::start_connected(1).await;
    let connections = server.get_json(&format!("{DEVICE}/connections")).await;
    assert_eq!(connections["explanation"], "Connected.");
    assert_eq!(
        (&connections["connectionState"], &connections["hasEvents"]),
        (&json!("Connected"), &json!(true))
    );
    assert_eq!(connections["items"][0]["kind"], "connected");

    server.patch("/api/v1/simulator", &json!({"offlineShare": 1})).await;
    server
        .until("the device has left", async || {
            server.get_json(&format!("{DEVICE}/connections")).await["connectionState"] == "Disconnected"
        })
        .await;
    let connections = server.get_json(&format!("{DEVICE}/connections")).await;
    let explanation = connections["explanation"].as_str().unwrap();
    assert!(explanation.starts_with("Disconnected: "), "{explanation}");
    assert!(connections["items"][0]["cause"].is_string(), "{connections}");
    assert_eq!(server.get_json("/api/v1/refusals").await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_token_connects_its_device_and_is_kept_nowhere() {
    let server = Server::start(1).await;
    let path = format!("{DEVICE}/token");
    server
        .until("the device is registered", async || server.get(DEVICE).await.status() == StatusCode::OK)
        .await;
    let made = server.post(&path, &json!({"lifetimeSeconds": 600})).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.headers()["cache-control"], "no-store");
    let guide: Value = made.json().await.unwrap();
    let token = guide["token"].as_str().unwrap();
    let read = SasToken::parse(token).unwrap();
    assert_eq!(read.resource, "localhost/devices/door-0001");
    assert_eq!((&guide["hostName"], &guide["isEncrypted"]), (&json!("localhost"), &json!(false)));
    assert_eq!(guide["userName"], "localhost/door-0001/?api-version=2021-04-12");
    let names: Vec<_> = guide["examples"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["mosquitto_pub", "Node.js", "Python", "C#", "C for ESP-IDF"].map(Value::from));
    assert!(guide["notes"][0].as_str().unwrap().contains("its own machine"), "{guide}");

    // An hour when nothing is chosen.
    let hour: Value = server.post(&path, &json!({})).await.json().await.unwrap();
    let seconds = |guide: &Value| {
        let expires = hub_wire::Timestamp::parse(guide["expires"].as_str().unwrap()).unwrap();
        expires.unix_seconds() - hub_wire::Timestamp::from(std::time::SystemTime::now()).unix_seconds()
    };
    assert!((3500..=3600).contains(&seconds(&hour)) && (500..=600).contains(&seconds(&guide)), "{hour}");
    for (body, field) in [
        (json!({"lifetimeSeconds": 59}), "lifetimeSeconds"),
        (json!({"lifetimeSeconds": 604_801}), "lifetimeSeconds"),
        (json!({"lifetimeSeconds": "an hour"}), "lifetimeSeconds"),
        (json!({"life": 600}), "life"),
    ] {
        let refused = server.post(&path, &body).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem: Value = refused.json().await.unwrap();
        assert!(problem["errors"][0].to_string().contains(field), "{problem}");
    }
    let unknown = server.post("/api/v1/devices/nobody/token", &json!({})).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);

    // The audit log has who, which device and how long, and neither token nor key.
    let audit = server.get_json("/api/v1/audit?action=device%3Akeys").await;
    let text = audit.to_string();
    assert!(text.contains("door-0001") && text.contains("\"lifetimeSeconds\":600"), "{text}");
    let signature = read_signature(token);
    assert!(!text.contains("SharedAccessSignature") && !text.contains(&signature), "{text}");
    let (_, log) = server.stop().await;
    assert!(!log.contains("SharedAccessSignature"), "{log}");
}

fn read_signature(token: &str) -> String {
    let signature = token.split(['&', ' ']).find_map(|part| part.strip_prefix("sig=")).unwrap();
    signature.to_owned()
}

#[tokio::test]
async fn with_tls_the_certificate_authority_comes_with_the_token() {
    let flags = ["--mqtt-tls-listen", "127.0.0.1:0"];
    let server = Server::start_in(TempDir::new().unwrap(), 1, &flags).await;
    server
        .until("the device is registered", async || server.get(DEVICE).await.status() == StatusCode::OK)
        .await;
    let guide: Value = server.post(&format!("{DEVICE}/token"), &json!({})).await.json().await.unwrap();
    assert_eq!(guide["isEncrypted"], true);
    let authority = server.get("/hub-ca.pem").await;
    assert_eq!(authority.status(), StatusCode::OK);
    assert_eq!(authority.text().await.unwrap(), guide["certificateAuthority"].as_str().unwrap());
    server.stop().await;

    let server = Server::start(0).await;
    assert_eq!(server.get("/hub-ca.pem").await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn modules_are_listed_changed_and_called() {
    let rest = free_address();
    let server = Server::start_in(TempDir::new().unwrap(), 1, &["--hub-listen", &rest]).await;
    server.until_connected(1).await;
    let modules = format!("{DEVICE}/modules");
    assert_eq!(server.get_json(&modules).await["items"], json!([]));
    let hub = Hub::of(&server, &rest).await;
    let identity = json!({"deviceId": "door-0001", "moduleId": "lock", "managedBy": "IotEdge"});
    hub.send(Method::PUT, "/devices/door-0001/modules/lock", &identity).await;

    let listed = server.get(&modules).await.text().await.unwrap();
    assert!(listed.contains("\"lock\"") && listed.contains("IotEdge"), "{listed}");
    assert!(!listed.contains("primaryKey"), "no keys: {listed}");
    let module = format!("{modules}/lock");
    let patch = json!({"tags": {"floor": 3}, "properties": {"desired": {"mode": "night"}}});
    let written = server.patch(&format!("{module}/twin"), &patch).await;
    assert_eq!(written.status(), StatusCode::OK);
    let twin = server.get_json(&module).await;
    assert_eq!((&twin["moduleId"], &twin["tags"]["floor"]), (&json!("lock"), &json!(3)));
    assert_eq!(twin["properties"]["desired"]["mode"], "night");
    let mut stale = patch.clone();
    stale["etag"] = json!("AAAAAAAAAAA=");
    assert_eq!(server.patch(&format!("{module}/twin"), &stale).await.status(), StatusCode::CONFLICT);
    let device = server.get_json(DEVICE).await;
    assert_eq!(device["properties"]["desired"]["mode"], Value::Null, "the device has a twin of its own");

    let called = server.post(&format!("{module}/methods/open"), &json!({})).await;
    let problem: Value = called.json().await.unwrap();
    assert!(problem["type"].as_str().unwrap().ends_with("device-not-online"), "{problem}");
    let connections = server.get_json(&format!("{module}/connections")).await;
    assert!(connections["explanation"].as_str().unwrap().starts_with("Never connected."), "{connections}");

    for (path, status) in [
        (format!("{modules}/other"), StatusCode::NOT_FOUND),
        ("/api/v1/devices/nobody/modules".to_owned(), StatusCode::NOT_FOUND),
        ("/api/v1/devices/nobody/modules/lock".to_owned(), StatusCode::NOT_FOUND),
        (format!("{modules}/a%20b"), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(server.get(&path).await.status(), status, "{path}");
    }
    let audit = server.get_json("/api/v1/audit").await.to_string();
    assert!(audit.contains("door-0001/lock"), "{audit}");
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_key_is_seen_with_its_reason() {
    let address = free_address();
    let server = Server::start_in(TempDir::new().unwrap(), 1, &["--mqtt-listen", &address]).await;
    server.until_connected(1).await;
    let guide: Value = server.post(&format!("{DEVICE}/token"), &json!({})).await.json().await.unwrap();
    assert!(address.ends_with(&format!(":{}", guide["port"])), "{guide}");
    server.patch("/api/v1/simulator", &json!({"count": 0})).await;
    let explanation = async || {
        let connections = server.get_json(&format!("{DEVICE}/connections")).await;
        connections["explanation"].as_str().unwrap_or_default().to_owned()
    };
    let (client, mut events) = mqtt(&address, "door-0001", guide["token"].as_str().unwrap());
    until_packet(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await.unwrap();
    client.publish(guide["topic"].as_str().unwrap(), QoS::AtLeastOnce, false, "{}").await.unwrap();
    until_packet(&mut events, |packet| matches!(packet, Packet::PubAck(_))).await.unwrap();
    server.until("it is connected", async || explanation().await == "Connected.").await;
    client.disconnect().await.unwrap();
    while events.poll().await.is_ok() {}
    // Otherwise the end of this connection may be noted after the refusal.
    server.until("it is disconnected", async || explanation().await != "Connected.").await;

    let wrong = SasKey::from_bytes(vec![1; 32]);
    let resource = resource_uri(&["localhost", "devices", "door-0001"]);
    let password = sign_token(&wrong, &resource, 4_000_000_000, None);
    let (_client, mut events) = mqtt(&address, "door-0001", password.expose_secret());
    until_packet(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await.unwrap_err();
    server
        .until("the refusal is seen", async || explanation().await.starts_with("Refused: wrong key."))
        .await;
    let refusals = server.get_json("/api/v1/refusals").await;
    assert_eq!(refusals["items"][0]["deviceId"], "door-0001", "{refusals}");
    assert_eq!(refusals["items"][0]["last"]["cause"], "wrongKey");
    server.stop().await;
}

/// Operations that succeed only where a module is connected: all of them, with their ids.
pub(crate) async fn operations_of_modules() -> BTreeSet<String> {
    let (rest, address) = (free_address(), free_address());
    let flags = ["--hub-listen", &rest, "--mqtt-listen", &address];
    let server = Server::start_in(TempDir::new().unwrap(), 1, &flags).await;
    server.until_connected(1).await;
    let hub = Hub::of(&server, &rest).await;
    let identity = json!({"deviceId": "door-0001", "moduleId": "lock"});
    let identity = hub.send(Method::PUT, "/devices/door-0001/modules/lock", &identity).await;
    let key = identity["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap();
    let key = SasKey::from_base64(key).unwrap();
    let resource = resource_uri(&["localhost", "devices", "door-0001", "modules", "lock"]);
    let token = sign_token(&key, &resource, 4_000_000_000, None);
    let (client, mut events) = mqtt(&address, "door-0001/lock", token.expose_secret());
    client.subscribe("$iothub/methods/POST/#", QoS::AtMostOnce).await.unwrap();
    until_packet(&mut events, |packet| matches!(packet, Packet::SubAck(_))).await.unwrap();
    let answering = tokio::spawn(async move {
        let is_call = |packet: &Packet| matches!(packet, Packet::Publish(_));
        let Packet::Publish(call) = until_packet(&mut events, is_call).await.unwrap() else { unreachable!() };
        let (_, request_id) = call.topic.split_once("$rid=").unwrap();
        let topic = format!("$iothub/methods/res/200/?$rid={request_id}");
        client.publish(topic, QoS::AtMostOnce, false, r#"{"open": true}"#).await.unwrap();
        while events.poll().await.is_ok() {}
    });
    let module = format!("{DEVICE}/modules/lock");
    let answer: Value =
        server.post(&format!("{module}/methods/open"), &json!({})).await.json().await.unwrap();
    assert_eq!((&answer["status"], &answer["payload"]["open"]), (&json!(200), &json!(true)), "{answer}");
    server
        .until("the module is connected", async || {
            server.get_json(&format!("{module}/connections")).await["explanation"] == "Connected."
        })
        .await;
    assert_eq!(server.get_json(&module).await["moduleId"], "lock");
    let patched = server.patch(&format!("{module}/twin"), &json!({"tags": {"a": 1}})).await;
    assert_eq!(patched.status(), StatusCode::OK);
    answering.abort();
    let answered = server.description().await.seen(true);
    server.stop().await;
    answered
}
