//! What a device sent lately, as the hub's own path shows it.

use crate::support::{TestHub, device::Device, send, until};
use rumqttc::{LastWill, QoS};
use serde_json::{Value, json};

const PATH: &str = "/fleetcast/v1/devices/d1/telemetry";

#[tokio::test]
async fn messages_with_their_properties() {
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    assert_eq!(hub.get(PATH).await.ok(), json!([]));
    let mut device = Device::connect(&hub, &identity).await;
    let topic =
        "devices/d1/messages/events/%24.mid=7&%24.ct=application%2Fjson&%24.zz=1&alert=high&flag&empty=";
    device.send(topic, r#"{"celsius":21.5}"#).await;
    let messages = hub.get(PATH).await.ok();
    let message = &messages[0];
    assert_eq!(message["body"], r#"{"celsius":21.5}"#);
    assert_eq!(message["bodyBase64"], "eyJjZWxzaXVzIjoyMS41fQ==");
    assert_eq!(message["properties"], json!({"alert": "high", "flag": "", "empty": ""}));
    assert_eq!(
        message["systemProperties"],
        json!({
            "message-id": "7", "content-type": "application/json", "$.zz": "1",
            "iothub-connection-device-id": "d1", "iothub-message-source": "Telemetry",
            "iothub-enqueuedtime": message["enqueuedTimeUtc"],
        })
    );
    for number in 0..32 {
        device.send("devices/d1/messages/events/", &number.to_string()).await;
    }
    let bodies: Vec<_> =
        hub.get(PATH).await.ok().as_array().unwrap().iter().map(|message| message["body"].clone()).collect();
    assert_eq!(bodies, (0..32).map(|number| number.to_string()).collect::<Vec<_>>());
    // The next device of the name has said nothing.
    hub.delete_if("/devices/d1", "*").await;
    hub.get(PATH).await.refused(404, "DeviceNotFound");
    hub.create("d1").await;
    assert_eq!(hub.get(PATH).await.ok(), json!([]));
    hub.stop().await;
}

#[tokio::test]
async fn bodies_of_bytes_and_modules() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let module = hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    let mut device = Device::connect(&hub, &module).await;
    let topic = "devices/d1/modules/m1/messages/events/%24.on=out";
    device.client.publish(topic, QoS::AtLeastOnce, false, [0xff, 0x00]).await.unwrap();
    device.send(topic, "").await;
    let messages = hub.get("/fleetcast/v1/devices/d1/modules/m1/telemetry").await.ok();
    assert_eq!((&messages[0]["body"], &messages[0]["bodyBase64"]), (&Value::Null, &json!("/wA=")));
    assert_eq!(messages[0]["systemProperties"]["iothub-connection-module-id"], "m1");
    assert_eq!(messages[1]["systemProperties"]["iothub-outputname"], "out");
    assert_eq!(hub.get(PATH).await.ok(), json!([]), "the device itself said nothing");
    hub.stop().await;
}

#[tokio::test]
async fn a_will_is_among_them() {
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    let will = LastWill::new("devices/d1/messages/events/a=b", "gone", QoS::AtLeastOnce, false);
    let device = Device::connect_as(&hub, &identity, |options| {
        options.set_last_will(will);
    });
    drop(device.await.unwrap());
    until(async || hub.get(PATH).await.ok() != json!([])).await;
    let messages = hub.get(PATH).await.ok();
    assert_eq!(messages[0]["body"], "gone");
    assert_eq!(messages[0]["properties"], json!({"a": "b", "iothub-MessageType": "Will"}));
    hub.stop().await;
}

#[tokio::test]
async fn telemetry_needs_the_service_permission() {
    let hub = TestHub::start().await;
    hub.create("d1").await;
    let unsigned = hub.http.get(format!("{}{PATH}", hub.hub.rest_url()));
    send(unsigned).await.refused(401, "IotHubUnauthorizedAccess");
    hub.stop().await;
}

#[tokio::test]
async fn messages_of_all_devices_are_followed() {
    let hub = TestHub::start().await;
    let (one, other) = (hub.create("d1").await, hub.create("d2").await);
    let first = hub.get("/fleetcast/v1/telemetry").await.ok();
    assert_eq!(first, json!({"next": 0, "skipped": 0, "items": []}));
    let mut one = Device::connect(&hub, &one).await;
    let mut other = Device::connect(&hub, &other).await;
    // A request that waits is answered by the next message.
    let (page, ()) = tokio::join!(hub.get("/fleetcast/v1/telemetry?from=0&wait=20"), async {
        one.send("devices/d1/messages/events/alert=high", "1").await;
    });
    let page = page.ok();
    assert_eq!((&page["next"], &page["items"][0]["deviceId"]), (&json!(1), &json!("d1")), "{page}");
    assert_eq!((&page["items"][0]["sequence"], &page["items"][0]["body"]), (&json!(0), &json!("1")));
    assert_eq!(page["items"][0]["properties"], json!({"alert": "high"}));
    other.send("devices/d2/messages/events/", "2").await;
    let bodies = async |path: &str| {
        let page = hub.get(path).await.ok();
        let items = page["items"].as_array().unwrap().iter();
        (items.map(|item| item["body"].clone()).collect::<Vec<_>>(), page["skipped"].clone())
    };
    assert_eq!(bodies("/fleetcast/v1/telemetry").await.0, ["1", "2"]);
    assert_eq!(bodies("/fleetcast/v1/telemetry?deviceId=d2").await.0, ["2"]);
    // Of one device the newest 32 are kept; the others are counted.
    for number in 0..40 {
        one.send("devices/d1/messages/events/", &number.to_string()).await;
    }
    let (kept, skipped) = bodies("/fleetcast/v1/telemetry?from=2").await;
    assert_eq!((kept.len(), skipped), (32, json!(8)));
    hub.get("/fleetcast/v1/telemetry?from=soon").await.refused(400, "ArgumentInvalid");
    hub.stop().await;
}
