//! MQTT over WebSocket, with the frames written by hand.

use axum::{Router, extract::ws::WebSocketUpgrade, routing::get};
use hub_embedded::mqtt::websocket;
use rumqttc::mqttbytes::v4::Packet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{
    gateway::{TIMEOUT, TestGateway, device},
    raw::{bytes_of, connect},
};

const BINARY: u8 = 0x82;
const TEXT: u8 = 0x81;

/// A client's frame, masked with nothing but zeros.
fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind, 0x80 | 0x7e];
    frame.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(body);
    frame
}

async fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    timeout(TIMEOUT, stream.read_exact(&mut bytes)).await.expect("bytes in time").unwrap();
    bytes
}

async fn handshake(gateway: &TestGateway) -> TcpStream {
    let handle = gateway.gateway.handle();
    let handler = move |upgrade: WebSocketUpgrade| async move { websocket::upgrade(handle, upgrade, None) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().route(websocket::PATH, get(handler))).into_future());

    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        websocket::PATH
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        answer.push(char::from(read(&mut stream, 1).await[0]));
    }
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("sec-websocket-protocol: mqtt"), "{answer}");
    stream
}

#[tokio::test]
async fn packets_are_not_aligned_with_messages() {
    let gateway = TestGateway::start().await;
    let mut stream = handshake(&gateway).await;
    let mut hello = bytes_of(&Packet::Connect(connect("d1", true)));
    let rest = hello.split_off(11);
    stream.write_all(&frame(BINARY, &hello)).await.unwrap();
    stream.write_all(&frame(BINARY, &rest)).await.unwrap();
    assert_eq!(read(&mut stream, 6).await, [BINARY, 4, 0x20, 2, 0, 0]);
    assert!(gateway.connections.is_connected(&device("d1")));

    stream.write_all(&frame(BINARY, &[0xc0, 0, 0xc0, 0])).await.unwrap();
    assert_eq!(read(&mut stream, 6).await, [BINARY, 4, 0xd0, 0, 0xd0, 0]);
    gateway.stop().await;
}

#[tokio::test]
async fn text_is_not_mqtt() {
    let gateway = TestGateway::start().await;
    let mut stream = handshake(&gateway).await;
    stream.write_all(&frame(TEXT, b"hello")).await.unwrap();
    let mut rest = Vec::new();
    timeout(TIMEOUT, stream.read_to_end(&mut rest)).await.expect("an end in time").unwrap();
    assert_eq!(gateway.connections.connected(), 0);
}
