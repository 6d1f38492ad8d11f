//! A device that sends what the test says and shows every packet it gets.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::{
    Error, QoS,
    v4::{Connect, Packet, Publish, Subscribe, SubscribeFilter},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{gateway::TIMEOUT, memory::TOKEN};

pub(crate) struct Raw<S = TcpStream> {
    stream: S,
    received: BytesMut,
}

/// A CONNECT as the SDKs write it.
pub(crate) fn connect(client_id: &str, is_clean: bool) -> Connect {
    let mut connect = Connect::new(client_id);
    connect.keep_alive = 60;
    connect.clean_session = is_clean;
    connect
        .set_login(format!("localhost/{client_id}/?api-version=2021-04-12&DeviceClientType=test%2F1"), TOKEN);
    connect
}

pub(crate) fn publish(topic: &str, qos: QoS, payload: impl Into<Bytes>) -> Packet {
    let mut publish = Publish::from_bytes(topic, qos, payload.into());
    if qos != QoS::AtMostOnce {
        publish.pkid = 7;
    }
    Packet::Publish(publish)
}

pub(crate) fn subscribe(filters: &[(&str, QoS)]) -> Packet {
    let filters = filters.iter().map(|(path, qos)| SubscribeFilter::new((*path).into(), *qos));
    let mut subscribe = Subscribe::new_many(filters);
    subscribe.pkid = 5;
    Packet::Subscribe(subscribe)
}

pub(crate) fn bytes_of(packet: &Packet) -> BytesMut {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, usize::MAX).unwrap();
    bytes
}

impl Raw {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::on(TcpStream::connect(address).await.unwrap())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(crate) fn on(stream: S) -> Self {
        Self { stream, received: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, packet: &Packet) {
        self.send_bytes(&bytes_of(packet)).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next packet; none when the hub has closed.
    pub(crate) async fn receive(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.received, usize::MAX) {
                Ok(packet) => return Some(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => panic!("the hub sent nonsense: {error}"),
            }
            let read = timeout(TIMEOUT, self.stream.read_buf(&mut self.received));
            match read.await.expect("something in time") {
                // A reset is an end too: the hub may have left bytes unread.
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Packet {
        self.receive().await.expect("the connection is open")
    }

    pub(crate) async fn next_publish(&mut self) -> Publish {
        match self.next().await {
            Packet::Publish(publish) => publish,
            other => panic!("expected a publish, got {other:?}"),
        }
    }

    /// Sends CONNECT and returns the acknowledgement's present flag and code.
    pub(crate) async fn send_connect(&mut self, connect: Connect) -> (bool, u8) {
        self.send(&Packet::Connect(connect)).await;
        match self.next().await {
            Packet::ConnAck(connack) => (connack.session_present, connack.code as u8),
            other => panic!("expected CONNACK, got {other:?}"),
        }
    }

    /// Enters, and returns whether the hub knew the session.
    pub(crate) async fn enter(&mut self, client_id: &str, is_clean: bool) -> bool {
        let (present, code) = self.send_connect(connect(client_id, is_clean)).await;
        assert_eq!(code, 0);
        present
    }

    pub(crate) async fn subscribe(&mut self, filters: &[&str]) {
        let filters: Vec<_> = filters.iter().map(|filter| (*filter, QoS::AtMostOnce)).collect();
        self.send(&subscribe(&filters)).await;
        assert!(matches!(self.next().await, Packet::SubAck(_)));
    }

    /// Answers a method call.
    pub(crate) async fn answer(&mut self, call: &Publish, status: i32, body: &str) {
        let topic = format!("$iothub/methods/res/{status}/?$rid={}", rid(call));
        self.send(&publish(&topic, QoS::AtMostOnce, body.to_owned())).await;
    }

    /// Passes when the connection still serves: what was sent before has been dealt with.
    pub(crate) async fn is_alive(&mut self) {
        self.send(&Packet::PingReq).await;
        assert_eq!(self.next().await, Packet::PingResp);
    }

    pub(crate) async fn is_closed(&mut self) {
        assert_eq!(self.receive().await, None);
    }
}

/// The request id of a method call.
pub(crate) fn rid(call: &Publish) -> &str {
    call.topic.split_once("/?$rid=").expect("a method call").1
}
