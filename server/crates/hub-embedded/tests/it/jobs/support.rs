//! A store, a scheduler, devices with configured behaviour, and a clock.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use hub_embedded::{
    clock::ManualClock,
    domain::{MethodCall, MethodError, Target, job::read_request},
    error::HubError,
    scheduler::{MethodInvoker, Scheduler, Settings},
    store::{DesiredPush, PageRequest, Store},
};
use hub_query::parse_query;
use hub_wire::{
    DeviceId, JobId, Timestamp,
    direct_method::DirectMethodResponse,
    job::{Job, JobReceipt, JobStatus},
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What a device does with a call.
#[derive(Debug, Clone)]
pub(crate) enum DeviceBehaviour {
    /// Answers at once.
    Answers(i32, Value),
    /// The gateway fails with this.
    Fails(MethodError),
    /// Never answers.
    Silent,
    /// Answers once the test releases it.
    Held,
}

/// Devices by name; one without a behaviour answers 200 with its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Devices(Arc<DevicesInner>);

#[derive(Debug, Default)]
struct DevicesInner {
    behaviours: Mutex<HashMap<String, DeviceBehaviour>>,
    called: watch::Sender<Vec<String>>,
    listening: Mutex<HashSet<String>>,
    pushed: watch::Sender<Vec<DesiredPush>>,
    released: watch::Sender<bool>,
}

impl Devices {
    pub(crate) fn set(&self, name: &str, behaviour: DeviceBehaviour) {
        self.0.behaviours.lock().unwrap().insert(name.into(), behaviour);
    }

    /// The device is connected from now on, and listens to changes of its desired properties.
    pub(crate) fn listen(&self, name: &str) {
        self.0.listening.lock().unwrap().insert(name.into());
    }

    pub(crate) fn release(&self) {
        self.0.released.send_replace(true);
    }

    /// Every call so far, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        self.0.called.borrow().clone()
    }

    pub(crate) fn pushed(&self) -> Vec<DesiredPush> {
        self.0.pushed.borrow().clone()
    }

    /// Waits until so many calls have come in.
    pub(crate) async fn until_called(&self, times: usize) {
        let mut called = self.0.called.subscribe();
        let wait = called.wait_for(|called| called.len() >= times);
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("calls come in").unwrap();
    }
}

impl MethodInvoker for Devices {
    async fn call(&self, target: &Target, _: &MethodCall) -> Result<DirectMethodResponse, MethodError> {
        let name = target.to_string();
        self.0.called.send_modify(|called| called.push(name.clone()));
        let behaviour = self.0.behaviours.lock().unwrap().get(&name).cloned();
        match behaviour.unwrap_or_else(|| DeviceBehaviour::Answers(200, json!(name))) {
            DeviceBehaviour::Answers(status, payload) => Ok(DirectMethodResponse { status, payload }),
            DeviceBehaviour::Fails(error) => Err(error),
            DeviceBehaviour::Silent => std::future::pending().await,
            DeviceBehaviour::Held => {
                let mut released = self.0.released.subscribe();
                released.wait_for(|released| *released).await.expect("the test is there");
                Ok(DirectMethodResponse { status: 200, payload: json!("late") })
            }
        }
    }

    fn subscribes_to_desired(&self, target: &Target) -> bool {
        self.0.listening.lock().unwrap().contains(&target.to_string())
    }

    fn push_desired(&self, push: &DesiredPush) {
        self.0.pushed.send_modify(|pushed| pushed.push(push.clone()));
    }
}

pub(crate) struct TestHub {
    pub(crate) store: Store,
    pub(crate) devices: Devices,
    pub(crate) clock: ManualClock,
    settings: Settings,
    scheduler: Option<Scheduler>,
    stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl TestHub {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings { stop_grace: Duration::from_millis(50), ..Settings::default() }).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).await.unwrap();
        let mut hub = Self {
            store,
            devices: Devices::default(),
            clock,
            settings,
            scheduler: None,
            stop: CancellationToken::new(),
            folder,
        };
        hub.resume();
        hub
    }

    /// Starts the scheduler.
    pub(crate) fn resume(&mut self) {
        self.stop = CancellationToken::new();
        self.scheduler = Some(Scheduler::start(
            self.store.clone(),
            self.devices.clone(),
            Arc::new(self.clock.clone()),
            self.settings,
            self.stop.clone(),
        ));
    }

    /// Stops the scheduler in order.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(scheduler) = self.scheduler.take() {
            scheduler.stopped().await;
        }
    }

    /// Ends as a kill does: what the file system holds at this instant is all that the successor gets. The successor's
    /// scheduler is not started yet.
    pub(crate) async fn kill(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        for file in ["hub.sqlite", "hub.sqlite-wal"] {
            std::fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        }
        self.stop().await;
        self.store.close().await;
        self.store = Store::open(folder.path(), Arc::new(self.clock.clone())).await.unwrap();
        self.folder = folder;
    }

    pub(crate) async fn register(&self, name: &str) {
        let device = serde_json::from_value(json!({ "deviceId": name })).unwrap();
        self.store.put_device(&device, None).await.unwrap();
    }

    pub(crate) async fn register_many(&self, count: usize) {
        for first in (0..count).step_by(100) {
            let items = (first..count.min(first + 100)).map(|number| json!({"id": format!("d{number:04}")}));
            let items = serde_json::from_value(items.collect()).unwrap();
            assert!(self.store.bulk(items).await.unwrap().result.is_successful);
        }
    }

    pub(crate) async fn create(&self, job: &str, change: Value) -> Result<JobReceipt, HubError> {
        let mut body = json!({
            "jobId": job, "type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lock", "payload": null}
        });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.store.create_job(&read_request(&job_id(job), body.to_string().as_bytes())?, None).await
    }

    pub(crate) async fn job(&self, job: &str) -> Job {
        self.store.job(job).await.unwrap().unwrap()
    }

    /// Waits until the job matches. At every poll its counters must sum to its targets.
    pub(crate) async fn until(&self, job: &str, is_wanted: impl Fn(&Job) -> bool) -> Job {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let job = self.job(job).await;
            if let Some(statistics) = job.device_job_statistics {
                assert!(statistics.is_consistent(), "{statistics:?}");
            }
            if is_wanted(&job) {
                return job;
            }
            assert!(Instant::now() < deadline, "the job does not get there: {job:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) async fn until_ended(&self, job: &str) -> Job {
        self.until(job, |job| job.status.is_terminal()).await
    }

    pub(crate) async fn until_status(&self, job: &str, status: JobStatus) -> Job {
        self.until(job, |job| job.status == status).await
    }

    /// The job's rows by device.
    pub(crate) async fn rows(&self, job: &str) -> HashMap<String, Value> {
        self.select(&format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{job}'"))
            .await
            .into_iter()
            .map(|row| (row["deviceId"].as_str().unwrap().to_owned(), row))
            .collect()
    }

    pub(crate) async fn select(&self, text: &str) -> Vec<Value> {
        let query = parse_query(text).unwrap();
        let (mut all, mut continuation) = (Vec::new(), None);
        loop {
            let page = self.store.query(&query, &PageRequest { size: 100, continuation }).await.unwrap();
            all.extend(serde_json::from_str::<Vec<Value>>(&page.items.clone().into_text()).unwrap());
            continuation = page.continuation;
            if continuation.is_none() {
                return all;
            }
        }
    }
}

pub(crate) fn job_id(text: &str) -> JobId {
    JobId::new(text).unwrap()
}

pub(crate) fn target(name: &str) -> Target {
    Target::device(DeviceId::new(name).unwrap())
}

/// Counts: all, failed, succeeded, running, pending.
pub(crate) fn counts(job: &Job) -> [u64; 5] {
    let it = job.device_job_statistics.expect("it has started");
    [it.device_count, it.failed_count, it.succeeded_count, it.running_count, it.pending_count]
}
