//! The throttles of a tier, through REST and MQTT. The clock moves only when a test moves it.

use std::{sync::Arc, time::Duration};

use crate::support::{Reply, TestHub, device::Device, send, until};
use hub_embedded::{Tier, clock::ManualClock};
use hub_wire::Timestamp;
use reqwest::Method;
use rumqttc::ConnectReturnCode;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A hub of one S1 unit, and its clock.
async fn small() -> (TestHub, ManualClock) {
    let clock = ManualClock::new(std::time::SystemTime::now().into());
    let hub = TestHub::start_with(|config| {
        config.tier = Some(Tier::S1);
        config.clock = Arc::new(clock.clone());
    })
    .await;
    (hub, clock)
}

/// Makes a call at once, to be waited for later.
fn begin(hub: &TestHub, method: Method, path: &str, body: &Value) -> JoinHandle<Reply> {
    tokio::spawn(send(hub.request(method, path).json(body)))
}

/// The calls that `burst` leaves over wait, three at most here, and then one more is refused.
async fn waits_then_refuses(clock: &ManualClock, call: impl Fn() -> JoinHandle<Reply>, name: &str) {
    let mut waiting = Vec::new();
    let refused = loop {
        // The one that is refused answers; those that wait do not, since the clock does not move.
        let mut call = call();
        match tokio::time::timeout(Duration::from_millis(300), &mut call).await {
            Ok(reply) => break reply.expect("no panic"),
            Err(_) => waiting.push(call),
        }
        assert!(waiting.len() < 40, "nothing is refused");
    };
    let text = refused.refused(429, "ThrottlingBacklogTimeout");
    assert_eq!(
        text,
        format!("The request has been throttled. Wait 10 seconds and try again. Operation type: {name}")
    );
    assert_eq!(refused.header("connection"), Some("close"));
    assert_eq!(refused.header("retry-after"), None, "live hubs send none");
    assert!(!waiting.is_empty());
    clock.advance(Duration::from_secs(10));
    for call in waiting {
        assert_eq!(call.await.expect("no panic").status, 200);
    }
}

#[tokio::test]
async fn queries_wait_and_are_refused() {
    let (hub, clock) = small().await;
    let query = json!({"query": "SELECT * FROM devices"});
    for _ in 0..20 {
        hub.post("/devices/query", query.clone()).await.ok();
    }
    waits_then_refuses(&clock, || begin(&hub, Method::POST, "/devices/query", &query), "Query").await;
    // Other operations have buckets of their own.
    hub.create("d1").await;
    hub.stop().await;
}

#[tokio::test]
async fn registry_calls_wait_and_are_refused() {
    let (hub, clock) = small().await;
    hub.create("d1").await;
    for _ in 1..100 {
        hub.get("/devices/d1").await.ok();
    }
    waits_then_refuses(&clock, || begin(&hub, Method::GET, "/devices/d1", &Value::Null), "RegistryOperation")
        .await;
    // A call without a token uses nothing up.
    let url = format!("{}/devices/d1", hub.hub.rest_url());
    clock.advance(Duration::from_millis(600));
    for _ in 0..5 {
        assert_eq!(send(hub.http.get(&url)).await.status, 401);
    }
    hub.get("/devices/d1").await.ok();
    hub.stop().await;
}

#[tokio::test]
async fn methods_count_their_payload() {
    let (hub, clock) = small().await;
    let identity = hub.create("d1").await;
    let large_packets = |options: &mut rumqttc::MqttOptions| {
        options.set_max_packet_size(200 * 1024, 200 * 1024);
    };
    let mut device = Device::connect_as(&hub, &identity, large_packets).await.unwrap();
    device.subscribe("$iothub/methods/POST/#").await;
    // A minute's worth is 2,400 times 4 KB: 75 calls of the largest payload.
    let large = json!({"methodName": "m", "payload": "x".repeat(128 * 1024 - 2)});
    for _ in 0..75 {
        let call = begin(&hub, Method::POST, "/twins/d1/methods", &large);
        device.answer(200, "1").await;
        call.await.unwrap().ok();
    }
    let small = json!({"methodName": "m"});
    let first = begin(&hub, Method::POST, "/twins/d1/methods", &small);
    // It goes out when its turn has come, not before: the device hears of it then.
    let mut answer = std::pin::pin!(device.answer(200, "1"));
    assert!(tokio::time::timeout(Duration::from_millis(200), answer.as_mut()).await.is_err());
    clock.advance(Duration::from_millis(25));
    answer.await;
    first.await.unwrap().ok();
    let calls: Vec<_> = (0..14).map(|_| begin(&hub, Method::POST, "/twins/d1/methods", &large)).collect();
    let mut refused = 0;
    for mut call in calls {
        if let Ok(reply) = tokio::time::timeout(Duration::from_millis(300), &mut call).await {
            let text = reply.unwrap().method_refused(429, 429_003, "ThrottlingBacklogTimeout");
            assert!(text.ends_with("DirectMethod"), "{text}");
            refused += 1;
        }
    }
    assert_eq!(refused, 2, "twelve of 0.8 s each wait within ten seconds");
    hub.stop().await;
}

#[tokio::test]
async fn devices_wait_and_are_refused() {
    let (hub, clock) = small().await;
    let identity = hub.create("d1").await;
    // A minute's worth of connections, used up by a client without a good token.
    let mut stranger = identity.clone();
    stranger["authentication"]["symmetricKey"]["primaryKey"] = "bm90IHRoZSBrZXk=".into();
    for _ in 0..6000 / 50 {
        let attempts = (0..50).map(|_| Device::try_connect(&hub, &stranger));
        for attempt in futures::future::join_all(attempts).await {
            assert!(attempt.is_err());
        }
    }
    // 1,000 more wait within ten seconds, and then one is refused with 3, which tells SDKs to try again.
    let (hub, waiting) = (Arc::new(hub), 1000);
    let mut line = Vec::new();
    for _ in 0..waiting {
        let (hub, stranger) = (Arc::clone(&hub), stranger.clone());
        line.push(tokio::spawn(async move { Device::try_connect(&hub, &stranger).await.map(drop) }));
    }
    let put_off = async {
        loop {
            match Device::try_connect(&hub, &identity).await {
                Err(rumqttc::ConnectionError::ConnectionRefused(code)) => break code,
                other => drop(other),
            }
        }
    };
    let code = tokio::time::timeout(Duration::from_secs(20), put_off).await.unwrap();
    assert_eq!(code, ConnectReturnCode::ServiceUnavailable);
    until(async || {
        let events = hub.get("/fleetcast/v1/devices/d1/connections").await.ok();
        events.as_array().unwrap().iter().any(|event| event["cause"] == "throttled")
    })
    .await;
    clock.advance(Duration::from_secs(30));
    for waited in line {
        assert!(waited.await.unwrap().is_err());
    }
    Device::connect(&hub, &identity).await;
}

#[tokio::test]
async fn messages_of_devices_wait() {
    let (hub, clock) = small().await;
    let mut devices = Vec::new();
    for name in ["d1", "d2", "d3", "d4"] {
        devices.push((name, Device::connect(&hub, &hub.create(name).await).await));
    }
    // A minute's worth, from four devices.
    futures::future::join_all(devices.iter_mut().map(|(name, device)| async move {
        for _ in 0..1500 {
            device.send(&format!("devices/{name}/messages/events/"), "x").await;
        }
    }))
    .await;
    let (_, mut device) = devices.remove(0);
    let mut next = std::pin::pin!(device.send("devices/d1/messages/events/", "y"));
    assert!(tokio::time::timeout(Duration::from_millis(500), next.as_mut()).await.is_err(), "it waits");
    clock.advance(Duration::from_millis(10));
    next.await;
    hub.stop().await;
}

#[tokio::test]
async fn units_multiply_and_without_a_tier_nothing_is_throttled() {
    let now: Timestamp = std::time::SystemTime::now().into();
    for (tier, units, passes) in [(Some(Tier::S1), 3, 60), (None, 1, 200)] {
        let hub = TestHub::start_with(|config| {
            (config.tier, config.units, config.clock) = (tier, units, Arc::new(ManualClock::new(now)));
        })
        .await;
        let query = json!({"query": "SELECT * FROM devices"});
        for _ in 0..passes {
            hub.post("/devices/query", query.clone()).await.ok();
        }
        hub.stop().await;
    }
}
