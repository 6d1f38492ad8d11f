//! What became of the occurrences of one schedule.

use console_wire::{job::JobSummary, schedule::RunState};
use schedule::Row;

use crate::store::{
    Result, Store,
    columns::{self, count, from_json, wire},
    sql,
};

/// A row of a schedule's history.
#[derive(Debug, Clone)]
pub(crate) struct KeptRun {
    pub(crate) run_id: u64,
    pub(crate) row: Row,
    /// What became of it: `missed` where its job was not created.
    pub(crate) state: RunState,
    pub(crate) job_id: Option<String>,
    /// Why its job was not created.
    pub(crate) note: Option<String>,
    pub(crate) job: Option<JobSummary>,
}

/// Its id, content, state, job and note.
type RunRow = (i64, String, String, Option<String>, Option<String>);

impl Store {
    /// The first `limit` runs of a schedule before one, latest first.
    pub(crate) async fn schedule_runs(
        &self,
        schedule_id: &str,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<KeptRun>> {
        let rows: Vec<RunRow> = sqlx::query_as(
            "SELECT run_id, content, state, job_id, note FROM schedule_runs \
             WHERE schedule_id = $1 AND run_id < $2 ORDER BY run_id DESC LIMIT $3",
        )
        .bind(schedule_id)
        .bind(before.map_or(i64::MAX, columns::stored))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the runs of a schedule"))?;
        self.kept_runs(rows).await
    }

    /// One run.
    pub(crate) async fn schedule_run(&self, run_id: u64) -> Result<Option<KeptRun>> {
        let row: Option<RunRow> = sqlx::query_as(
            "SELECT run_id, content, state, job_id, note FROM schedule_runs WHERE run_id = $1",
        )
        .bind(columns::stored(run_id))
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read a run of a schedule"))?;
        Ok(self.kept_runs(row.into_iter().collect()).await?.pop())
    }

    async fn kept_runs(&self, rows: Vec<RunRow>) -> Result<Vec<KeptRun>> {
        let job_ids: Vec<&String> = rows.iter().filter_map(|row| row.3.as_ref()).collect();
        let mut jobs: std::collections::HashMap<String, JobSummary> =
            self.jobs_of_ids(&job_ids).await?.into_iter().map(|job| (job.job_id.clone(), job)).collect();
        rows.into_iter()
            .map(|(run_id, content, state, job_id, note)| {
                Ok(KeptRun {
                    run_id: count(run_id),
                    row: from_json(&content, "content")?,
                    state: wire(&state, "state")?,
                    job: job_id.as_ref().and_then(|job_id| jobs.remove(job_id)),
                    job_id,
                    note,
                })
            })
            .collect()
    }
}
