//! A job's stretch of rows, and telling a part of it at once.
//!
//! Rows of a job are neighbours, and most that are neighbours say the same but for their device: a twin job ends
//! thousands in one transaction. So SQLite gives a whole page as one text, a device's name for each row that is like the
//! page's first one and an array for each that is not, and what is alike is spelt once.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{
    super::super::page::JsonArray,
    filter::Filter,
    told::{BEFORE_DEVICE, Common, TOLD, Told},
};
use crate::error::HubError;

/// The rows that belong to a job.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) first: i64,
    pub(super) last: i64,
    /// The first that waits for its turn; all after it wait too.
    next: i64,
    /// When they were fixed; no row of the job has a change before that.
    pub(super) fixed: i64,
    job_type: String,
    /// Whether rows change in their own order: those of a twin job are done one after the other. They hold no answers.
    changes_in_order: bool,
}

impl Stretch {
    /// A job's stretch; an empty one when there is no such job, or it has not begun.
    pub(super) async fn of(readers: &SqlitePool, job_id: &str) -> Result<Self, HubError> {
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
                fixed: i64::MAX,
                job_type: String::new(),
                changes_in_order: true,
            });
        };
        let job_type: String = row.try_get(4)?;
        Ok(Self {
            first: row.try_get(0)?,
            last: row.try_get(1)?,
            next: row.try_get(2)?,
            fixed: row.try_get(3)?,
            changes_in_order: job_type == "scheduleUpdateTwin",
            job_type,
        })
    }

    /// Whether a filter is best answered in the order of the changes, by their index.
    pub(super) fn is_by_change(&self, filter: &Filter<'_>) -> bool {
        !self.changes_in_order && (filter.waiting == Some(false) || filter.changed_since > self.fixed)
    }

    /// The rows that a filter asks for of a job whose rows change in their own order, or whose changes it does not ask
    /// for, behind the last one told; its other terms apart.
    pub(super) async fn narrowed(
        mut self,
        readers: &SqlitePool,
        filter: &Filter<'_>,
        after: Option<i64>,
    ) -> Result<Self, HubError> {
        if filter.waiting == Some(true) {
            self.first = self.next;
        }
        // What waits has not changed since it was fixed.
        if filter.waiting == Some(false) || filter.changed_since > self.fixed {
            self.last = self.next - 1;
        }
        if let Some(after) = after {
            self.first = self.first.max(after + 1);
        } else if filter.changed_since > self.fixed && self.first <= self.last {
            self.first = first_changed_since(readers, filter.changed_since, self.first, self.next).await?;
        }
        Ok(self)
    }

    /// Whether no row holds an answer, which may be large.
    pub(super) fn is_small(&self) -> bool {
        self.changes_in_order
    }

    /// What the rows have in common.
    pub(super) fn common<'a>(&'a self, job_id: &'a str) -> Common<'a> {
        Common { job_id, job_type: &self.job_type, created: self.fixed }
    }

    /// Tells the first rows, at most so many; gives the last one told, if there are more after it.
    pub(super) async fn tell(
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
        let row = sqlx::query(AssertSqlSafe(page())).bind(from).bind(last).fetch_optional(readers).await?;
        // A job that is forgotten while it is read has no more rows.
        let Some(row) = row else { return Ok((items, None)) };
        let alike = Told::of_row(&row, 1)?.plain().after_device(&common);
        let rows = usize::try_from(last - from + 1).unwrap_or_default();
        items.reserve(rows, alike.len() + BEFORE_DEVICE.len() + 40);
        for piece in row.try_get::<&str, _>(0)?.split('\n') {
            if piece.starts_with('[') {
                items.push(&Told::of_json(piece)?.to_json(&common));
            } else {
                items.push_parts(&[BEFORE_DEVICE, "\"", piece, "\"", &alike]);
            }
        }
        Ok((items, (last < self.last).then_some(last)))
    }
}

/// The statement of a page: its rows as one text, and the first one. No device's name holds what JSON escapes, or begins
/// as an array does.
fn page() -> String {
    let alike = ["last_updated", "status", "start_time", "end_time"]
        .map(|column| format!("{column} IS (SELECT {column} FROM alike)"))
        .join(" AND ");
    format!(
        "WITH alike AS MATERIALIZED (SELECT {TOLD} FROM device_jobs WHERE \"row\" = ?1) \
         SELECT (SELECT group_concat(CASE WHEN {alike} AND error_code IS NULL AND response_status IS NULL \
         AND module_id IS NULL THEN device_id ELSE json_array({TOLD}) END, char(10)) \
         FROM device_jobs NOT INDEXED WHERE \"row\" BETWEEN ?1 AND ?2), {TOLD} FROM alike"
    )
}

/// The first row from `first` on that changed at this time or later, in rows before `end` whose times ascend; `end` when
/// there is none.
async fn first_changed_since(
    readers: &SqlitePool,
    since: i64,
    first: i64,
    end: i64,
) -> Result<i64, HubError> {
    // Halves what is left until nothing is.
    const MIDDLE: &str = "(low + high) / 2";
    let is_before = format!("(SELECT last_updated FROM device_jobs WHERE \"row\" = {MIDDLE}) < ?3");
    let text = format!(
        "WITH RECURSIVE cut (low, high) AS (VALUES (?1, ?2) UNION ALL \
         SELECT iif({is_before}, {MIDDLE} + 1, low), iif({is_before}, high, {MIDDLE}) FROM cut WHERE low < high) \
         SELECT low FROM cut WHERE low >= high"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(text)).bind(first).bind(end).bind(since).fetch_one(readers).await?)
}
