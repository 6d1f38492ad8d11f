//! Changes of one job: cancel. What its page shows is in [`super::job_snapshot`].

use console_wire::job::JobSummary;
use leptos::prelude::*;

use crate::error::ApiError;

/// Cancels a job, or the parts of it that have not begun, and redirects a plain form to its page.
#[server(prefix = "/fn", endpoint = "cancel-job")]
pub(crate) async fn cancel_job(job_id: String) -> Result<JobSummary, ApiError> {
    let actor = super::ssr::actor()?;
    let job = super::ssr::console()?.cancel_job_by(&job_id, &actor).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::job(&job.job_id));
    }
    Ok(job)
}
