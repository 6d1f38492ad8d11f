//! A page of the jobs list, with counts, and the first job to offer while there is none.

use console_wire::{
    job::{JobCounts, JobSummary},
    target::Preview,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, jobs_query::JobsQuery};

/// The condition of the first job when a simulated pool runs here.
#[cfg(feature = "ssr")]
const SIMULATED: &str = "tags.simulated = true";
/// Rows of a page.
#[cfg(feature = "ssr")]
const ROWS: u32 = 50;
/// Most running jobs, and most scheduled ones, on the first page of all jobs in groups: what has finished is on it too.
#[cfg(feature = "ssr")]
const RUNNING_ROWS: u32 = 20;
#[cfg(feature = "ssr")]
const SCHEDULED_ROWS: u32 = 10;

/// A page of the jobs list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobsView {
    /// The rows, in the view's order.
    pub(crate) jobs: Vec<JobSummary>,
    /// The cursor of the next page.
    pub(crate) next_cursor: Option<String>,
    /// Counts of the tabs.
    pub(crate) counts: JobCounts,
    /// How many jobs of each tab match the filters, on all pages; `None` without filters, when they are the counts of the
    /// tabs.
    pub(crate) matching: Option<JobCounts>,
    /// The longest job, where none took as long as the filter wants.
    pub(crate) longest: Option<JobSummary>,
    /// What the first job would address, while there has never been a job.
    pub(crate) first: Option<FirstJob>,
    /// Why it is not known whether there are jobs: none is known here, and the hub could not be asked.
    pub(crate) unknown: Option<ApiError>,
    /// The store's sequence when this was read; the event stream continues from here.
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
    /// Its devices.
    pub(crate) preview: Preview,
}

/// One page of a view of the jobs.
#[server(prefix = "/fn", endpoint = "jobs", input = GetUrl)]
pub(crate) async fn list_jobs(view: JobsQuery) -> Result<JobsView, ApiError> {
    use console_wire::job::{JobFilter, JobSort, JobTab};

    // In groups the first page has some jobs of each group, and leads to more finished ones.
    let has_groups = view.job_tab() == JobTab::All && view.sort.is_empty() && view.after.is_empty();
    let console = super::ssr::console()?;
    // Before the rows, so that a change in between is reported twice rather than never.
    let sequence = *console.sequence().borrow();
    let as_of: Timestamp = std::time::SystemTime::now().into();
    let counts = console.job_counts().await.map_err(super::ssr::refuse)?;
    let filter = JobFilter { limit: Some(ROWS), ..view.filter(as_of) };
    let page =
        if has_groups { ssr::first_of_groups(&console, &filter).await } else { console.jobs(&filter).await };
    let page = page.map_err(super::ssr::refuse)?;
    let matching = if view.is_filtered() {
        Some(console.filtered_counts(&filter).await.map_err(super::ssr::refuse)?)
    } else {
        None
    };
    let longest = if page.items.is_empty() && filter.longer_secs.is_some() {
        let all =
            JobFilter { longer_secs: None, sort: JobSort::Longest, limit: Some(1), cursor: None, ..filter };
        console.jobs(&all).await.map_err(super::ssr::refuse)?.items.pop()
    } else {
        None
    };
    let (mut first, mut unknown) = (None, None);
    if counts.get(JobTab::All) == 0 {
        // It is no error of the list, which keeps its status.
        match first_job(&console).await? {
            Ok(found) => first = Some(found),
            Err(error) => unknown = Some(error),
        }
    }
    let (jobs, next_cursor) = (page.items, page.next_cursor);
    Ok(JobsView { jobs, next_cursor, counts, matching, longest, first, unknown, sequence, as_of })
}

/// What the first job would address, or why that is not known.
#[cfg(feature = "ssr")]
pub(super) async fn first_job(console: &console::Console) -> Result<Result<FirstJob, ApiError>, ApiError> {
    let is_simulated = console.hub_info().await.has_simulator;
    let condition = if is_simulated { SIMULATED } else { "*" };
    let preview = console.preview(condition, &super::ssr::actor()?).await;
    Ok(preview
        .map(|preview| FirstJob { condition: condition.into(), is_simulated, preview })
        .map_err(super::ssr::to_api_error))
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::{Console, ConsoleError};
    use console_wire::{
        job::{JobFilter, JobSummary, JobTab},
        page::Page,
    };

    use super::{ROWS, RUNNING_ROWS, SCHEDULED_ROWS};

    /// The first page of all jobs in groups; its cursor leads to the finished jobs that are not on it.
    pub(super) async fn first_of_groups(
        console: &Console,
        filter: &JobFilter,
    ) -> Result<Page<JobSummary>, ConsoleError> {
        let group =
            async |tab, limit| console.jobs(&JobFilter { tab, limit: Some(limit), ..filter.clone() }).await;
        let mut items = group(JobTab::Running, RUNNING_ROWS).await?.items;
        items.extend(group(JobTab::Scheduled, SCHEDULED_ROWS).await?.items);
        let room = ROWS.saturating_sub(u32::try_from(items.len()).unwrap_or(ROWS));
        let finished = group(JobTab::Finished, room).await?;
        items.extend(finished.items);
        Ok(Page { items, next_cursor: finished.next_cursor })
    }
}
