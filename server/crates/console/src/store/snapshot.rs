//! A job as a whole at one instant: its row, causes, landing map and a window of its results, read in one transaction, so
//! that all numbers agree.

use std::sync::Arc;

use console_wire::{
    cause::Cause,
    job::{JobSummary, ResultFilter},
    landing::MAX_CELLS,
    outcome::DeviceResult,
    rollout::Rollout,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::{
    LandingRow, Result, Store,
    causes::read_causes,
    columns,
    curve::{EndedOverTime, read_ended},
    job_row::{self, JobRow},
    landing::read_landing,
    results::{count_results, counted, read_results},
    rollouts::read_rollout,
    search::searching,
    sql,
};

const ATTEMPT: &str = "read a job as a whole";

/// A job and what is summed up of its devices, all at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) job: JobSummary,
    pub(crate) causes: Vec<Cause>,
    /// The landing map by cell, without devices that have no row yet.
    pub(crate) landing: Vec<LandingRow>,
    /// Devices in a cell of it.
    pub(crate) per_cell: u64,
    /// How its devices ended over time.
    pub(crate) ended: EndedOverTime,
    /// Its rollout, for a job in waves.
    pub(crate) rollout: Option<Arc<Rollout>>,
}

/// A window of a job's results.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    /// The job's sequence number when it was read.
    pub(crate) sequence: u64,
    pub(crate) items: Vec<DeviceResult>,
    /// Results in the whole view.
    pub(crate) total: u64,
}

impl Store {
    /// The sequence number of a job's last change; `None` when the job is not shown.
    pub(crate) async fn job_sequence(&self, job_id: &str) -> Result<Option<u64>> {
        let sequence: Option<i64> =
            sqlx::query_scalar("SELECT sequence FROM jobs WHERE job_id = $1 AND phase <> 'intent'")
                .bind(job_id)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a job's sequence number"))?;
        Ok(sequence.map(columns::count))
    }

    /// A job as a whole, with the rows that a filter selects from its offset on. `None` when the job is not shown.
    pub(crate) async fn snapshot(
        &self,
        job_id: &str,
        rows: Option<&ResultFilter>,
    ) -> Result<Option<(Snapshot, Option<Window>)>> {
        let mut search = self.searches.begin(ATTEMPT).await?;
        let mut transaction = search.connection().begin().await.map_err(searching(ATTEMPT))?;
        let Some((job, unfetched)) = read_job(&mut transaction, job_id).await? else { return Ok(None) };
        let causes = read_causes(&mut transaction, job_id).await?;
        let per_cell = job.outcomes.total().div_ceil(MAX_CELLS.into()).max(1);
        let landing = read_landing(&mut transaction, job_id, per_cell).await?;
        let ended = read_ended(&mut transaction, &job).await?;
        let window = match rows {
            Some(filter) => Some(read_window(&mut transaction, &job, unfetched, filter).await?),
            None => None,
        };
        let rollout = match job.rollout {
            Some(_) => read_rollout(&mut transaction, job_id).await?.map(Arc::new),
            None => None,
        };
        Ok(Some((Snapshot { job, causes, landing, per_cell, ended, rollout }, window)))
    }

    /// Only the rows, with the sequence number of the job that they belong to.
    pub(crate) async fn results_window(&self, job_id: &str, filter: &ResultFilter) -> Result<Option<Window>> {
        let mut search = self.searches.begin(ATTEMPT).await?;
        let mut transaction = search.connection().begin().await.map_err(searching(ATTEMPT))?;
        let Some((job, unfetched)) = read_job(&mut transaction, job_id).await? else { return Ok(None) };
        read_window(&mut transaction, &job, unfetched, filter).await.map(Some)
    }
}

/// A job, and how many of its waiting devices have no row yet.
async fn read_job(connection: &mut SqliteConnection, job_id: &str) -> Result<Option<(JobSummary, u64)>> {
    let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", job_row::SELECT);
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    let Some(row) = row else { return Ok(None) };
    let unfetched = row.tally().unfetched;
    Ok(Some((row.summary()?, unfetched)))
}

async fn read_window(
    connection: &mut SqliteConnection,
    job: &JobSummary,
    unfetched: u64,
    filter: &ResultFilter,
) -> Result<Window> {
    let items = read_results(connection, &job.job_id, filter, filter.limit.unwrap_or(1)).await?;
    let total = match counted(filter, &job.outcomes, unfetched) {
        Some(total) => total,
        None => count_results(connection, &job.job_id, filter).await?,
    };
    Ok(Window { sequence: job.sequence, items, total })
}
