//! Causes of failures: kept once each, counted by an index.

use std::collections::HashMap;

use console_wire::{
    cause::{Cause, CauseKey},
    outcome::Outcome,
};
use hub_wire::{
    Timestamp,
    device_job::{DeviceJob, DeviceJobError},
};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::{Result, Store, columns, search::searching, sql};
use crate::{StoreError, cause};

/// Most causes that are listed of one job: more would not be a summary.
const MAX_CAUSES: i64 = 1000;
/// Devices listed of each.
const SAMPLE: i64 = 5;

/// Outcomes by their rank in the store, problems first.
const BY_RANK: [Outcome; 8] = [
    Outcome::Failed,
    Outcome::TimedOut,
    Outcome::NotOnline,
    Outcome::Interrupted,
    Outcome::Cancelled,
    Outcome::InFlight,
    Outcome::Queued,
    Outcome::Succeeded,
];

/// The rank of an outcome; the store's generated column holds the same.
pub(super) fn rank(outcome: Outcome) -> i64 {
    BY_RANK.into_iter().zip(0..).find(|(of, _)| *of == outcome).map_or(7, |(_, rank)| rank)
}

/// The outcome of a rank.
pub(super) fn of_rank(rank: i64) -> Result<Outcome> {
    let outcome = usize::try_from(rank).ok().and_then(|rank| BY_RANK.get(rank).copied());
    outcome.ok_or(StoreError::Damaged { column: "rank" })
}

/// The causes of rows, as numbers of the table of causes; one for each row, in their order.
pub(super) async fn of_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    rows: &[&DeviceJob],
) -> Result<Vec<Option<i64>>> {
    let keys: Vec<_> = rows.iter().map(|row| cause::of(row)).collect();
    let mut wanted: Vec<&CauseKey> = keys.iter().flatten().collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(vec![None; rows.len()]);
    }
    let ids = ids(transaction, &wanted).await?;
    let id = |key: &CauseKey| ids.get(&(key.code.clone(), key.message.clone())).copied();
    Ok(keys.iter().map(|key| key.as_ref().and_then(id)).collect())
}

/// The numbers of causes, which are kept from now on.
async fn ids(
    transaction: &mut Transaction<'static, Sqlite>,
    keys: &[&CauseKey],
) -> Result<HashMap<(String, String), i64>> {
    let attempt = "keep causes of failures";
    let list: Vec<_> = keys.iter().map(|key| (&key.code, &key.message)).collect();
    let list = columns::json(&list);
    sqlx::query(
        "INSERT INTO causes (code, message) SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE TRUE \
         ON CONFLICT (code, message) DO NOTHING",
    )
    .bind(&list)
    .execute(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT cause_id, code, message FROM json_each($1) CROSS JOIN causes \
         ON code = value ->> 0 AND message = value ->> 1",
    )
    .bind(&list)
    .fetch_all(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    Ok(rows.into_iter().map(|(id, code, message)| ((code, message), id)).collect())
}

/// The cause of an error that no hub wrote, as a number.
pub(super) async fn of_error(
    transaction: &mut Transaction<'static, Sqlite>,
    error: &DeviceJobError,
) -> Result<Option<i64>> {
    let key = cause::of_error(error, "");
    Ok(ids(transaction, &[&key]).await?.into_values().next())
}

/// A cause and the devices that failed for it.
#[derive(Debug, sqlx::FromRow)]
struct CauseRow {
    code: String,
    message: String,
    devices: i64,
    rank: i64,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    /// A JSON list of device ids.
    sample: String,
}

impl CauseRow {
    fn cause(self) -> Result<Cause> {
        Ok(Cause {
            key: CauseKey { code: self.code, message: self.message },
            outcome: of_rank(self.rank)?,
            count: columns::count(self.devices),
            first_seen: self.first_seen.map(Timestamp::from_ticks),
            last_seen: self.last_seen.map(Timestamp::from_ticks),
            sample: columns::from_json(&self.sample, "device_id")?,
        })
    }
}

impl Store {
    /// A job's causes, the most frequent first.
    pub(crate) async fn causes(&self, job_id: &str) -> Result<Vec<Cause>> {
        let mut search = self.searches.begin(ATTEMPT).await?;
        read_causes(search.connection(), job_id).await
    }
}

const ATTEMPT: &str = "fold failures by cause";

/// The same on a connection that reads more.
pub(super) async fn read_causes(connection: &mut SqliteConnection, job_id: &str) -> Result<Vec<Cause>> {
    let rows: Vec<CauseRow> = sqlx::query_as(
        "SELECT code, message, devices, rank, first_seen, last_seen, \
         (SELECT json_group_array(device_id) FROM (SELECT device_id FROM device_results \
          WHERE job_id = $1 AND cause = folded.cause ORDER BY device_id LIMIT $3)) AS sample \
         FROM (SELECT cause, count(*) AS devices, min(rank) AS rank, min(end_time) AS first_seen, \
          max(end_time) AS last_seen FROM device_results WHERE job_id = $1 AND cause IS NOT NULL \
          GROUP BY cause ORDER BY devices DESC, cause LIMIT $2) AS folded \
         JOIN causes ON cause_id = folded.cause ORDER BY devices DESC, code, message",
    )
    .bind(job_id)
    .bind(MAX_CAUSES)
    .bind(SAMPLE)
    .fetch_all(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    rows.into_iter().map(CauseRow::cause).collect()
}
