//! `/api/v1/jobs`: jobs themselves; what became of their devices is in `results`.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::{
    job::{JobFilter, JobSort, JobSummary, JobTab, NewJob},
    page::{MAX_LIMIT, Page},
    rerun::NewRerun,
};
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};
use serde::Deserialize;

use super::extract::{Body, Given, Parameters, text};
use crate::{problem::Refusal, state::AppState};

/// Filters of the job list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    tab: Option<String>,
    status: Option<String>,
    #[serde(rename = "type")]
    job_type: Option<String>,
    q: Option<String>,
    action: Option<String>,
    target: Option<String>,
    since: Option<String>,
    #[serde(rename = "longerThanSeconds")]
    longer: Option<String>,
    problems: Option<String>,
    sort: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

impl ListQuery {
    fn read(self) -> Result<JobFilter, Refusal> {
        let known_status =
            |text: &str| Some(JobStatus::from_wire(text)).filter(|status| *status != JobStatus::Unknown);
        let known_type =
            |text: &str| Some(JobType::from_wire(text)).filter(|job_type| *job_type != JobType::Unknown);
        let mut given = Given::default();
        let filter = JobFilter {
            tab: given
                .word("tab", self.tab, JobTab::from_wire, "running, scheduled, finished, all")
                .unwrap_or_default(),
            status: given.word(
                "status",
                self.status,
                known_status,
                "queued, scheduled, running, completed, failed, cancelled",
            ),
            job_type: given.word(
                "type",
                self.job_type,
                known_type,
                "scheduleDeviceMethod, scheduleUpdateTwin",
            ),
            q: text(self.q),
            action: text(self.action),
            target: text(self.target),
            since: given.word(
                "since",
                self.since,
                |text| Timestamp::parse(text).ok(),
                "times such as 2026-11-22T18:00:00Z",
            ),
            longer_secs: given.number("longerThanSeconds", self.longer, 0..=u64::MAX),
            problems: given.word("problems", self.problems, |text| text.parse().ok(), "true, false"),
            sort: given
                .word(
                    "sort",
                    self.sort,
                    JobSort::from_wire,
                    "-created, groups, job, -job, start, -start, duration, -duration",
                )
                .unwrap_or_default(),
            cursor: text(self.cursor),
            limit: given.number("limit", self.limit, 1..=MAX_LIMIT),
        };
        given.check(filter)
    }
}

/// `GET /jobs`: newest first unless `sort` says otherwise.
pub(super) async fn list(
    State(state): State<AppState>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Page<JobSummary>>, Refusal> {
    Ok(Json(state.console.jobs(&query.read()?).await?))
}

/// `POST /jobs`: 201 with the job and its address.
pub(super) async fn create(
    State(state): State<AppState>,
    Body(job): Body<NewJob>,
) -> Result<Response, Refusal> {
    Ok(created(state.console.create_job(job).await?))
}

/// `GET /jobs/{id}`.
pub(super) async fn get(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.job(&job_id).await?))
}

/// `POST /jobs/{id}/cancel`: 409 once it runs, as on IoT Hub.
pub(super) async fn cancel(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<JobSummary>, Refusal> {
    Ok(Json(state.console.cancel_job(&job_id).await?))
}

/// `POST /jobs/{id}/rerun`: 201 with a new job on exactly these of the job's devices, linked to it.
pub(super) async fn rerun(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Body(rerun): Body<NewRerun>,
) -> Result<Response, Refusal> {
    Ok(created(state.console.rerun(&job_id, rerun).await?))
}

/// `GET /jobs/{id}/reruns`: the jobs that run this one's devices again, newest first.
pub(super) async fn reruns(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Page<JobSummary>>, Refusal> {
    state.console.job(&job_id).await?;
    Ok(Json(Page { items: state.console.reruns(&job_id).await?, next_cursor: None }))
}

fn created(job: JobSummary) -> Response {
    let address = format!("/api/v1/jobs/{}", job.job_id);
    (StatusCode::CREATED, [(header::LOCATION, address)], Json(job)).into_response()
}
