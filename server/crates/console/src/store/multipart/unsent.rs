//! Ending parts that were not put to the hub, or of which the hub turned out to have no job.

use hub_wire::{Timestamp, device_job::DeviceJobError, job::JobStatus};
use sqlx::AssertSqlSafe;

use super::{
    aggregate::{open_job, write_aggregate},
    end_part::{UnreportedEnd, end_unreported, settle_part},
};
use crate::store::{Result, Store, columns, sql};

impl Store {
    /// Cancels every part that was not sent to the hub. Returns how many devices that are.
    pub(crate) async fn cancel_waiting_parts(&self, job_id: &str, now: Timestamp) -> Result<u64> {
        let end = UnsentEnd { parts: "phase = 'waiting'", status: JobStatus::Cancelled, error: None };
        self.end_unsent(job_id, end, now).await
    }

    /// Cancels the parts of which the hub turned out to have no job. Returns how many devices that are.
    pub(crate) async fn cancel_unconfirmed_parts(&self, job_id: &str, now: Timestamp) -> Result<u64> {
        let end = UnsentEnd { parts: "phase = 'sending'", status: JobStatus::Cancelled, error: None };
        self.end_unsent(job_id, end, now).await
    }

    /// Ends every part that is still to be sent as failed, with the reason. Returns how many devices that are.
    pub(crate) async fn fail_unsent_parts(
        &self,
        job_id: &str,
        error: &DeviceJobError,
        now: Timestamp,
    ) -> Result<u64> {
        let parts = "phase IN ('waiting', 'sending')";
        let end = UnsentEnd { parts, status: JobStatus::Failed, error: Some(error) };
        self.end_unsent(job_id, end, now).await
    }

    async fn end_unsent(&self, job_id: &str, end: UnsentEnd<'_>, now: Timestamp) -> Result<u64> {
        let attempt = "end parts that were not sent";
        let mut transaction = self.begin(attempt).await?;
        let Some((before, mut tally)) = open_job(&mut transaction, job_id).await? else { return Ok(0) };
        let text = format!("SELECT part FROM job_parts WHERE job_id = $1 AND {} ORDER BY part", end.parts);
        let parts: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let mut devices = 0;
        for part in &parts {
            let unreported = match end.error {
                None => UnreportedEnd::Cancelled,
                Some(error) => UnreportedEnd::Failed(error.clone()),
            };
            devices += end_unreported(&mut transaction, job_id, *part, &unreported, now, &mut tally).await?;
            let reason = end.error.map(|error| error.description.as_str());
            settle_part(&mut transaction, job_id, *part, end.status, Some(now), reason).await?;
        }
        if !parts.is_empty() {
            let sequence = write_aggregate(&mut transaction, &before, &tally, now).await?.sequence;
            self.commit(transaction, columns::stored(sequence), attempt).await?;
        }
        Ok(devices)
    }
}

/// How parts end that the hub does not have.
struct UnsentEnd<'a> {
    /// Which parts, in SQL.
    parts: &'static str,
    status: JobStatus,
    error: Option<&'a DeviceJobError>,
}
