//! A job's device results: a page in one of three orders, one device, how many.

use console_wire::{
    job::ResultFilter,
    outcome::{DeviceResult, Outcome},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
    problem::FieldError,
};
use hub_wire::DeviceId;

use crate::{Console, ConsoleError, create::not_found, cursor, store::Place};

impl Console {
    /// A page of results, in the filter's order: after its cursor, or from its offset.
    ///
    /// # Errors
    /// `NotFound` for the job; `Invalid` for a cursor, offset or limit that cannot be.
    pub async fn results(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> Result<Page<DeviceResult>, ConsoleError> {
        let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        if filter.cursor.is_some() && filter.offset.is_some() {
            return Err(FieldError::new("offset", "does not go together with a cursor").into());
        }
        // A place means something only in the order in which it was taken.
        let list = format!("results {}", filter.order.as_str());
        let after: Option<Place> =
            filter.cursor.as_deref().map(|text| cursor::read(&list, text)).transpose()?;
        let mut rows = self.core.store.results(job_id, filter, after.as_ref(), limit + 1).await?;
        if rows.is_empty() && !self.core.store.has_job(job_id).await? {
            return Err(not_found(job_id));
        }
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let end = rows.last().filter(|_| more).map(Place::after);
        let next_cursor = end.map(|place| cursor::write(&list, &place));
        Ok(Page { items: rows.into_iter().map(|(_, result)| result).collect(), next_cursor })
    }

    /// How many results a filter lets through; order, cursor, offset and limit do not matter.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn results_count(&self, job_id: &str, filter: &ResultFilter) -> Result<u64, ConsoleError> {
        let job = self.job(job_id).await?;
        let is_searched = filter.q.as_deref().is_some_and(|text| !text.trim().is_empty());
        if is_searched || filter.cause.is_some() || filter.cell.is_some() {
            return Ok(self.core.store.results_count(job_id, filter).await?);
        }
        // The job's own counters say the same without counting, but for devices that wait and are not listed yet.
        Ok(match filter.outcome {
            None => job.outcomes.total().saturating_sub(self.core.store.unlisted(job_id).await?),
            Some(Outcome::Queued) => {
                job.outcomes.queued.saturating_sub(self.core.store.unlisted(job_id).await?)
            }
            Some(outcome) => job.outcomes.get(outcome),
        })
    }

    /// The next device that did not do what was asked, at this place of a view or after it, from the top again after
    /// the last: its place from 0, and its id. Cursor, offset and limit do not matter.
    ///
    /// # Errors
    /// When the store cannot be read. A job that is not known has no such device.
    pub async fn next_problem(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        from: u64,
    ) -> Result<Option<(u64, String)>, ConsoleError> {
        Ok(self.core.store.problem_from(job_id, filter, from).await?)
    }

    /// One device's result.
    ///
    /// # Errors
    /// `NotFound` when the job does not address the device, or is not known.
    pub async fn result(&self, job_id: &str, device_id: &DeviceId) -> Result<DeviceResult, ConsoleError> {
        let result = self.core.store.result(job_id, device_id).await?;
        result.ok_or_else(|| ConsoleError::NotFound { what: "result", id: device_id.to_string() })
    }
}
