//! Reading, listing and cancelling jobs.

use std::sync::Arc;

use console_wire::{
    job::{JobFilter, JobSummary},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
};
use hub_client::ErrorKind;
use hub_wire::job::JobStatus;
use tracing::info;

use crate::{
    Console, ConsoleError,
    console::now,
    create::not_found,
    cursor,
    store::{Ending, JobsAfter, Reading},
    watch,
};

const LIST: &str = "jobs";

impl Console {
    /// A page of jobs, newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that cannot be.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Page<JobSummary>, ConsoleError> {
        let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        // A place means something only in the order in which it was taken.
        let kind = format!("{LIST} {}", filter.sort.as_str());
        let after: Option<JobsAfter> =
            filter.cursor.as_deref().map(|text| cursor::read(&kind, text)).transpose()?;
        let now = after.as_ref().map_or_else(|| now().ticks(), |after| after.now);
        // One more than asked for tells whether there is a next page.
        let mut items = self.core.store.jobs(filter, after.as_ref(), now, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|job| cursor::write(&kind, &JobsAfter::of(job, filter.sort, now)));
        self.core.watchers.freshen(&mut items);
        Ok(Page { items, next_cursor })
    }

    /// How many jobs a filter lets through; cursor and limit do not matter.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn jobs_count(&self, filter: &JobFilter) -> Result<u64, ConsoleError> {
        Ok(self.core.store.jobs_count(filter, now().ticks()).await?)
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound` when it is not known here.
    pub async fn job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        let mut job = self.core.store.job(job_id).await?.ok_or_else(|| not_found(job_id))?;
        self.core.watchers.freshen(std::slice::from_mut(&mut job));
        Ok(job)
    }

    /// Cancels a job that has not begun.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has begun or ended: what runs cannot be called back.
    pub async fn cancel_job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        let before = self.job(job_id).await?;
        if before.status.is_terminal() {
            return Err(too_late(job_id, before.status));
        }
        let job = match self.core.hub.cancel_job(job_id).await {
            Ok(job) => job,
            Err(error) => {
                watch::wake(&self.core, job_id);
                return Err(match error.kind {
                    ErrorKind::NotFound { .. } => not_found(job_id),
                    ErrorKind::Refused | ErrorKind::Conflict => too_late(job_id, JobStatus::Running),
                    _ => error.into(),
                });
            }
        };
        let core = Arc::clone(&self.core);
        let reading =
            Reading { job: &job, rows: &[], read_up_to: None, ending: Ending::WhenAgreed, as_of: now() };
        core.store.apply(&reading).await?;
        info!(job_id, "job cancelled");
        watch::wake(&core, job_id);
        self.job(job_id).await
    }
}

fn too_late(job_id: &str, status: JobStatus) -> ConsoleError {
    let state = match status {
        JobStatus::Completed => "has completed",
        JobStatus::Failed => "has failed",
        JobStatus::Cancelled => "is cancelled already",
        _ => "has begun",
    };
    ConsoleError::Conflict { detail: format!("The job '{job_id}' {state}, so it cannot be cancelled.") }
}
