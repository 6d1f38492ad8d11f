//! A job as a whole at one instant: its row, causes, landing map and a window of its results, read in one transaction, so
//! that all numbers agree.

use console_wire::{
    cause::Cause,
    job::{JobSummary, ResultFilter},
    landing::MAX_CELLS,
    outcome::DeviceResult,
};
use hub_wire::job::JobStatus;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::{
    LandingRow, Result, Store,
    causes::read_causes,
    columns,
    job_row::{self, JobRow},
    landing::read_landing,
    results::{count_results, counted, read_results},
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
    /// Devices of parts that have not begun; `None` for a job that is not made of parts, or has ended.
    pub(crate) unstarted: Option<u64>,
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
        let unstarted =
            if job.status.is_terminal() { None } else { read_unstarted(&mut transaction, job_id).await? };
        let window = match rows {
            Some(filter) => Some(read_window(&mut transaction, &job, unfetched, filter).await?),
            None => None,
        };
        Ok(Some((Snapshot { job, causes, landing, per_cell, unstarted }, window)))
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

/// Devices of parts that the hub does not have or has not begun.
async fn read_unstarted(connection: &mut SqliteConnection, job_id: &str) -> Result<Option<u64>> {
    let parts: Vec<(i64, String, String)> =
        sqlx::query_as("SELECT part, phase, status FROM job_parts WHERE job_id = $1")
            .bind(job_id)
            .fetch_all(&mut *connection)
            .await
            .map_err(searching(ATTEMPT))?;
    if parts.is_empty() {
        return Ok(None);
    }
    let has_not_begun = |phase: &str, status: &str| match phase {
        "waiting" | "sending" => true,
        "open" => matches!(
            JobStatus::from_wire(status),
            JobStatus::Queued | JobStatus::Enqueued | JobStatus::Scheduled
        ),
        _ => false,
    };
    let unstarted: Vec<i64> = parts
        .into_iter()
        .filter(|(_, phase, status)| has_not_begun(phase, status))
        .map(|(part, ..)| part)
        .collect();
    let devices: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM device_results WHERE job_id = $1 AND part IN (SELECT value FROM json_each($2))",
    )
    .bind(job_id)
    .bind(columns::json(&unstarted))
    .fetch_one(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    Ok(Some(columns::count(devices)))
}
