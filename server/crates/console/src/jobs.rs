//! Reading jobs: a page of the list, how many there are, one, what changed since. All of a list as a file is in
//! `jobs_export`.

use console_wire::{
    job::{JobCounts, JobFilter, JobSummary},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
};

use crate::{ConsoleError, clock::now, core::Core, cursor, store::JobsAfter, validate::check_search_texts};

const LIST: &str = "jobs";

pub(crate) async fn jobs(core: &Core, filter: &JobFilter) -> Result<Page<JobSummary>, ConsoleError> {
    check_texts(filter)?;
    let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    // A cursor is valid only in the order in which it was made.
    let kind = format!("{LIST} {}", filter.sort.as_str());
    let after: Option<JobsAfter> =
        filter.cursor.as_deref().map(|text| cursor::read(&kind, text)).transpose()?;
    let now = after.as_ref().map_or_else(|| now().ticks(), |after| after.now);
    // One more than requested shows whether there is a next page.
    let mut items = core.store.jobs(filter, after.as_ref(), now, limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|job| cursor::write(&kind, &JobsAfter::of(job, filter.sort, now)));
    core.enrich(&mut items).await?;
    Ok(Page { items, next_cursor })
}

pub(crate) async fn filtered_counts(core: &Core, filter: &JobFilter) -> Result<JobCounts, ConsoleError> {
    check_texts(filter)?;
    Ok(core.store.filtered_counts(filter, now().ticks()).await?)
}

pub(crate) async fn job(core: &Core, job_id: &str) -> Result<JobSummary, ConsoleError> {
    let job = core.store.job(job_id).await?;
    let mut job = job.ok_or_else(|| ConsoleError::job_not_found(job_id))?;
    core.enrich(std::slice::from_mut(&mut job)).await?;
    Ok(job)
}

pub(crate) async fn changes_since(
    core: &Core,
    sequence: u64,
    job_id: Option<&str>,
    limit: u32,
) -> Result<Vec<JobSummary>, ConsoleError> {
    let mut jobs = core.store.changes_since(sequence, job_id, limit).await?;
    core.enrich(&mut jobs).await?;
    Ok(jobs)
}

pub(crate) fn check_texts(filter: &JobFilter) -> Result<(), ConsoleError> {
    check_search_texts(&[
        ("q", &filter.q),
        ("action", &filter.action),
        ("target", &filter.target),
        ("group", &filter.group),
    ])
}
