//! `devices.jobs`: rows of one job, or of all.
//!
//! A job's rows are neighbours in the table, so `jobId = '…'` reads one stretch of it. A query that also asks for what
//! changed since some time (`lastUpdatedDateTimeUtc >= '…'`, which is how a console follows a job) goes by the index
//! over changes instead, oldest change first: a row that changes while it is paged through moves to the end and comes
//! again, so nothing is missed. The index holds no device that waits for its turn: such a one has not changed since the
//! job's devices were fixed, so only a query about a later time may go by it.

use std::fmt::Write;

use hub_query::{
    ast::{CompareOp, Constant, Expr, ExprKind, Path, Query, Segment},
    sql::{LoweredQuery, LoweredSelect, SqlValue},
};
use hub_wire::{Timestamp, query::ItemType};
use sqlx::{Row, SqlitePool, sqlite::SqliteRow};

use super::{Next, Rows, Statement, Token};
use crate::{error::HubError, store::rows::quoted};

/// Columns of a row, in the order [`json`] reads them; key first.
const COLUMNS: &str = "\"row\", last_updated, device_id, module_id, job_id, job_type, status, start_time, end_time, \
     created, response_status, response_payload, error_code, error_description";

pub(super) async fn rows(
    readers: &SqlitePool,
    query: &Query,
    lowered: &LoweredQuery,
    token: &Token,
    limit: u64,
) -> Result<(Rows, Next, ItemType), HubError> {
    let mut statement = Statement::default();
    statement.text("SELECT ");
    let item_type = match &lowered.select {
        LoweredSelect::Document => {
            statement.text(COLUMNS);
            ItemType::DeviceJob
        }
        LoweredSelect::Columns(columns) => {
            statement.text("\"row\", last_updated, ").outputs(columns);
            ItemType::Raw
        }
    };
    let filter = Filter::of(query.condition.as_ref());
    let stretch = match filter.job_id {
        Some(job_id) => Some((stretch(readers, job_id).await?, filter.changed_since)),
        None => None,
    };
    let key = |index: usize| token.key.get(index).cloned().unwrap_or(SqlValue::Int(i64::MIN));
    let next = match stretch {
        Some((stretch, since)) if since > stretch.fixed => {
            statement.text(" FROM device_jobs INDEXED BY device_jobs_changed WHERE status <> 'pending'");
            statement.text(" AND \"row\" BETWEEN ").value(SqlValue::Int(stretch.first));
            statement.text(" AND ").value(SqlValue::Int(stretch.last));
            // The condition says so too, in a way that no index serves.
            statement.text(" AND last_updated >= ").value(SqlValue::Int(since));
            if !token.key.is_empty() {
                statement.text(" AND (last_updated, \"row\") > (");
                statement.value(key(0)).text(", ").value(key(1)).text(")");
            }
            Next::Columns(&[1, 0])
        }
        stretch => {
            let (first, last) = stretch.map_or((i64::MIN, i64::MAX), |(rows, _)| (rows.first, rows.last));
            statement.text(" FROM device_jobs NOT INDEXED WHERE \"row\" BETWEEN ");
            statement.value(SqlValue::Int(first)).text(" AND ").value(SqlValue::Int(last));
            statement.text(" AND \"row\" > ").value(key(0));
            Next::Columns(&[0])
        }
    };
    if let Some(condition) = &lowered.condition {
        statement.text(" AND ").push(condition);
    }
    let order = if matches!(next, Next::Columns([1, 0])) { "last_updated, \"row\"" } else { "\"row\"" };
    statement.text(" ORDER BY ").text(order).text(" LIMIT ?");
    Ok((statement.fetch(readers, limit).await?, next, item_type))
}

/// The rows that belong to a job.
struct Stretch {
    first: i64,
    last: i64,
    /// When they were fixed; no row of the job has a change before that.
    fixed: i64,
}

/// A job's stretch; an empty one when there is no such job, or it has not begun.
async fn stretch(readers: &SqlitePool, job_id: &str) -> Result<Stretch, HubError> {
    let row = sqlx::query(
        "SELECT first_row, last_row, coalesce((SELECT created FROM device_jobs WHERE \"row\" = first_row), ?2) \
         FROM jobs WHERE job_id = ?1",
    )
    .bind(job_id)
    .bind(i64::MAX)
    .fetch_optional(readers)
    .await?;
    row.map_or(Ok(Stretch { first: 1, last: 0, fixed: i64::MAX }), |row| {
        Ok(Stretch { first: row.try_get(0)?, last: row.try_get(1)?, fixed: row.try_get(2)? })
    })
}

/// What a condition surely asks for: terms that all rows of the answer fulfil.
struct Filter<'a> {
    job_id: Option<&'a str>,
    /// Ticks before which nothing is asked for; the least number when any time will do.
    changed_since: i64,
}

impl<'a> Filter<'a> {
    fn of(condition: Option<&'a Expr>) -> Self {
        let mut filter = Self { job_id: None, changed_since: i64::MIN };
        if let Some(condition) = condition {
            filter.look_at(condition);
        }
        filter
    }

    fn look_at(&mut self, expr: &'a Expr) {
        let (op, left, right) = match &expr.kind {
            ExprKind::And(terms) => return terms.iter().for_each(|term| self.look_at(term)),
            ExprKind::Compare(op, left, right) => (op, &left.kind, &right.kind),
            _ => return,
        };
        let (ExprKind::Path(path), ExprKind::Constant(Constant::Text(text))) = (left, right) else { return };
        match op {
            CompareOp::Equal if ends_with(path, "jobId") => self.job_id = Some(text),
            CompareOp::Greater | CompareOp::GreaterOrEqual if ends_with(path, "lastUpdatedDateTimeUtc") => {
                // Two such terms: the later one decides. A text that is no time finds nothing either way.
                if let Ok(since) = Timestamp::parse(text) {
                    self.changed_since = self.changed_since.max(since.ticks());
                }
            }
            _ => {}
        }
    }
}

fn ends_with(path: &Path, name: &str) -> bool {
    matches!(path.segments.last(), Some(Segment::Key(key)) if key.eq_ignore_ascii_case(name))
}

/// A row as the wire says it.
pub(super) fn json(row: &SqliteRow) -> Result<String, HubError> {
    let text = |index: usize| row.try_get::<&str, _>(index);
    let optional = |index: usize| row.try_get::<Option<&str>, _>(index);
    let time =
        |index: usize| row.try_get::<Option<i64>, _>(index).map(|ticks| ticks.map(Timestamp::from_ticks));

    let mut json = String::with_capacity(512);
    let _ = write!(json, "{{\"deviceId\":{}", quoted(text(2)?));
    if let Some(module_id) = optional(3)? {
        let _ = write!(json, ",\"moduleId\":{}", quoted(module_id));
    }
    let (job_type, status) = (text(5)?, text(6)?);
    let _ =
        write!(json, ",\"jobId\":{},\"jobType\":\"{job_type}\",\"status\":\"{status}\"", quoted(text(4)?));
    for (name, index) in
        [("startTimeUtc", 7), ("endTimeUtc", 8), ("createdDateTimeUtc", 9), ("lastUpdatedDateTimeUtc", 1)]
    {
        if let Some(at) = time(index)? {
            let _ = write!(json, ",\"{name}\":\"{at}\"");
        }
    }
    if let Some(response) = row.try_get::<Option<i64>, _>(10)? {
        let payload = optional(11)?.unwrap_or("null");
        let _ = write!(
            json,
            ",\"outcome\":{{\"deviceMethodResponse\":{{\"status\":{response},\"payload\":{payload}}}}}"
        );
    } else if status == "completed" {
        json.push_str(",\"outcome\":{\"deviceMethodResponse\":null}");
    }
    if let Some(code) = optional(12)? {
        let description = quoted(optional(13)?.unwrap_or_default());
        let _ = write!(json, ",\"error\":{{\"code\":{},\"description\":{description}}}", quoted(code));
    }
    json.push('}');
    Ok(json)
}
