//! What the tests of schedules share: a clock, a console on it, and what is done with both.

use std::{pin::Pin, sync::Arc};

use console::{Clock, Console, ConsoleConfig, JobRequester};
use console_wire::{
    access::Actor,
    job::Origin,
    schedule::{Comment, NewSchedule, RunState, Schedule, ScheduleRun},
};
use hub_embedded::clock::{Clock as HubClock, ManualClock};
use hub_wire::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{FakeHub, client, until, wait_for};

/// The clock of schedules, set by the test.
#[derive(Debug, Clone)]
pub struct Driven(Arc<ManualClock>);

impl Clock for Driven {
    fn now(&self) -> Timestamp {
        HubClock::now(&*self.0)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        HubClock::sleep_until(&*self.0, at)
    }
}

pub struct World {
    pub hub: FakeHub,
    pub console: Console,
    pub clock: Driven,
    pub folder: TempDir,
}

impl World {
    pub async fn start(now: &str) -> Self {
        let hub = FakeHub::start().await;
        let folder = tempfile::tempdir().unwrap();
        let clock = Driven(Arc::new(ManualClock::new(at(now))));
        let console = open(&hub, &folder, &clock).await;
        Self { hub, console, clock, folder }
    }

    pub async fn restart(&mut self) {
        self.console.stop().await;
        self.console = open(&self.hub, &self.folder, &self.clock).await;
    }

    pub fn set(&self, now: &str) {
        self.clock.0.set(at(now));
    }

    pub async fn create(&self, spec: &Value) -> Schedule {
        self.console.create_schedule(nightly(spec), Origin::Console).await.unwrap()
    }

    /// The runs so far, latest first.
    pub async fn runs(&self) -> Vec<ScheduleRun> {
        self.console.schedule_runs("night", None, Some(500)).await.unwrap().items
    }

    /// Waits until there are so many runs whose jobs, if they have one, are there.
    pub async fn until_runs(&self, count: usize) -> Vec<ScheduleRun> {
        until(&format!("{count} runs"), async || {
            let runs = self.runs().await;
            runs.len() >= count && runs.iter().all(|run| run.job_id.is_none() || run.job.is_some())
        })
        .await;
        let runs = self.runs().await;
        assert_eq!(runs.len(), count, "{runs:#?}");
        runs
    }

    /// A job runs to its end, every device answering with this status.
    pub async fn finish(&self, job_id: &str, status: i32) {
        self.hub.begin(job_id, 2);
        self.hub.all_answer(job_id, status);
        self.hub.ends(job_id);
        wait_for(&self.console, job_id, |job| job.status.is_terminal()).await;
    }

    /// Waits until the schedule knows that no run of it goes on, and starts one.
    pub async fn run_once_free(&self) {
        let comment = Comment::default();
        until("no run goes on", async || {
            self.console.run_schedule_now("night", &comment, &Actor::LocalOperator).await.is_ok()
        })
        .await;
    }

    pub async fn schedule(&self) -> Schedule {
        self.console.schedule("night").await.unwrap()
    }
}

async fn open(hub: &FakeHub, folder: &TempDir, clock: &Driven) -> Console {
    let config = ConsoleConfig {
        schedule_clock: Arc::new(clock.clone()),
        ..ConsoleConfig::new(folder.path(), client(&hub.url()))
    };
    Console::open(config).await.unwrap()
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn nightly(spec: &Value) -> NewSchedule {
    serde_json::from_value(json!({"name": "Night", "spec": spec, "job": {
        "type": "scheduleDeviceMethod", "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "lockDoor"}
    }}))
    .unwrap()
}

pub fn cron(expression: &str, zone: &str) -> Value {
    json!({"rule": {"type": "cron", "expression": expression}, "zone": zone})
}

pub fn every_hour(runs: &Value) -> Value {
    let mut spec = cron("0 * * * *", "UTC");
    spec["runs"] = runs.clone();
    spec
}

pub fn by(actor: &Actor) -> JobRequester {
    JobRequester { origin: Origin::Console, actor: actor.clone() }
}

/// State and reason of each run, oldest first.
pub fn states_and_reasons(runs: &[ScheduleRun]) -> Vec<(RunState, String)> {
    runs.iter().rev().map(|run| (run.state, run.reason.clone().unwrap_or_default())).collect()
}
