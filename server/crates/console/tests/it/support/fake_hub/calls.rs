//! The fake hub's calls on jobs, single devices and statistics.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch, post, put},
};
use hub_wire::error::ErrorCode;
use serde_json::{Value, json};

use super::{Creation, HubJob, Shared, now, query::query, refuse::refuse};

pub(super) fn router(hub: &Shared) -> Router {
    Router::new()
        .route("/jobs/v2/query", get(list))
        .route("/jobs/v2/{id}", put(create).get(read))
        .route("/jobs/v2/{id}/cancel", post(cancel))
        .route("/twins/{id}/methods", post(method))
        .route("/twins/{id}", patch(change_twin))
        .route("/devices/query", post(query))
        .route("/statistics/devices", get(statistics))
        .route("/statistics/service", get(statistics))
        .layer(middleware::from_fn_with_state(Arc::clone(hub), fail))
        .with_state(Arc::clone(hub))
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

async fn method(State(hub): State<Shared>) -> Json<Value> {
    let (status, waits) = {
        let hub = hub.lock().unwrap();
        (hub.method_status, hub.method_waits.clone())
    };
    if let Some(waits) = waits {
        waits.notified().await;
    }
    Json(json!({"status": status, "payload": {"state": "locked"}}))
}

async fn change_twin(Path(id): Path<String>) -> Json<Value> {
    Json(json!({"deviceId": id, "version": 9, "properties": {"desired": {"$version": 4}, "reported": {}}}))
}

async fn list(State(hub): State<Shared>) -> Json<Vec<Value>> {
    Json(hub.lock().unwrap().jobs.values().map(HubJob::to_wire).collect())
}

async fn statistics(State(hub): State<Shared>) -> Json<Value> {
    let count = hub.lock().unwrap().device_count;
    Json(json!({"totalDeviceCount": count, "enabledDeviceCount": count, "disabledDeviceCount": 0,
        "connectedDeviceCount": count - 1}))
}
