//! Crash recovery: the real program is killed at random times while jobs run; then the records of hub, console and devices
//! are compared.
//!
//! A seed decides how many devices there are and how they behave, and when the program is killed: while jobs are being
//! submitted, while they run, while it starts again. Every second seed also has a rollout under way. A few seeds run with the
//! other tests; `make crash SEEDS=100` runs a hundred, and `CRASH_SEED=17` one of them again.

#[path = "../it/support/mod.rs"]
mod support;

mod checks;
mod fleet;
mod observer;
mod program;
mod rollouts;

use std::{path::Path, sync::Arc, time::Duration};

use hub_embedded::{clock::SystemClock, store::Store};
use hub_wire::{Timestamp, bulk::BulkItem, connection_string::ServiceConnectionString};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    checks::Tally,
    fleet::Fleet,
    observer::Observations,
    program::{Endpoints, Program, Serving},
};

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(2);
/// Devices that never connect: with them a twin job takes more than one transaction.
const OFFLINE_DEVICES: usize = 10_500;
/// Seeds of an ordinary run.
const SEEDS: u64 = 3;
/// Seeds under way at once.
const TOGETHER: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_nothing_and_duplicate_nothing() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let mut seeds = match number("CRASH_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CRASH_SEEDS").unwrap_or(SEEDS),
    };
    let template = Arc::new(registered().await);
    let mut running = JoinSet::new();
    let mut all = Report::default();
    let begin = Instant::now();
    loop {
        while running.len() < TOGETHER
            && let Some(seed) = seeds.next()
        {
            let template = Arc::clone(&template);
            running.spawn(async move {
                // Printed first, so that a failing seed is known.
                eprintln!("seed {seed} begins");
                run(seed, template.path()).await
            });
        }
        let Some(ended) = running.join_next().await else { break };
        all.add(ended.expect("the seed passes; its number is the last that began and did not end"));
    }
    eprintln!("{all:#?} in {:?}", begin.elapsed());
}

/// The result of a run.
#[derive(Debug, Default)]
struct Report {
    seeds: u64,
    kills: u64,
    kills_before_serving: u64,
    count_reads: u64,
    calls_received: u64,
    late_starts: u64,
    lost_submissions: u64,
    outcomes: Tally,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.kills += other.kills;
        self.kills_before_serving += other.kills_before_serving;
        self.count_reads += other.count_reads;
        self.calls_received += other.calls_received;
        self.late_starts += other.late_starts;
        self.lost_submissions += other.lost_submissions;
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }
}

/// A folder whose hub knows the offline devices.
async fn registered() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let store = Store::open(folder.path(), Arc::new(SystemClock)).await.expect("a store");
    register(
        &store,
        (0..OFFLINE_DEVICES).map(|n| json!({"id": format!("far-{n:05}"), "tags": {"near": false}})).collect(),
    )
    .await;
    store.close().await;
    folder
}

async fn register(store: &Store, items: Vec<Value>) {
    for chunk in items.chunks(1000) {
        let items: Vec<BulkItem> = serde_json::from_value(Value::from(chunk)).expect("items");
        let outcome = store.bulk(items).await.expect("the store takes them");
        assert!(outcome.result.is_successful, "{outcome:?}");
    }
}

/// A job of the run: what is submitted, and when it is to start.
struct Planned {
    id: String,
    body: Value,
    start: Timestamp,
    targets: usize,
    is_acknowledged: bool,
}

struct Story {
    seed: u64,
    random: StdRng,
    http: Client,
    folder: TempDir,
    connection: ServiceConnectionString,
    fleet: Fleet,
    jobs: Vec<Planned>,
    rollout: Option<Planned>,
    observations: Observations,
    report: Report,
}

async fn run(seed: u64, template: &Path) -> Report {
    let mut story = Story::begin(seed, template).await;
    let kills = story.random.random_range(1..=4);
    let serving = Program::spawn(story.folder.path()).serve().await;
    story.fleet.go_to(serving.endpoints.mqtt);
    story.until_connected(&serving.endpoints).await;
    story.run_and_kill(serving).await;
    for _ in 1..kills {
        let program = Program::spawn(story.folder.path());
        if story.random.random_bool(0.3) {
            sleep(Duration::from_millis(story.random.random_range(1..400))).await;
            program.kill().await;
            story.report.kills += 1;
            story.report.kills_before_serving += 1;
            continue;
        }
        let serving = program.serve().await;
        story.fleet.go_to(serving.endpoints.mqtt);
        story.run_and_kill(serving).await;
    }
    let serving = Program::spawn(story.folder.path()).serve().await;
    story.fleet.go_to(serving.endpoints.mqtt);
    story.submit(&serving.endpoints).await;
    story.settle(&serving.endpoints).await;
    story.compare_records(&serving.endpoints).await;
    serving.stop().await;
    story.fleet.stop().await;
    story.report
}

impl Story {
    async fn begin(seed: u64, template: &Path) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let folder = TempDir::new().expect("a folder");
        for file in std::fs::read_dir(template).expect("a folder") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copied");
        }
        // Beyond what a method job begins in one transaction, now and then.
        let near = if random.random_bool(0.3) { 600 } else { random.random_range(20..150) };
        let names: Vec<_> = (0..near).map(|n| format!("near-{n:03}")).collect();
        let store = Store::open(folder.path(), Arc::new(SystemClock)).await.expect("a store");
        register(&store, names.iter().map(|name| json!({"id": name, "tags": {"near": true}})).collect())
            .await;
        store.close().await;
        let connection = hub_embedded::connection_string(folder.path(), "localhost").await.expect("a policy");
        let fleet = Fleet::start(seed, &names, &connection);
        // The client is built without a TLS provider of its own; another seed may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let rollout = rollouts::plan(seed, near, &mut random);
        let mut kills = Self {
            seed,
            random,
            http: Client::new(),
            folder,
            connection,
            fleet,
            jobs: Vec::new(),
            rollout,
            observations: Observations::default(),
            report: Report { seeds: 1, ..Report::default() },
        };
        kills.plan(near);
        kills
    }

    /// The jobs: calls and twins, now and in a moment.
    fn plan(&mut self, near: usize) {
        let now = Timestamp::from(std::time::SystemTime::now());
        let twins = json!({"properties": {"desired": {"crash": {"n": 1}}}, "tags": {"ring": 2}});
        for (id, delay, targets) in [
            ("calls", None, near),
            ("twins", None, near + OFFLINE_DEVICES),
            ("calls-later", Some(()), near),
            ("tags-later", Some(()), near + OFFLINE_DEVICES),
        ] {
            // The program may be down at that time.
            let delay = delay
                .map_or(Duration::ZERO, |()| Duration::from_millis(self.random.random_range(1500..6000)));
            let start = now.plus(delay);
            let mut body = if id.starts_with("calls") {
                json!({"type": "scheduleDeviceMethod", "queryCondition": "tags.near = true",
                    "cloudToDeviceMethod": {"methodName": "lock", "payload": {"job": id},
                        "responseTimeoutInSeconds": 5, "connectTimeoutInSeconds": 5}})
            } else {
                let update = if id == "twins" { twins.clone() } else { json!({"tags": {"later": true}}) };
                json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": update})
            };
            body["jobId"] = id.into();
            if !delay.is_zero() {
                body["startTime"] = start.to_string().into();
            }
            self.jobs.push(Planned { id: id.into(), body, start, targets, is_acknowledged: false });
        }
    }

    async fn until_connected(&self, endpoints: &Endpoints) {
        let hub = endpoints.hub(&self.connection);
        let connected = async {
            while hub.service_statistics().await.expect("the hub answers").connected_device_count
                < self.jobs[0].targets as u64
            {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, connected).await.expect("the devices connect in time");
    }

    /// Submits and observes until it is time to kill.
    async fn run_and_kill(&mut self, serving: Serving) {
        // Short spans as often as long ones: most steps that a kill can interrupt are early.
        // A rollout begins later and lasts longer.
        let magnitude = if self.rollout.is_some() { -1.5..0.6 } else { -3.0..0.4 };
        let span = Duration::from_secs_f64(10_f64.powf(self.random.random_range(magnitude)));
        let endpoints = serving.endpoints.clone();
        let _ = timeout(span, async {
            self.submit(&endpoints).await;
            self.observe(&endpoints).await;
        })
        .await;
        serving.kill().await;
        self.report.kills += 1;
    }

    /// Submits what has not been acknowledged. An operator who got no answer tries again with the same id.
    async fn submit(&mut self, endpoints: &Endpoints) {
        // The rollout first: it lasts the longest.
        let jobs = self.rollout.iter_mut().chain(&mut self.jobs);
        for job in jobs.filter(|job| !job.is_acknowledged) {
            self.report.lost_submissions += 1;
            match endpoints.submit(&self.http, &job.body).await {
                Some(StatusCode::CREATED) => {
                    job.is_acknowledged = true;
                    self.report.lost_submissions -= 1;
                }
                // The attempt before was accepted and its answer was lost, or is not known yet.
                Some(StatusCode::CONFLICT) => self.report.lost_submissions -= 1,
                Some(status) => assert!(status.is_server_error(), "{}: {status}", job.id),
                None => {}
            }
        }
    }

    fn ids(&self) -> Vec<String> {
        self.jobs.iter().chain(&self.rollout).map(|job| job.id.clone()).collect()
    }

    async fn observe(&mut self, endpoints: &Endpoints) {
        let hub = endpoints.hub(&self.connection);
        let ids = self.ids();
        while self.observations.read_jobs(endpoints, &hub, &self.http, &ids).await
            && self.observations.rows(&hub, "calls").await
            && self.observations.rows(&hub, "calls-later").await
            && self.observations.results(endpoints, &self.http, rollouts::JOB).await
        {}
    }

    /// Waits until every job has ended on both sides, or is known on neither; the rollout is the console's alone.
    async fn settle(&mut self, endpoints: &Endpoints) {
        let hub = endpoints.hub(&self.connection);
        let ids = self.ids();
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(
                self.observations.read_jobs(endpoints, &hub, &self.http, &ids).await,
                "the program is not killed now"
            );
            let mut open = Vec::new();
            for id in &ids {
                let job = hub.job(id).await.expect("the hub answers");
                let shown = endpoints
                    .read(&self.http, &format!("/api/v1/jobs/{id}"))
                    .await
                    .expect("the console answers");
                let is_settled = match &job {
                    None if id == rollouts::JOB => shown["rollout"]["phase"]["ended"] != Value::Null,
                    None => shown.is_null(),
                    Some(job) => job.status.is_terminal() && shown["status"] == job.status.as_str(),
                };
                if !is_settled {
                    open.push((job, shown));
                }
            }
            if open.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "not settled: {open:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn compare_records(&mut self, endpoints: &Endpoints) {
        let hub = endpoints.hub(&self.connection);
        let records = self.fleet.records();
        let mut twin_jobs = Vec::new();
        for planned in &self.jobs {
            let Some(job) = hub.job(&planned.id).await.expect("the hub answers") else {
                assert!(!planned.is_acknowledged, "{} was acknowledged and is lost", planned.id);
                continue;
            };
            let rows = observer::rows(&hub, &planned.id).await.expect("the hub answers");
            checks::check_rows(&job, &rows, planned.targets, &mut self.report.outcomes);
            checks::check_start(&job, planned.start.max(job.created_time.expect("a time")));
            self.report.late_starts += u64::from(job.status_message.is_some());
            if planned.body["type"] == "scheduleDeviceMethod" {
                checks::check_calls(&job, &rows, &records);
            }
            let shown =
                endpoints.read(&self.http, &format!("/api/v1/jobs/{}", planned.id)).await.expect("an answer");
            let results = observer::results(endpoints, &self.http, &planned.id).await.expect("an answer");
            checks::check_console(&shown, &results, &job, &rows);
            if job.update_twin.is_some() {
                twin_jobs.push(job);
            }
        }
        if let Some(planned) = &self.rollout {
            let job = endpoints.read(&self.http, "/api/v1/jobs/rollout").await.expect("an answer");
            let rollout =
                endpoints.read(&self.http, "/api/v1/jobs/rollout/rollout").await.expect("an answer");
            let results = observer::results(endpoints, &self.http, rollouts::JOB).await.expect("an answer");
            let ended =
                rollouts::Ended { job: &job, rollout: &rollout, results: &results, records: &records };
            rollouts::check(self.seed, planned.targets, &ended, &mut self.report.outcomes);
            assert!(
                self.observations.results(endpoints, &self.http, rollouts::JOB).await,
                "what the console had recorded before a kill is there after it"
            );
        }
        for job in ["calls", "calls-later"] {
            assert!(
                self.observations.rows(&hub, job).await,
                "what was recorded before a kill is there after it"
            );
        }
        let devices = OFFLINE_DEVICES + self.jobs[0].targets;
        checks::check_versions(&hub, &twin_jobs.iter().collect::<Vec<_>>(), devices).await;
        self.report.count_reads = self.observations.reads;
        let is_call = |record: &&fleet::Record| record.entry == fleet::Entry::Called;
        self.report.calls_received = records.iter().filter(is_call).count() as u64;
    }
}
