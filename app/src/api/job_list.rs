//! The jobs page's data: a page of jobs, how many there are, and what to say when there is none.

use console_wire::{
    job::{JobCounts, JobSummary},
    target::Preview,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, ask::Ask};
use crate::jobs_query::JobsQuery;

/// The condition of the first job when a simulated pool runs here.
#[cfg(feature = "ssr")]
const SIMULATED: &str = "tags.simulated = true";
/// Rows of a page.
#[cfg(feature = "ssr")]
const ROWS: u32 = 50;

/// A page of the jobs list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobsView {
    /// The rows, in the view's order.
    pub(crate) jobs: Vec<JobSummary>,
    /// Where the next page goes on.
    pub(crate) next_cursor: Option<String>,
    /// Counts of the tabs.
    pub(crate) counts: JobCounts,
    /// How many jobs the view's filters let through, on all pages.
    pub(crate) matching: u64,
    /// When no job took as long as was asked for: the one that took longest.
    pub(crate) longest: Option<JobSummary>,
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

/// One page of a view of the jobs.
#[server(prefix = "/fn", endpoint = "jobs", protocol = Ask<GetUrl>)]
pub(crate) async fn list_jobs(view: JobsQuery) -> Result<JobsView, ApiError> {
    use console_wire::job::{JobFilter, JobSort, JobTab};

    let console = super::ssr::console()?;
    // Before the rows, so that a change in between is told twice rather than never.
    let sequence = *console.sequence().borrow();
    let as_of: Timestamp = std::time::SystemTime::now().into();
    let counts = console.job_counts().await.map_err(super::ssr::refuse)?;
    let filter = JobFilter { limit: Some(ROWS), ..view.filter(as_of) };
    let page = console.jobs(&filter).await.map_err(super::ssr::refuse)?;
    let matching = if view.is_filtered() {
        console.jobs_count(&filter).await.map_err(super::ssr::refuse)?
    } else {
        counts.get(filter.tab)
    };
    let longest = if page.items.is_empty() && filter.longer_secs.is_some() {
        let all =
            JobFilter { longer_secs: None, sort: JobSort::Longest, limit: Some(1), cursor: None, ..filter };
        console.jobs(&all).await.map_err(super::ssr::refuse)?.items.pop()
    } else {
        None
    };
    let first = if counts.get(JobTab::All) == 0 {
        let is_simulated = console.hub_info().await.has_simulator;
        let condition = if is_simulated { SIMULATED } else { "*" };
        // An error here is shown in the offer; the list itself is fine, so it keeps its status.
        let preview = console.preview(condition).await.map_err(super::ssr::told);
        Some(FirstJob { condition: condition.into(), is_simulated, preview })
    } else {
        None
    };
    let (jobs, next_cursor) = (page.items, page.next_cursor);
    Ok(JobsView { jobs, next_cursor, counts, matching, longest, first, sequence, as_of })
}
