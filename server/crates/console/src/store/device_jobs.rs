//! The jobs that addressed a device. Each job is looked up by its key, newest first, so this costs no index of its own.

use console_wire::{device::DeviceJob, outcome::Outcome};
use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    job::{JobStatus, JobType},
};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};

use super::{Result, Store, columns, sql};
use crate::StoreError;

/// Where a page begins: after this row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceJobsAfter {
    created: i64,
    job_id: String,
    module_id: String,
}

impl From<&DeviceJob> for DeviceJobsAfter {
    fn from(row: &DeviceJob) -> Self {
        Self {
            created: row.created_time.ticks(),
            job_id: row.job_id.clone(),
            module_id: row.module_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

impl Store {
    /// At most `limit` jobs that addressed a device, newest first.
    pub(crate) async fn device_jobs(
        &self,
        device_id: &DeviceId,
        after: Option<&DeviceJobsAfter>,
        limit: u32,
    ) -> Result<Vec<DeviceJob>> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT jobs.job_id, job_type, action, jobs.status, created_time, module_id, outcome, response_status, \
             error_code, device_results.start_time, device_results.end_time FROM jobs CROSS JOIN device_results \
             ON device_results.job_id = jobs.job_id AND device_id = ",
        );
        query.push_bind(device_id.as_str()).push(" WHERE phase <> 'intent'");
        if let Some(after) = after {
            query.push(" AND (created_time, jobs.job_id, module_id) < (").push_bind(after.created);
            query.push(", ").push_bind(&after.job_id).push(", ").push_bind(&after.module_id).push(")");
            // The same once more in the words of the index.
            query.push(" AND created_time <= ").push_bind(after.created);
        }
        query
            .push(" ORDER BY created_time DESC, jobs.job_id DESC, module_id DESC LIMIT ")
            .push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.readers).await.map_err(sql("list a device's jobs"))?;
        rows.iter().map(device_job).collect()
    }
}

fn device_job(row: &SqliteRow) -> Result<DeviceJob> {
    let module_id: &str = columns::get(row, "module_id")?;
    let module_id = (!module_id.is_empty()).then(|| ModuleId::new(module_id)).transpose();
    let outcome = Outcome::from_wire(columns::get(row, "outcome")?);
    Ok(DeviceJob {
        job_id: columns::get(row, "job_id")?,
        job_type: JobType::from_wire(columns::get(row, "job_type")?),
        action: columns::get(row, "action")?,
        job_status: JobStatus::from_wire(columns::get(row, "status")?),
        created_time: Timestamp::from_ticks(columns::get(row, "created_time")?),
        module_id: module_id.map_err(|_| StoreError::Damaged { column: "module_id" })?,
        outcome: outcome.ok_or(StoreError::Damaged { column: "outcome" })?,
        response_status: columns::get(row, "response_status")?,
        error_code: columns::get(row, "error_code")?,
        start_time_utc: columns::time(row, "start_time")?,
        end_time_utc: columns::time(row, "end_time")?,
    })
}
