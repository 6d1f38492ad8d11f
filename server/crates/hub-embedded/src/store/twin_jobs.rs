//! Twin jobs, a chunk of devices in one transaction: twins, rows, counters and position together, so that each twin is
//! changed exactly once wherever the process ends.
//!
//! The work is done by statements over the chunk. Only twins that might grow beyond a section's limit are looked at
//! one by one.

use hub_wire::{
    JobId, Timestamp,
    twin_rules::{Section, size},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{
    DesiredPush, Store,
    device_jobs::{complete_if_done, count, next_rows, read_target},
    jobs::RunningJob,
    twins::{Binds, Change, MERGE, bind_merge, check_merged},
};
use crate::{
    domain::device_job::{device_not_found, twin_too_large},
    error::HubError,
};

/// What a chunk came to.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Devices it went through; 0 when the job has no more.
    pub(crate) devices: u32,
    /// Connected devices to be told.
    pub(crate) pushes: Vec<DesiredPush>,
}

impl Store {
    /// Changes the twins of a job's next devices, at most `most`.
    pub(crate) async fn patch_next_twins(
        &self,
        job: &RunningJob,
        change: &Change,
        most: u32,
    ) -> Result<Chunk, HubError> {
        let (job_id, change) = (job.job_id.clone(), change.clone());
        let table = if job.over_modules { "modules" } else { "devices" };
        self.writer
            .write(move |connection, now| {
                Box::pin(async move { chunk(connection, now, &job_id, table, &change, most).await })
            })
            .await
    }
}

async fn chunk(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    table: &'static str,
    change: &Change,
    most: u32,
) -> Result<Chunk, HubError> {
    let Some((first, last)) = next_rows(connection, job_id, most).await? else { return Ok(Chunk::default()) };
    let total = last - first + 1;
    let changed = later_than_before(connection, now, job_id, first).await?;

    let too_large = fail_too_large(connection, changed, table, change, (first, last)).await?;
    let binds = Binds::new(change, now);
    let usual = usual_version(connection, table, first).await?;
    // A subquery rather than a join: SQLite would keep a joined row's new values aside before it writes them.
    let sql = format!(
        "UPDATE {table} SET {MERGE} WHERE id IN \
         (SELECT target FROM device_jobs WHERE \"row\" BETWEEN ?8 AND ?9 AND status = 'pending')"
    );
    let patched = bind_merge(sql, &binds, usual)
        .bind(first)
        .bind(last)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let patched = i64::try_from(patched).unwrap_or(i64::MAX);
    let gone = total - too_large - patched;
    if gone > 0 {
        fail_gone(connection, changed, table, (first, last)).await?;
    }
    sqlx::query(
        "UPDATE device_jobs SET status = 'completed', start_time = ?1, end_time = ?1, last_updated = ?1 \
         WHERE \"row\" BETWEEN ?2 AND ?3 AND status = 'pending'",
    )
    .bind(changed.ticks())
    .bind(first)
    .bind(last)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE jobs SET next_row = ?2, pending_count = pending_count - ?3 - ?4, \
         succeeded_count = succeeded_count + ?3, failed_count = failed_count + ?4 WHERE job_id = ?1",
    )
    .bind(job_id.as_str())
    .bind(last + 1)
    .bind(patched)
    .bind(too_large + gone)
    .execute(&mut *connection)
    .await?;
    complete_if_done(connection, now, job_id).await?;
    let pushes = pushes(connection, table, change, (first, last)).await?;
    Ok(Chunk { devices: u32::try_from(total).unwrap_or(u32::MAX), pushes })
}

/// Now, or just after the row before changed, if the clock was set back since: rows of a twin job change in their own
/// order, by which those who follow it find what changed.
async fn later_than_before(
    connection: &mut SqliteConnection,
    now: Timestamp,
    job_id: &JobId,
    row: i64,
) -> Result<Timestamp, HubError> {
    let before: Option<i64> =
        sqlx::query_scalar("SELECT last_updated FROM device_jobs WHERE \"row\" = ? AND job_id = ?")
            .bind(row - 1)
            .bind(job_id.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(before.map_or(now, |before| now.max(Timestamp::from_ticks(before + 1))))
}

/// The version of the desired properties at which the first device of a chunk is. A fleet that jobs write is at one
/// version nearly everywhere.
async fn usual_version(
    connection: &mut SqliteConnection,
    table: &'static str,
    row: i64,
) -> Result<i64, HubError> {
    let sql = format!(
        "SELECT t.desired_version FROM device_jobs j JOIN {table} t ON t.id = j.target WHERE j.\"row\" = ?"
    );
    let version: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(row).fetch_optional(connection).await?;
    Ok(version.unwrap_or_default())
}

/// Fails the devices whose twin would become too large; gives how many.
///
/// A number counts 8 bytes and takes at least 2 in JSONB, a boolean 4 and at least 1, text no more than it takes: so
/// four times a section's JSONB is never less than its size, and what passes by that measure needs no look.
async fn fail_too_large(
    connection: &mut SqliteConnection,
    now: Timestamp,
    table: &'static str,
    change: &Change,
    rows: (i64, i64),
) -> Result<i64, HubError> {
    let harmless = |section: Section, patch: &Option<hub_wire::twin::Object>| match patch {
        Some(patch) => (count(section.max_size()) - count(size(patch))) / 4,
        None => i64::MAX,
    };
    let sql = format!(
        "SELECT j.\"row\", json(t.tags), json(t.desired) FROM device_jobs j JOIN {table} t ON t.id = j.target \
         WHERE j.\"row\" BETWEEN ? AND ? AND (length(t.tags) > ? OR length(t.desired) > ?)"
    );
    let candidates = sqlx::query(AssertSqlSafe(sql))
        .bind(rows.0)
        .bind(rows.1)
        .bind(harmless(Section::Tags, &change.tags))
        .bind(harmless(Section::Desired, &change.desired))
        .fetch_all(&mut *connection)
        .await?;
    let mut failures = Vec::new();
    for row in &candidates {
        if let Err(error) = check_merged(row.try_get(1)?, row.try_get(2)?, change) {
            if error.is_fault() {
                return Err(error);
            }
            let error = twin_too_large(&error.caller_text());
            failures.push(json!([row.try_get::<i64, _>(0)?, error.code, error.description]));
        }
    }
    if !failures.is_empty() {
        sqlx::query(
            "UPDATE device_jobs SET status = 'failed', start_time = ?1, end_time = ?1, last_updated = ?1, \
             error_code = f.value ->> 1, error_description = f.value ->> 2 \
             FROM json_each(?2) AS f WHERE device_jobs.\"row\" = f.value ->> 0",
        )
        .bind(now.ticks())
        .bind(json!(failures).to_string())
        .execute(connection)
        .await?;
    }
    Ok(count(failures.len()))
}

async fn fail_gone(
    connection: &mut SqliteConnection,
    now: Timestamp,
    table: &'static str,
    rows: (i64, i64),
) -> Result<(), HubError> {
    let error = device_not_found();
    let sql = format!(
        "UPDATE device_jobs SET status = 'failed', start_time = ?1, end_time = ?1, last_updated = ?1, \
         error_code = ?2, error_description = ?3 WHERE \"row\" BETWEEN ?4 AND ?5 AND status = 'pending' \
         AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = device_jobs.target)"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(now.ticks())
        .bind(error.code)
        .bind(error.description)
        .bind(rows.0)
        .bind(rows.1)
        .execute(connection)
        .await?;
    Ok(())
}

/// The connected ones among the devices just changed, with their new version of the desired properties. It begins at
/// the connected ones, which may be few where the chunk is large.
async fn pushes(
    connection: &mut SqliteConnection,
    table: &'static str,
    change: &Change,
    rows: (i64, i64),
) -> Result<Vec<DesiredPush>, HubError> {
    let Some(patch) = &change.desired else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT j.device_id, j.module_id, t.desired_version FROM {table} t CROSS JOIN device_jobs j \
         WHERE t.connection_state = 'Connected' \
         AND t.id BETWEEN (SELECT min(target) FROM device_jobs WHERE \"row\" BETWEEN ?1 AND ?2) \
                      AND (SELECT max(target) FROM device_jobs WHERE \"row\" BETWEEN ?1 AND ?2) \
         AND j.target = t.id AND j.\"row\" BETWEEN ?1 AND ?2 AND j.status = 'completed'"
    );
    let connected = sqlx::query(AssertSqlSafe(sql)).bind(rows.0).bind(rows.1).fetch_all(connection).await?;
    connected
        .iter()
        .map(|row| {
            Ok(DesiredPush {
                target: read_target(row.try_get(0)?, row.try_get(1)?)?,
                patch: patch.clone(),
                version: row.try_get::<i64, _>(2)?.unsigned_abs(),
            })
        })
        .collect()
}
