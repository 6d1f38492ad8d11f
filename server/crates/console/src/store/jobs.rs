//! Reading jobs: one, what changed since. The page of the list is in `job_list`, the tabs' counts are in `tab_counts`.

use console_wire::job::JobSummary;
use hub_wire::{
    Timestamp,
    job::{JobRequest, JobType},
};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::{
    Intent, Result, Store, columns,
    intents::intent,
    job_row::{self, JobRow, summaries},
    sql,
};

/// How a finished job ran.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PastRun {
    /// Devices that were sent, or whose twins were written.
    pub(crate) devices: u64,
    /// From the start until the last device was sent.
    pub(crate) sending_seconds: f64,
    /// From then until the last result: the answer of a slow device, or the timeout of a silent one.
    pub(crate) waiting_seconds: f64,
}

impl Store {
    /// A job that is shown.
    pub(crate) async fn job(&self, job_id: &str) -> Result<Option<JobSummary>> {
        let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", job_row::SELECT);
        let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a job"))?;
        row.map(JobRow::summary).transpose()
    }

    /// Whether a job may still change.
    pub(crate) async fn is_open(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE job_id = $1 AND phase = 'open')")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("check for a job"))
    }

    /// A job's request without its devices, when it was created, and the scope that limits it. Intents count.
    pub(crate) async fn request_without_target(
        &self,
        job_id: &str,
    ) -> Result<Option<(JobRequest, Timestamp, Option<String>)>> {
        let text = format!("{} WHERE job_id = $1", job_row::SELECT);
        let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a job"))?;
        let Some(row) = row else { return Ok(None) };
        let summary = row.summary()?;
        let scope = summary.scope.clone();
        let Intent { request, since, .. } = intent(summary)?;
        Ok(Some((request, since, scope)))
    }

    /// Whether an id is taken here, by an intent or a job.
    pub(crate) async fn has_job(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE job_id = $1)")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("check for a job"))
    }

    /// The first `limit` jobs that changed after a sequence number, in the order of their last change.
    pub(crate) async fn changes_since(
        &self,
        sequence: u64,
        job_id: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobSummary>> {
        let mut query = QueryBuilder::<Sqlite>::new(job_row::SELECT);
        query.push(" WHERE phase <> 'intent' AND sequence > ").push_bind(columns::stored(sequence));
        if let Some(job_id) = job_id {
            query.push(" AND job_id = ").push_bind(job_id);
        }
        query.push(" ORDER BY sequence LIMIT ").push_bind(i64::from(limit));
        let rows = query.build_query_as().fetch_all(&self.readers).await;
        summaries(rows.map_err(sql("read changed jobs"))?)
    }

    /// Jobs that may still change.
    pub(crate) async fn open_jobs(&self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT job_id FROM jobs WHERE phase = 'open' AND rollout IS NULL ORDER BY created_time",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read open jobs"))
    }

    /// How the last finished jobs of a type ran, newest first. Very small ones show nothing of the rate.
    pub(crate) async fn recent_runs(&self, job_type: JobType) -> Result<Vec<PastRun>> {
        let rows: Vec<(i64, f64, f64)> = sqlx::query_as(
            "SELECT succeeded + failed + timed_out + not_online AS devices, \
             (last_sent - start_time) / 10000000.0, (end_time - last_sent) / 10000000.0 FROM jobs \
             WHERE status = 'completed' AND job_type = $1 AND rollout IS NULL AND last_sent >= start_time AND end_time >= last_sent \
             AND succeeded + failed + timed_out + not_online >= 10 ORDER BY created_time DESC LIMIT 15",
        )
        .bind(job_type.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read how fast jobs ran"))?;
        let run = |(devices, sending_seconds, waiting_seconds)| PastRun {
            devices: columns::count(devices),
            sending_seconds,
            waiting_seconds,
        };
        Ok(rows.into_iter().map(run).collect())
    }

    /// Ids of all jobs that are mirrored.
    pub(crate) async fn mirrored_jobs(&self) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT job_id FROM jobs WHERE phase <> 'intent' UNION SELECT hub_job_id FROM job_parts",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the ids of known jobs"))
    }

    /// How many devices of a job the hub counts that have no result here yet.
    pub(crate) async fn unfetched(&self, job_id: &str) -> Result<u64> {
        let devices: Option<i64> = sqlx::query_scalar("SELECT unfetched FROM jobs WHERE job_id = $1")
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read how many devices are not fetched"))?;
        Ok(columns::count(devices.unwrap_or_default()))
    }

    /// Up to when a job's results have been read.
    pub(crate) async fn read_up_to(&self, job_id: &str) -> Result<Option<Timestamp>> {
        let ticks: Option<Option<i64>> = sqlx::query_scalar("SELECT read_up_to FROM jobs WHERE job_id = $1")
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a job's cursor"))?;
        Ok(ticks.flatten().map(Timestamp::from_ticks))
    }
}
