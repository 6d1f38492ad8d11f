//! Jobs: list, look, create, cancel, and their devices' results.

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};

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
#[server(prefix = "/fn", endpoint = "job", protocol = Ask<GetUrl>)]
pub(crate) async fn get_job(job_id: String) -> Result<JobView, ApiError> {
    let console = super::ssr::console()?;
    let sequence = *console.sequence().borrow();
    let as_of = std::time::SystemTime::now().into();
    let job = console.job(&job_id).await.map_err(super::ssr::refuse)?;
    Ok(JobView { job, sequence, as_of })
}

/// Cancels a job that has not begun, and leads to its page.
#[server(prefix = "/fn", endpoint = "cancel-job", protocol = Ask<PostUrl>)]
pub(crate) async fn cancel_job(job_id: String) -> Result<JobSummary, ApiError> {
    let job = super::ssr::console()?.cancel_job(&job_id).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        leptos_axum::redirect(&crate::paths::job(&job.job_id));
    }
    Ok(job)
}
