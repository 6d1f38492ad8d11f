//! `devices.jobs`: rows of one job, or of all.
//!
//! A job's rows are neighbours in the table, so `jobId = '…'` reads one stretch of it. Who follows a job asks for what
//! has moved (`status != 'pending'`) and changed since some time (`lastUpdatedDateTimeUtc > '…'`). Rows of a twin job
//! change in their own order, so that is a stretch too. Those of a method job are found by the index over changes, oldest
//! change first: a row that changes while it is paged through moves to the end and comes again, so nothing is missed,
//! and what changes after the last page has a later time than all that was told.

mod filter;
mod stretch;
mod told;

use hub_query::{
    ast::Query,
    columns::Columns,
    sql::{LoweredQuery, LoweredSelect, SqlFragment, SqlValue, lower},
};
use hub_wire::query::ItemType;
use sqlx::{Row, SqlitePool, sqlite::SqliteRow};

use self::{
    filter::Filter,
    stretch::Stretch,
    told::{Common, TOLD, Told},
};
use super::{super::page::JsonArray, Found, Next, Rows, Statement, Token};
use crate::error::HubError;

/// The status of those that wait for their turn.
const PENDING: &str = "pending";

/// A page of rows: at most so many, or so many where they are small.
pub(super) async fn rows(
    readers: &SqlitePool,
    query: &Query,
    lowered: &LoweredQuery,
    token: &Token,
    (limit, small_limit): (u64, u64),
) -> Result<Found, HubError> {
    let filter = Filter::of(query.condition.as_ref());
    let Some(job_id) = filter.job_id else {
        let scan = Scan { rows: (i64::MIN, i64::MAX), waiting: false, condition: lowered.condition.as_ref() };
        return scan.by_row(readers, lowered, token, limit).await;
    };
    let stretch = Stretch::of(readers, job_id).await?;
    // All rows of a stretch are the job's: what asks for no more than that is asked already.
    let rest = lower(&Query { condition: filter.rest.clone(), ..query.clone() }, Columns::of(query.source))
        .condition;
    if stretch.is_by_change(&filter) {
        let scan = Scan { rows: (stretch.first, stretch.last), waiting: false, condition: rest.as_ref() };
        return scan.by_change(readers, lowered, &filter, token, limit).await;
    }
    let after = match token.key.first() {
        Some(SqlValue::Int(row)) => Some(*row),
        _ => None,
    };
    let stretch = stretch.narrowed(readers, &filter, after).await?;
    let is_whole = matches!(lowered.select, LoweredSelect::Document) && rest.is_none();
    // A device whose turn comes between the two statements does not wait any more.
    if is_whole && filter.waiting != Some(true) {
        let most = if stretch.is_small() { small_limit } else { limit };
        let (items, last) = stretch.tell(readers, job_id, most).await?;
        return Ok(Found {
            items,
            next: last.map(|row| vec![SqlValue::Int(row)]),
            item_type: ItemType::DeviceJob,
        });
    }
    let waiting = filter.waiting == Some(true);
    let scan = Scan { rows: (stretch.first, stretch.last), waiting, condition: rest.as_ref() };
    scan.by_row(readers, lowered, token, limit).await
}

/// Some rows, one by one.
struct Scan<'a> {
    /// First and last.
    rows: (i64, i64),
    /// Only those that wait.
    waiting: bool,
    /// What else they must fulfil.
    condition: Option<&'a SqlFragment>,
}

impl Scan<'_> {
    /// In the order of the rows.
    async fn by_row(
        &self,
        readers: &SqlitePool,
        lowered: &LoweredQuery,
        token: &Token,
        limit: u64,
    ) -> Result<Found, HubError> {
        let mut statement = columns(lowered);
        // One lower bound and no second one that would tempt SQLite to begin at the first page again.
        statement.text(" FROM device_jobs NOT INDEXED WHERE \"row\" <= ").value(int(self.rows.1));
        match token.key.first() {
            Some(row) => statement.text(" AND \"row\" > ").value(row.clone()),
            None => statement.text(" AND \"row\" >= ").value(int(self.rows.0)),
        };
        self.and_condition(&mut statement).text(" ORDER BY \"row\" LIMIT ?");
        let rows = statement.fetch(readers, limit).await?;
        found(lowered, &rows, Next::Columns(&[0]))
    }

    /// In the order of the changes, through their index, which holds no device that waits.
    async fn by_change(
        &self,
        readers: &SqlitePool,
        lowered: &LoweredQuery,
        filter: &Filter<'_>,
        token: &Token,
        limit: u64,
    ) -> Result<Found, HubError> {
        let begin = || {
            let mut statement = columns(lowered);
            statement.text(
                " FROM device_jobs INDEXED BY device_jobs_changed \
                 WHERE status <> 'pending' AND job_type = 'scheduleDeviceMethod' AND \"row\" >= ",
            );
            statement.value(int(self.rows.0)).text(" AND \"row\" <= ").value(int(self.rows.1));
            statement
        };
        let mut rows = Rows { found: Vec::new(), more: false };
        let mut rest = begin();
        if let [at, row] = token.key.as_slice() {
            // First what changed at the same time as the last one told. As one comparison of pairs it would begin at
            // the first of them again.
            let mut same = begin();
            same.text(" AND last_updated = ").value(at.clone()).text(" AND \"row\" > ").value(row.clone());
            self.and_condition(&mut same).text(" ORDER BY \"row\" LIMIT ?");
            rows = same.fetch(readers, limit).await?;
            rest.text(" AND last_updated > ").value(at.clone());
        } else {
            rest.text(" AND last_updated >= ").value(int(filter.changed_since));
        }
        let told = u64::try_from(rows.found.len()).unwrap_or(u64::MAX);
        if !rows.more {
            self.and_condition(&mut rest).text(" ORDER BY last_updated, \"row\" LIMIT ?");
            let later = rest.fetch(readers, limit.saturating_sub(told)).await?;
            rows.found.extend(later.found);
            rows.more = later.more;
        }
        found(lowered, &rows, Next::Columns(&[1, 0]))
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

/// A statement that selects the key, then what is asked for.
fn columns(lowered: &LoweredQuery) -> Statement {
    let mut statement = Statement::default();
    statement.text("SELECT \"row\", last_updated, ");
    match &lowered.select {
        LoweredSelect::Document => statement.text("job_id, job_type, created, ").text(TOLD),
        LoweredSelect::Columns(columns) => statement.outputs(columns),
    };
    statement
}

fn found(lowered: &LoweredQuery, rows: &Rows, next: Next) -> Result<Found, HubError> {
    match lowered.select {
        LoweredSelect::Document => {
            let mut items = JsonArray::default();
            for row in &rows.found {
                items.push(&json(row)?);
            }
            Ok(Found { items, next: next.after(rows)?, item_type: ItemType::DeviceJob })
        }
        LoweredSelect::Columns(_) => Found::of_rows(lowered, rows, next, ItemType::Raw),
    }
}

/// A row as the wire says it.
fn json(row: &SqliteRow) -> Result<String, HubError> {
    let common = Common { job_id: row.try_get(2)?, job_type: row.try_get(3)?, created: row.try_get(4)? };
    Ok(Told::of_row(row, 5)?.to_json(&common))
}

fn int(number: i64) -> SqlValue {
    SqlValue::Int(number)
}
