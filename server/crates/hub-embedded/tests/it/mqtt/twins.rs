//! Twins over MQTT.

use hub_embedded::mqtt::Limits;
use hub_wire::{device::ConnectionState, twin::Object};
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish},
};
use serde_json::{Value, json};

use super::{
    gateway::{TestGateway, call, device},
    raw::{Raw, publish},
};

const REPORT: &str = "$iothub/twin/PATCH/properties/reported/?$rid=";

fn body(publish: &Publish) -> Value {
    serde_json::from_slice(&publish.payload).unwrap()
}

fn object(value: Value) -> Object {
    serde_json::from_value(value).unwrap()
}

async fn report(raw: &mut Raw, request_id: &str, patch: &str) {
    raw.send(&publish(&format!("{REPORT}{request_id}"), QoS::AtMostOnce, patch.to_owned())).await;
}

#[tokio::test]
async fn a_device_reads_its_twin_and_reports() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    report(&mut raw, "a-1", r#"{"fw":"1.0"}"#).await;
    let answer = raw.next_publish().await;
    assert_eq!(answer.topic, "$iothub/twin/res/204/?$rid=a-1&$version=1");
    assert!(answer.payload.is_empty());

    // Node sends one blank.
    raw.send(&publish("$iothub/twin/GET/?$rid=b%202", QoS::AtMostOnce, " ")).await;
    let answer = raw.next_publish().await;
    assert_eq!(answer.topic, "$iothub/twin/res/200/?$rid=b%202");
    assert_eq!(
        body(&answer),
        json!({"desired": {"mode": "eco", "$version": 4}, "reported": {"fw": "1.0", "$version": 1}})
    );
}

#[tokio::test]
async fn errors_are_in_topic_and_body() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    for patch in [r#"{"bad":true}"#, "[1]", "", "{"] {
        report(&mut raw, "1", patch).await;
        let answer = raw.next_publish().await;
        assert_eq!(answer.topic, "$iothub/twin/res/400/?$rid=1", "{patch}");
        let body = body(&answer);
        assert_eq!(body["errorCode"], 400_004);
        assert!(
            body["message"].is_string() && body["trackingId"].is_string() && body["timestampUtc"].is_string()
        );
    }
    let mut twinless = gateway.listening("twinless").await;
    twinless.send(&publish("$iothub/twin/GET/?$rid=1", QoS::AtMostOnce, "")).await;
    assert_eq!(twinless.next_publish().await.topic, "$iothub/twin/res/404/?$rid=1");
}

#[tokio::test]
async fn requests_are_acknowledged_in_their_order() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let numbered = |packet_id: u16, topic: &str| {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, "{}");
        publish.pkid = packet_id;
        Packet::Publish(publish)
    };
    raw.send(&numbered(1, &format!("{REPORT}1"))).await;
    raw.send(&numbered(2, "$iothub/methods/res/200/?$rid=0")).await;
    raw.send(&numbered(3, &format!("{REPORT}2"))).await;
    assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(1)));
    assert_eq!(raw.next_publish().await.topic, "$iothub/twin/res/204/?$rid=1&$version=1");
    assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(2)));
    assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(3)));
    assert_eq!(raw.next_publish().await.topic, "$iothub/twin/res/204/?$rid=2&$version=2");
}

#[tokio::test]
async fn a_slow_write_delays_neither_calls_nor_pings() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let gate = gateway.hub.gate.lock().await;
    report(&mut raw, "1", "{}").await;
    raw.is_alive().await;
    let (target, reboot) = (device("d1"), call("reboot", "null"));
    let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
        let call = raw.next_publish().await;
        raw.answer(&call, 200, "null").await;
    });
    assert!(answer.is_ok());
    drop(gate);
    assert_eq!(raw.next_publish().await.topic, "$iothub/twin/res/204/?$rid=1&$version=1");
}

#[tokio::test]
async fn desired_changes_are_pushed_to_subscribed_devices() {
    let gateway = TestGateway::start().await;
    let patch = object(json!({"mode": "full", "old": null}));
    gateway.connections.push_desired(&device("away"), &patch, 1);

    let mut raw = gateway.device("d1").await;
    gateway.connections.push_desired(&device("d1"), &patch, 5);
    raw.is_alive().await;
    raw.subscribe(&["$iothub/twin/PATCH/properties/desired/#"]).await;
    gateway.connections.push_desired(&device("d1"), &patch, 6);
    let push = raw.next_publish().await;
    assert_eq!(push.topic, "$iothub/twin/PATCH/properties/desired/?$version=6");
    assert_eq!(body(&push), json!({"mode": "full", "old": null, "$version": 6}));

    // It does not listen to twin answers: the request is done and nothing is said.
    report(&mut raw, "1", r#"{"a":1}"#).await;
    raw.subscribe(&["$iothub/twin/res/#"]).await;
    raw.send(&publish("$iothub/twin/GET/?$rid=2", QoS::AtMostOnce, "")).await;
    let answer = raw.next_publish().await;
    assert_eq!(answer.topic, "$iothub/twin/res/200/?$rid=2");
    assert_eq!(body(&answer)["reported"], json!({"a": 1, "$version": 1}));
}

#[tokio::test]
async fn a_device_that_does_not_read_is_disconnected() {
    let mut gateway = TestGateway::with(Limits { outbox_bytes: 256 * 1024, ..Limits::default() }).await;
    let raw = gateway.listening("d1").await;
    let patch = object(json!({"text": "x".repeat(30_000)}));
    tokio::time::timeout(super::gateway::TIMEOUT, async {
        let mut version = 0;
        while gateway.connections.is_connected(&device("d1")) {
            version += 1;
            gateway.connections.push_desired(&device("d1"), &patch, version);
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the device is let go");
    gateway.reported(&device("d1"), ConnectionState::Disconnected).await;
    drop(raw);
}
