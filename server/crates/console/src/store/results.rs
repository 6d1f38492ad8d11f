//! Reading device results: one, a page in one of three orders, how many.

use console_wire::{
    cause::CauseKey,
    job::{ResultFilter, ResultOrder},
    outcome::{DeviceResult, Outcome, Outcomes},
};
use hub_wire::DeviceId;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{Result, Store, causes::rank, columns, landing::PER_CELL, search::searching, sql};

/// The order of the landing map: devices in the order they were sent, then those that were not.
pub(super) const AS_SENT: &str = "start_time IS NULL, start_time, device_id, module_id";

/// Where a page of results begins: after this row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ResultsAfter {
    /// What the order puts before the device's id; 0 where that decides alone.
    pub(crate) key: i64,
    pub(crate) device_id: String,
    /// Empty when the device itself was the target.
    pub(crate) module_id: String,
}

impl ResultsAfter {
    /// The place after a row that [`Store::results`] returned.
    pub(crate) fn after((key, result): &(i64, DeviceResult)) -> Self {
        Self {
            key: *key,
            device_id: result.device_id.as_str().to_owned(),
            module_id: result.module_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

/// The order in which rows are really walked: within one outcome, problems come by device.
pub(super) fn walked(filter: &ResultFilter) -> ResultOrder {
    match filter.order {
        ResultOrder::Problems if filter.outcome.is_some() || filter.cause.is_some() => ResultOrder::Device,
        order => order,
    }
}

impl Store {
    /// At most `limit` results of a job, in order, each with its key in that order.
    pub(crate) async fn results(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        after: Option<&ResultsAfter>,
        limit: u32,
    ) -> Result<Vec<(i64, DeviceResult)>> {
        let mut query = page(job_id, filter, after, limit);
        let attempt = "list results";
        let rows = if is_search(filter) {
            let mut search = self.searches.begin(attempt).await?;
            query.build().fetch_all(search.connection()).await.map_err(searching(attempt))?
        } else {
            query.build().fetch_all(&self.readers).await.map_err(sql(attempt))?
        };
        rows.iter().map(with_key).collect()
    }

    /// How many results a filter selects.
    pub(crate) async fn results_count(&self, job_id: &str, filter: &ResultFilter) -> Result<u64> {
        let mut search = self.searches.begin("count results").await?;
        count_results(search.connection(), job_id, filter).await
    }

    /// The first failed row at this place of a view or after it, else the first of all: its place from 0, and its device.
    pub(crate) async fn problem_from(
        &self,
        job_id: &str,
        filter: &ResultFilter,
        from: u64,
    ) -> Result<Option<(u64, String)>> {
        let attempt = "find the next problem";
        let mut query = problem(job_id, filter, from);
        let mut search = self.searches.begin(attempt).await?;
        let next: Option<(i64, String)> =
            query.build_query_as().fetch_optional(search.connection()).await.map_err(searching(attempt))?;
        Ok(next.map(|(place, device_id)| (columns::count(place), device_id)))
    }

    /// One device's result; of several modules, the first.
    pub(crate) async fn result(&self, job_id: &str, device_id: &DeviceId) -> Result<Option<DeviceResult>> {
        let text = format!(
            "SELECT {} FROM device_results WHERE job_id = $1 AND device_id = $2 ORDER BY module_id LIMIT 1",
            columns::RESULT_COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(job_id)
            .bind(device_id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a result"))?;
        row.as_ref().map(columns::result).transpose()
    }

    /// Devices whose twin a job has written, by id, after one; each with the module whose twin it is, or an empty text.
    pub(crate) async fn written_twins(
        &self,
        job_id: &str,
        after: &(String, String),
        limit: u32,
    ) -> Result<Vec<(String, String)>> {
        sqlx::query_as(
            "SELECT device_id, module_id FROM device_results WHERE job_id = $1 AND rank = $2 \
             AND (device_id, module_id) > ($3, $4) ORDER BY device_id, module_id LIMIT $5",
        )
        .bind(job_id)
        .bind(rank(Outcome::Succeeded))
        .bind(&after.0)
        .bind(&after.1)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list twins that were written"))
    }

    /// Milliseconds from sending to the answer, of every device that answered; in no order. Writing a twin is no round
    /// trip: the device is not waited for.
    pub(crate) async fn round_trips(&self, job_id: &str) -> Result<Vec<f64>> {
        let attempt = "read how long devices took";
        let mut search = self.searches.begin(attempt).await?;
        sqlx::query_scalar(
            "SELECT (end_time - start_time) / 10000.0 FROM device_results WHERE job_id = $1 \
             AND end_time >= start_time AND response_status IS NOT NULL",
        )
        .bind(job_id)
        .fetch_all(search.connection())
        .await
        .map_err(searching(attempt))
    }
}

fn with_key(row: &SqliteRow) -> Result<(i64, DeviceResult)> {
    Ok((columns::get(row, "place")?, columns::result(row)?))
}

/// The results from the filter's offset on, on a connection that reads more.
pub(super) async fn read_results(
    connection: &mut SqliteConnection,
    job_id: &str,
    filter: &ResultFilter,
    limit: u32,
) -> Result<Vec<DeviceResult>> {
    let rows = page(job_id, filter, None, limit).build().fetch_all(connection).await;
    rows.map_err(searching("list results"))?.iter().map(columns::result).collect()
}

/// How many results a filter selects, on a connection that reads more.
pub(super) async fn count_results(
    connection: &mut SqliteConnection,
    job_id: &str,
    filter: &ResultFilter,
) -> Result<u64> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM device_results WHERE job_id = ");
    query.push_bind(job_id);
    push_filter(&mut query, job_id, filter);
    let count: i64 =
        query.build_query_scalar().fetch_one(connection).await.map_err(searching("count results"))?;
    Ok(columns::count(count))
}

/// How many results a filter selects by the job's counters alone; `None` where they do not know. Waiting devices without
/// a row are not results yet.
pub(crate) fn counted(filter: &ResultFilter, outcomes: &Outcomes, unfetched: u64) -> Option<u64> {
    let is_searched = filter.q.as_deref().is_some_and(|text| !text.trim().is_empty());
    if is_searched || filter.cause.is_some() || filter.cell.is_some() {
        return None;
    }
    Some(match filter.outcome {
        None => outcomes.total().saturating_sub(unfetched),
        Some(Outcome::Queued) => outcomes.queued.saturating_sub(unfetched),
        Some(outcome) => outcomes.get(outcome),
    })
}

/// Whether a filter has a condition that no index answers.
fn is_search(filter: &ResultFilter) -> bool {
    filter.q.is_some() || filter.cell.is_some()
}

/// The statement of a page.
fn page(
    job_id: &str,
    filter: &ResultFilter,
    after: Option<&ResultsAfter>,
    limit: u32,
) -> QueryBuilder<Sqlite> {
    let order = walked(filter);
    let key = match order {
        ResultOrder::Device => "0",
        ResultOrder::Latest => "changed",
        ResultOrder::Problems => "rank",
    };
    let mut query = QueryBuilder::<Sqlite>::new(format!(
        "SELECT {}, {key} AS place FROM device_results WHERE job_id = ",
        columns::RESULT_COLUMNS
    ));
    query.push_bind(job_id);
    push_filter(&mut query, job_id, filter);
    if let Some(after) = after {
        query.push(match order {
            ResultOrder::Device => " AND (device_id, module_id) > (",
            ResultOrder::Latest => " AND (changed, device_id, module_id) < (",
            ResultOrder::Problems => " AND (rank, device_id, module_id) > (",
        });
        if order != ResultOrder::Device {
            query.push_bind(after.key).push(", ");
        }
        query.push_bind(&after.device_id).push(", ").push_bind(&after.module_id).push(")");
    }
    push_order(&mut query, order);
    query.push(" LIMIT ").push_bind(i64::from(limit));
    if let Some(offset) = filter.offset.filter(|_| after.is_none()) {
        query.push(" OFFSET ").push_bind(columns::stored(offset));
    }
    query
}

/// The statement of the next problem: rows are numbered as they are walked.
fn problem(job_id: &str, filter: &ResultFilter, from: u64) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT place, device_id FROM (SELECT device_id, rank, row_number() OVER (",
    );
    push_order(&mut query, walked(filter));
    query.push(") - 1 AS place FROM device_results WHERE job_id = ").push_bind(job_id.to_owned());
    push_filter(&mut query, job_id, filter);
    query.push(") WHERE rank <= ").push_bind(rank(Outcome::Interrupted));
    query.push(" ORDER BY place < ").push_bind(columns::stored(from)).push(", place LIMIT 1");
    query
}

pub(super) fn push_order(query: &mut QueryBuilder<Sqlite>, order: ResultOrder) {
    query.push(match order {
        ResultOrder::Device => " ORDER BY device_id, module_id",
        ResultOrder::Latest => " ORDER BY changed DESC, device_id DESC, module_id DESC",
        ResultOrder::Problems => " ORDER BY rank, device_id, module_id",
    });
}

/// A filter as further conditions.
pub(super) fn push_filter(query: &mut QueryBuilder<Sqlite>, job_id: &str, filter: &ResultFilter) {
    if let Some(outcome) = filter.outcome {
        query.push(" AND rank = ").push_bind(rank(outcome));
    }
    if let Some(key) = &filter.cause {
        push_cause(query, key);
    }
    if let Some(part) = filter.q.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
        // Device ids are ASCII, which SQLite can convert to lower case.
        query.push(" AND instr(lower(device_id), ").push_bind(part.to_lowercase()).push(") > 0");
    }
    if let Some(cell) = filter.cell {
        // The whole map in cells of one size, of which this one is cut out.
        query
            .push(" AND (device_id, module_id) IN (SELECT device_id, module_id FROM (SELECT device_id, module_id, ")
            .push(format!("(row_number() OVER (ORDER BY {AS_SENT}) - 1) / {PER_CELL}"))
            .push_bind(job_id.to_owned())
            .push(") AS cell FROM device_results WHERE job_id = ")
            .push_bind(job_id.to_owned())
            .push(") WHERE cell = ")
            .push_bind(i64::from(cell))
            .push(")");
    }
}

/// Only what failed for a cause.
pub(super) fn push_cause(query: &mut QueryBuilder<Sqlite>, key: &CauseKey) {
    query.push(" AND cause = (SELECT cause_id FROM causes WHERE code = ").push_bind(key.code.clone());
    query.push(" AND message = ").push_bind(key.message.clone()).push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page is found by an index and never sorted, so its cost does not grow with the number of results.
    #[tokio::test]
    async fn pages_walk_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let after = ResultsAfter { key: 5, device_id: "d".into(), module_id: String::new() };
        let filter = |change: fn(&mut ResultFilter)| {
            let mut filter = ResultFilter::default();
            change(&mut filter);
            filter
        };
        for (filter, index) in [
            (filter(|_| {}), "sqlite_autoindex_device_results_1 (job_id=?"),
            (filter(|filter| filter.q = Some("x".into())), "sqlite_autoindex_device_results_1 (job_id=?"),
            (
                filter(|filter| filter.outcome = Some(Outcome::Failed)),
                "device_results_by_rank (job_id=? AND rank=?",
            ),
            (
                filter(|filter| {
                    filter.outcome = Some(Outcome::Failed);
                    filter.order = ResultOrder::Problems;
                }),
                "device_results_by_rank (job_id=? AND rank=?",
            ),
            (filter(|filter| filter.order = ResultOrder::Problems), "device_results_by_rank (job_id=?"),
            (filter(|filter| filter.order = ResultOrder::Latest), "device_results_by_change (job_id=?"),
            (
                filter(|filter| filter.cause = Some(CauseKey::from_text("500:X"))),
                "device_results_by_cause (job_id=? AND cause=?",
            ),
        ] {
            let built = page("j", &filter, Some(&after), 50);
            let text = format!("EXPLAIN QUERY PLAN {}", built.sql().as_str());
            let mut query = sqlx::query_as::<_, (i64, i64, i64, String)>(AssertSqlSafe(text));
            for _ in 0..8 {
                query = query.bind("x");
            }
            let plan = query.fetch_all(&store.readers).await.unwrap();
            let plan: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            assert!(plan[0].contains(index), "{filter:?}: {plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{filter:?}: {plan:?}");
        }
    }

    /// Rows are not sorted to number them on the way to the next problem: only failed ones are.
    #[tokio::test]
    async fn the_next_problem_walks_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        for order in ResultOrder::ALL {
            let filter = ResultFilter { order, ..ResultFilter::default() };
            let text = format!("EXPLAIN QUERY PLAN {}", problem("j", &filter, 7).sql().as_str());
            let query = sqlx::query_as::<_, (i64, i64, i64, String)>(AssertSqlSafe(text));
            let plan = query.bind("j").bind(3).bind(7).fetch_all(&store.readers).await.unwrap();
            let plan: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            let sorts = plan.iter().filter(|step| step.contains("TEMP B-TREE")).count();
            assert!(sorts <= 1 && plan.iter().any(|step| step.contains("(job_id=?)")), "{order:?}: {plan:?}");
        }
    }
}
