//! A job as its page shows it: counts, causes, landing map and rows of one instant, in one answer.

use console_wire::{job::JobSummary, rollout::Rollout};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{
    job_insight::JobInsight,
    job_results::{ResultView, ResultWindow},
};
use crate::error::ApiError;

/// A job at one instant. All numbers agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobSnapshot {
    /// The job.
    pub(crate) job: JobSummary,
    /// The store's sequence before this was read.
    pub(crate) sequence: u64,
    /// When this was read.
    pub(crate) as_of: Timestamp,
    /// Its rollout, for a job in waves.
    pub(crate) rollout: Option<Rollout>,
    /// Causes, landing map, round trips and reruns; left out where the page has those of this sequence already.
    pub(crate) insight: Option<JobInsight>,
    /// Whether this console runs simulated devices.
    pub(crate) is_simulated: bool,
    /// The rows, or why they cannot be read; `None` where none were asked for or where newer ones would not agree.
    pub(crate) rows: Option<Result<ResultWindow, ApiError>>,
}

/// A job, with the rows `offset` to `offset + limit` of a view unless `limit` is 0. Rows that are not `required` are left
/// out where they would not agree with the counts. `known` is the sequence of the insight that the page has.
#[server(prefix = "/fn", endpoint = "job-snapshot", input = GetUrl)]
pub(crate) async fn read_snapshot(
    job_id: String,
    view: ResultView,
    offset: u64,
    limit: u32,
    required: bool,
    known: u64,
) -> Result<JobSnapshot, ApiError> {
    use console::{ConsoleError, RowsWanted};

    use super::{job_insight::ssr::insight, job_results::ssr::rows_filter, ssr::refuse};

    let console = super::ssr::console()?;
    let sequence = *console.sequence().borrow();
    let as_of = std::time::SystemTime::now().into();
    let filter = rows_filter(&console, &job_id, &view, offset, limit).await?;
    let order = filter.order;
    let wanted = (limit > 0).then_some(RowsWanted { filter, is_required: required });
    let mut failed = None;
    let read = match console.snapshot(&job_id, wanted.clone()).await {
        Err(error) if wanted.is_some() && !matches!(error, ConsoleError::NotFound { .. }) => {
            // The rest of the page does not depend on a search for rows.
            failed = Some(refuse(error));
            console.snapshot(&job_id, None).await
        }
        read => read,
    };
    let read = read.map_err(refuse)?;
    let rows = read.rows.as_ref().map(|rows| Ok(ResultWindow::of(rows, offset, order)));
    let insight =
        if known == read.job.sequence { None } else { Some(insight(&console, &read, known == 0).await?) };
    Ok(JobSnapshot {
        sequence,
        as_of,
        insight,
        is_simulated: console.hub_info().await.has_simulator,
        rows: failed.map(Err).or(rows),
        rollout: read.rollout.as_deref().cloned(),
        job: read.job,
    })
}
