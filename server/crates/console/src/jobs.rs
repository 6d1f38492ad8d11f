//! Reading, listing and cancelling jobs.

use std::sync::Arc;

use console_wire::{
    job::{JobFilter, JobSummary},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
    problem::FieldError,
};
use hub_client::ErrorKind;
use hub_wire::job::JobStatus;
use tracing::info;

use crate::{
    Console, ConsoleError,
    console::{Core, now},
    create::not_found,
    cursor,
    store::{Ending, JobsAfter, Reading},
    watch,
};

const LIST: &str = "jobs";
/// Most characters that are looked for; `SQLite` refuses patterns and conditions that come of many more.
const MAX_TEXT: usize = 1_000;

impl Console {
    /// A page of jobs, newest first unless the filter says otherwise.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that cannot be, and for a text that is too long to be looked for.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Page<JobSummary>, ConsoleError> {
        check_texts(filter)?;
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
        self.core.complete(&mut items).await?;
        Ok(Page { items, next_cursor })
    }

    /// How many jobs a filter lets through; cursor and limit do not matter.
    ///
    /// # Errors
    /// `Invalid` for a text that is too long to be looked for.
    pub async fn jobs_count(&self, filter: &JobFilter) -> Result<u64, ConsoleError> {
        check_texts(filter)?;
        Ok(self.core.store.jobs_count(filter, now().ticks()).await?)
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound` when it is not known here.
    pub async fn job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        let mut job = self.core.store.job(job_id).await?.ok_or_else(|| not_found(job_id))?;
        self.core.complete(std::slice::from_mut(&mut job)).await?;
        Ok(job)
    }

    /// Cancels a job that has not begun; of a job on a long list, the parts that have not begun.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has begun or ended: what runs cannot be called back.
    pub async fn cancel_job(&self, job_id: &str) -> Result<JobSummary, ConsoleError> {
        let before = self.job(job_id).await?;
        if before.status.is_terminal() {
            return Err(too_late(job_id, before.status));
        }
        if self.core.store.is_list(job_id).await? {
            self.core.cancel_list(job_id).await?;
            return self.job(job_id).await;
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
        let reading = Reading {
            job_id,
            part: None,
            job: &job,
            rows: &[],
            read_up_to: None,
            ending: Ending::WhenAgreed,
            as_of: now(),
        };
        core.store.apply(&reading).await?;
        info!(job_id, "job cancelled");
        watch::wake(&core, job_id);
        self.job(job_id).await
    }
}

impl Core {
    /// Calls off the parts that have not begun.
    async fn cancel_list(&self, job_id: &str) -> Result<(), ConsoleError> {
        // The parts' sender waits meanwhile.
        let _held = watch::hold_sending(self, job_id).await;
        let mut cancelled = self.store.cancel_waiting_parts(job_id, now()).await?;
        let mut failure = None;
        let unclear = self.store.unclear_parts(job_id).await?;
        let is_unclear = !unclear.is_empty();
        for part in self.store.open_parts(job_id).await?.into_iter().chain(unclear) {
            match self.hub.cancel_job(&part.hub_job_id).await {
                Ok(job) => {
                    let reading = Reading {
                        job_id,
                        part: Some(part.number),
                        job: &job,
                        rows: &[],
                        read_up_to: None,
                        ending: Ending::WhenAgreed,
                        as_of: now(),
                    };
                    self.store.apply(&reading).await?;
                    cancelled += 1;
                }
                Err(error) => match error.kind {
                    // It runs, has ended, or never reached the hub.
                    ErrorKind::Refused | ErrorKind::Conflict | ErrorKind::NotFound { .. } => {}
                    _ => failure = Some(error),
                },
            }
        }
        if is_unclear && failure.is_none() {
            cancelled += self.store.cancel_unclear_parts(job_id, now()).await?;
        }
        watch::wake(self, job_id);
        match failure {
            Some(error) => Err(error.into()),
            None if cancelled == 0 => Err(too_late(job_id, JobStatus::Running)),
            None => {
                info!(job_id, "job cancelled");
                Ok(())
            }
        }
    }
}

/// Whether what a filter looks for can be.
fn check_texts(filter: &JobFilter) -> Result<(), ConsoleError> {
    let texts = [("q", &filter.q), ("action", &filter.action), ("target", &filter.target)];
    let errors: Vec<_> = texts
        .into_iter()
        .filter_map(|(field, text)| Some((field, text.as_ref()?.chars().count())))
        .filter(|(_, length)| *length > MAX_TEXT)
        .map(|(field, length)| {
            FieldError::new(
                field,
                format!("is {length} characters long; at most {MAX_TEXT} can be looked for"),
            )
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(ConsoleError::Invalid(errors)) }
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
