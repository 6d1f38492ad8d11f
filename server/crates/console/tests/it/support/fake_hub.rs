//! A hub for tests: it answers the calls that the console makes, holds jobs and their rows, and changes them as a test
//! says. No device is behind it.

mod calls;
mod query;
mod refuse;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use hub_wire::{Timestamp, error::ErrorCode};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinHandle};

/// Rows in a page unless a test says otherwise, few so that paging happens.
const PAGE: usize = 7;

/// A job as the hub holds it.
#[derive(Clone)]
pub struct HubJob {
    pub job: Value,
    pub rows: BTreeMap<String, Value>,
}

/// What the hub does with a creation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    Normal,
    /// Takes the job, then answers 500.
    TakesAndFails,
    /// Answers 500 and does not take it.
    Fails,
    /// Answers 400: it never will.
    Refuses,
}

pub struct Hub {
    pub jobs: BTreeMap<String, HubJob>,
    pub device_count: u64,
    /// Answers every call with this.
    pub fails_with: Option<ErrorCode>,
    pub creation: Creation,
    /// Answers reads of a job with 500.
    pub fails_reading: bool,
    /// Most jobs that may wait or run.
    pub most_active: Option<usize>,
    /// Jobs refused for that.
    pub refused: usize,
    /// Whether it takes conditions on status and last change.
    pub filters_changes: bool,
    /// Most rows of a job in a page.
    pub page: usize,
    /// Rows of jobs in all pages so far.
    pub rows_sent: usize,
    /// Conditions of the queries for rows of a job, those of first pages.
    pub row_queries: Vec<String>,
    /// Status of every answer to a direct method.
    pub method_status: i32,
    /// Answers direct methods only when notified.
    pub method_waits: Option<Arc<Notify>>,
    /// Calls so far, by `VERB path`.
    pub calls: BTreeMap<String, u32>,
}

type Shared = Arc<Mutex<Hub>>;

pub struct FakeHub {
    address: SocketAddr,
    hub: Shared,
    server: JoinHandle<()>,
}

impl Drop for FakeHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeHub {
    pub async fn start() -> Self {
        let hub = Arc::new(Mutex::new(Hub {
            jobs: BTreeMap::new(),
            device_count: 20,
            fails_with: None,
            creation: Creation::Normal,
            fails_reading: false,
            most_active: None,
            refused: 0,
            filters_changes: true,
            page: PAGE,
            rows_sent: 0,
            row_queries: Vec::new(),
            method_status: 200,
            method_waits: None,
            calls: BTreeMap::new(),
        }));
        let router = calls::router(&hub);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, hub, server }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hub's state, to read and to change.
    pub fn inside(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap()
    }

    /// A job starts: its rows are there, none begun.
    pub fn begin(&self, job_id: &str, devices: usize) {
        self.begin_doors(job_id, 0..devices);
    }

    fn begin_doors(&self, job_id: &str, doors: impl Iterator<Item = usize>) {
        let mut hub = self.inside();
        let now = now();
        let job = hub.jobs.get_mut(job_id).unwrap();
        job.job["status"] = "running".into();
        job.job["startTime"] = now.to_string().into();
        for number in doors {
            let id = format!("door-{number:04}");
            let row = json!({"deviceId": id, "jobId": job_id, "jobType": job.job["type"], "status": "pending",
                "createdDateTimeUtc": now, "lastUpdatedDateTimeUtc": now});
            job.rows.insert(id, row);
        }
    }

    /// Jobs that have not begun.
    pub fn waiting(&self) -> Vec<String> {
        let hub = self.inside();
        let waiting = hub.jobs.iter().filter(|(_, job)| job.job["status"] == "queued");
        waiting.map(|(id, _)| id.clone()).collect()
    }

    /// A job on a list starts: it has a row for each door that its condition names.
    pub fn begin_listed(&self, job_id: &str) {
        let doors: Vec<usize> = {
            let hub = self.inside();
            let condition = hub.jobs[job_id].job["queryCondition"].as_str().unwrap().to_owned();
            let ids = condition.split('\'').filter_map(|text| text.strip_prefix("door-"));
            ids.map(|number| number.parse().unwrap()).collect()
        };
        self.begin_doors(job_id, doors.into_iter());
    }

    /// Every device of a job answers.
    pub fn all_answer(&self, job_id: &str, status: i32) {
        let mut hub = self.inside();
        let answer = json!({"deviceMethodResponse": {"status": status, "payload": null}});
        for row in hub.jobs.get_mut(job_id).unwrap().rows.values_mut() {
            row["status"] = "completed".into();
            row["outcome"] = answer.clone();
            row["startTimeUtc"] = row["createdDateTimeUtc"].clone();
            row["endTimeUtc"] = now().to_string().into();
            row["lastUpdatedDateTimeUtc"] = now().to_string().into();
        }
    }

    /// A device answers with a payload.
    pub fn answers_with(&self, device: usize, job_id: &str, status: i32, payload: &Value) {
        let answer = json!({"deviceMethodResponse": {"status": status, "payload": payload}});
        self.moves(job_id, device, &json!({"status": "completed", "outcome": answer, "endTimeUtc": now()}));
    }

    /// A device's row changes.
    pub fn moves(&self, job_id: &str, device: usize, change: &Value) {
        let mut hub = self.inside();
        let row = hub.jobs.get_mut(job_id).unwrap().rows.get_mut(&format!("door-{device:04}")).unwrap();
        for (name, value) in change.as_object().unwrap() {
            row[name] = value.clone();
        }
        row["lastUpdatedDateTimeUtc"] = now().to_string().into();
    }

    /// A device answers.
    pub fn answers(&self, job_id: &str, device: usize, status: i32) {
        let answer = json!({"deviceMethodResponse": {"status": status, "payload": {"n": device}}});
        self.moves(job_id, device, &json!({"status": "completed", "outcome": answer, "endTimeUtc": now()}));
    }

    /// A device fails.
    pub fn fails(&self, job_id: &str, device: usize, code: &str) {
        let error = json!({"code": code, "description": "why"});
        self.moves(job_id, device, &json!({"status": "failed", "error": error, "endTimeUtc": now()}));
    }

    /// A job ends.
    pub fn ends(&self, job_id: &str) {
        let mut hub = self.inside();
        let job = &mut hub.jobs.get_mut(job_id).unwrap().job;
        job["status"] = "completed".into();
        job["endTime"] = now().to_string().into();
    }

    /// A job that another client put to the hub.
    pub fn foreign(&self, job_id: &str) {
        let request = json!({"jobId": job_id, "type": "scheduleUpdateTwin", "queryCondition": "tags.floor = '3'",
            "updateTwin": {"etag": "*", "tags": {"ring": 2}}});
        self.inside().take(job_id, request);
    }

    /// How often a call was made.
    pub fn calls(&self, call: &str) -> u32 {
        self.inside().calls.get(call).copied().unwrap_or_default()
    }
}

impl Hub {
    fn take(&mut self, job_id: &str, request: Value) {
        let mut job = request;
        let starts_later = job["startTime"].as_str().is_some_and(|at| Timestamp::parse(at).unwrap() > now());
        job["status"] = if starts_later { "scheduled" } else { "queued" }.into();
        job["createdTime"] = now().to_string().into();
        job["endTime"] = Timestamp::FAR_FUTURE.to_string().into();
        self.jobs.insert(job_id.to_owned(), HubJob { job, rows: BTreeMap::new() });
    }
}

impl HubJob {
    fn to_wire(&self) -> Value {
        let of = |states: &[&str]| {
            self.rows.values().filter(|row| states.contains(&row["status"].as_str().unwrap())).count()
        };
        let mut job = self.job.clone();
        job["deviceJobStatistics"] = json!({"deviceCount": self.rows.len(), "pendingCount": of(&["pending"]),
            "runningCount": of(&["running"]), "succeededCount": of(&["completed"]),
            "failedCount": of(&["failed", "canceled"])});
        job
    }
}

pub fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
