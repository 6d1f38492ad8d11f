//! A device behind a firewall: MQTT over WebSocket on the port of REST over TLS, as SDKs make it.

#![allow(clippy::unwrap_used, reason = "a test says where it failed")]

mod support;

use std::{net::SocketAddr, sync::Arc};

use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
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
use support::{TestHub, token};
use tokio::net::TcpStream;
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
    let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next());
    let bytes = message.await.expect("a message in time").unwrap().unwrap().into_data();
    Packet::read(&mut BytesMut::from(&bytes[..]), usize::MAX).unwrap()
}

#[tokio::test]
async fn a_device_calls_in_over_wss() {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let hub = TestHub::start_with(|config| config.tls_listen = Some(any_port)).await;
    let identity = hub.create("d1").await;
    let key = identity["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap();
    let key = SasKey::from_base64(key).unwrap();

    let mut socket = open(&hub).await;
    let mut connect = Connect::new("d1");
    connect.keep_alive = 60;
    let password = token(&key, &resource_uri(&["localhost", "devices", "d1"]), 3600, None);
    connect.set_login("localhost/d1/?api-version=2021-04-12", password);
    put(&mut socket, &Packet::Connect(connect)).await;
    assert!(matches!(next(&mut socket).await, Packet::ConnAck(_)));
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
    support::until(async || hub.get("/devices/d1").await.ok()["connectionState"] == "Disconnected").await;
    hub.stop().await;
}
