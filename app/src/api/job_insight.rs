//! A job looked at as a whole: why devices failed, how it landed, how long answers took, what was run again.

use console_wire::{
    cause::Cause,
    landing::{Landing, LandingCell},
    latency::Distribution,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

/// What a page shows of a job besides its numbers and its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobInsight {
    /// Failures folded, the most frequent first.
    pub(crate) causes: Vec<Cause>,
    /// Every device in the order it was sent.
    pub(crate) landing: Landing,
    /// Round trips, once the job has ended and when any device answered.
    pub(crate) latency: Option<Distribution>,
    /// Jobs that ran some of its devices again, newest first.
    pub(crate) reruns: Vec<Rerun>,
}

/// A job that ran some of another's devices again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rerun {
    /// The job.
    pub(crate) job_id: String,
    /// Its devices.
    pub(crate) devices: u64,
}

/// Causes, landing map, round trips and reruns of a job.
#[server(prefix = "/fn", endpoint = "job-insight", protocol = Ask<GetUrl>)]
pub(crate) async fn read_insight(job_id: String) -> Result<JobInsight, ApiError> {
    use console_wire::job::JobSummary;

    use super::ssr::refuse;

    let console = super::ssr::console()?;
    let job = console.job(&job_id).await.map_err(refuse)?;
    let causes = console.causes(&job_id).await.map_err(refuse)?.items;
    let landing = console.landing(&job_id).await.map_err(refuse)?;
    let latency =
        if job.status.is_terminal() { console.distribution(&job_id).await.map_err(refuse)? } else { None };
    let reruns = console.reruns(&job_id).await.map_err(refuse)?;
    let devices = |job: &JobSummary| job.target_devices.unwrap_or_else(|| job.outcomes.total());
    let reruns =
        reruns.iter().map(|job| Rerun { job_id: job.job_id.clone(), devices: devices(job) }).collect();
    Ok(JobInsight { causes, landing, latency, reruns })
}

/// One cell of the landing map, named. A cell that is not there is no fault of the page, so it keeps its status.
#[server(prefix = "/fn", endpoint = "landing-cell", protocol = Ask<GetUrl>)]
pub(crate) async fn name_cell(job_id: String, cell: u32) -> Result<LandingCell, ApiError> {
    super::ssr::console()?.landing_cell(&job_id, cell).await.map_err(super::ssr::told)
}
