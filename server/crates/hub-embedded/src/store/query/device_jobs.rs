//! `devices.jobs`: rows of one job, or of all.
//!
//! A job's rows are neighbours in the table, so `jobId = '…'` reads one stretch of it. A query that also asks for what
//! changed since some time (`lastUpdatedDateTimeUtc >= '…'`, which is how a console follows a job) goes by the index
//! over changes instead, oldest change first: a row that changes while it is paged through moves to the end and comes
//! again, so nothing is missed.

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
    let key = |index: usize| token.key.get(index).cloned().unwrap_or(SqlValue::Int(i64::MIN));
    let next = match filter.job_id {
        Some(job_id) if filter.follows_changes => {
            let (first, last, created) = stretch(readers, job_id).await?;
            statement.text(" FROM device_jobs INDEXED BY device_jobs_changed WHERE \"row\" BETWEEN ");
            statement.value(SqlValue::Int(first)).text(" AND ").value(SqlValue::Int(last));
            // Nothing of the job is older than the job, so what others did before it is not even looked at.
            statement.text(" AND last_updated >= ").value(SqlValue::Int(created));
            if !token.key.is_empty() {
                statement.text(" AND (last_updated, \"row\") > (");
                statement.value(key(0)).text(", ").value(key(1)).text(")");
            }
            Next::Columns(&[1, 0])
        }
        job_id => {
            let (first, last, _) = match job_id {
                Some(job_id) => stretch(readers, job_id).await?,
                None => (i64::MIN, i64::MAX, i64::MIN),
            };
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

/// The stretch of rows that belongs to a job, empty when there is none, and when the job was created.
async fn stretch(readers: &SqlitePool, job_id: &str) -> Result<(i64, i64, i64), HubError> {
    let row = sqlx::query("SELECT first_row, last_row, created FROM jobs WHERE job_id = ?")
        .bind(job_id)
        .fetch_optional(readers)
        .await?;
    row.map_or(Ok((1, 0, 0)), |row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
}

/// What a condition surely asks for: terms that all rows of the answer fulfil.
#[derive(Default)]
struct Filter<'a> {
    job_id: Option<&'a str>,
    follows_changes: bool,
}

impl<'a> Filter<'a> {
    fn of(condition: Option<&'a Expr>) -> Self {
        let mut filter = Self::default();
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
                self.follows_changes = true;
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
