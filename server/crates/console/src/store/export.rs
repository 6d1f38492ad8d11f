//! Results for an export: first which rows, in their order, then the rows themselves, batch by batch. So each device
//! comes once, whatever moves meanwhile, and no reader is held while somebody downloads slowly.

use console_wire::{job::ResultFilter, outcome::DeviceResult};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::{
    Result, Store, columns,
    results::{push_filter, push_order, walked},
    sql,
};

impl Store {
    /// The numbers of all rows that a filter lets through, in its order.
    pub(crate) async fn export_rows(&self, job_id: &str, filter: &ResultFilter) -> Result<Vec<i64>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT rowid FROM device_results WHERE job_id = ");
        query.push_bind(job_id);
        push_filter(&mut query, job_id, filter);
        push_order(&mut query, walked(filter));
        query.build_query_scalar().fetch_all(&self.readers).await.map_err(sql("list results to export"))
    }

    /// Rows by their numbers, in that order.
    pub(crate) async fn export_batch(&self, rows: &[i64]) -> Result<Vec<DeviceResult>> {
        let text = format!(
            "SELECT {} FROM json_each($1) AS wanted CROSS JOIN device_results ON device_results.rowid = wanted.value \
             ORDER BY wanted.key",
            columns::RESULT_COLUMNS
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(columns::json(&rows))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read results to export"))?;
        rows.iter().map(columns::result).collect()
    }
}
