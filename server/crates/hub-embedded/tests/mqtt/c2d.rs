//! Messages from the cloud: handed over at QoS 1, waited for, and handed over again.

use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, PubAck, Publish},
};

use crate::{
    raw::Raw,
    rig::{Rig, device, module},
};

const DEVICEBOUND: &str = "devices/d1/messages/devicebound/#";

async fn acknowledge(raw: &mut Raw, message: &Publish) {
    raw.send(&Packet::PubAck(PubAck::new(message.pkid))).await;
    raw.is_alive().await;
}

/// Waits until the hub has dealt with an acknowledgement.
async fn queued(rig: &Rig, expected: &[i64]) {
    let so = async {
        while rig.hub.queued() != expected {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(crate::rig::PATIENCE, so).await;
    assert!(waited.is_ok(), "{:?} remain", rig.hub.queued());
}

#[tokio::test]
async fn waiting_messages_come_when_the_device_listens_and_later_ones_at_once() {
    let rig = Rig::start().await;
    rig.hub.queue(&device("d1"), 1, "one");
    let mut raw = rig.device("d1").await;
    raw.is_alive().await;
    raw.subscribe(&[DEVICEBOUND]).await;
    let one = raw.next_publish().await;
    assert_eq!((one.topic.as_str(), &one.payload[..]), ("devices/d1/messages/devicebound/n=1", &b"one"[..]));
    assert_eq!((one.qos, one.pkid != 0, one.retain), (QoS::AtLeastOnce, true, false));
    rig.hub.queue(&device("d1"), 2, "two");
    rig.connections.notify_messages(&device("d1"));
    let two = raw.next_publish().await;
    assert_ne!(one.pkid, two.pkid);
    assert_eq!(rig.hub.queued(), [1, 2], "nothing is acknowledged yet");
    acknowledge(&mut raw, &two).await;
    queued(&rig, &[1]).await;
    acknowledge(&mut raw, &one).await;
    acknowledge(&mut raw, &one).await;
    queued(&rig, &[]).await;
}

#[tokio::test]
async fn a_device_is_handed_eight_messages_at_a_time() {
    let rig = Rig::start().await;
    for id in 1..=20 {
        rig.hub.queue(&device("d1"), id, "");
    }
    let mut raw = rig.device("d1").await;
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
    queued(&rig, &[]).await;
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_to_a_kept_session() {
    let rig = Rig::start().await;
    let mut raw = Raw::open(rig.address).await;
    raw.enter("d1", false).await;
    raw.subscribe(&[DEVICEBOUND]).await;
    rig.hub.queue(&device("d1"), 1, "");
    rig.hub.queue(&device("d1"), 2, "");
    rig.connections.notify_messages(&device("d1"));
    let (one, two) = (raw.next_publish().await, raw.next_publish().await);
    acknowledge(&mut raw, &one).await;
    queued(&rig, &[2]).await;
    // The newer connection is there before the older has given its messages back.
    let mut again = Raw::open(rig.address).await;
    assert!(again.enter("d1", false).await);
    assert_eq!(again.next_publish().await.topic, two.topic);
    raw.is_closed().await;
    drop(again);
    let mut third = Raw::open(rig.address).await;
    third.enter("d1", false).await;
    let two = third.next_publish().await;
    acknowledge(&mut third, &two).await;
    queued(&rig, &[]).await;
}

#[tokio::test]
async fn who_does_not_listen_gets_nothing() {
    let rig = Rig::start().await;
    rig.hub.queue(&device("d1"), 1, "");
    rig.hub.queue(&module("d1", "m"), 2, "");
    let mut raw = rig.listening("d1").await;
    rig.connections.notify_messages(&device("d1"));
    rig.connections.notify_messages(&device("other"));
    raw.is_alive().await;
    let mut other = rig.device("d1/m").await;
    other.subscribe(&["devices/d1/modules/m/inputs/#"]).await;
    other.is_alive().await;
    assert_eq!(rig.hub.queued(), [1, 2]);
}
