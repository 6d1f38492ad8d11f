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
        let mut query = page(columns::RESULT, job_id, filter, after, limit);
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

/// The statement of a page.
fn page(
    select: &str,
    job_id: &str,
    filter: &ResultFilter,
    after: Option<&ResultsAfter>,
    limit: u32,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new(select);
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
    query
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcome;

    use super::*;

    /// However many results there are, a page is found by an index and never sorted.
    #[tokio::test]
    async fn pages_walk_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let after = ResultsAfter { device_id: "d".into(), module_id: String::new() };
        let failed = ResultFilter { outcome: Some(Outcome::Failed), ..ResultFilter::default() };
        let searched = ResultFilter { q: Some("x".into()), ..ResultFilter::default() };
        for (filter, index) in [
            (&failed, "device_results_by_outcome (job_id=? AND outcome=?"),
            (&searched, "sqlite_autoindex_device_results_1 (job_id=?"),
            (&ResultFilter::default(), "sqlite_autoindex_device_results_1 (job_id=?"),
        ] {
            let select = format!("EXPLAIN QUERY PLAN {}", columns::RESULT);
            let mut query = page(&select, "j", filter, Some(&after), 50);
            let plan =
                query.build_query_as::<(i64, i64, i64, String)>().fetch_all(&store.readers).await.unwrap();
            let plan: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            assert!(plan[0].contains(index), "{plan:?}");
            assert!(plan.len() == 1, "{plan:?}");
        }
    }
}
