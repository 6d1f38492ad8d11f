//! Who is refused or cut off, as the log and the device's history have it.

#![allow(clippy::unwrap_used, reason = "a test says where it failed")]

#[path = "it/support/mod.rs"]
mod support;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use hub_embedded::clock::ManualClock;
use hub_wire::sas::{SasKey, resource_uri};
use rumqttc::QoS;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::{TestHub, device::Device, send, token, until};
use tokio::sync::MutexGuard;

const PATH: &str = "/fleetcast/v1/devices/d1/connections";

/// All that this test program logged. Tests that read it take turns.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins an empty log.
async fn begin_log() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().await;
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Writer).finish();
    tracing::subscriber::set_global_default(log).ok();
    LOG.lock().unwrap().clear();
    turn
}

fn lines_with(text: &str) -> Vec<String> {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

/// The history, newest last: kind, reason and count.
async fn history(hub: &TestHub, path: &str) -> Vec<(String, String, u64)> {
    let entries = hub.get(path).await.ok();
    let text = |entry: &Value, member: &str| entry[member].as_str().unwrap_or_default().to_owned();
    entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(entry, "kind"), text(entry, "reason"), entry["count"].as_u64().unwrap()))
        .collect()
}

fn entry(kind: &str, reason: &str, count: u64) -> (String, String, u64) {
    (kind.to_owned(), reason.to_owned(), count)
}

/// The identity with a key that is not its own.
fn forged(identity: &Value) -> Value {
    let mut forged = identity.clone();
    forged["authentication"]["symmetricKey"]["primaryKey"] =
        json!(SasKey::from_bytes(vec![1; 32]).to_base64().expose_secret());
    forged
}

#[tokio::test]
async fn a_device_has_a_history_of_connections_and_refusals() {
    let _turn = begin_log().await;
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    assert_eq!(history(&hub, PATH).await, []);

    let device = Device::connect(&hub, &identity).await;
    device.client.publish("devices/d1/messages/events/at=13:14", QoS::AtMostOnce, false, "x").await.unwrap();
    device.closed().await;
    let bag = "the property bag has ':' at character 6, which must be percent-encoded as %3A";
    until(async || lines_with(bag).len() == 1).await;
    let entries = hub.get(PATH).await.ok();
    assert_eq!((&entries[0]["kind"], &entries[1]["kind"]), (&json!("connected"), &json!("disconnected")));
    assert!(entries[0]["clientAddress"].as_str().unwrap().starts_with("127.0.0.1:"), "{entries}");
    assert!(entries[0]["timeUtc"].as_str().unwrap() <= entries[1]["timeUtc"].as_str().unwrap());
    assert_eq!(lines_with(bag).len(), 1);
    assert!(lines_with(bag)[0].contains("WARN") && lines_with(bag)[0].contains("device_id=d1"));

    for _ in 0..30 {
        Device::try_connect(&hub, &forged(&identity)).await.err().unwrap();
    }
    let refused = "the token is not signed with a key of device 'd1'";
    until(async || history(&hub, PATH).await.last() == Some(&entry("refused", refused, 30))).await;
    assert_eq!(
        history(&hub, PATH).await,
        [entry("connected", "", 1), entry("disconnected", bag, 1), entry("refused", refused, 30)]
    );

    // A device that is disabled keeps its history; one that is deleted leaves none to the next of its name.
    let mut disabled = identity.clone();
    disabled["status"] = json!("disabled");
    let device = Device::connect(&hub, &identity).await;
    hub.put_if("/devices/d1", "*", disabled).await.ok();
    device.closed().await;
    let revoked = entry("disconnected", "the device is no longer allowed to connect", 1);
    until(async || history(&hub, PATH).await.last() == Some(&revoked)).await;
    Device::try_connect(&hub, &identity).await.err().unwrap();
    let disabled = entry("refused", "device 'd1' is disabled", 1);
    until(async || history(&hub, PATH).await.last() == Some(&disabled)).await;
    hub.delete_if("/devices/d1", "*").await;
    hub.get(PATH).await.refused(404, "DeviceNotFound");
    hub.create("d1").await;
    assert_eq!(history(&hub, PATH).await, []);
    hub.stop().await;
}

#[tokio::test]
async fn twenty_entries_are_kept_and_modules_have_their_own() {
    let _turn = begin_log().await;
    let hub = TestHub::start().await;
    let identity = hub.create("d1").await;
    let module = hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
    for _ in 0..15 {
        Device::connect(&hub, &identity).await.leave().await;
    }
    Device::connect(&hub, &module).await.leave().await;
    let of_module = [entry("connected", "", 1), entry("disconnected", "the device disconnected", 1)];
    let path = "/fleetcast/v1/devices/d1/modules/m1/connections";
    until(async || history(&hub, path).await == of_module).await;
    let kept = history(&hub, PATH).await;
    assert_eq!(kept.len(), 20);
    // A connection's end is recorded beside the next one's beginning, in either order.
    assert!(kept.iter().all(|entry| of_module.contains(entry)), "{kept:?}");
    assert!(lines_with("WARN").is_empty(), "nobody was refused: {:?}", lines_with("WARN"));

    let unsigned = hub.http.get(format!("{}{PATH}", hub.hub.rest_url()));
    send(unsigned).await.refused(401, "IotHubUnauthorizedAccess");
    hub.stop().await;
}

#[tokio::test]
async fn invented_ids_are_logged_without_history() {
    let _turn = begin_log().await;
    let hub = TestHub::start().await;
    let mut stranger = forged(&hub.create("d1").await);
    stranger["deviceId"] = json!("stranger");
    Device::try_connect(&hub, &stranger).await.err().unwrap();
    until(async || !lines_with("device refused").is_empty()).await;
    assert!(lines_with("device refused")[0].contains("'stranger' is not registered"));
    hub.create("stranger").await;
    assert_eq!(history(&hub, "/fleetcast/v1/devices/stranger/connections").await, []);
    hub.stop().await;
}

#[tokio::test]
async fn refusals_do_not_fill_the_log_and_are_counted() {
    let _turn = begin_log().await;
    let clock = ManualClock::new(std::time::SystemTime::now().into());
    let hub = TestHub::start_with(|config| config.clock = Arc::new(clock.clone())).await;
    let identity = forged(&hub.create("d1").await);
    for _ in 0..20 {
        Device::try_connect(&hub, &identity).await.err().unwrap();
    }
    until(async || {
        history(&hub, PATH).await
            == [entry("refused", "the token is not signed with a key of device 'd1'", 20)]
    })
    .await;
    assert_eq!(lines_with("device refused client").len() + lines_with("device refused device_id").len(), 5);
    assert!(lines_with("left out").is_empty());
    clock.advance(Duration::from_mins(1));
    until(async || !lines_with("left out").is_empty()).await;
    let suppressed = lines_with("left out");
    assert!(
        suppressed[0].contains("count=15") && suppressed[0].contains("source=127.0.0.1"),
        "{suppressed:?}"
    );

    // Calls likewise; a line feed in a token's resource does not begin a line.
    let service = hub.hub.connection_string();
    let resource = format!("{}%0AERROR%20forged%0d%1b", resource_uri(&["elsewhere"]));
    let header = token(&service.key, &resource, 3600, Some(&service.policy));
    for _ in 0..20 {
        let request =
            hub.http.get(format!("{}/devices/d1", hub.hub.rest_url())).header("authorization", &header);
        send(request).await.refused(401, "IotHubUnauthorizedAccess");
    }
    let calls: Vec<_> = lines_with("forged");
    assert_eq!(calls.len(), 5);
    for line in &calls {
        assert!(
            line.contains("call unauthorized") && line.contains(r#""elsewhere\nERROR forged\r\u{1b}""#),
            "{line}"
        );
    }
    hub.stop().await;
    assert!(lines_with("left out")[1].contains("count=15"), "the rest is reported at the end");
}
