//! Which devices a rollout has, and the calls that they had.

use console_wire::outcome::EarlierCall;
use hub_wire::{DeviceId, device_job::DeviceJob};
use sqlx::{Sqlite, Transaction};

use crate::store::{Result, Store, columns, sql};

/// A device of a rollout, in the order of its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RolloutDevice {
    pub(crate) device_id: String,
    /// It is on a list and not in the scope of who asked: it is never called.
    pub(crate) is_outside: bool,
}

impl Store {
    /// The devices of a rollout, in the order of their numbers.
    pub(crate) async fn rollout_devices(&self, job_id: &str) -> Result<Vec<RolloutDevice>> {
        let rows: Vec<(String, bool)> = sqlx::query_as(
            "SELECT device_id, is_outside FROM rollout_devices WHERE job_id = $1 ORDER BY device",
        )
        .bind(job_id)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the devices of a rollout"))?;
        Ok(rows.into_iter().map(|(device_id, is_outside)| RolloutDevice { device_id, is_outside }).collect())
    }
}

impl Store {
    /// The calls of a device before its last one, the oldest first; none where the job is not a rollout.
    pub(crate) async fn earlier_calls(&self, job_id: &str, device_id: &DeviceId) -> Result<Vec<EarlierCall>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT attempt, result FROM rollout_attempts WHERE job_id = $1 AND device_id = $2 ORDER BY attempt",
        )
        .bind(job_id)
        .bind(device_id.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the calls of a device"))?;
        let call = |(attempt, text): (i64, String)| {
            let attempt = u16::try_from(attempt).unwrap_or(u16::MAX);
            Ok(EarlierCall::new(attempt, columns::from_json(&text, "result")?))
        };
        rows.into_iter().map(call).collect()
    }
}

/// Notes which devices of a list are never called.
pub(super) async fn mark_outside(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    ids: &[&str],
) -> Result<()> {
    sqlx::query(
        "UPDATE rollout_devices SET is_outside = TRUE WHERE job_id = $1 \
         AND device_id IN (SELECT value FROM json_each($2))",
    )
    .bind(job_id)
    .bind(columns::json(&ids))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("note devices outside of a scope"))
}

/// Adds devices from a number on. `outside` are those that are never called.
pub(super) async fn add_devices(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    first: u64,
    ids: &[&str],
    outside: &[&str],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO rollout_devices (job_id, device, device_id, is_outside) \
         SELECT $1, $2 + key, value, value IN (SELECT value FROM json_each($4)) FROM json_each($3)",
    )
    .bind(job_id)
    .bind(columns::stored(first))
    .bind(columns::json(&ids))
    .bind(columns::json(&outside))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("note the devices of a rollout"))
}

/// Adds a result, queued, for each of these devices.
pub(super) async fn add_results(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    ids: &[&str],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO device_results (job_id, device_id, status, outcome) \
         SELECT $1, value, 'pending', 'queued' FROM json_each($2)",
    )
    .bind(job_id)
    .bind(columns::json(&ids))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("note the devices of a rollout"))
}

/// Keeps a call that is not the last one of its device.
pub(super) async fn add_attempt(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    attempt: u16,
    result: &DeviceJob,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO rollout_attempts (job_id, device_id, attempt, result) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(job_id)
    .bind(result.device_id.as_str())
    .bind(i64::from(attempt))
    .bind(columns::json(result))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("keep a call of a device"))
}

/// How the newest kept call of a device ended.
pub(super) async fn last_attempt(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    device_id: &str,
) -> Result<Option<DeviceJob>> {
    let text: Option<String> = sqlx::query_scalar(
        "SELECT result FROM rollout_attempts WHERE job_id = $1 AND device_id = $2 ORDER BY attempt DESC LIMIT 1",
    )
    .bind(job_id)
    .bind(device_id)
    .fetch_optional(&mut **transaction)
    .await
    .map_err(sql("read the calls of a device"))?;
    text.map(|text| columns::from_json(&text, "result")).transpose()
}
