//! Reruns a job on some of its devices.

use leptos::prelude::*;

use crate::error::ApiError;

/// Reruns a job on the devices in `state`, or with `cause`, or, where both are empty, on all that did not succeed, and
/// redirects to the new job's page. `state` is a state of a device's result, or `all`.
#[server(prefix = "/fn", endpoint = "rerun-job")]
pub(crate) async fn rerun_job(job_id: String, state: String, cause: String) -> Result<String, ApiError> {
    use console_wire::{
        cause::CauseKey,
        outcome::Outcome,
        problem::FieldError,
        rerun::{NewRerun, Subset},
    };

    let statuses = match state.as_str() {
        "" => Vec::new(),
        "all" => Outcome::ALL.to_vec(),
        word => vec![Outcome::from_wire(word).ok_or_else(|| {
            let message = format!("'{word}' is not a state of a device's result, nor 'all'");
            super::ssr::with_status(ApiError::invalid(vec![FieldError::new("state", message)]))
        })?],
    };
    let cause = Some(cause).filter(|cause| !cause.is_empty()).map(|cause| CauseKey::from_text(&cause));
    let rerun = NewRerun::from(Subset { statuses, cause });
    let requester = super::ssr::job_requester()?;
    let job =
        super::ssr::console()?.rerun_from(&job_id, rerun, requester).await.map_err(super::ssr::refuse)?;
    super::ssr::redirect(&crate::paths::job(&job.job_id));
    Ok(job.job_id)
}
