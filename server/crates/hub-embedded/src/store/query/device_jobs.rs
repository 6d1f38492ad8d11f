//! `devices.jobs`: rows of one job, or of all.
//!
//! A job's rows are contiguous, so `jobId = '…'` reads one row range. A client that follows a job asks for rows that have
//! begun (`status != 'pending'`) and changed since some time (`lastUpdatedDateTimeUtc > '…'`). Rows of a twin job change in
//! row order, so these are a range too. Those of a method job are found by the index over changes, oldest change first: a
//! row that changes while the client pages moves to the end and is served again, so nothing is missed, and a change after
//! the last page has a later time than all that was served.

mod filter;
mod row_json;
mod row_range;

use hub_query::{
    ast::Query,
    columns::Columns,
    sql::{LoweredQuery, LoweredSelect, SqlFragment, SqlValue, lower},
};
use hub_wire::query::ItemType;
use sqlx::{Row, sqlite::SqliteRow};

use self::{
    filter::Filter,
    row_json::{DeviceJobRow, JobFields, ROW_COLUMNS},
    row_range::RowRange,
};
use super::{
    super::{Store, page::JsonArray},
    Next, PageItems, ReadFrom, Rows, Statement, Token,
};
use crate::error::HubError;

/// The status of rows that have not begun.
const PENDING: &str = "pending";

/// A page of rows: at most `limit`, or `small_limit` when rows are small.
pub(super) async fn rows(
    store: &Store,
    query: &Query,
    lowered: &LoweredQuery,
    token: &Token,
    (limit, small_limit): (u64, u64),
) -> Result<PageItems, HubError> {
    let readers = &store.readers;
    let search = ReadFrom::Searchers(&store.searchers);
    let filter = Filter::of(query.condition.as_ref());
    let Some(job_id) = filter.job_id else {
        let scan = Scan { rows: (i64::MIN, i64::MAX), waiting: false, condition: lowered.condition.as_ref() };
        return scan.by_row(search, lowered, token, limit).await;
    };
    let range = RowRange::load(readers, job_id).await?;
    // All rows of the range are the job's, so only the other terms are left.
    let rest = lower(&Query { condition: filter.rest.clone(), ..query.clone() }, Columns::of(query.source))
        .condition;
    let source = if rest.is_none() { ReadFrom::Readers(readers) } else { search };
    if range.is_read_by_change_time(&filter) {
        let scan = Scan { rows: (range.first, range.last), waiting: false, condition: rest.as_ref() };
        return scan.by_change(source, lowered, &filter, token, limit).await;
    }
    let after = match token.key.first() {
        Some(SqlValue::Int(row)) => Some(*row),
        _ => None,
    };
    let range = range.narrowed(readers, &filter, after).await?;
    let is_whole = matches!(lowered.select, LoweredSelect::Document) && rest.is_none();
    // A row that begins between the two statements is not pending any more.
    if is_whole && filter.waiting != Some(true) {
        let most = if range.has_small_rows() { small_limit } else { limit };
        let (items, last) = range.json_page(readers, job_id, most).await?;
        return Ok(PageItems {
            items,
            next: last.map(|row| vec![SqlValue::Int(row)]),
            item_type: ItemType::DeviceJob,
        });
    }
    let waiting = filter.waiting == Some(true);
    let scan = Scan { rows: (range.first, range.last), waiting, condition: rest.as_ref() };
    scan.by_row(source, lowered, token, limit).await
}

/// A scan over rows.
struct Scan<'a> {
    /// First and last.
    rows: (i64, i64),
    /// Pending rows only.
    waiting: bool,
    /// The other terms.
    condition: Option<&'a SqlFragment>,
}

impl Scan<'_> {
    /// In row order.
    async fn by_row(
        &self,
        source: ReadFrom<'_>,
        lowered: &LoweredQuery,
        token: &Token,
        limit: u64,
    ) -> Result<PageItems, HubError> {
        let mut statement = columns(lowered);
        // One lower bound only: with two, SQLite would start at the first page again.
        statement.text(" FROM device_jobs NOT INDEXED WHERE \"row\" <= ").value(int(self.rows.1));
        match token.key.first() {
            Some(row) => statement.text(" AND \"row\" > ").value(row.clone()),
            None => statement.text(" AND \"row\" >= ").value(int(self.rows.0)),
        };
        self.and_condition(&mut statement).text(" ORDER BY \"row\" LIMIT ?");
        let rows = statement.fetch(source, limit).await?;
        page_items(lowered, &rows, Next::Columns(&[0]))
    }

    /// In the order of changes, through their index, which has no pending rows.
    async fn by_change(
        &self,
        source: ReadFrom<'_>,
        lowered: &LoweredQuery,
        filter: &Filter<'_>,
        token: &Token,
        limit: u64,
    ) -> Result<PageItems, HubError> {
        let begin = || {
            let mut statement = columns(lowered);
            statement.text(
                " FROM device_jobs INDEXED BY device_jobs_changed \
                 WHERE status <> 'pending' AND job_type = 'scheduleDeviceMethod' AND \"row\" >= ",
            );
            statement.value(int(self.rows.0)).text(" AND \"row\" <= ").value(int(self.rows.1));
            statement
        };
        let mut rows = Rows { rows: Vec::new(), has_more: false };
        let mut rest = begin();
        if let [at, row] = token.key.as_slice() {
            // First the rows that changed at the same time as the last one served. As one comparison of pairs, SQLite
            // would start at the first of them again.
            let mut same = begin();
            same.text(" AND last_updated = ").value(at.clone()).text(" AND \"row\" > ").value(row.clone());
            self.and_condition(&mut same).text(" ORDER BY \"row\" LIMIT ?");
            rows = same.fetch(source, limit).await?;
            rest.text(" AND last_updated > ").value(at.clone());
        } else {
            rest.text(" AND last_updated >= ").value(int(filter.changed_since));
        }
        let served = u64::try_from(rows.rows.len()).unwrap_or(u64::MAX);
        if !rows.has_more {
            self.and_condition(&mut rest).text(" ORDER BY last_updated, \"row\" LIMIT ?");
            let later = rest.fetch(source, limit.saturating_sub(served)).await?;
            rows.rows.extend(later.rows);
            rows.has_more = later.has_more;
        }
        page_items(lowered, &rows, Next::Columns(&[1, 0]))
    }

    fn and_condition<'s>(&self, statement: &'s mut Statement) -> &'s mut Statement {
        if self.waiting {
            statement.text(" AND status = 'pending'");
        }
        match self.condition {
            Some(condition) => statement.text(" AND ").push(condition),
            None => statement,
        }
    }
}

/// A statement that selects the key, then the requested columns.
fn columns(lowered: &LoweredQuery) -> Statement {
    let mut statement = Statement::default();
    statement.text("SELECT \"row\", last_updated, ");
    match &lowered.select {
        LoweredSelect::Document => statement.text("job_id, job_type, created, ").text(ROW_COLUMNS),
        LoweredSelect::Columns(columns) => statement.outputs(columns),
    };
    statement
}

fn page_items(lowered: &LoweredQuery, rows: &Rows, next: Next) -> Result<PageItems, HubError> {
    match lowered.select {
        LoweredSelect::Document => {
            let mut items = JsonArray::default();
            for row in &rows.rows {
                items.push(&json(row)?);
            }
            Ok(PageItems { items, next: next.after(rows)?, item_type: ItemType::DeviceJob })
        }
        LoweredSelect::Columns(_) => PageItems::from_rows(lowered, rows, next, ItemType::Raw),
    }
}

/// A row's JSON.
fn json(row: &SqliteRow) -> Result<String, HubError> {
    let common = JobFields { job_id: row.try_get(2)?, job_type: row.try_get(3)?, created: row.try_get(4)? };
    Ok(DeviceJobRow::from_row(row, 5)?.to_json(&common))
}

fn int(number: i64) -> SqlValue {
    SqlValue::Int(number)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hub_query::parse_query;

    use super::super::super::{PageRequest, Store};
    use crate::clock::SystemClock;

    /// Rows of a job that differ from its first one in every way that the range read treats differently.
    const ROWS: &str = r#"
        INSERT INTO jobs (job_id, job_type, status, query_condition, request, created, start_time, max_execution_time,
            first_row, last_row, next_row, device_count, pending_count, succeeded_count, failed_count)
        VALUES ('j', 'TYPE', 'running', '*', '{}', 1, 2, 60, 1, 8, 8, 8, 1, 5, 2);
        INSERT INTO device_jobs ("row", job_id, device_id, module_id, target, job_type, status, created, last_updated,
            start_time, end_time, response_status, response_payload, error_code, error_description)
        VALUES
            (1, 'j', 'd1', NULL, 1, 'TYPE', 'completed', 1, 9, 5, 9, NULL, NULL, NULL, NULL),
            (2, 'j', 'd2', NULL, 2, 'TYPE', 'completed', 1, 9, 5, 9, NULL, NULL, NULL, NULL),
            (3, 'j', 'd''3', NULL, 3, 'TYPE', 'completed', 1, 9, 5, 9, NULL, NULL, NULL, NULL),
            (4, 'j', 'd4', 'm', 4, 'TYPE', 'completed', 1, 9, 5, 9, NULL, NULL, NULL, NULL),
            (5, 'j', 'd5', NULL, 5, 'TYPE', 'completed', 1, 9, 5, 9, 200, '{"a":[1,null]}', NULL, NULL),
            (6, 'j', 'd6', NULL, 6, 'TYPE', 'failed', 1, 9, 5, 9, NULL, NULL, 'DeviceNotOnline', 'a "text"'),
            (7, 'j', 'd7', NULL, 7, 'TYPE', 'failed', 1, 10, 5, 10, NULL, NULL, 'Code', NULL),
            (8, 'j', 'd8', NULL, 8, 'TYPE', 'pending', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL);
    "#;

    #[tokio::test]
    async fn a_range_is_serialised_like_a_scan() {
        for job_type in ["scheduleUpdateTwin", "scheduleDeviceMethod"] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path(), Arc::new(SystemClock)).await.unwrap();
            let rows = ROWS.replace("TYPE", job_type);
            store
                .writer
                .write(move |connection, _| {
                    Box::pin(async move {
                        sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(connection).await?;
                        Ok(())
                    })
                })
                .await
                .unwrap();
            let page = async |condition: &str| {
                let text = format!("SELECT * FROM devices.jobs WHERE {condition}");
                let request = PageRequest { size: 100, continuation: None };
                let page = store.query(&parse_query(&text).unwrap(), &request).await.unwrap();
                assert_eq!(page.items.len(), 8, "{condition}");
                page.items.into_text()
            };
            // The second condition has a term that only a scan can check.
            assert_eq!(page("jobId = 'j'").await, page("jobId = 'j' AND deviceId != 'x'").await);
        }
    }
}
