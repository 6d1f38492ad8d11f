//! Deleting old jobs with their results, and old calls of single devices, in small transactions.
//!
//! A job of many devices has too many results for one transaction, and no reader may see a job whose results do not
//! sum to its counts. So the job is hidden first, in a transaction of its own, and stays hidden until it is gone. What a
//! stop interrupts continues with the next purge.

use hub_wire::Timestamp;

use super::{Result, Store, sql};

impl Store {
    /// Hides at most `limit` settled jobs that ended before a time. Returns how many.
    pub(crate) async fn hide_jobs_ended_before(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let attempt = "hide old jobs";
        // Found by a reader, since this reads all jobs.
        let job_ids: Vec<String> = sqlx::query_scalar(
            // A job that was cancelled before its start has no end; nothing changed after its last reading.
            "SELECT job_id FROM jobs WHERE phase = 'settled' AND coalesce(end_time, as_of) < $1 LIMIT $2",
        )
        .bind(before.ticks())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        if job_ids.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.begin(attempt).await?;
        for job_id in &job_ids {
            sqlx::query("UPDATE jobs SET phase = 'intent', purging = 1 WHERE job_id = $1")
                .bind(job_id)
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        // The tabs' counts are read again only after a change.
        let sequence = Self::next_sequence(&mut transaction).await?;
        self.commit(transaction, sequence, attempt).await?;
        Ok(job_ids.len() as u64)
    }

    /// The jobs that are hidden and not deleted yet.
    pub(crate) async fn hidden_jobs(&self) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT job_id FROM jobs WHERE purging ORDER BY job_id")
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list hidden jobs"))
    }

    /// Deletes at most `limit` results of a hidden job. Returns how many.
    pub(crate) async fn delete_hidden_results(&self, job_id: &str, limit: u32) -> Result<u64> {
        let attempt = "delete results of an old job";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query(
            "DELETE FROM device_results WHERE rowid IN (SELECT rowid FROM device_results WHERE job_id = \
             (SELECT job_id FROM jobs WHERE job_id = $1 AND purging) LIMIT $2)",
        )
        .bind(job_id)
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected())
    }

    /// Deletes a hidden job whose results are deleted.
    pub(crate) async fn delete_hidden_job(&self, job_id: &str) -> Result<()> {
        let attempt = "delete an old job";
        let mut transaction = self.begin(attempt).await?;
        for text in [
            "DELETE FROM rollout_steps WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM rollout_devices WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM rollout_attempts WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM rollout_history WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM rollout_approvals WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM rollouts WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM job_parts WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND purging)",
            "DELETE FROM jobs WHERE job_id = $1 AND purging",
        ] {
            sqlx::query(text).bind(job_id).execute(&mut *transaction).await.map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Deletes at most `limit` calls of single devices that were requested before a time and have ended. Returns how many.
    pub(crate) async fn delete_calls_before(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let attempt = "delete old calls";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query(
            "DELETE FROM device_calls WHERE call_id IN (SELECT call_id FROM device_calls \
             WHERE requested_time < $1 AND outcome <> $2 LIMIT $3)",
        )
        .bind(before.ticks())
        .bind(console_wire::outcome::Outcome::InFlight.as_str())
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected())
    }
}

#[cfg(test)]
impl Store {
    /// A settled job of so many devices that ended at a time, without a hub.
    pub(crate) async fn insert_ended_job(&self, job_id: &str, end: Timestamp, devices: u32) {
        sqlx::query(
            "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
             end_time, as_of, succeeded) \
             VALUES ($1, 'settled', 'console', 'scheduleDeviceMethod', 'completed', '*', 'lockDoor', 0, $2, $2, $3)",
        )
        .bind(job_id)
        .bind(end.ticks())
        .bind(devices)
        .execute(&self.writer)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO device_results (job_id, device_id, status, outcome) \
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $2) \
             SELECT $1, 'door-' || n, 'completed', 'succeeded' FROM n",
        )
        .bind(job_id)
        .bind(devices)
        .execute(&self.writer)
        .await
        .unwrap();
    }

    /// Rows that belong to jobs: jobs and results.
    pub(crate) async fn count_rows(&self) -> (i64, i64) {
        let count = async |text: &'static str| {
            sqlx::query_scalar::<_, i64>(text).fetch_one(&self.readers).await.unwrap()
        };
        (count("SELECT count(*) FROM jobs").await, count("SELECT count(*) FROM device_results").await)
    }
}
