//! Direct methods from the service's side; the device is a real MQTT client.

use crate::support::{TestHub, device::Device};
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

const METHODS: &str = "$iothub/methods/POST/#";

async fn listening(hub: &TestHub, device_id: &str) -> Device {
    let mut device = Device::connect(hub, &hub.create(device_id).await).await;
    device.subscribe(METHODS).await;
    device
}

#[tokio::test]
async fn the_devices_answer_is_200_whatever_its_status() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    for (status, payload) in [(200, json!({"ok": true})), (500, json!("jammed")), (-1, Value::Null)] {
        let call = json!({"methodName": "lockDoor", "payload": {"bolt": 2}, "responseTimeoutInSeconds": 30});
        let text = payload.to_string();
        let (reply, asked) = tokio::join!(hub.post("/twins/d1/methods", call), device.answer(status, &text));
        assert_eq!(asked, ("lockDoor".to_owned(), json!({"bolt": 2})));
        assert_eq!(reply.ok(), json!({"status": status, "payload": payload}));
    }
    hub.stop().await;
}

#[tokio::test]
async fn no_payload_is_null_for_the_device() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    // Node says null, a plain caller nothing; Python's "" is a text like any other.
    for (call, expected) in [
        (json!({"methodName": "m", "payload": null}), Value::Null),
        (json!({"methodName": "m"}), Value::Null),
        (json!({"methodName": "m", "payload": ""}), json!("")),
    ] {
        let (reply, asked) = tokio::join!(hub.post("/twins/d1/methods", call), device.answer(200, "{}"));
        assert_eq!((reply.status, asked.1), (200, expected));
    }
    hub.stop().await;
}

#[tokio::test]
async fn an_empty_answer_is_null() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    let call = hub.post("/twins/d1/methods", json!({"methodName": "m"}));
    let (reply, _) = tokio::join!(call, device.answer(204, ""));
    assert_eq!(reply.ok(), json!({"status": 204, "payload": null}));
    hub.stop().await;
}

/// The hub is well, and so was the call; it is the device that answers badly.
#[tokio::test]
async fn an_answer_that_is_not_json_is_502_with_its_start() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    for (answer, text) in [
        ("OK", "expected value at line 1 column 1. It begins with \"OK\"."),
        ("{'a': 1}", "key must be a string at line 1 column 2. It begins with \"{\'a\': 1}\"."),
        ("<html>\n", "expected value at line 1 column 1. It begins with \"<html>\\n\"."),
    ] {
        let call = hub.post("/twins/d1/methods", json!({"methodName": "m"}));
        let (reply, _) = tokio::join!(call, device.answer(200, answer));
        let message = reply.method_refused(502, 502_101, "InvalidResponseWhileProxying");
        assert_eq!(message, format!("The device's answer is not JSON: {text}"));
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_module_is_called_by_its_own_path() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let module = hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    let mut module = Device::connect(&hub, &module).await;
    module.subscribe(METHODS).await;
    let call = hub.post("/twins/d1/modules/m1/methods", json!({"methodName": "m"}));
    let (reply, _) = tokio::join!(call, module.answer(200, "1"));
    assert_eq!(reply.ok(), json!({"status": 200, "payload": 1}));
    hub.stop().await;
}

#[tokio::test]
async fn offline_is_404103_at_once() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let reply = hub.post("/twins/d1/methods", json!({"methodName": "m"})).await;
    let text = reply.method_refused(404, 404_103, "DeviceNotOnline");
    assert!(text.starts_with("The operation failed because the requested device isn't online."), "{text}");
    hub.stop().await;
}

#[tokio::test]
async fn connected_without_subscription_is_404103() {
    let hub = TestHub::start().await;
    let _device = Device::connect(&hub, &hub.create("d1").await).await;
    let reply = hub.post("/twins/d1/methods", json!({"methodName": "m"})).await;
    reply.method_refused(404, 404_103, "DeviceNotOnline");
    hub.stop().await;
}

#[tokio::test]
async fn a_connect_timeout_waits_for_the_device_to_connect() {
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    let call = json!({"methodName": "m", "connectTimeoutInSeconds": 30, "responseTimeoutInSeconds": 30});
    let device = async {
        let mut device = Device::connect(&hub, &identity).await;
        device.subscribe(METHODS).await;
        device.answer(200, "\"here\"").await
    };
    let (reply, _) = tokio::join!(hub.post("/twins/d1/methods", call), device);
    assert_eq!(reply.ok()["payload"], "here");
    hub.stop().await;
}

#[tokio::test]
async fn an_unanswered_call_is_504101() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    let call = json!({"methodName": "m", "responseTimeoutInSeconds": 5});
    let (reply, message) = tokio::join!(hub.post("/twins/d1/methods", call), device.message());
    assert!(message.topic.starts_with("$iothub/methods/POST/m/?$rid="));
    let text = reply.method_refused(504, 504_101, "GatewayTimeout");
    assert_eq!(text, "Timed out waiting for the response from device.");
    hub.stop().await;
}

#[tokio::test]
async fn a_device_has_at_most_32_unanswered_calls() {
    let hub = TestHub::start().await;
    let mut device = listening(&hub, "d1").await;
    let call = json!({"methodName": "m", "responseTimeoutInSeconds": 30});
    let mut calls: FuturesUnordered<_> =
        (0..33).map(|_| hub.post("/twins/d1/methods", call.clone())).collect();
    let (refused, requests) = tokio::join!(calls.next(), async {
        let mut requests = Vec::new();
        for _ in 0..32 {
            requests.push(device.message().await);
        }
        requests
    });
    // No device has answered yet, so the first reply is the one that found no room.
    refused.unwrap().method_refused(403, 403_800, "DeviceMaximumInflightMethodExceeded");
    for request in requests {
        let request_id = request.topic.split_once("/?$rid=").unwrap().1;
        device.send(&format!("$iothub/methods/res/200/?$rid={request_id}"), "null").await;
    }
    while let Some(reply) = calls.next().await {
        reply.ok();
    }
    drop(calls);
    hub.stop().await;
}

#[tokio::test]
async fn unknown_and_disabled_devices_are_404001() {
    let hub = TestHub::start().await;
    let call = json!({"methodName": "m"});
    hub.post("/twins/nobody/methods", call.clone()).await.refused(404, "DeviceNotFound");
    hub.put("/devices/d1", json!({"deviceId": "d1", "status": "disabled"})).await.ok();
    hub.post("/twins/d1/methods", call.clone()).await.refused(404, "DeviceNotFound");
    let reply = hub.post("/twins/d1/modules/nobody/methods", call).await;
    assert_eq!(reply.status, 404, "{reply:?}");
    hub.stop().await;
}

#[tokio::test]
async fn calls_out_of_the_contracts_ranges_are_400004() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    for call in [
        json!({"methodName": "m", "responseTimeoutInSeconds": 4}),
        json!({"methodName": "m", "responseTimeoutInSeconds": 301}),
        json!({"methodName": "m", "connectTimeoutInSeconds": 31}),
        json!({"methodName": "two words"}),
        json!({"methodName": ""}),
        json!({"methodName": "m", "payload": "x".repeat(128 * 1024)}),
    ] {
        let reply = hub.post("/twins/d1/methods", call).await;
        reply.method_refused(400, 400_004, "ArgumentInvalid");
    }
    hub.post("/twins/d1/methods", json!({"payload": 1})).await.refused(400, "ArgumentNull");
    hub.stop().await;
}
