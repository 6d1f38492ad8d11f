//! The console on a real embedded hub with simulated devices behind it: nothing here is faked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

use std::time::Duration;

use console::{Console, ConsoleConfig, ConsoleError};
use console_wire::{
    hub::HubKind,
    job::{JobSummary, NewJob, ResultFilter},
};
use device_pool::{MqttEndpoint, Pool, PoolConfig, PoolSettings};
use futures::TryStreamExt;
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::job::JobStatus;
use serde_json::{Value, json};
use tempfile::TempDir;

const DEVICES: usize = 50;

struct World {
    folder: TempDir,
    hub: Hub,
    pool: Pool,
    client: HubClient,
    console: Console,
}

impl World {
    async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let hub = Hub::start(HubConfig::local(folder.path().join("hub"))).await?;
        let options = HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() };
        let client = HubClient::new(hub.connection_string().clone(), options)?;
        let mqtt = hub.addresses().mqtt;
        let pool = Pool::start(PoolConfig {
            connection: hub.connection_string().clone(),
            rest_endpoint: Some(hub.rest_url()),
            mqtt: MqttEndpoint { host: mqtt.ip().to_string(), port: mqtt.port(), tls: None },
            count: DEVICES,
            prefix: "door-".into(),
            settings: PoolSettings::default(),
        })
        .await?;
        pool.wait_connected().await;
        let console = open(&folder, &client).await?;
        until_counted(&console).await?;
        Ok(Self { folder, hub, pool, client, console })
    }

    async fn stop(self) {
        self.console.stop().await;
        self.pool.stop().await;
        self.hub.stop().await;
    }
}

async fn open(folder: &TempDir, client: &HubClient) -> Result<Console, ConsoleError> {
    Console::open(ConsoleConfig {
        data_dir: folder.path().join("console"),
        hub: client.clone(),
        hub_kind: HubKind::Embedded,
        hub_id: None,
        job_pace: None,
        has_simulator: true,
    })
    .await
}

/// Waits until the hub counts every device as connected: it records connections in batches, a moment after it has
/// answered the device.
async fn until_counted(console: &Console) -> anyhow::Result<()> {
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    let counted = async {
        while console.preview("*").await?.connected_count != DEVICES as u64 {
            looks.tick().await;
        }
        Ok::<_, ConsoleError>(())
    };
    Ok(tokio::time::timeout(Duration::from_mins(1), counted).await??)
}

fn job(body: &Value) -> NewJob {
    serde_json::from_value(body.clone()).unwrap()
}

/// Follows a job to its end, as a stream does; every summary on the way must add up.
async fn ended(console: &Console, job_id: &str) -> JobSummary {
    let mut sequence = console.sequence();
    let mut last = 0;
    let following = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            sequence.borrow_and_update();
            for job in console.changes_since(last, Some(job_id)).await.unwrap() {
                last = job.sequence;
                assert!(job.device_job_statistics.is_consistent(), "{job:?}");
                assert_eq!(job.outcomes.total(), job.device_job_statistics.device_count, "{job:?}");
                if job.status.is_terminal() {
                    return job;
                }
            }
            sequence.changed().await.unwrap();
        }
    });
    following.await.expect("the job ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_doors_are_locked() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let preview = console.preview("*").await?;
    assert_eq!((preview.count, preview.connected_count), (DEVICES as u64, DEVICES as u64));
    assert_eq!(preview.sample.len(), 5);
    let lock = json!({"type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {}}});
    let created = console.create_job(job(&lock)).await?;
    let job = ended(console, &created.job_id).await;
    assert_eq!((job.status, job.outcomes.succeeded), (JobStatus::Completed, DEVICES as u64), "{job:#?}");
    let page = console.results(&job.job_id, &ResultFilter::default()).await?;
    assert_eq!(page.items.len(), DEVICES);
    assert!(
        page.items.iter().all(|result| result.response.as_ref().is_some_and(|answer| answer.status == 200))
    );
    let csv: String = console.results_csv(&job.job_id, &ResultFilter::default()).try_collect().await?;
    assert_eq!(csv.lines().count(), DEVICES + 1);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_are_changed_while_the_console_is_away() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let ring = json!({"type": "scheduleUpdateTwin", "queryCondition": "deviceId IN ['door-0001', 'door-0002']",
        "updateTwin": {"tags": {"ring": 7}}});
    let created = world.console.create_job(job(&ring)).await?;
    world.console.stop().await;
    world.console = open(&world.folder, &world.client).await?;
    let job = ended(&world.console, &created.job_id).await;
    assert_eq!((job.status, job.outcomes.succeeded), (JobStatus::Completed, 2), "{job:#?}");
    let twin = world.console.device(&"door-0001".parse()?).await?;
    assert_eq!(twin.tags["ring"], 7);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_condition_is_refused_by_the_hub_and_explained_here() -> anyhow::Result<()> {
    let world = World::start().await?;
    for condition in ["tags.floor >", "SELECT * FROM devices", "floor = 3 AND AND"] {
        let error = world.console.preview(condition).await.unwrap_err();
        let ConsoleError::Invalid(errors) = &error else { panic!("{condition}: {error:?}") };
        assert_eq!(errors[0].field, "queryCondition");
    }
    world.stop().await;
    Ok(())
}
