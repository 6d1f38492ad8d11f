//! The jobs that addressed a device. Each job is looked up by its key, newest first, so this needs no index of its own.

use console_wire::device::DeviceJob;
use hub_wire::{
    DeviceId, Timestamp,
    job::{JobStatus, JobType},
    twin::{Object, TwinPatch, leaves},
};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Sqlite};

use super::{Result, Store, columns, sql};

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
            "SELECT jobs.job_id, name, job_type, action, update_twin, jobs.status, created_time, module_id, outcome, \
             response_status, error_code, device_results.start_time, device_results.end_time FROM jobs \
             CROSS JOIN device_results ON device_results.job_id = jobs.job_id AND device_id = ",
        );
        query.push_bind(device_id.as_str()).push(" WHERE phase <> 'intent'");
        if let Some(after) = after {
            query.push(" AND (created_time, jobs.job_id, module_id) < (").push_bind(after.created);
            query.push(", ").push_bind(&after.job_id).push(", ").push_bind(&after.module_id).push(")");
            // The same once more, so that SQLite uses the index.
            query.push(" AND created_time <= ").push_bind(after.created);
        }
        query
            .push(" ORDER BY created_time DESC, jobs.job_id DESC, module_id DESC LIMIT ")
            .push_bind(i64::from(limit));
        let rows: Vec<DeviceJobRow> =
            query.build_query_as().fetch_all(&self.readers).await.map_err(sql("list a device's jobs"))?;
        rows.into_iter().map(DeviceJobRow::device_job).collect()
    }
}

/// A job and the device's share of it.
#[derive(Debug, sqlx::FromRow)]
struct DeviceJobRow {
    job_id: String,
    name: String,
    job_type: String,
    action: String,
    update_twin: Option<String>,
    status: String,
    created_time: i64,
    module_id: String,
    outcome: String,
    response_status: Option<i32>,
    error_code: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
}

impl DeviceJobRow {
    fn device_job(self) -> Result<DeviceJob> {
        let change = self.update_twin.map(|text| columns::from_json::<TwinPatch>(&text, "update_twin"));
        let change = change.transpose()?;
        Ok(DeviceJob {
            job_id: self.job_id,
            name: self.name,
            job_type: JobType::from_wire(&self.job_type),
            action: self.action,
            desired_paths: change.as_ref().and_then(TwinPatch::desired).map(set_paths).unwrap_or_default(),
            job_status: JobStatus::from_wire(&self.status),
            created_time: Timestamp::from_ticks(self.created_time),
            module_id: columns::module_id(&self.module_id)?,
            outcome: columns::outcome(&self.outcome)?,
            response_status: self.response_status,
            error_code: self.error_code,
            start_time_utc: self.start_time.map(Timestamp::from_ticks),
            end_time_utc: self.end_time.map(Timestamp::from_ticks),
        })
    }
}

/// The paths of the values that a change sets. A null removes one, of which nothing stays in the twin.
fn set_paths(change: &Object) -> Vec<String> {
    leaves(change).into_iter().filter(|(_, value)| !value.is_null()).map(|(path, _)| path).collect()
}
