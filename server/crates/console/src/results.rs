//! A job's device results: a page in one of three orders, one device, how many.

use console_wire::{
    job::ResultFilter,
    outcome::DeviceResult,
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
    problem::FieldError,
};
use hub_wire::DeviceId;

use crate::{
    ConsoleError,
    core::Core,
    cursor, jobs,
    store::{ResultsAfter, counted},
    validate::check_search_texts,
};

/// Whether a filter's text is short enough.
pub(crate) fn check_text(filter: &ResultFilter) -> Result<(), ConsoleError> {
    check_search_texts(&[("q", &filter.q)])
}

pub(crate) async fn results(
    core: &Core,
    job_id: &str,
    filter: &ResultFilter,
) -> Result<Page<DeviceResult>, ConsoleError> {
    check_text(filter)?;
    let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    if filter.cursor.is_some() && filter.offset.is_some() {
        return Err(FieldError::new("offset", "does not go together with a cursor").into());
    }
    // A cursor is valid only in the order in which it was made.
    let list = format!("results {}", filter.order.as_str());
    let after: Option<ResultsAfter> =
        filter.cursor.as_deref().map(|text| cursor::read(&list, text)).transpose()?;
    let mut rows = core.store.results(job_id, filter, after.as_ref(), limit + 1).await?;
    if rows.is_empty() && !core.store.has_job(job_id).await? {
        return Err(ConsoleError::job_not_found(job_id));
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let end = rows.last().filter(|_| more).map(ResultsAfter::after);
    let next_cursor = end.map(|place| cursor::write(&list, &place));
    Ok(Page { items: rows.into_iter().map(|(_, result)| result).collect(), next_cursor })
}

pub(crate) async fn results_count(
    core: &Core,
    job_id: &str,
    filter: &ResultFilter,
) -> Result<u64, ConsoleError> {
    check_text(filter)?;
    let job = jobs::job(core, job_id).await?;
    // The job's counters mostly hold the number without counting.
    let unfetched = core.store.unfetched(job_id).await?;
    match counted(filter, &job.outcomes, unfetched) {
        Some(count) => Ok(count),
        None => Ok(core.store.results_count(job_id, filter).await?),
    }
}

pub(crate) async fn next_problem(
    core: &Core,
    job_id: &str,
    filter: &ResultFilter,
    from: u64,
) -> Result<Option<(u64, String)>, ConsoleError> {
    check_text(filter)?;
    Ok(core.store.problem_from(job_id, filter, from).await?)
}

pub(crate) async fn result(
    core: &Core,
    job_id: &str,
    device_id: &DeviceId,
) -> Result<DeviceResult, ConsoleError> {
    let result = core.store.result(job_id, device_id).await?;
    let mut result =
        result.ok_or_else(|| ConsoleError::NotFound { what: "result", id: device_id.to_string() })?;
    result.earlier_calls = core.store.earlier_calls(job_id, device_id).await?;
    // A device that was to be called again, and was not, has its last call as its result.
    result.earlier_calls.retain(|call| call.start_time_utc != result.start_time_utc);
    Ok(result)
}
