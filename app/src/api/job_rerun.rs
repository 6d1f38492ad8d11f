//! A job again on some of its devices.

use leptos::{prelude::*, server_fn::codec::PostUrl};

use super::{ApiError, ask::Ask};

/// Runs a job again on the devices in `state`, with `cause`, or, when both are empty, on all that did not succeed; leads
/// to the new job's page. `state` is a state's word, or `all`.
#[server(prefix = "/fn", endpoint = "rerun-job", protocol = Ask<PostUrl>)]
pub(crate) async fn rerun_job(job_id: String, state: String, cause: String) -> Result<String, ApiError> {
    use console_wire::{
        cause::CauseKey,
        outcome::Outcome,
        rerun::{NewRerun, Subset},
    };

    let statuses = match state.as_str() {
        "" => Vec::new(),
        "all" => Outcome::ALL.to_vec(),
        word => vec![Outcome::from_wire(word).ok_or_else(|| ApiError::internal(format!("no state {word}")))?],
    };
    let cause = Some(cause).filter(|cause| !cause.is_empty()).map(|cause| CauseKey::from_text(&cause));
    let rerun = NewRerun::from(Subset { statuses, cause });
    let job = super::ssr::console()?.rerun(&job_id, rerun).await.map_err(super::ssr::refuse)?;
    leptos_axum::redirect(&crate::paths::job(&job.job_id));
    Ok(job.job_id)
}
