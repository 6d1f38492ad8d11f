//! Who gets in, and how connections end.

use std::{sync::atomic::Ordering, time::Duration};

use hub_embedded::mqtt::{CloseReason, Limits};
use hub_wire::device::ConnectionState;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Connect, LastWill, Packet},
};

use crate::{
    raw::{Raw, bytes_of, connect},
    rig::{Rig, device, module},
};

#[tokio::test]
async fn a_device_comes_and_goes_and_the_hub_is_told() {
    let mut rig = Rig::start().await;
    let mut raw = Raw::open(rig.address).await;
    let mut hello = connect("d1", true);
    hello.login.as_mut().unwrap().username += "&model-id=dtmi%3Acom%3Aexample%3AThermo%3B1";
    assert_eq!(raw.introduce(hello).await, (false, 0));
    let change = rig.told_that(&device("d1"), ConnectionState::Connected).await;
    assert_eq!(change.model_id.as_deref(), Some("dtmi:com:example:Thermo;1"));
    assert!(rig.connections.is_connected(&device("d1")));
    raw.is_alive().await;
    raw.send(&Packet::Disconnect).await;
    raw.is_closed().await;
    rig.told_that(&device("d1"), ConnectionState::Disconnected).await;
    assert_eq!(rig.connections.connected(), 0);
}

#[tokio::test]
async fn a_module_is_not_its_device() {
    let rig = Rig::start().await;
    let mut of_module = rig.device("d1/m1").await;
    let mut of_device = rig.device("d1").await;
    assert!(rig.connections.is_connected(&module("d1", "m1")));
    assert_eq!(rig.connections.connected(), 2);
    of_module.is_alive().await;
    of_device.is_alive().await;
}

#[tokio::test]
async fn refusals_have_the_hubs_codes() {
    let rig = Rig::start().await;
    rig.hub.refuse("unknown");
    let with = |id: &str, user: &str, password: &str| {
        let mut connect = Connect::new(id);
        connect.set_login(user, password);
        connect
    };
    for (hello, code) in [
        (with("d1", "h/d1/?api-version=1", "wrong"), 5),
        (with("unknown", "h/unknown/?api-version=1", "token"), 5),
        (with("d1", "h/d1/?api-version=1", ""), 5),
        (with("d1", "h/d2/?api-version=1", "token"), 5),
        (with("d1", "", "token"), 5),
        (with("d 1", "h/d 1/?api-version=1", "token"), 5),
        (with("", "h//?api-version=1", "token"), 5),
        (with("d1", "any-host:9883/d1/?api-version=1", "token"), 0),
        (Connect::new("d1"), 5),
    ] {
        let mut raw = Raw::open(rig.address).await;
        if hello.login.as_ref().is_some_and(|login| login.username.is_empty()) {
            // A password without a user name is malformed, not merely wrong.
            raw.send(&Packet::Connect(hello)).await;
            raw.is_closed().await;
            continue;
        }
        let text = format!("{:?}", hello.login.as_ref().map(|login| &login.username));
        assert_eq!(raw.introduce(hello).await, (false, code), "{text}");
        if code != 0 {
            raw.is_closed().await;
        }
    }
    rig.hub.set_unavailable();
    assert_eq!(Raw::open(rig.address).await.introduce(connect("d1", true)).await, (false, 3));
}

#[tokio::test]
async fn other_protocol_levels_are_answered_with_1() {
    let rig = Rig::start().await;
    for level in [3, 5, 6] {
        let mut raw = Raw::open(rig.address).await;
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
    let mut rig = Rig::start().await;
    let mut older = rig.device("d1").await;
    let mut newer = rig.device("d1").await;
    older.is_closed().await;
    newer.is_alive().await;
    assert_eq!(rig.connections.connected(), 1);
    drop(newer);
    rig.told_that(&device("d1"), ConnectionState::Disconnected).await;
    assert!(!rig.connections.is_connected(&device("d1")));
}

#[tokio::test]
async fn silence_before_connect_has_an_end() {
    let rig = Rig::with(Limits { connect_within: Duration::from_millis(50), ..Limits::default() }).await;
    let mut silent = Raw::open(rig.address).await;
    silent.is_closed().await;
    let mut half = Raw::open(rig.address).await;
    half.send_bytes(&bytes_of(&Packet::Connect(connect("d1", true)))[..20]).await;
    half.is_closed().await;
}

#[tokio::test]
async fn silence_longer_than_keep_alive_ends_a_connection() {
    let rig = Rig::start().await;
    let mut raw = Raw::open(rig.address).await;
    let started = std::time::Instant::now();
    let hello = Connect { keep_alive: 1, ..connect("d1", true) };
    assert_eq!(raw.introduce(hello).await, (false, 0));
    raw.is_alive().await;
    raw.is_closed().await;
    assert!(started.elapsed() >= Duration::from_millis(1500));
}

#[tokio::test]
async fn a_connection_ends_five_minutes_after_its_token() {
    let mut rig = Rig::start().await;
    let now = hub_embedded::clock::Clock::now(&rig.clock);
    rig.hub.set_expiry(now.plus(Duration::from_hours(2)));
    let mut later = rig.device("later").await;
    rig.hub.set_expiry(now.plus(Duration::from_hours(1)));
    let mut raw = rig.device("d1").await;
    rig.clock.advance(Duration::from_secs(3600 + 299));
    raw.is_alive().await;
    rig.clock.advance(Duration::from_secs(1));
    raw.is_closed().await;
    rig.told_that(&device("d1"), ConnectionState::Disconnected).await;
    later.is_alive().await;
    rig.clock.advance(Duration::from_hours(1));
    later.is_closed().await;
}

#[tokio::test]
async fn a_disabled_device_is_put_out() {
    let mut rig = Rig::start().await;
    let mut raw = rig.device("d1").await;
    let mut other = rig.device("d2").await;
    rig.hub.refuse("d1");
    rig.connections.disconnect(&device("d1"), CloseReason::Revoked);
    raw.is_closed().await;
    rig.told_that(&device("d1"), ConnectionState::Disconnected).await;
    other.is_alive().await;
}

#[tokio::test]
async fn a_device_disabled_on_its_way_in_does_not_get_in() {
    let rig = Rig::start().await;
    let gate = rig.hub.gate.lock().await;
    let mut raw = Raw::open(rig.address).await;
    raw.send(&Packet::Connect(connect("d1", true))).await;
    rig.hub.asked.notified().await;
    rig.hub.refuse("d1");
    rig.connections.disconnect(&device("d1"), CloseReason::Revoked);
    drop(gate);
    let Packet::ConnAck(connack) = raw.next().await else { panic!("no CONNACK") };
    assert_eq!(connack.code as u8, 5);
    raw.is_closed().await;
    assert_eq!(rig.connections.connected(), 0);
}

#[tokio::test]
async fn what_the_hub_failed_to_note_is_told_again() {
    let mut rig = Rig::start().await;
    rig.hub.fails_once.store(true, Ordering::Relaxed);
    let _raw = rig.device("d1").await;
    rig.told_that(&device("d1"), ConnectionState::Connected).await;
    assert_eq!(rig.hub.batches.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_will_is_sent_when_nobody_said_goodbye() {
    let mut rig = Rig::start().await;
    for says_goodbye in [true, false] {
        let mut raw = Raw::open(rig.address).await;
        let will = LastWill::new("devices/d1/messages/events/a=b", "gone", QoS::AtLeastOnce, false);
        let hello = Connect { last_will: Some(will), ..connect("d1", true) };
        assert_eq!(raw.introduce(hello).await, (false, 0));
        if says_goodbye {
            raw.send(&Packet::Disconnect).await;
            raw.is_closed().await;
        }
        drop(raw);
        rig.told_that(&device("d1"), ConnectionState::Disconnected).await;
    }
    let message = rig.next_message().await;
    assert_eq!(&message.payload[..], b"gone");
    assert_eq!(message.property("iothub-MessageType"), Some("Will"));
    assert_eq!(message.property("a"), Some("b"));
    assert!(!rig.has_message());
}

#[tokio::test]
async fn stopping_lets_everybody_go_and_tells_the_hub() {
    let rig = Rig::start().await;
    let mut raw = rig.device("d1").await;
    let mut unknown = Raw::open(rig.address).await;
    unknown.send_bytes(&[0x10]).await;
    let (_, mut told) = rig.stop().await;
    raw.is_closed().await;
    unknown.is_closed().await;
    let mut last = None;
    while let Ok(change) = told.changes.try_recv() {
        last = Some((change.target, change.state));
    }
    assert_eq!(last, Some((device("d1"), ConnectionState::Disconnected)));
}

#[tokio::test]
async fn a_full_gateway_takes_the_next_one_when_one_leaves() {
    let rig = Rig::with(Limits { max_connections: 1, ..Limits::default() }).await;
    let first = rig.device("d1").await;
    let mut second = Raw::open(rig.address).await;
    second.send(&Packet::Connect(connect("d2", true))).await;
    drop(first);
    assert!(matches!(second.next().await, Packet::ConnAck(_)));
}
