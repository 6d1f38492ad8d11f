//! The job that ended last, and which of its devices ended how.

use std::collections::BTreeMap;

use console_wire::{job::JobSummary, outcome::Outcome};

use crate::store::{
    Result, Store,
    causes::of_rank,
    job_row::{self, JobRow},
    search::searching,
    sql,
};

impl Store {
    /// The job with devices that ended last.
    pub(crate) async fn last_ended_job(&self) -> Result<Option<JobSummary>> {
        let condition = "WHERE phase <> 'intent' AND end_time IS NOT NULL \
            AND succeeded + failed + timed_out + not_online + interrupted > 0 ORDER BY end_time DESC LIMIT 1";
        let row: Option<JobRow> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{} {condition}", job_row::SELECT)))
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read the job that ended last"))?;
        row.map(JobRow::summary).transpose()
    }

    /// At most `limit` devices of a job by their outcome: all of them, or those that failed.
    pub(crate) async fn devices_by_outcome(
        &self,
        job_id: &str,
        all: bool,
        limit: usize,
    ) -> Result<BTreeMap<Outcome, Vec<String>>> {
        let attempt = "read the devices of a job by outcome";
        let mut search = self.searches.begin(attempt).await?;
        let text = if all {
            "SELECT device_id, rank FROM device_results WHERE job_id = $1 LIMIT $2"
        } else {
            "SELECT device_id, rank FROM device_results WHERE job_id = $1 AND cause IS NOT NULL LIMIT $2"
        };
        let rows: Vec<(String, i64)> = sqlx::query_as(text)
            .bind(job_id)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(search.connection())
            .await
            .map_err(searching(attempt))?;
        let mut found = BTreeMap::<Outcome, Vec<String>>::new();
        for (device_id, rank) in rows {
            found.entry(of_rank(rank)?).or_default().push(device_id);
        }
        Ok(found)
    }
}
