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
    columns::Columns,
    sql::{LoweredQuery, LoweredSelect, SqlValue, lower},
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
        Some(job_id) => Some(stretch(readers, job_id).await?),
        None => None,
    };
    let key = |index: usize| token.key.get(index).cloned();
    let mut bound = |text: &str, value: SqlValue| {
        statement.text(text).value(value);
    };
    // One lower bound and no second one that would tempt SQLite to begin at the first page again.
    let next = match &stretch {
        Some(rows) if filter.changed_since > rows.fixed => {
            bound(
                " FROM device_jobs INDEXED BY device_jobs_changed WHERE status <> 'pending' AND \"row\" >= ",
                int(rows.first),
            );
            bound(" AND \"row\" <= ", int(rows.last));
            match (key(0), key(1)) {
                (Some(at), Some(row)) => {
                    bound(" AND (last_updated, \"row\") > (", at);
                    bound(", ", row);
                    statement.text(")");
                }
                _ => bound(" AND last_updated >= ", int(filter.changed_since)),
            }
            Next::Columns(&[1, 0])
        }
        rows => {
            let (first, last) = rows.as_ref().map_or((i64::MIN, i64::MAX), |rows| (rows.first, rows.last));
            bound(" FROM device_jobs NOT INDEXED WHERE \"row\" <= ", int(last));
            match key(0) {
                Some(row) => bound(" AND \"row\" > ", row),
                None => bound(" AND \"row\" >= ", int(first)),
            }
            Next::Columns(&[0])
        }
    };
    // All rows of a stretch are the job's, and none of them changed before it was fixed: what asks for no more than
    // that is asked already.
    let rest;
    let condition = if stretch.is_some() {
        rest = lower(&Query { condition: filter.rest, ..query.clone() }, Columns::of(query.source)).condition;
        &rest
    } else {
        &lowered.condition
    };
    if let Some(condition) = condition {
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

fn int(number: i64) -> SqlValue {
    SqlValue::Int(number)
}

/// What a condition surely asks for: terms that all rows of the answer fulfil.
struct Filter<'a> {
    job_id: Option<&'a str>,
    /// Ticks before which nothing is asked for; the least number when any time will do.
    changed_since: i64,
    /// The other terms.
    rest: Option<Expr>,
}

impl<'a> Filter<'a> {
    fn of(condition: Option<&'a Expr>) -> Self {
        let mut filter = Self { job_id: None, changed_since: i64::MIN, rest: None };
        filter.rest = condition.and_then(|condition| filter.look_at(condition));
        filter
    }

    /// Takes note of a term; gives what it asks for beside.
    fn look_at(&mut self, expr: &'a Expr) -> Option<Expr> {
        let (op, left, right) = match &expr.kind {
            ExprKind::And(terms) => {
                let mut rest: Vec<Expr> = terms.iter().filter_map(|term| self.look_at(term)).collect();
                return match rest.len() {
                    0 | 1 => rest.pop(),
                    _ => Some(Expr { kind: ExprKind::And(rest), span: expr.span }),
                };
            }
            ExprKind::Compare(op, left, right) => (op, &left.kind, &right.kind),
            _ => return Some(expr.clone()),
        };
        if let (ExprKind::Path(path), ExprKind::Constant(Constant::Text(text))) = (left, right) {
            match op {
                CompareOp::Equal if ends_with(path, "jobId") && self.job_id.is_none() => {
                    self.job_id = Some(text);
                    return None;
                }
                CompareOp::Greater | CompareOp::GreaterOrEqual
                    if ends_with(path, "lastUpdatedDateTimeUtc") =>
                {
                    // The hub compares texts: one that is not spelt as the hub spells its times is for the condition.
                    if let Some(since) = Timestamp::parse(text).ok().filter(|time| time.to_string() == *text)
                    {
                        let since = since.ticks() + i64::from(*op == CompareOp::Greater);
                        self.changed_since = self.changed_since.max(since);
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(expr.clone())
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

#[cfg(test)]
mod tests {
    use hub_query::parse_query;

    use super::*;

    #[test]
    fn what_a_condition_surely_asks_for_is_taken_out_of_it() {
        const AT: &str = "2026-01-01T00:00:00.0000000Z";
        let ticks = Timestamp::parse(AT).unwrap().ticks();
        let any = i64::MIN;
        for (condition, job_id, changed_since, rest) in [
            ("jobId = 'a'", Some("a"), any, None),
            ("jobId = 'a' AND lastUpdatedDateTimeUtc >= 'AT'", Some("a"), ticks, None),
            ("jobId = 'a' AND lastUpdatedDateTimeUtc > 'AT'", Some("a"), ticks + 1, None),
            ("jobId = 'a' AND status = 'failed'", Some("a"), any, Some("status = 'failed'")),
            // Two jobs at once is nothing, which the second term has to say.
            ("jobId = 'a' AND jobId = 'b'", Some("a"), any, Some("jobId = 'b'")),
            // A time in another spelling is compared as text.
            (
                "lastUpdatedDateTimeUtc >= '2026-01-01'",
                None,
                any,
                Some("lastUpdatedDateTimeUtc >= '2026-01-01'"),
            ),
            ("jobId = 'a' OR status = 'failed'", None, any, Some("jobId = 'a' OR status = 'failed'")),
        ] {
            let parse = |condition: &str| {
                let text = format!("SELECT * FROM devices.jobs WHERE {}", condition.replace("AT", AT));
                parse_query(&text).unwrap().condition.unwrap()
            };
            let whole = parse(condition);
            let filter = Filter::of(Some(&whole));
            assert_eq!((filter.job_id, filter.changed_since), (job_id, changed_since), "{condition}");
            assert_eq!(filter.rest, rest.map(parse), "{condition}");
        }
    }
}
