//! Twin jobs: a chunk of devices in one transaction, with twins, rows, counters and position, so that each twin is changed
//! exactly once even if the process is killed.
//!
//! A chunk is written by statements over sets. Only twins that might exceed a section's limit are checked one by one.

use std::collections::HashMap;

use hub_wire::{
    JobId, Timestamp,
    twin::Object,
    twin_rules::{Section, size},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{
    Store,
    device_jobs::{complete_if_done, count, next_rows, read_target},
    jobs::RunningJob,
    twins::{Binds, Change, bind_merge, check_merged, object},
};
use crate::{
    domain::{
        Target,
        device_job::{device_not_found, twin_too_large},
    },
    error::HubError,
};

/// The result of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Number of devices; 0 when the job has no more.
    pub(crate) devices: u32,
    /// Devices whose desired properties were changed, with their new version of them.
    pub(crate) changed: Vec<(Target, u64)>,
    /// Where the change removes all desired properties: the patch for each device, null for each property it had.
    pub(crate) cleared: HashMap<Target, Object>,
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
    let common_version = common_version(connection, table, first).await?;
    // A subquery rather than a join: SQLite would materialise a joined row's new values first.
    let sql = format!(
        "UPDATE {table} SET {} WHERE id IN \
         (SELECT target FROM device_jobs WHERE \"row\" BETWEEN ?8 AND ?9 AND status = 'pending')",
        change.set_clause()
    );
    let cleared = cleared_properties(connection, table, change, (first, last)).await?;
    let patched = bind_merge(sql, &binds, common_version)
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
    let changed = match change.desired {
        Some(_) => new_versions(connection, table, (first, last)).await?,
        None => Vec::new(),
    };
    Ok(Chunk { devices: u32::try_from(total).unwrap_or(u32::MAX), changed, cleared })
}

/// Now, or just after the change of the previous row if the clock was set back: rows of a twin job change in row order,
/// which is how clients find what changed.
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

/// The version of the desired properties at which the first device of a chunk is. Most devices of a fleet have
/// the same version.
async fn common_version(
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

/// Fails the devices whose twin would become too large; returns how many.
///
/// A number counts 8 bytes and takes at least 2 in JSONB, a boolean 4 and at least 1, text no more than it takes: so
/// four times a section's JSONB is never less than its size, and smaller sections need no check.
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

/// Where a change removes all desired properties: what each device is to be sent, which depends on what it had.
async fn cleared_properties(
    connection: &mut SqliteConnection,
    table: &'static str,
    change: &Change,
    rows: (i64, i64),
) -> Result<HashMap<Target, Object>, HubError> {
    if !change.clear_desired {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT j.device_id, j.module_id, json(t.desired) FROM device_jobs j JOIN {table} t ON t.id = j.target \
         WHERE j.\"row\" BETWEEN ? AND ?"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).bind(rows.0).bind(rows.1).fetch_all(connection).await?;
    let mut cleared = HashMap::with_capacity(found.len());
    for row in &found {
        let target = read_target(row.try_get(0)?, row.try_get(1)?)?;
        let patch = change.desired_patch(&object(row.try_get(2)?)?);
        cleared.insert(target, patch.unwrap_or_default());
    }
    Ok(cleared)
}

/// The devices just changed, with their new version of the desired properties. All of them: connection states in
/// the store lag, so the live connections decide which ones are notified.
async fn new_versions(
    connection: &mut SqliteConnection,
    table: &'static str,
    rows: (i64, i64),
) -> Result<Vec<(Target, u64)>, HubError> {
    let sql = format!(
        "SELECT j.device_id, j.module_id, t.desired_version FROM device_jobs j JOIN {table} t ON t.id = j.target \
         WHERE j.\"row\" BETWEEN ?1 AND ?2 AND j.status = 'completed'"
    );
    let changed = sqlx::query(AssertSqlSafe(sql)).bind(rows.0).bind(rows.1).fetch_all(connection).await?;
    changed
        .iter()
        .map(|row| {
            let target = read_target(row.try_get(0)?, row.try_get(1)?)?;
            Ok((target, row.try_get::<i64, _>(2)?.unsigned_abs()))
        })
        .collect()
}
