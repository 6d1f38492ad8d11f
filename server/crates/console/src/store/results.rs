//! Reading device results: one, a page. The order is that of device id, then module id.

use console_wire::{job::ResultFilter, outcome::DeviceResult};
use hub_wire::DeviceId;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::{Result, Store, columns, jobs::contains, sql};

/// Where a page of results begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultsAfter {
    pub(crate) device_id: String,
    /// Empty when the device itself was the target.
    pub(crate) module_id: String,
}

impl From<&DeviceResult> for ResultsAfter {
    fn from(result: &DeviceResult) -> Self {
        Self {
            device_id: result.device_id.as_str().to_owned(),
            module_id: result.module_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

impl Store {
    /// At most `limit` results of a job, in order.
    pub(crate) async fn results(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        after: Option<&ResultsAfter>,
        limit: u32,
    ) -> Result<Vec<DeviceResult>> {
        let mut query = QueryBuilder::<Sqlite>::new(columns::RESULT);
        query.push(" WHERE job_id = ").push_bind(job_id);
        if let Some(outcome) = filter.outcome {
            query.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if let Some(part) = filter.q.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
            query.push(" AND lower(device_id) LIKE ").push_bind(contains(part)).push(" ESCAPE '\\'");
        }
        if let Some(after) = after {
            query.push(" AND (device_id, module_id) > (").push_bind(&after.device_id);
            query.push(", ").push_bind(&after.module_id).push(")");
        }
        query.push(" ORDER BY device_id, module_id LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.readers).await.map_err(sql("list results"))?;
        rows.iter().map(columns::result).collect()
    }

    /// One device's result; of several modules, the first.
    pub(crate) async fn result(&self, job_id: &str, device_id: &DeviceId) -> Result<Option<DeviceResult>> {
        let text =
            format!("{} WHERE job_id = $1 AND device_id = $2 ORDER BY module_id LIMIT 1", columns::RESULT);
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(job_id)
            .bind(device_id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a result"))?;
        row.as_ref().map(columns::result).transpose()
    }
}
