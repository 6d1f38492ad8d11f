//! What the tests share: a console on a fake hub, jobs, and waiting without sleeping.

mod fake_hub;

use std::{path::Path, time::Duration};

use console::{Console, ConsoleConfig};
use console_wire::job::{JobSummary, NewJob, ResultFilter};
use futures::TryStreamExt;
use hub_client::{HubClient, HubClientOptions, RetryPolicy};
use hub_wire::Timestamp;
use serde_json::json;
use tempfile::TempDir;

pub use self::fake_hub::{Creation, FakeHub, now};

/// Longest that anything awaited here may take.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A fake hub and a console on it.
pub struct World {
    pub hub: FakeHub,
    pub console: Console,
    pub folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        let hub = FakeHub::start().await;
        let folder = tempfile::tempdir().unwrap();
        let console = open(&hub.url(), folder.path()).await;
        Self { hub, console, folder }
    }

    /// Stops the console and opens another one on the same store, as after a restart.
    pub async fn restart(&mut self) {
        self.console.stop().await;
        self.console = open(&self.hub.url(), self.folder.path()).await;
    }
}

/// A client that does not repeat, so that tests see what a failure does.
pub fn client(url: &str) -> HubClient {
    let connection = "HostName=localhost;SharedAccessKeyName=iothubowner;\
        SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        .parse()
        .unwrap();
    let options = HubClientOptions {
        endpoint: Some(url.to_owned()),
        retry: RetryPolicy::NEVER,
        request_timeout: Duration::from_secs(5),
        ..HubClientOptions::default()
    };
    HubClient::new(connection, options).unwrap()
}

pub async fn open(url: &str, data_dir: &Path) -> Console {
    let config = ConsoleConfig::new(data_dir.to_owned(), client(url));
    Console::open(config).await.unwrap()
}

/// A job that locks doors.
pub fn lock_door(job_id: Option<&str>) -> NewJob {
    serde_json::from_value(serde_json::json!({
        "jobId": job_id, "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"doors": 1}}
    }))
    .unwrap()
}

/// Waits until a job, as the console shows it, is as wanted. Woken by the sequence number, as a stream is.
pub async fn wait_for(
    console: &Console,
    job_id: &str,
    is_wanted: impl Fn(&JobSummary) -> bool,
) -> JobSummary {
    let mut sequence = console.sequence();
    let mut last = None;
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            sequence.borrow_and_update();
            if let Ok(job) = console.job(job_id).await {
                if is_wanted(&job) {
                    return job;
                }
                last = Some(job);
            }
            sequence.changed().await.unwrap();
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{job_id} is not as expected: {last:#?}"))
}

/// Waits until a condition holds that has no event of its own.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        while !holds().await {
            ticks.tick().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

pub fn assert_sums(job: &JobSummary) {
    assert_eq!(job.outcomes.total(), job.target_devices.unwrap(), "{job:?}");
    assert!(job.device_job_statistics.is_consistent(), "{job:?}");
}

/// The devices that a job addresses.
pub async fn device_ids(world: &World, job_id: &str) -> Vec<String> {
    let text: String =
        world.console.results_ids(job_id, &ResultFilter::default()).try_collect().await.unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Lets the hub run every job that waits: devices answer, then jobs end.
fn run_all(world: &World, status: i32) {
    for id in world.hub.waiting() {
        world.hub.begin_listed(&id);
        world.hub.all_answer(&id, status);
        world.hub.ends(&id);
    }
}

/// Lets the hub run all that it has until a job ends; its counts add up meanwhile.
pub async fn run_to_end(world: &World, job_id: &str) -> JobSummary {
    until("the job ends", async || {
        run_all(world, 200);
        let job = world.console.job(job_id).await.unwrap();
        assert_sums(&job);
        job.status.is_terminal()
    })
    .await;
    world.console.job(job_id).await.unwrap()
}

/// A finished job on forty devices: every tenth failed, every tenth timed out; door n was sent n seconds after the
/// first and took 10 + n milliseconds.
pub async fn finished_job(world: &World) {
    let (hub, console) = (&world.hub, &world.console);
    console.create_job(lock_door(Some("job"))).await.unwrap();
    hub.begin("job", 40);
    let begin = now();
    for device in 0..40 {
        let n = i64::try_from(device).unwrap();
        let sent = Timestamp::from_unix_millis(begin.ticks() / 10_000 + n * 1000);
        let ended = Timestamp::from_unix_millis(begin.ticks() / 10_000 + n * 1000 + 10 + n);
        match device % 10 {
            3 => hub.answers("job", device, 500),
            7 => hub.fails("job", device, "GatewayTimeout"),
            _ => hub.answers("job", device, 200),
        }
        hub.moves("job", device, &json!({"startTimeUtc": sent, "endTimeUtc": ended}));
    }
    hub.ends("job");
    wait_for(console, "job", |job| job.status.is_terminal()).await;
}
