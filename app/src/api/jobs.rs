//! Jobs: list, look, create, cancel, and their devices' results.

use console_wire::{job::JobSummary, outcome::DeviceResult, page::Page};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;

/// One job and the time at which it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobView {
    /// The job.
    pub(crate) job: JobSummary,
    /// The store's place when this was read.
    pub(crate) sequence: u64,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// One job.
#[server(prefix = "/fn", endpoint = "job", input = GetUrl)]
pub(crate) async fn get_job(job_id: String) -> Result<JobView, ApiError> {
    let console = super::ssr::console()?;
    let sequence = *console.sequence().borrow();
    let as_of = std::time::SystemTime::now().into();
    let job = console.job(&job_id).await.map_err(super::ssr::refuse)?;
    Ok(JobView { job, sequence, as_of })
}

/// A page of a job's results, by device id. `state`, `find` and `after` may be empty.
#[server(prefix = "/fn", endpoint = "results", input = GetUrl)]
pub(crate) async fn job_results(
    job_id: String,
    state: String,
    find: String,
    after: String,
    limit: u32,
) -> Result<Page<DeviceResult>, ApiError> {
    use console_wire::{job::ResultFilter, outcome::Outcome, page::MAX_LIMIT};

    let filter = ResultFilter {
        outcome: Outcome::from_wire(&state),
        q: Some(find).filter(|find| !find.trim().is_empty()),
        cursor: Some(after).filter(|after| !after.is_empty()),
        limit: Some(limit.clamp(1, MAX_LIMIT)),
        ..ResultFilter::default()
    };
    super::ssr::console()?.results(&job_id, &filter).await.map_err(super::ssr::refuse)
}

/// One device's result, or why there is none: the page around it is fine and keeps its status.
#[server(prefix = "/fn", endpoint = "result", input = GetUrl)]
pub(crate) async fn get_result(
    job_id: String,
    device_id: String,
) -> Result<Result<DeviceResult, ApiError>, ApiError> {
    let console = super::ssr::console()?;
    let device_id = super::devices::ssr::device_id(&device_id)?;
    Ok(console.result(&job_id, &device_id).await.map_err(super::ssr::told))
}

/// Cancels a job that has not begun, and leads to its page.
#[server(prefix = "/fn", endpoint = "cancel-job")]
pub(crate) async fn cancel_job(job_id: String) -> Result<JobSummary, ApiError> {
    let job = super::ssr::console()?.cancel_job(&job_id).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        leptos_axum::redirect(&crate::paths::job(&job.job_id));
    }
    Ok(job)
}
