//! A job's contiguous row range; serialises a page of it in one query.
//!
//! Most neighbouring rows of a job differ only in their device, since a twin job ends thousands in one transaction. So
//! SQLite returns a whole page as one text: a device id for each row that equals the page's first one otherwise, and a
//! JSON array for each that does not. What the rows have in common is serialised once.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{
    super::super::page::JsonArray,
    filter::Filter,
    row_json::{DEVICE_ID_PREFIX, DeviceJobRow, JobFields, ROW_COLUMNS},
};
use crate::error::HubError;

/// The rows of a job.
#[derive(Debug, Clone)]
pub(super) struct RowRange {
    pub(super) first: i64,
    pub(super) last: i64,
    /// The first pending row; all after it are pending too.
    next: i64,
    /// When they were inserted; no row of the job has an earlier change.
    pub(super) inserted_at: i64,
    job_type: String,
    /// Whether rows change in row order, as in a twin job. Such rows hold no method responses.
    changes_in_row_order: bool,
}

impl RowRange {
    /// Reads a job's range; empty when there is no such job, or it has not started.
    pub(super) async fn load(readers: &SqlitePool, job_id: &str) -> Result<Self, HubError> {
        let row = sqlx::query(
            "SELECT first_row, last_row, next_row, \
             coalesce((SELECT created FROM device_jobs WHERE \"row\" = first_row), ?2), job_type \
             FROM jobs WHERE job_id = ?1",
        )
        .bind(job_id)
        .bind(i64::MAX)
        .fetch_optional(readers)
        .await?;
        let Some(row) = row else {
            return Ok(Self {
                first: 1,
                last: 0,
                next: 1,
                inserted_at: i64::MAX,
                job_type: String::new(),
                changes_in_row_order: true,
            });
        };
        let job_type: String = row.try_get(4)?;
        Ok(Self {
            first: row.try_get(0)?,
            last: row.try_get(1)?,
            next: row.try_get(2)?,
            inserted_at: row.try_get(3)?,
            changes_in_row_order: job_type == "scheduleUpdateTwin",
            job_type,
        })
    }

    /// Whether a filter is best answered in the order of changes, through their index.
    pub(super) fn is_read_by_change_time(&self, filter: &Filter<'_>) -> bool {
        !self.changes_in_row_order
            && (filter.waiting == Some(false) || filter.changed_since > self.inserted_at)
    }

    /// The rows that a filter selects, behind the last one served. Only for jobs whose rows change in row order, or for
    /// filters without a time of change. The filter's other terms are not applied.
    pub(super) async fn narrowed(
        mut self,
        readers: &SqlitePool,
        filter: &Filter<'_>,
        after: Option<i64>,
    ) -> Result<Self, HubError> {
        if filter.waiting == Some(true) {
            self.first = self.next;
        }
        // Pending rows have not changed since they were inserted.
        if filter.waiting == Some(false) || filter.changed_since > self.inserted_at {
            self.last = self.next - 1;
        }
        if let Some(after) = after {
            self.first = self.first.max(after + 1);
        } else if filter.changed_since > self.inserted_at && self.first <= self.last {
            self.first = first_changed_since(readers, filter.changed_since, self.first, self.next).await?;
        }
        Ok(self)
    }

    /// Whether no row holds a method response, which may be large.
    pub(super) fn has_small_rows(&self) -> bool {
        self.changes_in_row_order
    }

    /// The fields that are equal in all rows.
    pub(super) fn common<'a>(&'a self, job_id: &'a str) -> JobFields<'a> {
        JobFields { job_id, job_type: &self.job_type, created: self.inserted_at }
    }

    /// Serialises the first rows, at most `most`; returns the last one serialised, if there are more after it.
    pub(super) async fn json_page(
        &self,
        readers: &SqlitePool,
        job_id: &str,
        most: u64,
    ) -> Result<(JsonArray, Option<i64>), HubError> {
        let mut items = JsonArray::default();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (from, last) = (self.first, self.last.min(self.first.saturating_add(most - 1)));
        if from > last {
            return Ok((items, None));
        }
        let common = self.common(job_id);
        let row = sqlx::query(AssertSqlSafe(page_statement()))
            .bind(from)
            .bind(last)
            .fetch_optional(readers)
            .await?;
        // A job that is purged meanwhile has no more rows.
        let Some(row) = row else { return Ok((items, None)) };
        let common_json = DeviceJobRow::from_row(&row, 1)?.without_result().json_after_device_id(&common);
        let rows = usize::try_from(last - from + 1).unwrap_or_default();
        items.reserve(rows, common_json.len() + DEVICE_ID_PREFIX.len() + 40);
        for piece in row.try_get::<&str, _>(0)?.split('\n') {
            if piece.starts_with('[') {
                items.push(&DeviceJobRow::from_json(piece)?.to_json(&common));
            } else {
                items.push_parts(&[DEVICE_ID_PREFIX, "\"", piece, "\"", &common_json]);
            }
        }
        Ok((items, (last < self.last).then_some(last)))
    }
}

/// The statement of a page: its rows as one text, and the first one. No device id holds a character that JSON escapes, or
/// begins with a bracket.
fn page_statement() -> String {
    let equals_first = ["last_updated", "status", "start_time", "end_time"]
        .map(|column| format!("{column} IS (SELECT {column} FROM first_row)"))
        .join(" AND ");
    format!(
        "WITH first_row AS MATERIALIZED (SELECT {ROW_COLUMNS} FROM device_jobs WHERE \"row\" = ?1) \
         SELECT (SELECT group_concat(CASE WHEN {equals_first} AND error_code IS NULL AND response_status IS NULL \
         AND module_id IS NULL THEN device_id ELSE json_array({ROW_COLUMNS}) END, char(10)) \
         FROM device_jobs NOT INDEXED WHERE \"row\" BETWEEN ?1 AND ?2), {ROW_COLUMNS} FROM first_row"
    )
}

/// Finds the first row that changed at `since` or later by binary search over `first..end`, whose times ascend; `end` when
/// there is none.
async fn first_changed_since(
    readers: &SqlitePool,
    since: i64,
    first: i64,
    end: i64,
) -> Result<i64, HubError> {
    const MIDDLE: &str = "(low + high) / 2";
    let is_before = format!("(SELECT last_updated FROM device_jobs WHERE \"row\" = {MIDDLE}) < ?3");
    let text = format!(
        "WITH RECURSIVE search (low, high) AS (VALUES (?1, ?2) UNION ALL \
         SELECT iif({is_before}, {MIDDLE} + 1, low), iif({is_before}, high, {MIDDLE}) FROM search WHERE low < high) \
         SELECT low FROM search WHERE low >= high"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(text)).bind(first).bind(end).bind(since).fetch_one(readers).await?)
}
