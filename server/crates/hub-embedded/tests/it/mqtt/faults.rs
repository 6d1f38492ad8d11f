//! Faults that a device asks for.

use std::time::Duration;

use rumqttc::mqttbytes::{QoS, v4::Packet};

use super::{
    gateway::TestGateway,
    raw::{Raw, connect, publish},
};

async fn ask(raw: &mut Raw, kind: &str, delay: u32, duration: u32) {
    let topic = format!(
        "devices/d1/messages/events/AzIoTHub_FaultOperationType={kind}&AzIoTHub_FaultOperationCloseReason=boom\
         &AzIoTHub_FaultOperationDelayInSecs={delay}&AzIoTHub_FaultOperationDurationInSecs={duration}"
    );
    raw.send(&publish(&topic, QoS::AtLeastOnce, "")).await;
}

async fn code(gateway: &TestGateway) -> u8 {
    Raw::open(gateway.address).await.send_connect(connect("d1", true)).await.1
}

#[tokio::test]
async fn a_connection_ends_after_the_delay_and_the_next_is_taken() {
    for kind in ["KillTcp", "ShutDownMqtt"] {
        let mut gateway = TestGateway::start().await;
        let mut raw = gateway.device("d1").await;
        ask(&mut raw, kind, 5, 30).await;
        assert!(matches!(raw.next().await, Packet::PubAck(_)), "{kind}");
        let reports = gateway.next_message().await;
        assert_eq!(reports.property("AzIoTHub_FaultOperationType"), Some(kind), "it is telemetry too");
        gateway.clock.advance(Duration::from_secs(4));
        raw.is_alive().await;
        gateway.clock.advance(Duration::from_secs(1));
        raw.is_closed().await;
        assert_eq!(code(&gateway).await, 0, "{kind}");
        gateway.stop().await;
    }
}

#[tokio::test]
async fn without_a_delay_it_ends_at_once() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.device("d1").await;
    ask(&mut raw, "KillTcp", 0, 0).await;
    while raw.receive().await.is_some() {}
    gateway.device("d1").await.is_alive().await;
}

#[tokio::test]
async fn lasting_faults_refuse_the_device() {
    for (kind, refusal) in [("InvokeThrottling", 3), ("InvokeMaxMessageQuota", 3), ("InvokeAuthError", 5)] {
        let gateway = TestGateway::start().await;
        let mut raw = gateway.device("d1").await;
        ask(&mut raw, kind, 1, 20).await;
        assert!(matches!(raw.next().await, Packet::PubAck(_)), "{kind}");
        assert_eq!(code(&gateway).await, 0, "{kind}: not yet");
        let mut raw = gateway.device("d1").await;
        gateway.clock.advance(Duration::from_secs(1));
        raw.is_closed().await;
        assert_eq!(code(&gateway).await, refusal, "{kind}");
        gateway.device("d2").await.is_alive().await;
        gateway.clock.advance(Duration::from_secs(20));
        assert_eq!(code(&gateway).await, 0, "{kind}: over");
        gateway.stop().await;
    }
}
