//! Who gets in, and how connections end.

use std::{sync::atomic::Ordering, time::Duration};

use hub_embedded::mqtt::{CloseReason, Limits};
use hub_wire::device::ConnectionState;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Connect, LastWill, Packet},
};

use super::{
    gateway::{TestGateway, device, module},
    raw::{Raw, bytes_of, connect},
};

#[tokio::test]
async fn connects_and_disconnects_are_reported() {
    let mut gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    let mut hello = connect("d1", true);
    hello.login.as_mut().unwrap().username += "&model-id=dtmi%3Acom%3Aexample%3AThermo%3B1";
    assert_eq!(raw.send_connect(hello).await, (false, 0));
    let change = gateway.reported(&device("d1"), ConnectionState::Connected).await;
    assert_eq!(change.model_id.as_deref(), Some("dtmi:com:example:Thermo;1"));
    assert!(gateway.connections.is_connected(&device("d1")));
    raw.is_alive().await;
    raw.send(&Packet::Disconnect).await;
    raw.is_closed().await;
    gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    assert_eq!(gateway.connections.connected(), 0);
}

#[tokio::test]
async fn a_module_is_not_its_device() {
    let gateway = TestGateway::start().await;
    let mut of_module = gateway.device("d1/m1").await;
    let mut of_device = gateway.device("d1").await;
    assert!(gateway.connections.is_connected(&module("d1", "m1")));
    assert_eq!(gateway.connections.connected(), 2);
    of_module.is_alive().await;
    of_device.is_alive().await;
}

#[tokio::test]
async fn refusals_have_the_hubs_codes() {
    let mut gateway = TestGateway::start().await;
    gateway.hub.refuse("unknown");
    let with = |id: &str, user: &str, password: &str| {
        let mut connect = Connect::new(id);
        connect.set_login(user, password);
        connect
    };
    let no_id = "is neither 'deviceId' nor 'deviceId/moduleId'";
    let disagrees = "the user name does not agree with the client id; it must be '{host}/d1/?api-version=…'";
    for (hello, code, reason) in [
        (with("d1", "h/d1/?api-version=1", "wrong"), 5, "the token is not good"),
        (with("unknown", "h/unknown/?api-version=1", "token"), 5, "the token is not good"),
        (
            with("d1", "h/d1/?api-version=1", ""),
            5,
            "CONNECT has no password, which must be the device's token",
        ),
        (with("d1", "h/d2/?api-version=1", "token"), 5, disagrees),
        (with("d1", "", "token"), 5, "the packet is malformed"),
        (with("d 1", "h/d 1/?api-version=1", "token"), 5, &format!("the client id \"d 1\" {no_id}")),
        (with("d\n1", "h/d/?api-version=1", "token"), 5, &format!("the client id \"d\\n1\" {no_id}")),
        (with("", "h//?api-version=1", "token"), 5, &format!("the client id \"\" {no_id}")),
        (
            with("d1", "any-host:9883/d1/?api-version=1", "token"),
            0,
            "the device closed the connection without DISCONNECT",
        ),
        (Connect::new("d1"), 5, "CONNECT has no user name"),
    ] {
        let target = hello.client_id.clone();
        let mut raw = Raw::open(gateway.address).await;
        if hello.login.as_ref().is_some_and(|login| login.username.is_empty()) {
            // A password without a user name is malformed, not merely wrong.
            raw.send(&Packet::Connect(hello)).await;
            raw.is_closed().await;
            assert_eq!(gateway.next_disconnect().await.reason, reason);
            continue;
        }
        let text = format!("{:?}", hello.login.as_ref().map(|login| &login.username));
        assert_eq!(raw.send_connect(hello).await, (false, code), "{text}");
        if code != 0 {
            raw.is_closed().await;
        }
        drop(raw);
        let ending = gateway.next_disconnect().await;
        assert_eq!((ending.reason.as_str(), ending.is_warning), (reason, code != 0), "{text}");
        let is_id = ending.target.as_ref().map(ToString::to_string);
        assert_eq!(is_id, Some(target).filter(|target| matches!(target.as_str(), "d1" | "unknown")));
    }
    gateway.hub.set_unavailable();
    assert_eq!(Raw::open(gateway.address).await.send_connect(connect("d1", true)).await, (false, 3));
}

#[tokio::test]
async fn other_protocol_levels_are_refused_with_1() {
    let gateway = TestGateway::start().await;
    for level in [3, 5, 6] {
        let mut raw = Raw::open(gateway.address).await;
        let mut bytes = bytes_of(&Packet::Connect(connect("d1", true)));
        let at = bytes.windows(4).position(|window| window == b"MQTT").unwrap() + 4;
        bytes[at] = level;
        raw.send_bytes(&bytes).await;
        let Packet::ConnAck(connack) = raw.next().await else { panic!("no CONNACK") };
        assert_eq!(connack.code as u8, 1, "level {level}");
        raw.is_closed().await;
    }
}

#[tokio::test]
async fn the_newer_connection_wins() {
    let mut gateway = TestGateway::start().await;
    let mut older = gateway.device("d1").await;
    let mut newer = gateway.device("d1").await;
    older.is_closed().await;
    let ending = gateway.next_disconnect().await;
    assert_eq!(
        (ending.reason.as_str(), ending.is_warning),
        ("a newer connection of the device took over", true)
    );
    newer.is_alive().await;
    assert_eq!(gateway.connections.connected(), 1);
    drop(newer);
    gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    assert!(!gateway.connections.is_connected(&device("d1")));
}

#[tokio::test]
async fn a_socket_without_connect_is_closed() {
    let mut gateway =
        TestGateway::with(Limits { connect_within: Duration::from_millis(50), ..Limits::default() }).await;
    let mut silent = Raw::open(gateway.address).await;
    silent.is_closed().await;
    let ending = gateway.next_disconnect().await;
    assert_eq!((ending.reason.as_str(), ending.target), ("no CONNECT came within 0.05 seconds", None));
    let mut half = Raw::open(gateway.address).await;
    half.send_bytes(&bytes_of(&Packet::Connect(connect("d1", true)))[..20]).await;
    half.is_closed().await;
}

#[tokio::test]
async fn a_connection_without_traffic_ends_after_the_keep_alive() {
    let mut gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    let started = std::time::Instant::now();
    let hello = Connect { keep_alive: 1, ..connect("d1", true) };
    assert_eq!(raw.send_connect(hello).await, (false, 0));
    raw.is_alive().await;
    raw.is_closed().await;
    assert!(started.elapsed() >= Duration::from_millis(1500));
    let reason = "nothing was heard for 1.5 seconds, one and a half times the keep-alive";
    assert_eq!(gateway.next_disconnect().await.reason, reason);
}

#[tokio::test]
async fn a_connection_ends_five_minutes_after_its_token() {
    let mut gateway = TestGateway::start().await;
    let now = hub_embedded::clock::Clock::now(&gateway.clock);
    gateway.hub.set_expiry(now.plus(Duration::from_hours(2)));
    let mut later = gateway.device("later").await;
    gateway.hub.set_expiry(now.plus(Duration::from_hours(1)));
    let mut raw = gateway.device("d1").await;
    gateway.clock.advance(Duration::from_secs(3600 + 299));
    raw.is_alive().await;
    gateway.clock.advance(Duration::from_secs(1));
    raw.is_closed().await;
    gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    let ending = gateway.next_disconnect().await;
    assert_eq!((ending.reason.as_str(), ending.is_warning), ("the token has expired", true));
    later.is_alive().await;
    gateway.clock.advance(Duration::from_hours(1));
    later.is_closed().await;
}

#[tokio::test]
async fn a_disabled_device_is_disconnected() {
    let mut gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    let mut other = gateway.device("d2").await;
    gateway.hub.refuse("d1");
    gateway.connections.disconnect(&device("d1"), CloseReason::Revoked);
    raw.is_closed().await;
    gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    other.is_alive().await;
}

#[tokio::test]
async fn a_device_disabled_while_connecting_is_refused() {
    let gateway = TestGateway::start().await;
    let gate = gateway.hub.gate.lock().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.send(&Packet::Connect(connect("d1", true))).await;
    gateway.hub.credentials_checked.notified().await;
    gateway.hub.refuse("d1");
    gateway.connections.disconnect(&device("d1"), CloseReason::Revoked);
    drop(gate);
    let Packet::ConnAck(connack) = raw.next().await else { panic!("no CONNACK") };
    assert_eq!(connack.code as u8, 5);
    raw.is_closed().await;
    assert_eq!(gateway.connections.connected(), 0);
}

#[tokio::test]
async fn failed_connection_reports_are_retried() {
    let mut gateway = TestGateway::start().await;
    gateway.hub.fails_once.store(true, Ordering::Relaxed);
    let _raw = gateway.device("d1").await;
    gateway.reported(&device("d1"), ConnectionState::Connected).await;
    assert_eq!(gateway.hub.batches.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_will_is_sent_without_disconnect() {
    let mut gateway = TestGateway::start().await;
    for sends_disconnect in [true, false] {
        let mut raw = Raw::open(gateway.address).await;
        let will = LastWill::new("devices/d1/messages/events/a=b", "gone", QoS::AtLeastOnce, false);
        let hello = Connect { last_will: Some(will), ..connect("d1", true) };
        assert_eq!(raw.send_connect(hello).await, (false, 0));
        if sends_disconnect {
            raw.send(&Packet::Disconnect).await;
            raw.is_closed().await;
        }
        drop(raw);
        gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    }
    let message = gateway.next_message().await;
    assert_eq!(&message.payload[..], b"gone");
    assert_eq!(message.property("iothub-MessageType"), Some("Will"));
    assert_eq!(message.property("a"), Some("b"));
    assert!(!gateway.has_message());
}

#[tokio::test]
async fn stopping_disconnects_all_and_reports_it() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    let mut unknown = Raw::open(gateway.address).await;
    unknown.send_bytes(&[0x10]).await;
    let (_, mut reports) = gateway.stop().await;
    raw.is_closed().await;
    unknown.is_closed().await;
    let mut last = None;
    while let Ok(change) = reports.changes.try_recv() {
        last = Some((change.target, change.state));
    }
    assert_eq!(last, Some((device("d1"), ConnectionState::Disconnected)));
}

#[tokio::test]
async fn a_full_gateway_refuses_connections_until_one_ends() {
    let gateway = TestGateway::with(Limits { max_connections: 1, ..Limits::default() }).await;
    // One that says nothing makes room.
    let mut silent = Raw::open(gateway.address).await;
    let first = gateway.device("d1").await;
    silent.is_closed().await;
    let mut second = Raw::open(gateway.address).await;
    second.is_closed().await;
    drop(first);
    // The hub hears of it in its own time.
    let taken = async {
        loop {
            let mut third = Raw::open(gateway.address).await;
            third.send(&Packet::Connect(connect("d2", true))).await;
            if let Some(Packet::ConnAck(_)) = third.receive().await {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), taken).await.expect("a place is free again");
}
