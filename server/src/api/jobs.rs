//! `/api/v1/jobs`: jobs and their devices' results.

use axum::{
    Json,
    body::Body as HttpBody,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use console_wire::{
    job::{JobFilter, JobSort, JobSummary, JobTab, NewJob, ResultFilter},
    outcome::{DeviceResult, Outcome},
    page::{MAX_LIMIT, Page},
};
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};
use serde::Deserialize;

use super::extract::{Body, Parameters, check, limit, word};
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
        let mut errors = Vec::new();
        let known_status =
            |text: &str| Some(JobStatus::from_wire(text)).filter(|status| *status != JobStatus::Unknown);
        let known_type =
            |text: &str| Some(JobType::from_wire(text)).filter(|job_type| *job_type != JobType::Unknown);
        let filter = JobFilter {
            tab: word(
                "tab",
                self.tab.as_deref(),
                JobTab::from_wire,
                "running, scheduled, finished, all",
                &mut errors,
            )
            .unwrap_or_default(),
            status: word(
                "status",
                self.status.as_deref(),
                known_status,
                "queued, scheduled, running, completed, failed, cancelled",
                &mut errors,
            ),
            job_type: word(
                "type",
                self.job_type.as_deref(),
                known_type,
                "scheduleDeviceMethod, scheduleUpdateTwin",
                &mut errors,
            ),
            q: self.q.filter(|text| !text.is_empty()),
            action: self.action.filter(|text| !text.is_empty()),
            target: self.target.filter(|text| !text.is_empty()),
            since: word(
                "since",
                self.since.as_deref(),
                |text| Timestamp::parse(text).ok(),
                "times such as 2026-11-22T18:00:00Z",
                &mut errors,
            ),
            longer_secs: word(
                "longerThanSeconds",
                self.longer.as_deref(),
                |text| text.parse().ok(),
                "the whole numbers of seconds",
                &mut errors,
            ),
            problems: word(
                "problems",
                self.problems.as_deref(),
                |text| text.parse().ok(),
                "true, false",
                &mut errors,
            ),
            sort: word(
                "sort",
                self.sort.as_deref(),
                JobSort::from_wire,
                "-created, groups, job, -job, start, -start, duration, -duration",
                &mut errors,
            )
            .unwrap_or_default(),
            cursor: self.cursor.filter(|text| !text.is_empty()),
            limit: limit(self.limit.as_deref(), MAX_LIMIT, &mut errors),
        };
        check(errors)?;
        Ok(filter)
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
    let job = state.console.create_job(job).await?;
    let address = format!("/api/v1/jobs/{}", job.job_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], Json(job)).into_response())
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

/// Filters of a job's results.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultQuery {
    status: Option<String>,
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

impl ResultQuery {
    fn read(self) -> Result<ResultFilter, Refusal> {
        let mut errors = Vec::new();
        let filter = ResultFilter {
            outcome: word(
                "status",
                self.status.as_deref(),
                Outcome::from_wire,
                "queued, inFlight, succeeded, failed, timedOut, notOnline, interrupted, cancelled",
                &mut errors,
            ),
            q: self.q.filter(|text| !text.is_empty()),
            cursor: self.cursor.filter(|text| !text.is_empty()),
            limit: limit(self.limit.as_deref(), MAX_LIMIT, &mut errors),
            ..ResultFilter::default()
        };
        check(errors)?;
        Ok(filter)
    }
}

/// `GET /jobs/{id}/devices`: in order of device id.
pub(super) async fn devices(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(query): Parameters<ResultQuery>,
) -> Result<Json<Page<DeviceResult>>, Refusal> {
    Ok(Json(state.console.results(&job_id, &query.read()?).await?))
}

/// `GET /jobs/{id}/devices.csv`: all that match, streamed.
pub(super) async fn devices_csv(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(query): Parameters<ResultQuery>,
) -> Result<Response, Refusal> {
    let filter = query.read()?;
    let job = state.console.job(&job_id).await?;
    let rows = state.console.results_csv(&job.job_id, &filter);
    let name = format!(
        "attachment; filename=\"{}.csv\"",
        job.job_id.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let mut response = Response::new(HttpBody::from_stream(rows));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
