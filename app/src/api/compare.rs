//! Two runs of a job side by side.

use console_wire::run_compare::{Comparison, Run};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CompareView {
    /// The job.
    pub(crate) run: Run,
    /// The runs that it may be compared with.
    pub(crate) choices: Vec<Run>,
    /// Both runs, or why they cannot be compared; `None` where there is no run to compare with.
    pub(crate) comparison: Option<Result<Comparison, ApiError>>,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// What the address asks for. Empty texts are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct CompareKey {
    /// This run.
    pub(crate) job_id: String,
    /// The earlier run.
    pub(crate) with: String,
    /// Where devices were.
    pub(crate) from: String,
    /// Where they are.
    pub(crate) to: String,
    /// The place in the list after which the page begins.
    pub(crate) after: String,
}

/// A job beside an earlier run.
#[server(prefix = "/fn", endpoint = "compare-runs", input = GetUrl)]
pub(crate) async fn compare_runs(key: CompareKey) -> Result<CompareView, ApiError> {
    use console_wire::run_compare::{CompareFilter, Place};

    let console = super::ssr::console()?;
    let job = console.job(&key.job_id).await.map_err(super::ssr::refuse)?;
    let choices = console.comparable_runs(&key.job_id).await.map_err(super::ssr::refuse)?;
    let has_run = !key.with.is_empty() || console.has_earlier_run(&job).await.map_err(super::ssr::refuse)?;
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let comparison = if has_run {
        let filter = CompareFilter {
            with: given(key.with),
            from: Place::from_wire(&key.from),
            to: Place::from_wire(&key.to),
            cursor: given(key.after),
            limit: None,
        };
        // A run that is not there is part of a good page, which offers others.
        Some(console.compare_runs(&key.job_id, &filter).await.map_err(super::ssr::to_api_error))
    } else {
        None
    };
    Ok(CompareView { run: Run::of(&job), choices, comparison, as_of: std::time::SystemTime::now().into() })
}
