//! Jobs: list, look, create, cancel, and their devices' results.

use console_wire::{
    job::{JobCounts, JobSummary},
    outcome::DeviceResult,
    page::Page,
    target::Preview,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::job_form::JobForm;

/// The condition of the first job when a simulated pool runs here.
#[cfg(feature = "ssr")]
const SIMULATED: &str = "tags.simulated = true";

/// A page of the jobs list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobsView {
    /// The rows. The first page of all jobs holds every running and scheduled one, then the newest finished.
    pub(crate) jobs: Vec<JobSummary>,
    /// Where older jobs go on.
    pub(crate) next_cursor: Option<String>,
    /// Counts of the tabs.
    pub(crate) counts: JobCounts,
    /// What the first job would address, while there has never been a job.
    pub(crate) first: Option<FirstJob>,
    /// The store's place when this was read; the event stream goes on from here.
    pub(crate) sequence: u64,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// The job that is one click away while there has never been one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FirstJob {
    /// Its condition.
    pub(crate) condition: String,
    /// Whether it addresses the simulated pool.
    pub(crate) is_simulated: bool,
    /// Its devices, or why they cannot be counted.
    pub(crate) preview: Result<Preview, ApiError>,
}

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

/// One page of jobs. `tab` and `after` may be empty.
#[server(prefix = "/fn", endpoint = "jobs", input = GetUrl)]
pub(crate) async fn list_jobs(tab: String, q: String, after: String) -> Result<JobsView, ApiError> {
    use console_wire::job::{JobFilter, JobTab};

    let console = super::ssr::console()?;
    // Before the rows, so that a change in between is told twice rather than never.
    let sequence = *console.sequence().borrow();
    let as_of = std::time::SystemTime::now().into();
    let counts = console.job_counts().await.map_err(super::ssr::refuse)?;
    let tab = JobTab::from_wire(&tab).unwrap_or_default();
    let filter = |tab, limit| JobFilter {
        tab,
        q: Some(q.clone()).filter(|q| !q.trim().is_empty()),
        cursor: Some(after.clone()).filter(|after| !after.is_empty()),
        limit: Some(limit),
        ..JobFilter::default()
    };
    let mut jobs = Vec::new();
    if tab == JobTab::All && after.is_empty() {
        for open in [JobTab::Running, JobTab::Scheduled] {
            jobs.extend(console.jobs(&filter(open, 200)).await.map_err(super::ssr::refuse)?.items);
        }
    }
    let tab = if tab == JobTab::All { JobTab::Finished } else { tab };
    let page = console.jobs(&filter(tab, 50)).await.map_err(super::ssr::refuse)?;
    jobs.extend(page.items);
    let first = if counts.get(JobTab::All) == 0 {
        let is_simulated = console.hub_info().await.has_simulator;
        let condition = if is_simulated { SIMULATED } else { "*" };
        // An error here is shown in the offer; the list itself is fine, so it keeps its status.
        let preview = console.preview(condition).await.map_err(super::ssr::told);
        Some(FirstJob { condition: condition.into(), is_simulated, preview })
    } else {
        None
    };
    Ok(JobsView { jobs, next_cursor: page.next_cursor, counts, first, sequence, as_of })
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

/// Creates the job that the form describes, and leads to its page. A plain form that is refused comes back with its
/// content in the address and the refusal beside the fields.
#[server(prefix = "/fn", endpoint = "create-job")]
pub(crate) async fn create_job(form: JobForm) -> Result<String, ApiError> {
    let created = match form.to_new_job() {
        Ok(job) => super::ssr::console()?.create_job(job).await.map_err(super::ssr::refuse),
        Err(errors) => Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    match created {
        Ok(job) => {
            leptos_axum::redirect(&crate::paths::job(&job.job_id));
            Ok(job.job_id)
        }
        Err(error) => {
            if super::ssr::is_plain_form() {
                leptos_axum::redirect(&form.address(Some(&error.0)));
            }
            Err(error)
        }
    }
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
