//! Results for an export: first the numbers of the rows in their order, then the rows, batch by batch. So each device
//! comes once, whatever changes meanwhile, and a slow download holds no connection.

use console_wire::{job::ResultFilter, outcome::DeviceResult};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::{
    Result, Store, columns,
    results::{push_filter, push_order, walked},
    search::searching,
    sql,
};

impl Store {
    /// The numbers of all rows that a filter selects, in its order.
    pub(crate) async fn export_rows(&self, job_id: &str, filter: &ResultFilter) -> Result<Vec<i64>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT rowid FROM device_results WHERE job_id = ");
        query.push_bind(job_id);
        push_filter(&mut query, job_id, filter);
        push_order(&mut query, walked(filter));
        let attempt = "list results to export";
        let mut search = self.searches.begin(attempt).await?;
        query.build_query_scalar().fetch_all(search.connection()).await.map_err(searching(attempt))
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
