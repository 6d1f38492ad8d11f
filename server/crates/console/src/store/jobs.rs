//! Reading jobs: one, what changed since. The list is in `job_list`, the tabs' counts are in `counts`.

use console_wire::job::JobSummary;
use hub_wire::{Timestamp, job::JobRequest};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, sqlite::SqliteRow};

use super::{Intent, Result, Store, columns, intents::intent, sql};

impl Store {
    /// A job that is shown.
    pub(crate) async fn job(&self, job_id: &str) -> Result<Option<JobSummary>> {
        let row =
            sqlx::query(AssertSqlSafe(format!("{} WHERE job_id = $1 AND phase <> 'intent'", columns::JOB)))
                .bind(job_id)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a job"))?;
        row.as_ref().map(columns::summary).transpose()
    }

    /// Whether a job may still move.
    pub(crate) async fn is_open(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE job_id = $1 AND phase = 'open')")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("look for a job"))
    }

    /// What a job asks of its devices, without a condition, and when it was created. Intents count.
    pub(crate) async fn list_request(&self, job_id: &str) -> Result<Option<(JobRequest, Timestamp)>> {
        let row = sqlx::query(AssertSqlSafe(format!("{} WHERE job_id = $1", columns::JOB)))
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a job"))?;
        let Some(row) = row else { return Ok(None) };
        let Intent { request, since, .. } = intent(columns::summary(&row)?)?;
        Ok(Some((request, since)))
    }

    /// Whether an id is taken here, by an intent or a job.
    pub(crate) async fn has_job(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE job_id = $1)")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("look for a job"))
    }

    /// Jobs that changed after a sequence number, in the order of their last change.
    pub(crate) async fn changes_since(&self, sequence: u64, job_id: Option<&str>) -> Result<Vec<JobSummary>> {
        let mut query = QueryBuilder::<Sqlite>::new(columns::JOB);
        query.push(" WHERE phase <> 'intent' AND sequence > ").push_bind(columns::stored(sequence));
        if let Some(job_id) = job_id {
            query.push(" AND job_id = ").push_bind(job_id);
        }
        query.push(" ORDER BY sequence");
        let rows = query.build().fetch_all(&self.readers).await.map_err(sql("read changed jobs"))?;
        summaries(&rows)
    }

    /// Jobs that still may move.
    pub(crate) async fn open_jobs(&self) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT job_id FROM jobs WHERE phase = 'open' ORDER BY created_time")
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read open jobs"))
    }

    /// Devices a second of the last finished jobs that say something about it.
    pub(crate) async fn recent_paces(&self) -> Result<Vec<f64>> {
        sqlx::query_scalar(
            "SELECT (succeeded + failed) * 10000000.0 / (end_time - start_time) FROM jobs \
             WHERE status = 'completed' AND end_time > start_time AND succeeded + failed >= 10 \
             ORDER BY created_time DESC LIMIT 15",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read how fast jobs ran"))
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
    pub(crate) async fn unlisted(&self, job_id: &str) -> Result<u64> {
        let devices: Option<i64> = sqlx::query_scalar("SELECT unlisted FROM jobs WHERE job_id = $1")
            .bind(job_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read how many devices are not listed"))?;
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

pub(super) fn summaries(rows: &[SqliteRow]) -> Result<Vec<JobSummary>> {
    rows.iter().map(columns::summary).collect()
}
