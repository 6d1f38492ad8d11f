//! Rollouts: pause, resume, start the next wave, decide on an approval; estimates for the form.

use console_wire::{
    job::JobSummary,
    rollout::{Approvals, EstimateRequest, HubUse, Rollout, RolloutEstimates},
};
use hub_wire::Timestamp;
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, Json},
};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The approvals and when they were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ApprovalList {
    /// What waits, and what was decided.
    pub(crate) approvals: Approvals,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// Pauses a rollout: no further device is called.
#[server(prefix = "/fn", endpoint = "pause-job")]
pub(crate) async fn pause_job(
    job_id: String,
    #[server(default)] comment: String,
) -> Result<JobSummary, ApiError> {
    let actor = super::ssr::actor()?;
    let paused = super::ssr::console()?.pause_job(&job_id, ssr::given(&comment), &actor).await;
    ssr::answer(paused)
}

/// Resumes a rollout. `counting` says from where stop rules count.
#[server(prefix = "/fn", endpoint = "resume-job")]
pub(crate) async fn resume_job(
    job_id: String,
    #[server(default)] counting: String,
    #[server(default)] comment: String,
) -> Result<JobSummary, ApiError> {
    use console_wire::rollout::{Counting, Resume};

    let counting = if counting == "fromStart" { Counting::FromStart } else { Counting::Afresh };
    let resume = Resume { counting, comment: ssr::given(&comment) };
    let actor = super::ssr::actor()?;
    ssr::answer(super::ssr::console()?.resume_job(&job_id, resume, &actor).await)
}

/// Starts the next wave without waiting for its gate.
#[server(prefix = "/fn", endpoint = "next-wave")]
pub(crate) async fn start_next_wave(
    job_id: String,
    #[server(default)] comment: String,
) -> Result<JobSummary, ApiError> {
    let actor = super::ssr::actor()?;
    let started = super::ssr::console()?.start_next_wave(&job_id, ssr::given(&comment), &actor).await;
    ssr::answer(started)
}

/// Approves or rejects the request with this hash. `decision` is `approve` or `reject`.
#[server(prefix = "/fn", endpoint = "decide-approval")]
pub(crate) async fn decide_approval(
    job_id: String,
    hash: String,
    decision: String,
    #[server(default)] comment: String,
) -> Result<JobSummary, ApiError> {
    use console_wire::{problem::FieldError, rollout::ApprovalDecision};

    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let body = ApprovalDecision { hash, comment: ssr::given(&comment) };
    let decided = match decision.as_str() {
        "approve" => console.approve_job(&job_id, body, &actor).await,
        "reject" => console.reject_job(&job_id, body, &actor).await,
        _ => {
            let error = FieldError::new("decision", "is neither 'approve' nor 'reject'");
            return Err(super::ssr::with_status(ApiError::invalid(vec![error])));
        }
    };
    let job = decided.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::approval(&job.job_id));
    }
    Ok(job)
}

/// The rollout of a job.
#[server(prefix = "/fn", endpoint = "rollout", input = GetUrl)]
pub(crate) async fn read_rollout(job_id: String) -> Result<Rollout, ApiError> {
    super::ssr::console()?.rollout(&job_id).await.map_err(super::ssr::refuse)
}

/// What waits for a decision, and what was decided.
#[server(prefix = "/fn", endpoint = "approvals", input = GetUrl)]
pub(crate) async fn read_approvals() -> Result<ApprovalList, ApiError> {
    let approvals =
        super::ssr::console()?.approvals(&super::ssr::actor()?).await.map_err(super::ssr::refuse)?;
    Ok(ApprovalList { approvals, as_of: std::time::SystemTime::now().into() })
}

/// How many requests wait for a decision.
#[server(prefix = "/fn", endpoint = "approvals-waiting", input = GetUrl)]
pub(crate) async fn count_waiting() -> Result<u64, ApiError> {
    super::ssr::console()?.waiting_approvals(&super::ssr::actor()?).await.map_err(super::ssr::to_api_error)
}

/// How much of what the hub allows is used now; `None` where no limit is known.
#[server(prefix = "/fn", endpoint = "rollout-hub-use", input = GetUrl)]
pub(crate) async fn read_hub_use(job_id: String) -> Result<Option<HubUse>, ApiError> {
    super::ssr::console()?.hub_use(&job_id).await.map_err(super::ssr::refuse)
}

/// How long a rollout would take with each engine. Settings that are wrong are a good response too, since the user is still
/// typing.
#[server(prefix = "/fn", endpoint = "estimate-rollout", input = Json)]
pub(crate) async fn estimate_rollout(
    request: EstimateRequest,
) -> Result<Result<RolloutEstimates, ApiError>, ApiError> {
    let console = super::ssr::console()?;
    let actor = super::ssr::actor()?;
    Ok(console.estimate_rollout(request, &actor).await.map_err(super::ssr::to_api_error))
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::ConsoleError;
    use console_wire::job::JobSummary;

    use crate::{api::ssr, error::ApiError, paths};

    /// A comment, unless it is empty.
    pub(super) fn given(comment: &str) -> Option<String> {
        Some(comment.trim().to_owned()).filter(|comment| !comment.is_empty())
    }

    /// The job after a command; a plain form is led back to its page.
    pub(super) fn answer(job: Result<JobSummary, ConsoleError>) -> Result<JobSummary, ApiError> {
        let job = job.map_err(ssr::refuse)?;
        if ssr::is_plain_form() {
            ssr::redirect(&paths::job(&job.job_id));
        }
        Ok(job)
    }
}
