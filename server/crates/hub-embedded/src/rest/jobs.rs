//! Jobs, version 2.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use hub_wire::{
    JobId,
    job::{Job, JobReceipt, JobStatus, JobType, OTHER_STATES, OTHER_TYPES},
    query::ItemType,
};

use super::{
    Rest,
    answer::{self, Answer},
    error::Refusal,
    extract::{self, Authorized, EnumValue, Jobs, Parameters, RawBody, Throttled},
    query::Paging,
};
use crate::{
    domain::job::{read_request, unknown_job},
    error::HubError,
    store::{JobFilter, JsonArray, Page},
};

/// Answers three fields, `queued` even for a job that is hours ahead.
pub(super) async fn create(
    _: Authorized<Jobs>,
    _: Throttled<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
    RawBody(body): RawBody,
) -> Answer<Json<JobReceipt>> {
    let job_id = JobId::new(job_id).map_err(|invalid| Refusal::argument(invalid.to_string()))?;
    let request = read_request(&job_id, &body)?;
    Ok(Json(rest.store.create_job(&request, rest.max_active_jobs).await?))
}

/// An id that the hub does not know is 200, with `unknown` for its type and its status.
pub(super) async fn get(
    _: Authorized<Jobs>,
    _: Throttled<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
) -> Answer {
    Ok(match rest.store.job(&job_id).await? {
        Some(job) => Json(job).into_response(),
        None => Json(unknown_job(&job_id)).into_response(),
    })
}

/// Takes no body; Java sends `{}`, which is ignored.
pub(super) async fn cancel(
    _: Authorized<Jobs>,
    _: Throttled<extract::Job>,
    State(rest): State<Rest>,
    Path(job_id): Path<String>,
) -> Answer<Json<Job>> {
    // No job has an id that the hub does not take.
    let job_id = JobId::new(job_id.as_str()).map_err(|_| HubError::JobNotFound(job_id))?;
    Ok(Json(rest.store.cancel_job(&job_id).await?))
}

pub(super) async fn list(
    _: Authorized<Jobs>,
    _: Throttled<extract::Job>,
    State(rest): State<Rest>,
    parameters: Parameters,
    Paging(page): Paging,
) -> Answer {
    let job_type = parameters.enum_value::<JobType>("jobType", OTHER_TYPES)?;
    let status = parameters.enum_value::<JobStatus>("jobStatus", OTHER_STATES)?;
    let filter = match (job_type, status) {
        // The contract's value for what no job of this hub is.
        (Some(EnumValue::Other), _) | (_, Some(EnumValue::Other)) => {
            return answer::page(Page {
                items: JsonArray::default(),
                item_type: ItemType::JobResponse,
                continuation: None,
            });
        }
        (job_type, status) => JobFilter { job_type: known(job_type), status: known(status) },
    };
    answer::page(rest.store.jobs(filter, &page).await?)
}

fn known<T>(value: Option<EnumValue<T>>) -> Option<T> {
    match value {
        Some(EnumValue::Known(value)) => Some(value),
        Some(EnumValue::Other) | None => None,
    }
}
