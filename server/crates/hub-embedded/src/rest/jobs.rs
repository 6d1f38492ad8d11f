//! Jobs, version 2.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use hub_wire::{
    JobId,
    job::{Job, JobReceipt, JobStatus, JobType},
    query::ItemType,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Rest,
    answer::{self, Answer},
    error::Refusal,
    extract::{self, Authorized, Body, Counted, Jobs},
    query::Paging,
};
use crate::{
    domain::job::{read_request, unknown_job},
    error::HubError,
    store::{JobFilter, JsonArray, Page},
};

/// Filters of the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filters {
    job_type: Option<String>,
    job_status: Option<String>,
}

/// Answers three fields, `queued` even for a job that is hours ahead.
pub(super) async fn create(
    _: Authorized<Jobs>,
    _: Counted<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
    Body(body): Body<Value>,
) -> Answer<Json<JobReceipt>> {
    let job_id = JobId::new(job_id).map_err(|invalid| Refusal::argument(invalid.to_string()))?;
    let request = read_request(&job_id, &body)?;
    Ok(Json(rest.store.create_job(&request, rest.max_active_jobs).await?))
}

/// An id that the hub does not know is 200, with `unknown` for its type and its status.
pub(super) async fn get(
    _: Authorized<Jobs>,
    _: Counted<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
) -> Answer {
    Ok(match rest.store.job(&job_id).await? {
        Some(job) => Json(job).into_response(),
        None => Json(unknown_job(&job_id)).into_response(),
    })
}

/// Takes no body; Java sends `{}`, which is not looked at.
pub(super) async fn cancel(
    _: Authorized<Jobs>,
    _: Counted<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
) -> Answer<Json<Job>> {
    // No job has an id that the hub does not take.
    let job_id = JobId::new(job_id.as_str()).map_err(|_| HubError::JobNotFound(job_id))?;
    Ok(Json(rest.store.cancel_job(&job_id).await?))
}

pub(super) async fn list(
    _: Authorized<Jobs>,
    _: Counted<extract::Job>,
    State(rest): State<Rest>,
    Query(filters): Query<Filters>,
    Paging(page): Paging,
) -> Answer {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let filter = JobFilter {
        job_type: given(&filters.job_type).map(|word| JobType::from_wire(&word)),
        status: given(&filters.job_status).map(|word| JobStatus::from_wire(&word)),
    };
    if filter.job_type == Some(JobType::Unknown) || filter.status == Some(JobStatus::Unknown) {
        // Types and states that the contract has and this hub does not: no job is of that kind.
        return answer::page(Page {
            items: JsonArray::default(),
            item_type: ItemType::JobResponse,
            continuation: None,
        });
    }
    answer::page(rest.store.jobs(filter, &page).await?)
}
