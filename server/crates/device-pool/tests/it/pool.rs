//! A pool on an embedded hub, over HTTP and MQTT as on a real one.

use std::{future::Future, time::Duration};

use anyhow::{Context, Result, ensure};
use device_pool::{
    Capacity, Latency, MqttEndpoint, Pool, PoolConfig, PoolError, PoolSettings, PoolSnapshot, SettingsPatch,
    TlsTrust, journal::Event,
};
use hub_client::{ErrorKind, HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId,
    device::ConnectionState,
    direct_method::{DirectMethodRequest, DirectMethodResponse},
    twin::{Twin, TwinPatch},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

struct TestHub {
    hub: Hub,
    client: HubClient,
    data_dir: TempDir,
}

impl TestHub {
    async fn start() -> Result<Self> {
        Self::with(|config| config).await
    }

    async fn with(change: impl FnOnce(HubConfig) -> HubConfig) -> Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let hub = Hub::start(change(HubConfig::local(data_dir.path()))).await?;
        let options = HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() };
        let client = HubClient::new(hub.connection_string().clone(), options)?;
        Ok(Self { hub, client, data_dir })
    }

    fn config(&self, settings: PoolSettings) -> PoolConfig {
        let mqtt = self.hub.addresses().mqtt;
        PoolConfig {
            connection: self.hub.connection_string().clone(),
            rest_endpoint: Some(self.hub.rest_url()),
            mqtt: MqttEndpoint { host: mqtt.ip().to_string(), port: mqtt.port(), tls: None },
            count: settings.count,
            prefix: "door-".into(),
            settings,
            capacity: Capacity::default(),
        }
    }

    async fn pool(&self, settings: PoolSettings) -> Result<Pool> {
        let pool = Pool::start(self.config(settings)).await?;
        connected(&pool).await?;
        Ok(pool)
    }

    async fn call(
        &self,
        index: usize,
        method: &str,
        payload: Value,
    ) -> hub_client::Result<DirectMethodResponse> {
        let request = DirectMethodRequest {
            method_name: method.into(),
            payload,
            response_timeout_in_seconds: Some(5),
            connect_timeout_in_seconds: None,
        };
        self.client.invoke_method(&door(index), &request).await
    }

    /// The twin of a door, once it is as wanted.
    async fn twin_when(&self, index: usize, wanted: impl Fn(&Twin) -> bool) -> Result<Twin> {
        until(async || {
            let twin = self.client.twin(&door(index)).await?;
            Ok(wanted(&twin).then_some(twin))
        })
        .await
    }
}

/// Settings of a fleet that answers at once.
fn quick(count: usize) -> PoolSettings {
    PoolSettings { count, latency_ms: Latency::Constant(0.0), seed: 7, ..PoolSettings::default() }
}

fn door(index: usize) -> DeviceId {
    format!("door-{index:04}").parse().expect("a valid id")
}

async fn connected(pool: &Pool) -> Result<()> {
    timeout(TIMEOUT, pool.wait_connected()).await.with_context(|| format!("{pool:?}"))
}

/// What is polled for where there is no event to wait for: another process' state, seen over HTTP.
async fn until<T, F: Future<Output = Result<Option<T>>>>(mut poll: impl FnMut() -> F) -> Result<T> {
    timeout(TIMEOUT, async {
        loop {
            if let Some(found) = poll().await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .context("it never came true")?
}

async fn snapshot_when(pool: &Pool, wanted: impl Fn(&PoolSnapshot) -> bool) -> Result<PoolSnapshot> {
    until(async || Ok(Some(pool.snapshot()).filter(&wanted))).await.with_context(|| format!("{pool:?}"))
}

#[tokio::test]
async fn fifty_doors_connect_and_answer() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(quick(50)).await?;
    let online =
        "SELECT COUNT() AS n FROM devices WHERE connectionState = 'Connected' AND tags.simulated = true";
    until(async || {
        let page = test_hub.client.query_page::<Value>(online, 10, None).await?;
        Ok((page.items == [json!({"n": 50})]).then_some(()))
    })
    .await?;

    for index in 1..=50 {
        let answer = test_hub.call(index, "lockDoor", Value::Null).await?;
        ensure!(answer.status == 200 && answer.payload["state"] == "locked", "{answer:?}");
    }
    let unknown = test_hub.call(1, "openWindow", json!({"a": 1})).await?;
    assert_eq!((unknown.status, &unknown.payload["error"]), (404, &json!("METHOD_UNKNOWN")));

    let snapshot = pool.snapshot();
    assert_eq!((snapshot.calls, snapshot.answered, snapshot.registered), (51, 51, 50));
    assert_eq!((snapshot.reconnects, snapshot.connect_failures, snapshot.last_error), (0, 0, None));
    assert_eq!((snapshot.connects, snapshot.losses, snapshot.answer_times.count), (50, 0, 51));
    let events: Vec<_> = snapshot.journal.iter().map(|entry| &entry.event).collect();
    assert_eq!(events, [&Event::Complete { connected: 50 }, &Event::Registered { devices: 50 }]);
    let calls = pool.calls();
    assert_eq!((calls.len(), calls[&door(1)], calls[&door(50)]), (50, 2, 1));
    pool.stop().await;
    until(async || {
        Ok((test_hub.client.service_statistics().await?.connected_device_count == 0).then_some(()))
    })
    .await?;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn doors_report_properties_and_acknowledge_desired_ones() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(quick(2)).await?;
    let twin = test_hub.twin_when(1, |twin| twin.properties.reported.contains_key("firmware")).await?;
    assert_eq!(twin.properties.reported["firmware"]["status"], "current");
    assert!(twin.properties.reported["battery"].is_u64());
    assert_eq!((&twin.tags["kind"], &twin.tags["building"]), (&json!("door"), &json!("40")));

    let desire = |desired: Value| -> TwinPatch {
        serde_json::from_value(json!({"properties": {"desired": desired}})).expect("a valid patch")
    };
    test_hub.client.patch_twin(&door(1), &desire(json!({"interval": 60, "mode": {"a": 1}})), None).await?;
    test_hub.twin_when(1, |twin| twin.properties.reported.get("mode") == Some(&json!({"a": 1}))).await?;
    test_hub.client.patch_twin(&door(1), &desire(json!({"interval": null})), None).await?;
    test_hub.twin_when(1, |twin| !twin.properties.reported.contains_key("interval")).await?;

    let was_locked = twin.properties.reported["lock"]["state"] == "locked";
    test_hub.call(1, if was_locked { "unlockDoor" } else { "lockDoor" }, Value::Null).await?;
    let now = if was_locked { "unlocked" } else { "locked" };
    let turned = test_hub.twin_when(1, |twin| twin.properties.reported["lock"]["state"] == now).await?;

    // A restart asks the twin first, so the bolt stays as it was and the twin is not written again.
    pool.stop().await;
    let other = desire(json!({"whileAway": true}));
    test_hub.client.patch_twin(&door(1), &other, None).await?;
    let pool = test_hub.pool(quick(2)).await?;
    let back = test_hub.twin_when(1, |twin| twin.properties.reported.contains_key("whileAway")).await?;
    assert_eq!(back.properties.reported["lock"], turned.properties.reported["lock"]);
    assert_eq!(back.properties.reported["firmware"], turned.properties.reported["firmware"]);
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_door_reboots_and_updates_its_firmware() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(quick(2)).await?;
    assert_eq!(test_hub.call(1, "reboot", Value::Null).await?.status, 200);
    let accepted = test_hub.call(2, "firmwareUpdate", json!({"version": "9.0.0"})).await?;
    assert_eq!((accepted.status, &accepted.payload["version"]), (202, &json!("9.0.0")));
    test_hub.twin_when(1, |twin| twin.connection_state == ConnectionState::Disconnected).await?;
    test_hub
        .twin_when(1, |twin| {
            twin.connection_state == ConnectionState::Connected
                && twin.properties.reported.contains_key("lastReboot")
        })
        .await?;
    test_hub.twin_when(2, |twin| twin.properties.reported["firmware"]["status"] == "downloading").await?;
    test_hub.twin_when(2, |twin| twin.properties.reported["firmware"]["status"] == "applying").await?;
    let twin =
        test_hub.twin_when(2, |twin| twin.properties.reported["firmware"]["version"] == "9.0.0").await?;
    assert_eq!(twin.properties.reported["firmware"]["status"], "current");
    assert!(pool.snapshot().reconnects >= 2);
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn faults_are_injected_as_configured() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(quick(3)).await?;
    let only = |error, silent, drop| SettingsPatch {
        error_share: Some(error),
        silent_share: Some(silent),
        drop_share: Some(drop),
        ..SettingsPatch::default()
    };
    pool.apply(only(1.0, 0.0, 0.0)).await?;
    let jammed = test_hub.call(1, "lockDoor", Value::Null).await?;
    assert_eq!((jammed.status, &jammed.payload["error"]), (500, &json!("BOLT_JAMMED")));

    pool.apply(only(0.0, 1.0, 0.0)).await?;
    assert_eq!(test_hub.call(1, "lockDoor", Value::Null).await.unwrap_err().kind, ErrorKind::GatewayTimeout);

    pool.apply(only(0.0, 0.0, 1.0)).await?;
    let dropped = test_hub.call(2, "lockDoor", Value::Null).await.unwrap_err();
    assert!(matches!(dropped.kind, ErrorKind::NotOnline | ErrorKind::GatewayTimeout), "{dropped:?}");
    pool.apply(only(0.0, 0.0, 0.0)).await?;
    snapshot_when(&pool, |snapshot| snapshot.reconnects == 1 && snapshot.connected == 3).await?;
    assert_eq!(test_hub.call(2, "lockDoor", Value::Null).await?.status, 200);

    let refused = pool.apply(only(0.6, 0.6, 0.0)).await.unwrap_err();
    assert_eq!(refused.setting, "errorShare");
    let snapshot = pool.snapshot();
    assert_eq!(
        (snapshot.calls, snapshot.answered, snapshot.failed, snapshot.silent, snapshot.dropped),
        (4, 1, 1, 1, 1)
    );
    assert!(snapshot.settings.error_share.abs() < f64::EPSILON, "a refused patch changes nothing");
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_fleet_follows_count_and_offline_share() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(PoolSettings { offline_share: 1.0, ..quick(120) }).await?;
    assert_eq!((pool.snapshot().connected, pool.snapshot().registered), (0, 120));

    pool.apply(SettingsPatch { offline_share: Some(0.5), ..SettingsPatch::default() }).await?;
    connected(&pool).await?;
    let half = pool.snapshot();
    assert!(half.connected == half.expected && (30..90).contains(&half.connected), "{half:?}");

    pool.apply(SettingsPatch { count: Some(10), offline_share: Some(0.0), ..SettingsPatch::default() })
        .await?;
    connected(&pool).await?;
    assert_eq!(pool.snapshot().connected, 10);
    pool.apply(SettingsPatch { count: Some(130), ..SettingsPatch::default() }).await?;
    connected(&pool).await?;
    assert_eq!(pool.snapshot().connected, 130);
    assert_eq!(test_hub.client.registry_statistics().await?.total_device_count, 130);
    assert_eq!(test_hub.call(130, "selfTest", Value::Null).await?.status, 200);
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn connects_per_second_is_kept() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let began = std::time::Instant::now();
    let pool = test_hub.pool(PoolSettings { connects_per_second: 10, ..quick(6) }).await?;
    // The first goes at once, five follow a tenth of a second apart.
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    let from = pool.snapshot().settings;
    let to = pool.apply(SettingsPatch { connects_per_second: Some(0), ..SettingsPatch::default() }).await?;
    assert_eq!(pool.snapshot().journal[0].event, Event::Changed { to, from });
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn answers_take_the_configured_latency() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(PoolSettings { latency_ms: Latency::Constant(300.0), ..quick(1) }).await?;
    let began = std::time::Instant::now();
    test_hub.call(1, "selfTest", Value::Null).await?;
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_fleet_reconnects_after_a_hub_restart() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let pool = test_hub.pool(quick(20)).await?;
    let (rest, mqtt) = (test_hub.hub.addresses().rest, test_hub.hub.addresses().mqtt);
    test_hub.hub.stop().await;
    snapshot_when(&pool, |snapshot| snapshot.connected == 0).await?;

    let config = HubConfig { listen: rest, mqtt_listen: mqtt, ..HubConfig::local(test_hub.data_dir.path()) };
    let hub = Hub::start(config).await?;
    connected(&pool).await?;
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.connected, snapshot.reconnects), (20, 20));
    assert!(snapshot.last_error.is_some());
    pool.stop().await;
    hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_pool_waits_for_an_unreachable_hub_and_can_be_stopped() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let config = test_hub.config(quick(5));
    test_hub.hub.stop().await;
    let pool = Pool::start(config).await?;
    snapshot_when(&pool, |snapshot| snapshot.last_error.is_some()).await?;
    assert_eq!(pool.snapshot().registered, 0);
    timeout(TIMEOUT, pool.stop()).await?;
    Ok(())
}

#[tokio::test]
async fn devices_connect_over_tls() -> Result<()> {
    let test_hub =
        TestHub::with(|config| HubConfig { mqtt_tls_listen: Some(([127, 0, 0, 1], 0).into()), ..config })
            .await?;
    let port = test_hub.hub.addresses().mqtt_tls.context("asked for")?.port();
    let authority = TlsTrust::Authority(std::fs::read(test_hub.hub.ca_path())?);
    let mqtt = MqttEndpoint { host: "localhost".into(), port, tls: Some(authority) };
    let pool = Pool::start(PoolConfig { mqtt, ..test_hub.config(quick(3)) }).await?;
    connected(&pool).await?;
    assert_eq!(test_hub.call(3, "selfTest", Value::Null).await?.status, 200);
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn more_devices_than_the_capacity_are_refused() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let capacity = Capacity { devices: 2, reason: "there is room for 2".into() };
    let config = |count| PoolConfig { capacity: capacity.clone(), ..test_hub.config(quick(count)) };
    let refused = Pool::start(config(3)).await.err().context("refused")?;
    assert!(refused.to_string().contains("count is 3; there is room for 2"), "{refused}");
    let pool = Pool::start(config(2)).await?;
    let refused = pool.apply(SettingsPatch { count: Some(3), ..SettingsPatch::default() }).await.unwrap_err();
    assert_eq!((refused.setting, refused.to_string().as_str()), ("count", "count is 3; there is room for 2"));
    assert_eq!(pool.snapshot().count, 2);
    pool.stop().await;
    test_hub.hub.stop().await;
    Ok(())
}

#[tokio::test]
async fn invalid_configurations_are_refused_at_start() -> Result<()> {
    let test_hub = TestHub::start().await?;
    let prefix = PoolConfig { prefix: "a door ".into(), ..test_hub.config(quick(1)) };
    assert!(matches!(Pool::start(prefix).await, Err(PoolError::Prefix(_))));
    let share = test_hub.config(PoolSettings { drop_share: 1.5, ..quick(1) });
    assert!(matches!(Pool::start(share).await, Err(PoolError::Setting(_))));
    let endpoint = PoolConfig { rest_endpoint: Some("nowhere".into()), ..test_hub.config(quick(1)) };
    assert!(matches!(Pool::start(endpoint).await, Err(PoolError::Client(_))));
    let authority = TlsTrust::Authority(b"no certificate".to_vec());
    let mqtt = MqttEndpoint { host: "localhost".into(), port: 1, tls: Some(authority) };
    assert!(matches!(
        Pool::start(PoolConfig { mqtt, ..test_hub.config(quick(1)) }).await,
        Err(PoolError::Tls(_))
    ));
    test_hub.hub.stop().await;
    Ok(())
}
