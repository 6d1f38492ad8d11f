//! Why a device is connected or not, tokens that connect one, and modules, on a real embedded hub.

use std::time::Duration;

use console::{Console, ConsoleConfig, ConsoleError, DeviceEndpoint};
use console_wire::{
    access::{Actor, Person, Role},
    connect::NewDeviceToken,
    connection::ConnectionCause,
    device_call::CallOrigin,
    outcome::Outcome,
    overview::AttentionKind,
};
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId, ModuleId,
    device::Device,
    direct_method::DirectMethodRequest,
    sas::{SasKey, SasToken, resource_uri, sign_token},
    twin::TwinPatch,
};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;

use crate::support::until;

struct World {
    _folder: TempDir,
    hub: Hub,
    client: HubClient,
    console: Console,
    id: DeviceId,
}

impl World {
    /// A hub with the device `d1`, and a console on it.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::start(HubConfig::local(folder.path().join("hub"))).await.unwrap();
        let options = HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() };
        let client = HubClient::new(hub.connection_string().clone(), options).unwrap();
        let console = Console::open(ConsoleConfig {
            device_endpoint: DeviceEndpoint {
                host_name: "localhost".into(),
                port: hub.addresses().mqtt.port(),
                is_encrypted: false,
                certificate_authority: None,
                is_local: true,
            },
            ..ConsoleConfig::new(folder.path().join("console"), client.clone())
        })
        .await
        .unwrap();
        let device: Device = serde_json::from_value(json!({"deviceId": "d1"})).unwrap();
        client.create_device(&device).await.unwrap();
        Self { _folder: folder, hub, client, console, id: "d1".parse().unwrap() }
    }

    async fn explanation(&self) -> String {
        self.console.device_connections(&self.id).await.unwrap().explanation
    }

    fn mqtt(&self, password: &str) -> (AsyncClient, EventLoop) {
        let mut options = MqttOptions::new("d1", "127.0.0.1", self.hub.addresses().mqtt.port());
        options.set_credentials("localhost/d1/?api-version=2021-04-12", password);
        AsyncClient::new(options, 16)
    }

    async fn stop(self) {
        self.console.stop().await;
        self.hub.stop().await;
    }
}

/// Polls until the hub has answered CONNECT.
async fn connack(events: &mut EventLoop) -> Result<(), rumqttc::ConnectionError> {
    let answered = async {
        loop {
            if matches!(events.poll().await?, Event::Incoming(Packet::ConnAck(_))) {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answered).await.expect("it answers in time")
}

fn operator(scope: &str) -> Actor {
    Actor::Person(Person {
        user_id: "u1".into(),
        user_name: "mara".into(),
        name: "Mara".into(),
        role: Role::Operator,
        scope: Some(scope.into()),
    })
}

#[tokio::test]
async fn a_device_connects_with_its_token_and_a_wrong_key_is_explained() {
    let world = World::start().await;
    assert!(world.explanation().await.starts_with("Never connected. No client has tried"));
    let new = NewDeviceToken { lifetime_seconds: Some(600) };
    let guide = world.console.connect_guide(&world.id, new, &Actor::LocalOperator).await.unwrap();
    let token = SasToken::parse(guide.token.expose()).unwrap();
    assert_eq!((token.resource.as_str(), guide.examples.len()), ("localhost/devices/d1", 5));
    assert!(!format!("{guide:?}").contains("sig="), "it does not print");

    let (client, mut events) = world.mqtt(guide.token.expose());
    connack(&mut events).await.unwrap();
    client.publish(guide.topic, QoS::AtMostOnce, false, "{}").await.unwrap();
    until("it is connected", async || {
        // Polled, so that the message goes out.
        let _ = tokio::time::timeout(Duration::from_millis(10), events.poll()).await;
        world.explanation().await == "Connected."
    })
    .await;
    client.disconnect().await.unwrap();
    while events.poll().await.is_ok() {}
    until("it has left", async || world.explanation().await == "Disconnected: closed by the device.").await;

    let own = resource_uri(&["localhost", "devices", "d1"]);
    let wrong = sign_token(&SasKey::from_bytes(vec![1; 32]), &own, 4_000_000_000, None);
    let (_client, mut events) = world.mqtt(wrong.expose_secret());
    connack(&mut events).await.unwrap_err();
    until("the refusal is there", async || world.explanation().await.starts_with("Refused: wrong key."))
        .await;
    let refusals = world.console.refusals(&Actor::LocalOperator).await.unwrap().items;
    assert_eq!((refusals.len(), refusals[0].last.cause), (1, Some(ConnectionCause::WrongKey)));
    assert!(refusals[0].is_registered && refusals[0].device_id == world.id);
    assert_eq!(world.console.refused_condition(&Actor::LocalOperator).await.unwrap(), "deviceId IN ['d1']");
    until("the overview counts it", async || {
        let attention = world.console.overview(&Actor::LocalOperator).await.unwrap().attention.clone();
        attention.iter().any(|entry| entry.kind == AttentionKind::DevicesRefused && entry.count == 1)
    })
    .await;
    world.stop().await;
}

#[tokio::test]
async fn who_gets_no_token() {
    let world = World::start().await;
    let of = async |id: &str, seconds, actor: &Actor| {
        let new = NewDeviceToken { lifetime_seconds: Some(seconds) };
        world.console.connect_guide(&id.parse().unwrap(), new, actor).await
    };
    assert!(of("d1", 600, &operator("deviceId = 'd1'")).await.is_ok());
    let outside = of("d1", 600, &operator("deviceId = 'd2'")).await;
    assert!(matches!(outside, Err(ConsoleError::NotFound { what: "device", .. })), "{outside:?}");
    let unknown = of("nobody", 600, &Actor::LocalOperator).await;
    assert!(matches!(unknown, Err(ConsoleError::NotFound { what: "device", .. })), "{unknown:?}");
    for seconds in [0, 59, 604_801, u32::MAX] {
        let refused = of("d1", seconds, &Actor::LocalOperator).await;
        assert!(matches!(refused, Err(ConsoleError::Invalid(_))), "{seconds}");
    }
    world.stop().await;
}

#[tokio::test]
async fn modules_are_listed_and_changed_within_the_scope() {
    let world = World::start().await;
    let (console, id) = (&world.console, &world.id);
    let module: ModuleId = "lock".parse().unwrap();
    assert_eq!(console.modules(id).await.unwrap().items, []);
    let missing = console.module_twin(id, &module).await;
    assert!(matches!(missing, Err(ConsoleError::NotFound { what: "module", .. })), "{missing:?}");
    let nobody: DeviceId = "nobody".parse().unwrap();
    let missing = console.modules(&nobody).await;
    assert!(matches!(missing, Err(ConsoleError::NotFound { what: "device", .. })), "{missing:?}");

    register(&world).await;
    let listed = console.modules(id).await.unwrap().items;
    assert_eq!((listed.len(), listed[0].module_id.as_str()), (1, "lock"));
    let patch: TwinPatch = serde_json::from_value(json!({"tags": {"floor": 3}})).unwrap();
    let twin = console.patch_module_twin(id, &module, &patch, &Actor::LocalOperator).await.unwrap();
    assert_eq!(twin.tags["floor"], 3);
    let outside = console.patch_module_twin(id, &module, &patch, &operator("deviceId = 'd2'")).await;
    assert!(matches!(outside, Err(ConsoleError::NotFound { what: "device", .. })), "{outside:?}");
    let stale = TwinPatch { etag: Some("AAAAAAAAAAA=".into()), ..patch };
    let conflict = console.patch_module_twin(id, &module, &stale, &Actor::LocalOperator).await;
    assert!(matches!(conflict, Err(ConsoleError::Conflict { .. })), "{conflict:?}");
    let call = DirectMethodRequest {
        method_name: "open".into(),
        payload: serde_json::Value::Null,
        response_timeout_in_seconds: None,
        connect_timeout_in_seconds: None,
    };
    let answer = console.invoke_module_method(id, &module, &call, CallOrigin::Page).await.unwrap().result;
    assert!(matches!(answer, Err(ConsoleError::Hub(_))), "it is not online: {answer:?}");
    let calls = console.device_calls(id, None, None).await.unwrap().items;
    assert_eq!(
        (calls.len(), &calls[0].module_id, calls[0].outcome),
        (1, &Some(module.clone()), Outcome::NotOnline)
    );
    let connections = console.module_connections(id, &module).await.unwrap();
    assert!(connections.has_events && connections.explanation.starts_with("Never connected."));
    world.stop().await;
}

/// Registers the module `lock` of `d1`: the console only reads modules.
async fn register(world: &World) {
    let service = world.hub.connection_string();
    let now = hub_wire::Timestamp::from(std::time::SystemTime::now()).unix_seconds();
    let token = sign_token(&service.key, &service.host_name, now + 600, Some(&service.policy));
    let path = format!("/devices/d1/modules/lock?api-version={}", hub_wire::API_VERSION);
    let body = json!({"deviceId": "d1", "moduleId": "lock"}).to_string();
    let request = format!(
        "PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        token.expose_secret(),
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(world.hub.addresses().rest).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(world.client.module(&world.id, &"lock".parse().unwrap()).await.is_ok());
}
