//! Jobs in waves: what is shown of a rollout, and what a person does with it. Such a job is created and cancelled as any other.

use axum::{
    Json,
    extract::{Path, State},
};
use console_wire::{
    job::JobSummary,
    rollout::{ApprovalDecision, Approvals, Comment, EstimateRequest, Resume, Rollout, RolloutEstimates},
};

use crate::{
    extract::{Body, Caller},
    problem::Refusal,
    state::AppState,
};

/// The rollout of a job: its waves, stop rules, approval and history.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/rollout",
    operation_id = "getRollout",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    responses((status = 200, description = "Done.", body = Rollout), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Rollout>, Refusal> {
    Ok(Json(state.console.rollout(&job_id).await?))
}

/// Calls no further device of a job until it is resumed. Calls under way go on. 409 when it does not run, or is paused.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/pause",
    operation_id = "pauseJob",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = Comment,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn pause(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(body): Body<Comment>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.pause_job(&job_id, body.comment, &actor).await?))
}

/// Goes on after a pause, whoever or whatever has paused the job. 409 when it is not paused.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/resume",
    operation_id = "resumeJob",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = Resume,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn resume(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(body): Body<Resume>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.resume_job(&job_id, body, &actor).await?))
}

/// Starts the next wave without the wait, the question or the share of the gate before it. 409 while devices of the wave are
/// called, and in the last wave.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/next-wave",
    operation_id = "startNextWave",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = Comment,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn next_wave(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(body): Body<Comment>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.start_next_wave(&job_id, body.comment, &actor).await?))
}

/// Agrees to a job that another person asks for. 409 for one's own request, and for one that was changed since it was read.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/approve",
    operation_id = "approveJob",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = ApprovalDecision,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn approve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(body): Body<ApprovalDecision>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.approve_job(&job_id, body, &actor).await?))
}

/// Does not agree to a job that another person asks for; it does not start. The comment is needed.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/reject",
    operation_id = "rejectJob",
    tag = "rollouts",
    params(("job_id" = String, Path, description = "The job.")),
    request_body = ApprovalDecision,
    responses((status = 200, description = "Done.", body = JobSummary), Refusal)
)]
pub(super) async fn reject(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(job_id): Path<String>,
    Body(body): Body<ApprovalDecision>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.reject_job(&job_id, body, &actor).await?))
}

/// Jobs that wait for another person's approval, and the newest that were decided.
///
/// Whoever has a scope sees own jobs and jobs that were created under the same scope.
#[utoipa::path(
    get,
    path = "/approvals",
    operation_id = "listApprovals",
    tag = "rollouts",
    responses((status = 200, description = "Done.", body = Approvals), Refusal)
)]
pub(super) async fn approvals(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Approvals>, Refusal> {
    Ok(Json(state.console.approvals(&actor).await?))
}

/// How long a job in waves would take, and what limits it. Creates nothing.
#[utoipa::path(
    post,
    path = "/rollout-estimates",
    operation_id = "estimateRollout",
    tag = "rollouts",
    request_body = EstimateRequest,
    responses((status = 200, description = "Done.", body = RolloutEstimates), Refusal)
)]
pub(super) async fn estimate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Body(body): Body<EstimateRequest>,
) -> Result<Json<RolloutEstimates>, Refusal> {
    Ok(Json(state.console.estimate_rollout(body, &actor).await?))
}
