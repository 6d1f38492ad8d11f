//! The facade's part about a job's device results.

use std::sync::Arc;

use console_wire::{
    cause::Causes,
    desired_sync::DesiredSync,
    job::{JobSummary, ResultFilter},
    landing::{Landing, LandingCell},
    latency::Distribution,
    outcome::DeviceResult,
    page::Page,
    run_compare::{CompareFilter, Comparison, Run},
};
use futures::Stream;
use hub_wire::DeviceId;

use super::Console;
use crate::{
    ConsoleError, JobSnapshot, RowsWanted, compare, desired_sync, export, results, results_summary, snapshot,
};

impl Console {
    /// A page of results, in the filter's order: after its cursor, or from its offset.
    ///
    /// # Errors
    /// `NotFound` for the job; `Invalid` for a cursor, offset or limit that is not valid.
    pub async fn results(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> Result<Page<DeviceResult>, ConsoleError> {
        results::results(&self.core, job_id, filter).await
    }

    /// How many results a filter selects; order, cursor, offset and limit do not matter.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn results_count(&self, job_id: &str, filter: &ResultFilter) -> Result<u64, ConsoleError> {
        results::results_count(&self.core, job_id, filter).await
    }

    /// The next device that failed, at this place of a view or after it, from the top again after the last: its place
    /// from 0, and its id. Cursor, offset and limit do not matter.
    ///
    /// # Errors
    /// When the store cannot be read. A job that is not known has no such device.
    pub async fn next_problem(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        from: u64,
    ) -> Result<Option<(u64, String)>, ConsoleError> {
        results::next_problem(&self.core, job_id, filter, from).await
    }

    /// One device's result.
    ///
    /// # Errors
    /// `NotFound` when the job does not address the device, or is not known.
    pub async fn result(&self, job_id: &str, device_id: &DeviceId) -> Result<DeviceResult, ConsoleError> {
        results::result(&self.core, job_id, device_id).await
    }

    /// All results that a filter selects, in its order, as chunks of CSV text: a header line, then a line each.
    /// Cursor, offset and limit of the filter do not count. Which devices is settled when the export begins; each is
    /// written once, as it is when its batch is read.
    pub fn results_csv(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        export::export(Arc::clone(&self.core), job_id, filter, export::CSV)
    }

    /// The same as one JSON array.
    pub fn results_json(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        export::export(Arc::clone(&self.core), job_id, filter, export::JSON)
    }

    /// The same as device ids, one a line.
    pub fn results_ids(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<> {
        export::export(Arc::clone(&self.core), job_id, filter, export::IDS)
    }

    /// The job whose results are to be exported; checks before the first line is sent that they can be.
    ///
    /// # Errors
    /// `NotFound` for the job; `Invalid` for a search text that is too long.
    pub async fn job_to_export(
        &self,
        job_id: &str,
        filter: &ResultFilter,
    ) -> Result<JobSummary, ConsoleError> {
        export::job_to_export(&self.core, job_id, filter).await
    }

    /// A job with its causes, its landing map and a window of its results, all of one instant.
    ///
    /// # Errors
    /// `NotFound` for the job; `Invalid` for a search text that is too long.
    pub async fn snapshot(
        &self,
        job_id: &str,
        rows: Option<RowsWanted>,
    ) -> Result<JobSnapshot, ConsoleError> {
        snapshot::snapshot(&self.core, job_id, rows).await
    }

    /// A job beside an earlier run: how many devices changed their outcome, and a page of them.
    ///
    /// # Errors
    /// `NotFound` for one of the jobs; `Invalid` for a cursor, limit or state that is not valid, and on `with` where no run
    /// is named and there is none before.
    pub async fn compare_runs(
        &self,
        job_id: &str,
        filter: &CompareFilter,
    ) -> Result<Comparison, ConsoleError> {
        compare::compare(&self.core, job_id, filter).await
    }

    /// The runs that a job may be compared with: the job whose devices it ran again, completed runs before it with the same
    /// action and condition, and its reruns.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn comparable_runs(&self, job_id: &str) -> Result<Vec<Run>, ConsoleError> {
        compare::comparable(&self.core, job_id).await
    }

    /// Whether there is a run that a job is compared with when none is named.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn has_earlier_run(&self, job: &JobSummary) -> Result<bool, ConsoleError> {
        compare::has_earlier_run(&self.core, job).await
    }

    /// Why devices of a job failed, the most frequent cause first; at most a thousand causes.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn causes(&self, job_id: &str) -> Result<Causes, ConsoleError> {
        results_summary::causes(&self.core, job_id).await
    }

    /// The landing map of a job.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn landing(&self, job_id: &str) -> Result<Landing, ConsoleError> {
        Ok(snapshot::snapshot(&self.core, job_id, None).await?.landing)
    }

    /// The devices of one cell of the landing map.
    ///
    /// # Errors
    /// `NotFound` for the job, and for a cell that the map does not have.
    pub async fn landing_cell(&self, job_id: &str, cell: u32) -> Result<LandingCell, ConsoleError> {
        results_summary::landing_cell(&self.core, job_id, cell).await
    }

    /// How many devices report the desired properties that a job set, counted now or a moment ago: the hub is asked again
    /// after 3 s, or after a minute where it limits queries. `None` for a job that sets none.
    ///
    /// # Errors
    /// `NotFound` for the job; `Hub` when the hub did not answer.
    pub async fn desired_sync(&self, job_id: &str) -> Result<Option<DesiredSync>, ConsoleError> {
        desired_sync::desired_sync(&self.core, job_id).await
    }

    /// How long the devices of a job took to answer; `None` while none has, and for a job that changes twins.
    ///
    /// # Errors
    /// `NotFound` for the job.
    pub async fn distribution(&self, job_id: &str) -> Result<Option<Distribution>, ConsoleError> {
        results_summary::distribution(&self.core, job_id).await
    }
}
