//! What twin jobs were about to change, as it was before. Deleted with the job.

use hub_wire::{DeviceId, Timestamp};
use serde_json::Value;

use super::{Result, Store, columns, sql};

impl Store {
    /// Keeps the values of some devices that a job is about to change.
    pub(crate) async fn insert_twins_before(
        &self,
        job_id: &str,
        twins: &[(DeviceId, Value)],
        read: Timestamp,
    ) -> Result<()> {
        let attempt = "keep what a job is about to change";
        let mut transaction = self.begin(attempt).await?;
        for (device_id, values) in twins {
            sqlx::query(
                "INSERT OR REPLACE INTO twins_before (job_id, device_id, named_values, read_time) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(job_id)
            .bind(device_id.as_str())
            .bind(columns::json(values))
            .bind(read.ticks())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))
    }

    /// The values of a device before a job, and when they were read; `None` where they were not kept.
    pub(crate) async fn twin_before(
        &self,
        job_id: &str,
        device_id: &DeviceId,
    ) -> Result<Option<(Value, Timestamp)>> {
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT named_values, read_time FROM twins_before WHERE job_id = $1 AND device_id = $2",
        )
        .bind(job_id)
        .bind(device_id.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(sql("read what a job was about to change"))?;
        row.map(|(values, read)| {
            Ok((columns::from_json(&values, "named_values")?, Timestamp::from_ticks(read)))
        })
        .transpose()
    }
}
