//! What devices may send and what ends their connection, and theirs alone.

use rumqttc::mqttbytes::{
    QoS,
    v4::{
        ConnAck, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode, UnsubAck,
        Unsubscribe,
    },
};

use super::{
    gateway::{TestGateway, device},
    raw::{Raw, bytes_of, connect, publish, subscribe},
};

const EVENTS: &str = "devices/d1/messages/events/";

#[tokio::test]
async fn violations_end_only_their_connection_with_a_reason() {
    let mut gateway = TestGateway::start().await;
    let mut bystander = gateway.device("bystander").await;
    let event = |bag: &str| publish(&format!("{EVENTS}{bag}"), QoS::AtLeastOnce, "{}");
    let subscribe = |filters: &[&str]| {
        subscribe(&filters.iter().map(|filter| (*filter, QoS::AtMostOnce)).collect::<Vec<_>>())
    };
    let forbidden = [
        (publish(EVENTS, QoS::ExactlyOnce, "{}"), "QoS 2 is not spoken here"),
        (
            publish("devices/d2/messages/events/", QoS::AtLeastOnce, "{}"),
            "the device may not publish to \"devices/d2/messages/events/\"",
        ),
        (publish("some/\ntopic", QoS::AtMostOnce, "{}"), "the device may not publish to \"some/\\ntopic\""),
        (
            publish("$iothub/methods/POST/x/?$rid=1", QoS::AtMostOnce, "{}"),
            "the device may not publish to \"$iothub/methods/POST/x/?$rid=1\"",
        ),
        (
            publish("$iothub/twin/GET/", QoS::AtMostOnce, ""),
            "the device may not publish to \"$iothub/twin/GET/\"",
        ),
        (event("a=%ff"), "the property bag is not UTF-8 once decoded"),
        (
            event("at=2019-02-15T13:14:15Z"),
            "the property bag has ':' at character 17, which must be percent-encoded as %3A",
        ),
        (
            event("$.ct=application/json"),
            "the property bag has '/' at character 17, which must be percent-encoded as %2F",
        ),
        (event("a=100%"), "the property bag has a '%' without two hexadecimal digits at character 6"),
        (
            subscribe(&["$iothub/methods/POST/#", "some/topic"]),
            "the filter \"some/topic\" matches nothing that the hub sends to this device",
        ),
        (
            subscribe(&["devices/d2/messages/devicebound/#"]),
            "the filter \"devices/d2/messages/devicebound/#\" matches nothing that the hub sends to this device",
        ),
        (
            subscribe(&["devices/d1/#/devicebound"]),
            "the filter \"devices/d1/#/devicebound\" is not valid: '#' must be the last level",
        ),
        (Packet::Connect(connect("d1", true)), "a second CONNECT"),
        (Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)), "a packet that only servers send"),
        (Packet::PingResp, "a packet that only servers send"),
        (
            Packet::SubAck(SubAck::new(1, vec![SubscribeReasonCode::Failure])),
            "a packet that only servers send",
        ),
        (Packet::UnsubAck(UnsubAck::new(1)), "a packet that only servers send"),
    ];
    for (packet, reason) in forbidden {
        let mut raw = gateway.device("d1").await;
        raw.send(&packet).await;
        assert_eq!(raw.receive().await, None, "{reason}");
        let ending = gateway.next_disconnect().await;
        assert_eq!((ending.reason.as_str(), ending.is_warning), (reason, true));
        assert_eq!((ending.target, ending.client.is_some()), (Some(device("d1")), true));
    }
    bystander.is_alive().await;
}

#[tokio::test]
async fn malformed_bytes_end_that_connection_alone() {
    let gateway = TestGateway::start().await;
    let mut bystander = gateway.device("bystander").await;
    let corpus: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01],
        &[0x00, 0x00],
        &[0xf0, 0x00],
        &[0x30, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x30, 0xff, 0xff, 0xff, 0x7f],
        &[0x36, 0x05, 0, 1, b'a', 0, 1],
        &[0x32, 0x05, 0, 1, b'a', 0, 0],
        &[0x30, 0x02, 0xff, 0xff],
        &[0x30, 0x04, 0, 2, 0xc3, 0x28],
        &[0x80, 0x06, 0, 1, 0, 1, b'#', 0],
        &[0x82, 0x02, 0, 1],
        &[0x82, 0x05, 0, 1, 0, 9, b'#'],
        &[0xa2, 0x02, 0, 1],
        &[0x62, 0x02, 0, 1],
        &[0x50, 0x02, 0, 1],
        &[0x10, 0x00],
        &[0x40, 0x00],
        &[0xc1, 0x00],
    ];
    for bytes in corpus {
        // After CONNECT, and instead of it.
        let mut raw = gateway.device("d1").await;
        raw.send_bytes(bytes).await;
        assert_eq!(raw.receive().await, None, "{bytes:x?}");
        let mut stranger = Raw::open(gateway.address).await;
        stranger.send_bytes(bytes).await;
        assert_eq!(stranger.receive().await, None, "{bytes:x?} first");
    }
    bystander.is_alive().await;
}

#[tokio::test]
async fn messages_may_have_256_kilobytes() {
    let mut gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    let largest = vec![b'x'; 256 * 1024];
    raw.send(&publish(EVENTS, QoS::AtLeastOnce, largest.clone())).await;
    assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(7)));
    assert_eq!(gateway.next_message().await.payload.len(), largest.len());

    // Properties count.
    raw.send(&publish(&format!("{EVENTS}a=b"), QoS::AtLeastOnce, largest)).await;
    raw.is_closed().await;

    // A packet far too large is refused by its header; a large CONNECT too.
    let mut raw = gateway.device("d1").await;
    raw.send_bytes(&[0x30, 0x80, 0x80, 0x80, 0x01]).await;
    raw.is_closed().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.send_bytes(&[0x10, 0x80, 0x80, 0x02]).await;
    raw.is_closed().await;
}

#[tokio::test]
async fn telemetry_with_properties_arrives() {
    let mut gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    raw.send(&publish(&format!("{EVENTS}%24.mid=7&alert%20level=%C3%BC&flag"), QoS::AtLeastOnce, "21")).await;
    assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(7)));
    let message = gateway.next_message().await;
    assert_eq!(message.property("$.mid"), Some("7"));
    assert_eq!(message.property("alert level"), Some("ü"));
    assert_eq!(message.property("flag"), Some(""));
    assert_eq!(message.property("mqtt-retain"), None);

    let retained = Publish { retain: true, ..Publish::new(EVENTS, QoS::AtMostOnce, "22") };
    raw.send(&Packet::Publish(retained)).await;
    assert_eq!(gateway.next_message().await.property("mqtt-retain"), Some("true"));

    // The last word counts although the device does not wait for its acknowledgement.
    let mut last = bytes_of(&publish(EVENTS, QoS::AtMostOnce, "23"));
    last.extend_from_slice(&bytes_of(&Packet::Disconnect));
    raw.send_bytes(&last).await;
    drop(raw);
    assert_eq!(&gateway.next_message().await.payload[..], b"23");
}

#[tokio::test]
async fn subscriptions_are_granted_up_to_1() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    raw.send(&subscribe(&[
        ("$iothub/methods/POST/#", QoS::AtMostOnce),
        ("$iothub/twin/res/#", QoS::AtLeastOnce),
        ("devices/d1/messages/devicebound/#", QoS::ExactlyOnce),
    ]))
    .await;
    let granted = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::AtLeastOnce].map(SubscribeReasonCode::Success);
    assert_eq!(raw.next().await, Packet::SubAck(SubAck::new(5, granted.into())));
    let unsubscribe =
        Unsubscribe { pkid: 9, topics: vec!["devices/d1/messages/devicebound/#".into(), "x".into()] };
    raw.send(&Packet::Unsubscribe(unsubscribe)).await;
    assert_eq!(raw.next().await, Packet::UnsubAck(UnsubAck::new(9)));
}

/// As azure-sdk-for-c, .NET nanoFramework, `CircuitPython` and general MQTT clients write them.
#[tokio::test]
async fn wider_filters_are_granted() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    let filters = [
        "devices/+/messages/devicebound/#",
        "$iothub/twin/#",
        "$iothub/methods/#",
        "$iothub/#",
        "#",
        "devices/d1/#",
    ];
    raw.send(&subscribe(&filters.map(|filter| (filter, QoS::ExactlyOnce)))).await;
    let granted = vec![SubscribeReasonCode::Success(QoS::AtLeastOnce); filters.len()];
    assert_eq!(raw.next().await, Packet::SubAck(SubAck::new(5, granted)));
    raw.is_alive().await;
}

#[tokio::test]
async fn many_packets_in_one_write_and_one_packet_in_many() {
    let mut gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    let mut bytes = Vec::new();
    for packet_id in 1..=200 {
        let publish = Publish { pkid: packet_id, ..Publish::new(EVENTS, QoS::AtLeastOnce, "x".repeat(500)) };
        bytes.extend_from_slice(&bytes_of(&Packet::Publish(publish)));
    }
    raw.send_bytes(&bytes).await;
    for packet_id in 1..=200 {
        assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(packet_id)));
        gateway.next_message().await;
    }
    for byte in bytes_of(&Packet::PingReq) {
        raw.send_bytes(&[byte]).await;
    }
    assert_eq!(raw.next().await, Packet::PingResp);
    // Unused by the hub and harmless.
    raw.send(&Packet::PubAck(PubAck::new(3))).await;
    raw.is_alive().await;
}
