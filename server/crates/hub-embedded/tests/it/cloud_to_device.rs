//! Messages from the cloud to devices, from the service's call to the feedback.

use std::time::{Duration, SystemTime};

use crate::support::{Reply, TestHub, device::Device, send, until};
use hub_embedded::clock::{Clock, ManualClock};
use hub_wire::Timestamp;
use reqwest::Method;
use rumqttc::QoS;
use serde_json::{Value, json};

const PATH: &str = "/devices/d1/messages/deviceBound";
const FILTER: &str = "devices/d1/messages/devicebound/#";

async fn start() -> (TestHub, ManualClock) {
    let clock = ManualClock::new(Timestamp::from(SystemTime::now()));
    let hub_clock = clock.clone();
    let hub = TestHub::start_with(move |config| config.clock = std::sync::Arc::new(hub_clock)).await;
    (hub, clock)
}

async fn post(hub: &TestHub, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let mut request = hub.request(Method::POST, PATH).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

async fn queued(hub: &TestHub) -> Value {
    hub.get("/devices/d1").await.ok()["cloudToDeviceMessageCount"].clone()
}

async fn feedback(hub: &TestHub) -> Vec<(String, String)> {
    let reply = hub.get("/messages/serviceBound/feedback").await;
    if reply.status == 204 {
        return Vec::new();
    }
    let token = reply.header("etag").unwrap().trim_matches('"').to_owned();
    let records = reply.ok();
    let deleted = hub.delete(&format!("/messages/serviceBound/feedback/{token}")).await;
    assert_eq!(deleted.status, 204, "{deleted:?}");
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let records = records.as_array().unwrap().iter();
    records.map(|record| (text(record, "originalMessageId"), text(record, "statusCode"))).collect()
}

#[tokio::test]
async fn a_message_reaches_the_device_and_its_sender_gets_feedback() {
    let (hub, _clock) = start().await;
    let identity = hub.create("d1").await;
    let mut device = Device::resume(&hub, &identity).await;
    device.subscribe(FILTER).await;
    let headers = [
        ("IoTHub-MessageId", "m 1"),
        ("iothub-correlationid", "c/1"),
        ("iothub-ack", "full"),
        ("iothub-app-k", "v"),
    ];
    let sent = post(&hub, &headers, "hello").await;
    assert_eq!((sent.status, sent.text.as_str()), (204, ""));
    assert_eq!(queued(&hub).await, 1);
    let message = device.message().await;
    assert_eq!(
        message.topic,
        "devices/d1/messages/devicebound/%24.mid=m%201&%24.cid=c%2F1\
         &%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound&iothub-ack=full&k=v"
    );
    assert_eq!((message.qos, &message.payload[..]), (QoS::AtLeastOnce, &b"hello"[..]));
    assert_eq!(queued(&hub).await, 1, "it is not acknowledged yet");
    device.acknowledge(&message).await;
    until(async || queued(&hub).await == 0).await;

    let reply = hub.get("/messages/serviceBound/feedback").await;
    let record = &reply.ok()[0];
    assert_eq!(record["deviceGenerationId"], identity["generationId"]);
    assert_eq!(record["originalMessageId"], "m 1");
    assert_eq!((&record["statusCode"], &record["description"]), (&json!("Success"), &json!("Success")));
    assert_eq!(hub.get("/messages/serviceBound/feedback").await.status, 204, "it is locked");
    let token = reply.header("etag").unwrap().trim_matches('"');
    let abandon = format!("/messages/serviceBound/feedback/{token}/abandon");
    assert_eq!(hub.post(&abandon, json!({})).await.status, 204);
    hub.post(&abandon, json!({})).await.refused(412, "DeviceMessageLockLost");
    assert_eq!(feedback(&hub).await, [("m 1".to_owned(), "Success".to_owned())]);
    assert_eq!(feedback(&hub).await, []);
    hub.stop().await;
}

#[tokio::test]
async fn undelivered_messages_wait_for_the_device_and_outlive_the_hub() {
    let (hub, _clock) = start().await;
    let identity = hub.create("d1").await;
    let mut device = Device::resume(&hub, &identity).await;
    device.subscribe(FILTER).await;
    post(&hub, &[("iothub-messageid", "1")], "one").await;
    // Handed over and not acknowledged.
    device.message().await;
    device.leave().await;
    post(&hub, &[("iothub-messageid", "2")], "two").await;
    let hub = TestHub::start_in(hub.stop().await, |_| ()).await;
    assert_eq!(queued(&hub).await, 2);
    let mut device = Device::resume(&hub, &identity).await;
    for body in ["one", "two"] {
        let message = device.message().await;
        assert_eq!(&message.payload[..], body.as_bytes());
        device.acknowledge(&message).await;
    }
    until(async || queued(&hub).await == 0).await;
    assert_eq!(feedback(&hub).await, [], "nobody asked");
    hub.stop().await;
}

#[tokio::test]
async fn messages_locked_by_a_killed_hub_are_sent_again() {
    let (hub, _clock) = start().await;
    let identity = hub.create("d1").await;
    let mut device = Device::resume(&hub, &identity).await;
    device.subscribe(FILTER).await;
    post(&hub, &[], "one").await;
    device.message().await;
    // What a killed process leaves: its files as they are now, with the message locked.
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(hub.data_dir.path()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
        }
    }
    hub.stop().await;
    let hub = TestHub::start_in(left, |_| ()).await;
    let mut device = Device::resume(&hub, &identity).await;
    assert_eq!(&device.message().await.payload[..], b"one");
    hub.stop().await;
}

#[tokio::test]
async fn messages_expire() {
    let (hub, clock) = start().await;
    hub.create("d1").await;
    let soon = clock.now().plus(Duration::from_mins(2)).to_string();
    for (id, ack) in [("full", "full"), ("negative", "negative"), ("positive", "positive"), ("none", "none")]
    {
        let headers = [("iothub-messageid", id), ("iothub-ack", ack), ("iothub-expiry", soon.as_str())];
        assert_eq!(post(&hub, &headers, "").await.status, 204);
    }
    assert_eq!(post(&hub, &[("iothub-messageid", "later")], "").await.status, 204);
    assert_eq!(queued(&hub).await, 5);
    assert_eq!(hub.get("/twins/d1").await.ok()["cloudToDeviceMessageCount"], 5);
    clock.advance(Duration::from_secs(121));
    until(async || queued(&hub).await == 1).await;
    let expired = |id: &str| (id.to_owned(), "Expired".to_owned());
    assert_eq!(feedback(&hub).await, [expired("full"), expired("negative")]);
    clock.advance(Duration::from_secs(3500));
    until(async || queued(&hub).await == 0).await;
    hub.stop().await;
}

#[tokio::test]
async fn unacknowledged_messages_end_after_ten_deliveries() {
    let (hub, clock) = start().await;
    let identity = hub.create("d1").await;
    let mut device = Device::resume(&hub, &identity).await;
    device.subscribe(FILTER).await;
    post(&hub, &[("iothub-messageid", "1"), ("iothub-ack", "negative")], "").await;
    for _ in 0..9 {
        device.message().await;
        clock.advance(Duration::from_secs(61));
    }
    device.message().await;
    assert_eq!(queued(&hub).await, 1);
    clock.advance(Duration::from_secs(61));
    until(async || queued(&hub).await == 0).await;
    assert_eq!(feedback(&hub).await, [("1".to_owned(), "DeliveryCountExceeded".to_owned())]);
    hub.stop().await;
}

#[tokio::test]
async fn a_lock_expires_even_if_the_clock_was_set_back() {
    let (hub, clock) = start().await;
    let identity = hub.create("d1").await;
    let mut device = Device::resume(&hub, &identity).await;
    device.subscribe(FILTER).await;
    post(&hub, &[("iothub-messageid", "1")], "x").await;
    let first = device.message().await.payload.to_vec();
    clock.set(Timestamp::from(SystemTime::now() - Duration::from_hours(3)));
    // Minutes pass, some more than the lock lasts: the hub may be about to wait when the first one does. All of them
    // together are far from the three hours that the clock was set back.
    let minutes = async {
        loop {
            clock.advance(Duration::from_secs(61));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let again = tokio::select! {
        again = device.message() => again,
        () = minutes => unreachable!("minutes do not end"),
    };
    assert_eq!(again.payload, first, "the same message is sent again");
    device.acknowledge(&again).await;
    until(async || queued(&hub).await == 0).await;
    hub.stop().await;
}

#[tokio::test]
async fn queues_are_bounded_and_can_be_emptied() {
    let (hub, clock) = start().await;
    let identity = hub.create("d1").await;
    for _ in 0..50 {
        assert_eq!(post(&hub, &[("iothub-ack", "full")], "x").await.status, 204);
    }
    post(&hub, &[], "x").await.refused(403, "DeviceMaximumQueueDepthExceeded");
    assert_eq!(
        hub.delete("/devices/d1/commands").await.ok(),
        json!({"totalMessagesPurged": 50, "deviceId": "d1", "moduleId": null})
    );
    assert_eq!(hub.delete("/devices/d1/commands").await.ok()["totalMessagesPurged"], 0);
    assert_eq!(queued(&hub).await, 0);
    assert_eq!(feedback(&hub).await.iter().filter(|(_, end)| end == "Purged").count(), 50);
    // A queue goes with its device.
    post(&hub, &[], "x").await;
    hub.delete_if("/devices/d1", "*").await;
    clock.advance(Duration::from_secs(1));
    let anew = hub.create("d1").await;
    assert_ne!(anew["generationId"], identity["generationId"]);
    assert_eq!(queued(&hub).await, 0);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_refused() {
    let (hub, _clock) = start().await;
    post(&hub, &[], "x").await.refused(404, "DeviceNotFound");
    hub.delete("/devices/d1/commands").await.refused(404, "DeviceNotFound");
    hub.create("d1").await;
    post(&hub, &[("iothub-ack", "perhaps")], "x").await.refused(400, "ArgumentInvalid");
    post(&hub, &[("iothub-expiry", "soon")], "x").await.refused(400, "ArgumentInvalid");
    post(&hub, &[], vec![b'x'; 64 * 1024]).await.refused(413, "MessageTooLarge");
    assert_eq!(post(&hub, &[], vec![b'x'; 64 * 1024 - 100]).await.status, 204);
    hub.delete("/messages/serviceBound/feedback/none").await.refused(412, "DeviceMessageLockLost");
    let unsigned = hub.http.post(format!("{}{PATH}", hub.hub.rest_url()));
    send(unsigned).await.refused(401, "IotHubUnauthorizedAccess");
    hub.stop().await;
}
