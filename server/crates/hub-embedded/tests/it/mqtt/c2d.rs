//! Messages from the cloud: handed over at QoS 1, waited for, and handed over again.

use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish},
};

use super::{
    gateway::{TestGateway, device, module},
    raw::Raw,
};

const DEVICEBOUND: &str = "devices/d1/messages/devicebound/#";

async fn acknowledge(raw: &mut Raw, message: &Publish) {
    raw.send(&Packet::PubAck(PubAck::new(message.pkid))).await;
    raw.is_alive().await;
}

/// Waits until the hub has dealt with an acknowledgement.
async fn queued(gateway: &TestGateway, expected: &[i64]) {
    let so = async {
        while gateway.hub.queued() != expected {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(super::gateway::TIMEOUT, so).await;
    assert!(waited.is_ok(), "{:?} remain", gateway.hub.queued());
}

#[tokio::test]
async fn queued_messages_are_sent_on_subscribe_and_later_ones_at_once() {
    let gateway = TestGateway::start().await;
    gateway.hub.queue(&device("d1"), 1, "one");
    let mut raw = gateway.device("d1").await;
    raw.is_alive().await;
    raw.subscribe(&[DEVICEBOUND]).await;
    let one = raw.next_publish().await;
    assert_eq!((one.topic.as_str(), &one.payload[..]), ("devices/d1/messages/devicebound/n=1", &b"one"[..]));
    assert_eq!((one.qos, one.pkid != 0, one.retain), (QoS::AtLeastOnce, true, false));
    gateway.hub.queue(&device("d1"), 2, "two");
    gateway.connections.notify_messages(&device("d1"));
    let two = raw.next_publish().await;
    assert_ne!(one.pkid, two.pkid);
    assert_eq!(gateway.hub.queued(), [1, 2], "nothing is acknowledged yet");
    acknowledge(&mut raw, &two).await;
    queued(&gateway, &[1]).await;
    acknowledge(&mut raw, &one).await;
    acknowledge(&mut raw, &one).await;
    queued(&gateway, &[]).await;
}

#[tokio::test]
async fn a_device_gets_eight_messages_at_a_time() {
    let gateway = TestGateway::start().await;
    for id in 1..=20 {
        gateway.hub.queue(&device("d1"), id, "");
    }
    let mut raw = gateway.device("d1").await;
    raw.subscribe(&[DEVICEBOUND]).await;
    let mut held = Vec::new();
    for id in 1..=8 {
        held.push(raw.next_publish().await);
        assert!(held[held.len() - 1].topic.ends_with(&format!("/n={id}")));
    }
    raw.is_alive().await;
    for id in 9..=20 {
        let first = held.remove(0);
        raw.send(&Packet::PubAck(PubAck::new(first.pkid))).await;
        held.push(raw.next_publish().await);
        assert!(held[7].topic.ends_with(&format!("/n={id}")), "in order");
    }
    for message in &held {
        raw.send(&Packet::PubAck(PubAck::new(message.pkid))).await;
    }
    queued(&gateway, &[]).await;
}

#[tokio::test]
async fn unacknowledged_messages_are_sent_again_to_a_kept_session() {
    let gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.enter("d1", false).await;
    raw.subscribe(&[DEVICEBOUND]).await;
    gateway.hub.queue(&device("d1"), 1, "");
    gateway.hub.queue(&device("d1"), 2, "");
    gateway.connections.notify_messages(&device("d1"));
    let (one, two) = (raw.next_publish().await, raw.next_publish().await);
    acknowledge(&mut raw, &one).await;
    queued(&gateway, &[2]).await;
    // The newer connection is there before the older has given its messages back.
    let mut again = Raw::open(gateway.address).await;
    assert!(again.enter("d1", false).await);
    assert_eq!(again.next_publish().await.topic, two.topic);
    raw.is_closed().await;
    drop(again);
    let mut third = Raw::open(gateway.address).await;
    third.enter("d1", false).await;
    let two = third.next_publish().await;
    acknowledge(&mut third, &two).await;
    queued(&gateway, &[]).await;
}

#[tokio::test]
async fn unsubscribed_devices_get_nothing() {
    let gateway = TestGateway::start().await;
    gateway.hub.queue(&device("d1"), 1, "");
    gateway.hub.queue(&module("d1", "m"), 2, "");
    let mut raw = gateway.listening("d1").await;
    gateway.connections.notify_messages(&device("d1"));
    gateway.connections.notify_messages(&device("other"));
    raw.is_alive().await;
    let mut other = gateway.device("d1/m").await;
    other.subscribe(&["devices/d1/modules/m/inputs/#"]).await;
    other.is_alive().await;
    assert_eq!(gateway.hub.queued(), [1, 2]);
}
