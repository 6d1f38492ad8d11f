//! The console on a real embedded hub with simulated devices behind it: nothing here is faked.

use std::time::Duration;

use console::{Console, ConsoleConfig, ConsoleError};
use console_wire::{
    access::Actor,
    desired_sync::SyncCount,
    job::{JobSummary, NewJob, ResultFilter},
    target::PreviewRequest,
};
use device_pool::{MqttEndpoint, Pool, PoolConfig, PoolSettings};
use futures::TryStreamExt;
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{bulk::BulkItem, job::JobStatus};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const DEVICES: usize = 50;
/// Who has no scope.
const LOCAL: &Actor = &Actor::LocalOperator;

pub struct World {
    pub folder: TempDir,
    pub hub: Hub,
    pub pool: Pool,
    pub client: HubClient,
    pub console: Console,
}

impl World {
    pub async fn start() -> anyhow::Result<Self> {
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
            capacity: device_pool::Capacity::default(),
        })
        .await?;
        pool.wait_connected().await;
        let console = open(&folder, &client).await?;
        until_counted(&console).await?;
        Ok(Self { folder, hub, pool, client, console })
    }

    pub async fn stop(self) {
        self.console.stop().await;
        self.pool.stop().await;
        self.hub.stop().await;
    }
}

pub async fn open(folder: &TempDir, client: &HubClient) -> Result<Console, ConsoleError> {
    Console::open(ConsoleConfig {
        has_simulator: true,
        ..ConsoleConfig::new(folder.path().join("console"), client.clone())
    })
    .await
}

/// Waits until the hub counts every device as connected: it records connections in batches, a moment after it has
/// answered the device.
async fn until_counted(console: &Console) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let counted = async {
        while console.preview("*", LOCAL).await?.connected_count != DEVICES as u64 {
            ticks.tick().await;
        }
        Ok::<_, ConsoleError>(())
    };
    Ok(tokio::time::timeout(Duration::from_mins(1), counted).await??)
}

pub fn job(body: &Value) -> NewJob {
    serde_json::from_value(body.clone()).unwrap()
}

/// Reads a job's changes to its end, as a stream does; every summary on the way must add up.
pub async fn ended(console: &Console, job_id: &str) -> JobSummary {
    let mut sequence = console.sequence();
    let mut last = 0;
    let following = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            sequence.borrow_and_update();
            for job in console.changes_since(last, Some(job_id), 1000).await.unwrap() {
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
async fn a_method_job_on_fifty_devices() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let preview = console.preview("*", LOCAL).await?;
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
    let sent = job.last_sent_time.expect("devices were sent");
    assert!(Some(sent) >= job.start_time && Some(sent) <= job.end_time, "{job:#?}");
    let mut request = PreviewRequest::from("*");
    assert_eq!(console.preview(request.clone(), LOCAL).await?.estimate, None, "no twin job has run");
    request.longest_wait_in_seconds = Some(30);
    let estimate = console.preview(request, LOCAL).await?.estimate.expect("a job of this type has run");
    assert!(estimate.sending_seconds < estimate.seconds_low && estimate.seconds_low < 30.0, "{estimate:?}");
    assert!((estimate.seconds_high - estimate.sending_seconds - 30.0).abs() < 1e-6, "{estimate:?}");
    assert_eq!(console.desired_sync(&job.job_id).await?, None, "it sets nothing");
    let csv: String = console.results_csv(&job.job_id, &ResultFilter::default()).try_collect().await?;
    assert_eq!(csv.lines().count(), DEVICES + 1);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_job_ends_while_the_console_is_stopped() -> anyhow::Result<()> {
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

/// How many twins report what a job set; waits for the first count.
async fn counted(console: &Console, job: &JobSummary) -> Result<SyncCount, ConsoleError> {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    loop {
        ticks.tick().await;
        let sync = console.desired_sync(&job.job_id).await?.expect("it sets properties");
        assert_eq!(sync.written, job.outcomes.succeeded);
        if let Some(count) = sync.count {
            assert_eq!(count.checked, sync.written, "{count:?}");
            return Ok(count);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn desired_properties_are_followed_until_devices_report_them() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let set = json!({"type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"properties": {"desired": {"mode": "night", "level": 3}}}});
    let job = ended(console, &console.create_job(job(&set)).await?.job_id).await;
    assert_eq!(job.outcomes.succeeded, DEVICES as u64, "{job:#?}");
    let following = tokio::time::timeout(Duration::from_secs(30), async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        loop {
            ticks.tick().await;
            let count = counted(console, &job).await?;
            if count.in_sync == count.checked {
                return Ok::<_, ConsoleError>(count);
            }
        }
    });
    let count = following.await.expect("devices report what was set")?;
    assert_eq!((count.not_connected, count.not_registered, count.not_reported()), (0, 0, 0));
    assert_eq!(console.distribution(&job.job_id).await?, None, "no device was waited for");
    let mut of_door = console.device_jobs(&"door-0001".parse()?, None, None).await?.items.remove(0);
    of_door.desired_paths.sort();
    assert_eq!(
        (of_door.name, of_door.desired_paths),
        (job.name, vec!["level".to_owned(), "mode".to_owned()])
    );
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn desired_properties_of_modules_are_followed_too() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let modules = ["door-0001", "door-0002"].map(|door| json!({"id": door, "moduleId": "lock"}));
    let modules: Vec<BulkItem> = serde_json::from_value(json!(modules))?;
    assert!(world.client.bulk(&modules).await?.is_successful);
    // No module is connected: each gets the values later. What is to be removed is not there from the start.
    for (desired, in_sync) in [(json!({"mode": "night"}), 0), (json!({"old": null}), 2)] {
        let set = json!({"type": "scheduleUpdateTwin", "queryCondition": "FROM devices.modules WHERE moduleId = 'lock'",
            "updateTwin": {"properties": {"desired": desired}}});
        let job = ended(console, &console.create_job(job(&set)).await?.job_id).await;
        assert_eq!(job.outcomes.succeeded, 2, "{job:#?}");
        let count = counted(console, &job).await?;
        assert_eq!(
            (count.checked, count.in_sync, count.not_connected),
            (2, in_sync, 2 - in_sync),
            "{count:?}"
        );
    }
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_condition_is_refused_by_the_hub_and_explained() -> anyhow::Result<()> {
    let world = World::start().await?;
    for condition in ["tags.floor >", "SELECT * FROM devices", "floor = 3 AND AND"] {
        let error = world.console.preview(condition, LOCAL).await.unwrap_err();
        let ConsoleError::Invalid(errors) = &error else { panic!("{condition}: {error:?}") };
        assert_eq!(errors[0].field, "queryCondition");
    }
    world.stop().await;
    Ok(())
}
