//! The fake hub's calls and its levers.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use hub_wire::{
    Timestamp,
    error::{ERROR_CODE_HEADER, ErrorBody, ErrorCode},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

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
    pub knows_changes: bool,
    /// Most rows of a job in a page.
    pub page: usize,
    /// Rows of jobs in all pages so far.
    pub told: usize,
    /// Conditions under which rows of a job were asked for, those of first pages.
    pub asked: Vec<String>,
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
            knows_changes: true,
            page: PAGE,
            told: 0,
            asked: Vec::new(),
            calls: BTreeMap::new(),
        }));
        let router = Router::new()
            .route("/jobs/v2/query", get(list))
            .route("/jobs/v2/{id}", put(create).get(read))
            .route("/jobs/v2/{id}/cancel", post(cancel))
            .route("/devices/query", post(query))
            .route("/statistics/devices", get(statistics))
            .route("/statistics/service", get(statistics))
            .layer(middleware::from_fn_with_state(Arc::clone(&hub), fail))
            .with_state(Arc::clone(&hub));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, hub, server }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hub itself, to look into and to change.
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

    /// A job that someone else put to the hub.
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

fn refuse(code: ErrorCode, text: &str) -> Response {
    let status = StatusCode::from_u16(code.http_status()).unwrap();
    (status, [(ERROR_CODE_HEADER, code.name())], Json(ErrorBody::new(code, text, "1", now()))).into_response()
}

async fn fail(State(hub): State<Shared>, request: Request, next: Next) -> Response {
    let failure = {
        let mut hub = hub.lock().unwrap();
        *hub.calls.entry(format!("{} {}", request.method(), request.uri().path())).or_default() += 1;
        hub.fails_with
    };
    match failure {
        Some(code) => refuse(code, "as the test says"),
        None => next.run(request).await,
    }
}

async fn create(State(hub): State<Shared>, Path(id): Path<String>, Json(request): Json<Value>) -> Response {
    let mut hub = hub.lock().unwrap();
    if hub.jobs.contains_key(&id) {
        return refuse(ErrorCode::JobAlreadyExists, &id);
    }
    let active = |job: &&HubJob| matches!(job.job["status"].as_str(), Some("queued" | "running"));
    if hub.most_active.is_some_and(|most| hub.jobs.values().filter(active).count() >= most) {
        hub.refused += 1;
        return refuse(ErrorCode::ThrottlingException, "too many active jobs");
    }
    let receipt = json!({"jobId": id, "type": request["type"], "status": "queued"});
    match hub.creation {
        Creation::Refuses => return refuse(ErrorCode::ArgumentInvalid, "not such a job"),
        Creation::Fails => return refuse(ErrorCode::ServerError, "not taken"),
        Creation::TakesAndFails => {
            hub.take(&id, request);
            return refuse(ErrorCode::ServerError, "taken");
        }
        Creation::Normal => hub.take(&id, request),
    }
    Json(receipt).into_response()
}

async fn read(State(hub): State<Shared>, Path(id): Path<String>) -> Response {
    let hub = hub.lock().unwrap();
    if hub.fails_reading {
        return refuse(ErrorCode::ServerError, "not now");
    }
    let unknown = || json!({"jobId": id, "type": "unknown", "status": "unknown"});
    Json(hub.jobs.get(&id).map_or_else(unknown, HubJob::to_wire)).into_response()
}

async fn cancel(State(hub): State<Shared>, Path(id): Path<String>) -> Response {
    let mut hub = hub.lock().unwrap();
    let Some(job) = hub.jobs.get_mut(&id) else { return refuse(ErrorCode::JobNotFound, &id) };
    if !matches!(job.job["status"].as_str(), Some("queued" | "scheduled")) {
        return refuse(ErrorCode::OperationNotAllowedInCurrentState, &id);
    }
    job.job["status"] = "cancelled".into();
    job.job["endTime"] = now().to_string().into();
    Json(job.to_wire()).into_response()
}

async fn list(State(hub): State<Shared>) -> Json<Vec<Value>> {
    Json(hub.lock().unwrap().jobs.values().map(HubJob::to_wire).collect())
}

async fn statistics(State(hub): State<Shared>) -> Json<Value> {
    let count = hub.lock().unwrap().device_count;
    Json(json!({"totalDeviceCount": count, "enabledDeviceCount": count, "disabledDeviceCount": 0,
        "connectedDeviceCount": count - 1}))
}

async fn query(State(hub): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let text = request["query"].as_str().unwrap();
    let mut hub = hub.lock().unwrap();
    let bad = || refuse(ErrorCode::ArgumentInvalid, "BadRequest");
    if text.contains("!!") {
        return bad();
    }
    let rows = if let Some((_, tag)) = text.split_once(" GROUP BY tags.") {
        groups(&devices(&hub, text), tag)
    } else if text.contains("deviceId IN [") {
        let named: Vec<_> = devices(&hub, "")
            .into_iter()
            .filter(|twin| text.contains(&format!("'{}'", twin["deviceId"].as_str().unwrap())))
            .collect();
        let wanted = |state: &str| !text.contains("connectionState") || text.contains(&format!("'{state}'"));
        let found = named.into_iter().filter(|twin| wanted(twin["connectionState"].as_str().unwrap()));
        if text.contains("COUNT()") { vec![json!({"n": found.count()})] } else { found.collect() }
    } else if text.contains("COUNT()") {
        let connected = text.contains("'Connected'");
        vec![json!({"n": hub.device_count - u64::from(connected)})]
    } else if let Some(rest) = text.split("devices.jobs.jobId = '").nth(1) {
        let conditions = rest.split_once('\'').unwrap_or_default();
        if conditions.1.contains(" AND ") && !hub.knows_changes {
            return bad();
        }
        return results(&mut hub, conditions, &headers);
    } else {
        devices(&hub, text)
    };
    page(&rows, &headers)
}

/// A page of a job's rows under conditions on status and last change. As the embedded hub does it: those that have
/// moved come in the order of their changes, and a page begins behind the last row of the one before, so that no row
/// that moves meanwhile is passed over.
fn results(hub: &mut Hub, (job_id, conditions): (&str, &str), headers: &HeaderMap) -> Response {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let (moved, waiting) =
        (conditions.contains("status != 'pending'"), conditions.contains("status = 'pending'"));
    let after = conditions.split("> '").nth(1).map(|rest| rest.split('\'').next().unwrap().to_owned());
    let key = |row: &Value| {
        let changed = if moved { text(row, "lastUpdatedDateTimeUtc") } else { String::new() };
        format!("{changed}|{}", text(row, "deviceId"))
    };
    let begin = headers.get("x-ms-continuation").map(|token| token.to_str().unwrap().to_owned());
    if begin.is_none() {
        hub.asked.push(conditions.to_owned());
    }
    let mut rows: Vec<(String, &Value)> = hub.jobs[job_id]
        .rows
        .values()
        .filter(|row| (row["status"] == "pending" && !moved) || (row["status"] != "pending" && !waiting))
        .filter(|row| after.as_ref().is_none_or(|after| text(row, "lastUpdatedDateTimeUtc") > *after))
        .map(|row| (key(row), row))
        .filter(|(key, _)| begin.as_ref().is_none_or(|begin| key > begin))
        .collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let more = rows.len() > hub.page;
    rows.truncate(hub.page);
    hub.told += rows.len();
    let items = Json(rows.iter().map(|(_, row)| *row).cloned().collect::<Vec<Value>>());
    match rows.last().filter(|_| more) {
        Some((key, _)) => {
            ([("x-ms-continuation", key.as_str()), ("x-ms-item-type", "DeviceJob")], items).into_response()
        }
        None => ([("x-ms-item-type", "DeviceJob")], items).into_response(),
    }
}

/// Devices, of which only the last is disconnected.
fn devices(hub: &Hub, text: &str) -> Vec<Value> {
    let last = hub.device_count - 1;
    let one = |number: u64| {
        let state = if number == last { "Disconnected" } else { "Connected" };
        // The last one is not in a wing.
        let wing = if number.is_multiple_of(3) { "B" } else { "A" };
        let tags =
            if number == last { json!({"floor": number}) } else { json!({"floor": number, "wing": wing}) };
        json!({"deviceId": format!("door-{number:04}"), "connectionState": state, "tags": tags,
            "properties": {"desired": {}, "reported": {"lock": {"state": "locked"}}}})
    };
    let all = (0..hub.device_count).map(one);
    all.filter(|twin| !text.contains("'Disconnected'") || twin["connectionState"] == "Disconnected").collect()
}

/// How many have which value of a tag, as `v` and `n`.
fn groups(devices: &[Value], tag: &str) -> Vec<Value> {
    let mut counts: BTreeMap<String, (Option<Value>, u64)> = BTreeMap::new();
    for device in devices {
        let value = device["tags"].get(tag).cloned();
        counts.entry(format!("{value:?}")).or_insert((value, 0)).1 += 1;
    }
    let group = |(value, n)| match value {
        Some(v) => json!({"v": v, "n": n}),
        None => json!({"n": n}),
    };
    counts.into_values().map(group).collect()
}

fn page(rows: &[Value], headers: &HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let begin: usize = header("x-ms-continuation").map_or(0, |token| token.parse().unwrap());
    let size = header("x-ms-max-item-count").map_or(PAGE, |size| size.parse().unwrap()).min(PAGE);
    let end = (begin + size).min(rows.len());
    let items = Json(rows[begin.min(end)..end].to_vec());
    if end < rows.len() {
        ([("x-ms-continuation", end.to_string()), ("x-ms-item-type", "Raw".to_owned())], items)
            .into_response()
    } else {
        ([("x-ms-item-type", "Raw")], items).into_response()
    }
}
