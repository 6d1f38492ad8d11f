//! A device behind a firewall: MQTT over WebSocket on the port of REST over TLS, as SDKs make it.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use crate::support::{TestHub, token};
use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
use hub_embedded::{Tier, clock::ManualClock};
use hub_wire::sas::{SasKey, resource_uri};
use rumqttc::mqttbytes::{
    QoS,
    v4::{Connect, Packet, Publish, Subscribe},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn open(hub: &TestHub) -> Socket {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(hub.hub.ca_path()).unwrap()).unwrap();
    let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let port = hub.hub.addresses().rest_tls.unwrap().port();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await.unwrap();
    let mut request = format!("wss://localhost:{port}/$iothub/websocket").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "mqtt".parse().unwrap());
    let (socket, response) = client_async(request, stream).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");
    socket
}

async fn put(socket: &mut Socket, packet: &Packet) {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, usize::MAX).unwrap();
    socket.send(Message::Binary(bytes.freeze())).await.unwrap();
}

async fn next(socket: &mut Socket) -> Packet {
    let message = timeout(Duration::from_secs(20), socket.next());
    let bytes = message.await.expect("a message in time").unwrap().unwrap().into_data();
    Packet::read(&mut BytesMut::from(&bytes[..]), usize::MAX).unwrap()
}

/// A device `d1` of the hub, registered and connected.
async fn device(hub: &TestHub) -> Socket {
    let identity = hub.create("d1").await;
    let key = identity["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap();
    let key = SasKey::from_base64(key).unwrap();
    let mut socket = open(hub).await;
    let mut connect = Connect::new("d1");
    connect.keep_alive = 60;
    let password = token(&key, &resource_uri(&["localhost", "devices", "d1"]), 3600, None);
    connect.set_login("localhost/d1/?api-version=2021-04-12", password);
    put(&mut socket, &Packet::Connect(connect)).await;
    assert!(matches!(next(&mut socket).await, Packet::ConnAck(_)));
    socket
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[tokio::test]
async fn a_device_connects_over_wss() {
    let hub = TestHub::start_with(|config| config.tls_listen = Some(any_port())).await;
    let mut socket = device(&hub).await;
    let mut subscribe = Subscribe::new("$iothub/methods/POST/#", QoS::AtMostOnce);
    subscribe.pkid = 1;
    put(&mut socket, &Packet::Subscribe(subscribe)).await;
    assert!(matches!(next(&mut socket).await, Packet::SubAck(_)));

    let (reply, ()) = tokio::join!(hub.post("/twins/d1/methods", json!({"methodName": "reboot"})), async {
        let Packet::Publish(call) = next(&mut socket).await else { panic!("expected a call") };
        let rid = call.topic.strip_prefix("$iothub/methods/POST/reboot/?$rid=").unwrap();
        let topic = format!("$iothub/methods/res/200/?$rid={rid}");
        put(&mut socket, &Packet::Publish(Publish::new(topic, QoS::AtMostOnce, "\"done\""))).await;
    });
    assert_eq!(reply.ok(), json!({"status": 200, "payload": "done"}));
    socket.close(None).await.unwrap();
    crate::support::until(async || hub.get("/devices/d1").await.ok()["connectionState"] == "Disconnected")
        .await;
    hub.stop().await;
}

#[tokio::test]
async fn connections_over_websocket_are_throttled() {
    /// What one S1 unit takes in a minute.
    const MINUTE: u16 = 6000;

    let clock = ManualClock::new(std::time::SystemTime::now().into());
    let hub = TestHub::start_with(|config| {
        (config.tls_listen, config.tier) = (Some(any_port()), Some(Tier::S1));
        config.clock = Arc::new(clock.clone());
    })
    .await;
    let mut socket = device(&hub).await;
    let message = |qos, packet_id| {
        let mut message = Publish::new("devices/d1/messages/events/", qos, "x");
        message.pkid = packet_id;
        Packet::Publish(message)
    };
    for _ in 1..MINUTE {
        put(&mut socket, &message(QoS::AtMostOnce, 0)).await;
    }
    put(&mut socket, &message(QoS::AtLeastOnce, 1)).await;
    assert!(
        matches!(next(&mut socket).await, Packet::PubAck(ack) if ack.pkid == 1),
        "all of them were taken"
    );
    put(&mut socket, &message(QoS::AtLeastOnce, 2)).await;
    {
        let mut answer = pin!(next(&mut socket));
        assert!(timeout(Duration::from_millis(500), answer.as_mut()).await.is_err(), "one more waits");
        clock.advance(Duration::from_millis(10));
        assert!(matches!(answer.await, Packet::PubAck(ack) if ack.pkid == 2), "until its turn has come");
    }
    hub.stop().await;
}

/// The hub's answer to a handshake: status, error code and text, or the protocol that it picked.
async fn handshake(hub: &TestHub, path: &str, protocols: &[&str]) -> (u16, String) {
    let mut request = hub
        .http
        .get(format!("{}{path}", hub.hub.rest_url()))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    for protocol in protocols {
        request = request.header("sec-websocket-protocol", *protocol);
    }
    let response = request.send().await.unwrap();
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let status = response.status().as_u16();
    if status == 101 {
        return (status, header("sec-websocket-protocol"));
    }
    let code = header("iothub-errorcode");
    let body: serde_json::Value = response.json().await.unwrap();
    (status, format!("{code} {}", body["Message"].as_str().unwrap().split_once(';').unwrap().1))
}

#[tokio::test]
async fn only_mqtt_is_upgraded() {
    let hub = TestHub::start().await;
    let mqtt = (101, "mqtt".to_owned());
    for path in [
        "/$iothub/websocket",
        "/$iothub/websocket/",
        "/%24iothub/websocket",
        "/%24iothub/websocket?iothub-no-client-cert=true",
        "/$IotHub/WebSocket",
    ] {
        assert_eq!(handshake(&hub, path, &["mqtt"]).await, mqtt, "{path}");
    }
    assert_eq!(handshake(&hub, "/$iothub/websocket", &["AMQPWSB10, mqtt"]).await, mqtt);
    assert_eq!(handshake(&hub, "/$iothub/websocket", &["AMQPWSB10", "mqtt"]).await, mqtt);
    for (protocols, status, text) in [
        (
            &["AMQPWSB10"][..],
            501,
            "NotImplemented AMQP over WebSocket ('AMQPWSB10') is not part of the embedded hub",
        ),
        (
            &[],
            400,
            "GenericBadRequest the header Sec-WebSocket-Protocol must offer 'mqtt'; the request offers none",
        ),
        (&["MQTT"], 400, "GenericBadRequest the header Sec-WebSocket-Protocol must offer 'mqtt'"),
        (&["soap, wamp"], 400, "GenericBadRequest the header Sec-WebSocket-Protocol must offer 'mqtt'"),
    ] {
        for path in ["/$iothub/websocket", "/%24iothub/websocket/"] {
            let (found, message) = handshake(&hub, path, protocols).await;
            assert_eq!(found, status, "{protocols:?} {message}");
            assert!(message.starts_with(text), "{message}");
        }
    }
    let plain = crate::support::send(hub.http.get(format!("{}/$iothub/websocket", hub.hub.rest_url()))).await;
    let text = plain.refused(400, "GenericBadRequest");
    assert!(text.starts_with("this path takes WebSocket handshakes only"), "{text}");
    crate::support::send(hub.http.get(format!("{}/$iothub/other", hub.hub.rest_url())))
        .await
        .refused(404, "GenericNotFound");
    hub.stop().await;
}
