//! What outlives a connection.

use std::sync::Arc;

use hub_embedded::mqtt::{Limits, Listener};
use rumqttc::mqttbytes::v4::{Packet, Unsubscribe};
use serde_json::json;

use super::{
    gateway::{TestGateway, call, device},
    raw::Raw,
};

const METHODS: &str = "$iothub/methods/POST/#";
const DESIRED: &str = "$iothub/twin/PATCH/properties/desired/#";

async fn calls_reach(gateway: &TestGateway, raw: &mut Raw) {
    let (target, call) = (device("d1"), call("reboot", "null"));
    let (answer, ()) = tokio::join!(gateway.connections.call(&target, &call), async {
        let call = raw.next_publish().await;
        raw.answer(&call, 200, "1").await;
    });
    assert_eq!(answer.unwrap().payload, json!(1));
}

#[tokio::test]
async fn subscriptions_survive_reconnects_and_the_hub() {
    let gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    assert!(!raw.enter("d1", false).await);
    raw.subscribe(&[METHODS, DESIRED]).await;
    raw.send(&Packet::Disconnect).await;
    raw.is_closed().await;

    let mut again = Raw::open(gateway.address).await;
    assert!(again.enter("d1", false).await, "the session is present");
    calls_reach(&gateway, &mut again).await;

    let (hub, reports) = gateway.stop().await;
    let gateway = TestGateway::over(hub, reports, Limits::default(), Listener::Tcp).await;
    let mut after_restart = Raw::open(gateway.address).await;
    assert!(after_restart.enter("d1", false).await);
    calls_reach(&gateway, &mut after_restart).await;

    after_restart.send(&Packet::Unsubscribe(Unsubscribe { pkid: 6, topics: vec![METHODS.into()] })).await;
    assert!(matches!(after_restart.next().await, Packet::UnsubAck(_)));
    assert_eq!(gateway.hub.kept(&device("d1")).unwrap().to_string(), "desired");
}

/// Two filters that overlap: what the one grants stays when the other is taken away, after a restart too.
#[tokio::test]
async fn overlapping_filters_are_independent() {
    let gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.enter("d1", false).await;
    raw.subscribe(&["$iothub/#", METHODS]).await;
    let (hub, reports) = gateway.stop().await;

    let gateway = TestGateway::over(hub, reports, Limits::default(), Listener::Tcp).await;
    let mut raw = Raw::open(gateway.address).await;
    assert!(raw.enter("d1", false).await);
    assert_eq!(gateway.hub.kept(&device("d1")).unwrap().to_string(), "methods twin-answers desired");
    raw.send(&Packet::Unsubscribe(Unsubscribe { pkid: 6, topics: vec!["$iothub/#".into()] })).await;
    assert!(matches!(raw.next().await, Packet::UnsubAck(_)));
    assert_eq!(gateway.hub.kept(&device("d1")).unwrap().to_string(), "methods");
    calls_reach(&gateway, &mut raw).await;
}

#[tokio::test]
async fn a_clean_start_deletes_the_session() {
    let gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.enter("d1", false).await;
    raw.subscribe(&[METHODS]).await;

    let mut clean = Raw::open(gateway.address).await;
    assert!(!clean.enter("d1", true).await);
    assert_eq!(gateway.hub.kept(&device("d1")), None);
    clean.subscribe(&[METHODS]).await;
    calls_reach(&gateway, &mut clean).await;

    let mut again = Raw::open(gateway.address).await;
    assert!(!again.enter("d1", false).await, "a clean session leaves nothing behind");
}

#[tokio::test]
async fn a_second_hub_over_the_same_store_starts_where_the_first_ended() {
    let gateway = TestGateway::start().await;
    let (hub, reports) = gateway.stop().await;
    assert_eq!(Arc::strong_count(&hub), 1, "nothing of a stopped gateway is left");
    let gateway = TestGateway::over(hub, reports, Limits::default(), Listener::Tcp).await;
    gateway.device("d1").await.is_alive().await;
}
