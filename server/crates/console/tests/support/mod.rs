//! A hub for tests, as small as it can be: it answers the calls that the console makes, holds jobs and their rows, and
//! does to them what a test says. No device is behind it.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

pub mod fake_hub;

use std::{path::Path, time::Duration};

use console::{Console, ConsoleConfig};
use console_wire::{
    hub::HubKind,
    job::{JobSummary, NewJob},
};
use hub_client::{HubClient, HubClientOptions, RetryPolicy};
use tempfile::TempDir;

pub use self::fake_hub::FakeHub;

/// Longest that anything awaited here may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

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
    let config = ConsoleConfig {
        data_dir: data_dir.to_owned(),
        hub: client(url),
        hub_kind: HubKind::Embedded,
        hub_id: None,
        job_pace: None,
        has_simulator: false,
    };
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
    let found = tokio::time::timeout(PATIENCE, async {
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
    found.await.unwrap_or_else(|_| panic!("{job_id} did not come to what was waited for: {last:#?}"))
}

/// Waits until something that has no event of its own is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        while !is_so().await {
            looks.tick().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}
