//! `/api/v1/jobs/{id}/…`: what became of a job's devices, as a list, as files, folded by cause, as pictures.

use axum::{
    Json,
    body::Body as HttpBody,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use console::ConsoleError;
use console_wire::{
    cause::{CauseKey, Causes},
    job::{ResultFilter, ResultOrder},
    landing::{Landing, LandingCell},
    latency::Distribution,
    outcome::{DeviceResult, Outcome},
    page::{MAX_LIMIT, Page},
};
use serde::Deserialize;
use tokio_stream::Stream;

use super::extract::{Given, Parameters, text};
use crate::{problem::Refusal, state::AppState};

/// Filters and order of a job's results.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultQuery {
    status: Option<String>,
    cause: Option<String>,
    cell: Option<String>,
    q: Option<String>,
    order: Option<String>,
    cursor: Option<String>,
    offset: Option<String>,
    limit: Option<String>,
}

impl ResultQuery {
    fn read(self) -> Result<ResultFilter, Refusal> {
        let mut given = Given::default();
        let filter = ResultFilter {
            outcome: given.word(
                "status",
                self.status,
                Outcome::from_wire,
                "queued, inFlight, succeeded, failed, timedOut, notOnline, interrupted, cancelled",
            ),
            cause: text(self.cause).map(|cause| CauseKey::from_text(&cause)),
            cell: given.number("cell", self.cell, 0..=u32::MAX),
            q: text(self.q),
            order: given
                .word("order", self.order, ResultOrder::from_wire, "device, latest, problems")
                .unwrap_or_default(),
            cursor: text(self.cursor),
            offset: given.number("offset", self.offset, 0..=u64::from(u32::MAX)),
            limit: given.number("limit", self.limit, 1..=MAX_LIMIT),
        };
        given.check(filter)
    }
}

/// `GET /jobs/{id}/devices`: a page, in order of device id unless `order` says otherwise.
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
    Ok(file(&job.job_id, "csv", "text/csv; charset=utf-8", state.console.results_csv(&job_id, &filter)))
}

/// `GET /jobs/{id}/devices.json`: the same as one JSON array.
pub(super) async fn devices_json(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(query): Parameters<ResultQuery>,
) -> Result<Response, Refusal> {
    let filter = query.read()?;
    let job = state.console.job(&job_id).await?;
    Ok(file(&job.job_id, "json", "application/json", state.console.results_json(&job_id, &filter)))
}

/// `GET /jobs/{id}/devices.txt`: the same as device ids, one a line.
pub(super) async fn devices_txt(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
    Parameters(query): Parameters<ResultQuery>,
) -> Result<Response, Refusal> {
    let filter = query.read()?;
    let job = state.console.job(&job_id).await?;
    Ok(file(&job.job_id, "txt", "text/plain; charset=utf-8", state.console.results_ids(&job_id, &filter)))
}

/// A file to keep, named after the job.
fn file(
    job_id: &str,
    ending: &str,
    content_type: &'static str,
    rows: impl Stream<Item = Result<String, ConsoleError>> + Send + 'static,
) -> Response {
    let name = job_id.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let mut response = Response::new(HttpBody::from_stream(rows));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// `GET /jobs/{id}/causes`: failures folded by code and message.
pub(super) async fn causes(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Causes>, Refusal> {
    Ok(Json(state.console.causes(&job_id).await?))
}

/// `GET /jobs/{id}/landing`: every device in the order it was sent.
pub(super) async fn landing(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Landing>, Refusal> {
    Ok(Json(state.console.landing(&job_id).await?))
}

/// `GET /jobs/{id}/landing/{cell}`: one cell of it, named.
pub(super) async fn landing_cell(
    State(state): State<AppState>,
    Path((job_id, cell)): Path<(String, String)>,
) -> Result<Json<LandingCell>, Refusal> {
    let mut given = Given::default();
    let cell = given.number("cell", Some(cell), 0..=u32::MAX);
    let cell = given.check(cell)?.unwrap_or_default();
    Ok(Json(state.console.landing_cell(&job_id, cell).await?))
}

/// `GET /jobs/{id}/latency`: how long devices took; null while none has answered.
pub(super) async fn latency(
    State(state): State<AppState>,
    Path(job_id): Path<String>,
) -> Result<Json<Option<Distribution>>, Refusal> {
    Ok(Json(state.console.distribution(&job_id).await?))
}
