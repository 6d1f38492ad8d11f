//! Each reason for which a device is refused or disconnected, over MQTT, as its history and the list of recent refusals have
//! it. The one by a throttle is in `throttles`.

use std::{sync::Arc, time::Duration};

use hub_embedded::clock::ManualClock;
use hub_wire::sas::{SasKey, resource_uri};
use rumqttc::{MqttOptions, QoS};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{TestHub, device::Device, send, token, until};

const REFUSALS: &str = "/fleetcast/v1/refusals";

/// Kind and cause of a device's newest event.
async fn newest(hub: &TestHub, device_id: &str) -> (String, String) {
    let events = hub.get(&format!("/fleetcast/v1/devices/{device_id}/connections")).await.ok();
    let newest = events.as_array().unwrap().last().cloned().unwrap_or_default();
    let text = |member: &str| newest[member].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("cause"))
}

async fn expect(hub: &TestHub, device_id: &str, kind: &str, cause: &str) {
    let expected = (kind.to_owned(), cause.to_owned());
    until(async || newest(hub, device_id).await == expected).await;
}

/// The list of recent refusals: id, whether it is registered, and the cause.
async fn refusals(hub: &TestHub) -> Vec<(String, bool, String)> {
    let list = hub.get(REFUSALS).await.ok();
    let one = |one: &Value| {
        let text = |member: &str| one[member].as_str().unwrap().to_owned();
        (text("deviceId"), one["isRegistered"].as_bool().unwrap(), text("cause"))
    };
    list.as_array().unwrap().iter().map(one).collect()
}

fn key_of(identity: &Value) -> SasKey {
    SasKey::from_base64(identity["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap()).unwrap()
}

/// Sets another password than the device's own token.
fn with_password(identity: &Value, password: String) -> impl FnOnce(&mut MqttOptions) {
    let device_id = identity["deviceId"].as_str().unwrap().to_owned();
    move |options| {
        options.set_credentials(format!("localhost/{device_id}/?api-version=2021-04-12"), password);
    }
}

#[tokio::test]
async fn each_refusal_of_credentials_has_its_cause() {
    let hub = TestHub::start().await;
    let other_key = SasKey::from_bytes(vec![1; 32]);
    let service = hub.hub.connection_string().clone();
    let of = |segments: &[&str]| resource_uri(segments);
    let identity = hub.create("d1").await;
    let own = of(&["localhost", "devices", "d1"]);
    for (password, cause) in [
        (token(&other_key, &own, 3600, None), "wrongKey"),
        (token(&service.key, &own, 3600, Some("nobody")), "wrongKey"),
        (token(&key_of(&identity), &own, -301, None), "expiredToken"),
        (token(&key_of(&identity), &of(&["localhost", "devices", "d2"]), 3600, None), "wrongResource"),
        (token(&key_of(&identity), &of(&["elsewhere", "devices", "d1"]), 3600, None), "wrongResource"),
        ("secret".to_owned(), "badToken"),
        (String::new(), "badConnect"),
    ] {
        Device::connect_as(&hub, &identity, with_password(&identity, password)).await.err().unwrap();
        expect(&hub, "d1", "refused", cause).await;
    }

    let mut identity = hub.create("disabled").await;
    let device = Device::connect(&hub, &identity).await;
    identity["status"] = json!("disabled");
    hub.put_if("/devices/disabled", "*", identity.clone()).await.ok();
    device.closed().await;
    expect(&hub, "disabled", "disconnected", "disabled").await;
    Device::try_connect(&hub, &identity).await.err().unwrap();
    expect(&hub, "disabled", "refused", "disabled").await;

    let mut stranger = identity.clone();
    stranger["deviceId"] = json!("stranger");
    Device::try_connect(&hub, &stranger).await.err().unwrap();
    let unknown = ("stranger".to_owned(), false, "unknownDevice".to_owned());
    until(async || refusals(&hub).await.first() == Some(&unknown)).await;
    let all = refusals(&hub).await;
    assert_eq!(all[1], ("disabled".to_owned(), true, "disabled".to_owned()));
    assert_eq!(all[2], ("d1".to_owned(), true, "badConnect".to_owned()));
    hub.create("stranger").await;
    assert!(!refusals(&hub).await.contains(&unknown), "it is registered now");

    let unsigned = hub.http.get(format!("{}{REFUSALS}", hub.hub.rest_url()));
    send(unsigned).await.refused(401, "IotHubUnauthorizedAccess");
    hub.stop().await;
}

#[tokio::test]
async fn each_end_of_a_connection_has_its_cause() {
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    let larger = |options: &mut MqttOptions| {
        options.set_max_packet_size(1024 * 1024, 1024 * 1024);
    };
    for (topic, bytes, cause) in [
        ("devices/d2/messages/events/", 1, "wrongTopic"),
        ("$iothub/nothing", 1, "wrongTopic"),
        // A packet has room for a little more than the largest message.
        ("devices/d1/messages/events/", 256 * 1024 + 1, "tooLarge"),
        ("devices/d1/messages/events/", 300 * 1024, "tooLarge"),
        ("devices/d1/messages/events/at=1:2", 1, "protocol"),
    ] {
        let device = Device::connect_as(&hub, &identity, larger).await.unwrap();
        device.client.publish(topic, QoS::AtLeastOnce, false, "x".repeat(bytes)).await.unwrap();
        device.closed().await;
        expect(&hub, "d1", "disconnected", cause).await;
    }
    let device = Device::connect(&hub, &identity).await;
    device.client.subscribe("devices/d2/#", QoS::AtLeastOnce).await.unwrap();
    device.closed().await;
    expect(&hub, "d1", "disconnected", "wrongTopic").await;
    assert_eq!(refusals(&hub).await, [("d1".to_owned(), true, "wrongTopic".to_owned())]);

    // The device is connected, so it is not in the list.
    let second = hub.create("d2").await;
    let older = Device::connect(&hub, &second).await;
    let newer = Device::connect(&hub, &second).await;
    older.closed().await;
    let has_taken_over = async || {
        let events = hub.get("/fleetcast/v1/devices/d2/connections").await.ok();
        events.as_array().unwrap().iter().any(|event| event["cause"] == "takenOver")
    };
    until(has_taken_over).await;
    newer.leave().await;
    expect(&hub, "d2", "disconnected", "closed").await;
    assert_eq!(refusals(&hub).await.len(), 1);

    hub.delete_if("/devices/d1", "*").await;
    assert_eq!(refusals(&hub).await, [], "of a deleted device nothing is left");
    hub.stop().await;
}

#[tokio::test]
async fn a_connection_whose_token_expires_has_its_cause() {
    let clock = ManualClock::new(std::time::SystemTime::now().into());
    let hub = TestHub::start_with(|config| config.clock = Arc::new(clock.clone())).await;
    let identity = hub.create("d1").await;
    let device = Device::connect(&hub, &identity).await;
    // The token begins at the machine's time, which the hub's clock may be seconds behind.
    clock.advance(Duration::from_hours(2));
    device.closed().await;
    until(async || newest_as_of(&hub, &clock, "d1").await == "expiredToken").await;
}

/// The cause of the newest event, read with a token that is good at the hub's time.
async fn newest_as_of(hub: &TestHub, clock: &ManualClock, device_id: &str) -> String {
    let service = hub.hub.connection_string();
    let expiry = hub_embedded::clock::Clock::now(clock).unix_seconds() + 3600;
    let signed = hub_wire::sas::sign_token(&service.key, &service.host_name, expiry, Some(&service.policy));
    let path = format!("/fleetcast/v1/devices/{device_id}/connections");
    let mut request = hub.request(reqwest::Method::GET, &path).build().unwrap();
    request.headers_mut().insert("authorization", signed.expose_secret().parse().unwrap());
    let events: Value = hub.http.execute(request).await.unwrap().json().await.unwrap();
    let newest = events.as_array().and_then(|events| events.last().cloned()).unwrap_or_default();
    newest["cause"].as_str().unwrap_or_default().to_owned()
}
