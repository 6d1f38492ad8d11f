//! How many jobs each tab of the jobs page holds. Counted once per sequence number, for all clients.

use std::sync::PoisonError;

use console_wire::job::{JobCounts, JobTab};
use hub_wire::job::JobStatus;

use super::{Result, Store, columns, sql};

impl Store {
    /// How many jobs each tab holds.
    pub(crate) async fn job_counts(&self) -> Result<JobCounts> {
        // Read first: a change in between is counted, and counted again under its own number.
        let sequence = *self.sequence.borrow();
        if let Some((_, counts)) = self.cached_counts().filter(|(taken, _)| *taken == sequence) {
            return Ok(counts);
        }
        let counts = self.count_jobs().await?;
        *self.tab_counts.lock().unwrap_or_else(PoisonError::into_inner) = Some((sequence, counts));
        Ok(counts)
    }

    fn cached_counts(&self) -> Option<(u64, JobCounts)> {
        *self.tab_counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn count_jobs(&self) -> Result<JobCounts> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, COUNT(*) FROM jobs WHERE phase <> 'intent' GROUP BY status")
                .fetch_all(&self.readers)
                .await
                .map_err(sql("count jobs"))?;
        Ok(counts_of(rows))
    }
}

/// The tabs' counts of jobs that were counted by status.
pub(super) fn counts_of(rows: Vec<(String, i64)>) -> JobCounts {
    let mut counts = JobCounts::default();
    for (status, count) in rows {
        let status = JobStatus::from_wire(&status);
        let tab = if JobTab::Scheduled.holds(status) {
            &mut counts.scheduled
        } else if JobTab::Finished.holds(status) {
            &mut counts.finished
        } else {
            &mut counts.running
        };
        *tab += columns::count(count);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counted_again_only_after_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let put = async |job_id: &str, status: &str| {
            sqlx::query(
                "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
                 as_of) VALUES ($1, 'open', 'console', 'scheduleDeviceMethod', $2, '*', 'lockDoor', 0, 0)",
            )
            .bind(job_id)
            .bind(status)
            .execute(&store.writer)
            .await
            .unwrap();
        };
        assert_eq!(store.job_counts().await.unwrap(), JobCounts::default());
        for (job_id, status) in
            [("a", "running"), ("b", "queued"), ("c", "scheduled"), ("d", "completed"), ("e", "cancelled")]
        {
            put(job_id, status).await;
        }
        assert_eq!(store.job_counts().await.unwrap(), JobCounts::default(), "no change was announced");
        store.sequence.send_modify(|newest| *newest += 1);
        let counts = JobCounts { running: 2, scheduled: 1, finished: 2 };
        assert_eq!(store.job_counts().await.unwrap(), counts);
        assert_eq!(store.cached_counts(), Some((1, counts)));
    }
}
