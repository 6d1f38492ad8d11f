//! `/api/v1/jobs`: the jobs themselves; the results of their devices are in `results`.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console::JobRequester;
use console_wire::{
    access::Actor,
    job::{JobFilter, JobSummary, NewJob, Origin},
    page::Page,
    rerun::NewRerun,
};

use super::download::file;
use crate::{
    extract::{Body, Caller, Parameters},
    problem::Refusal,
    state::AppState,
};

/// Jobs, newest first unless `sort` orders them otherwise.
#[utoipa::path(
    get,
    path = "/jobs",
    operation_id = "listJobs",
    tag = "jobs",
    params(JobFilter),
    responses((status = 200, description = "Done.", body = Page<JobSummary>), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(filter): Parameters<JobFilter>,
) -> Result<Json<Page<JobSummary>>, Refusal> {
    Ok(Json(state.console.jobs(&filter).await?))
}

/// Jobs as CSV, streamed.
///
/// All that match, in the order of `sort`; `cursor` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/jobs.csv",
    operation_id = "exportJobs",
    tag = "jobs",
    params(JobFilter),
    responses((status = 200, description = "Done.", body = String, content_type = "text/csv"), Refusal)
)]
pub(super) async fn list_csv(
    State(state): State<AppState>,
    Parameters(filter): Parameters<JobFilter>,
) -> Result<Response, Refusal> {
    file("jobs", "csv", "text/csv; charset=utf-8", state.console.jobs_csv(&filter)).await
}

/// Jobs as one JSON array, streamed.
///
/// All that match, in the order of `sort`; `cursor` and `limit` do not count.
#[utoipa::path(
    get,
    path = "/jobs.json",
    operation_id = "exportJobsAsJson",
    tag = "jobs",
    params(JobFilter),
    responses((status = 200, description = "Done.", body = Vec<JobSummary>), Refusal)
)]
pub(super) async fn list_json(
    State(state): State<AppState>,
    Parameters(filter): Parameters<JobFilter>,
) -> Result<Response, Refusal> {
    file("jobs", "json", "application/json", state.console.jobs_json(&filter)).await
}

/// Creates a job. The same jobId again is refused with 409 and changes nothing.
#[utoipa::path(
    post,
    path = "/jobs",
    operation_id = "createJob",
    tag = "jobs",
    request_body = NewJob,
    responses((status = 201, description = "Created.", body = JobSummary, headers(("location" = String, description = "The address of the job."))), Refusal)
)]
pub(super) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(job): Body<NewJob>,
) -> Result<Response, Refusal> {
    Ok(created(state.console.create_job_from(job, requester(actor)).await?))
}

/// One job.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}",
    operation_id = "getJob",
    tag = "jobs",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.job(&job_id).await?))
}

/// Changes a job in waves before it begins: action, devices, settings, name and reason are those of the body, the id stays. An
/// approval that was given or is waited for is void. 409 when it has begun, or is no rollout.
#[utoipa::path(
    put,
    path = "/jobs/{job_id}",
    operation_id = "editJob",
    tag = "jobs",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = NewJob,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn edit(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(job): Body<NewJob>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.edit_job(&job_id, job, requester(actor)).await?))
}

/// Cancels a job that has not begun. Of a job that runs on a list of devices it stops what has not begun: parts that were
/// not sent, and those that the hub has not started; devices in flight run to their end. 409 when nothing is left that has
/// not begun, as on IoT Hub.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/cancel",
    operation_id = "cancelJob",
    tag = "jobs",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.cancel_job_by(&job_id, &actor).await?))
}

/// Creates a job that does the same on exactly these of the job's devices, linked to it.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/rerun",
    operation_id = "rerunJob",
    tag = "jobs",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = Option<NewRerun>,
    responses((status = 201, description = "Created.", body = JobSummary, headers(("location" = String, description = "The address of the job."))), Refusal)
)]
pub(super) async fn rerun(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(rerun): Body<NewRerun>,
) -> Result<Response, Refusal> {
    Ok(created(state.console.rerun_from(&job_id, rerun, requester(actor)).await?))
}

/// The jobs that run this one's devices again, newest first.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/reruns",
    operation_id = "listReruns",
    tag = "jobs",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Page<JobSummary>), Refusal)
)]
pub(super) async fn reruns(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Page<JobSummary>>, Refusal> {
    state.console.job(&job_id).await?;
    Ok(Json(Page { items: state.console.reruns(&job_id).await?, next_cursor: None }))
}

fn requester(actor: Actor) -> JobRequester {
    JobRequester { origin: Origin::Api, actor }
}

fn created(job: JobSummary) -> Response {
    let address = format!("/api/v1/jobs/{}", job.job_id);
    (StatusCode::CREATED, [(header::LOCATION, address)], Json(job)).into_response()
}
