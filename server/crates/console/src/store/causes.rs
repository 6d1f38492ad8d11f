//! Causes of failures: kept once each, counted by an index.

use std::collections::HashMap;

use console_wire::{
    cause::{Cause, CauseKey},
    outcome::Outcome,
};
use hub_wire::{
    DeviceId,
    device_job::{DeviceJob, DeviceJobError},
};
use sqlx::{AssertSqlSafe, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Result, Store, columns, sql};
use crate::{StoreError, cause};

/// Most causes that are listed of one job: more are no summary any more.
const MOST: i64 = 1000;
/// Devices named of each.
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

/// The rank of an outcome; the store's generated column says the same.
pub(super) fn rank(outcome: Outcome) -> i64 {
    BY_RANK.into_iter().zip(0..).find(|(of, _)| *of == outcome).map_or(7, |(_, rank)| rank)
}

/// The outcome of a rank.
pub(super) fn of_rank(rank: i64) -> Result<Outcome> {
    let found = usize::try_from(rank).ok().and_then(|rank| BY_RANK.get(rank).copied());
    found.ok_or(StoreError::Damaged { column: "rank" })
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

impl Store {
    /// A job's causes, the most frequent first.
    pub(crate) async fn causes(&self, job_id: &str) -> Result<Vec<Cause>> {
        let rows = sqlx::query(
            "SELECT code, message, devices, rank, first_seen, last_seen, \
             (SELECT json_group_array(device_id) FROM (SELECT device_id FROM device_results \
              WHERE job_id = $1 AND cause = folded.cause ORDER BY device_id LIMIT $3)) AS sample \
             FROM (SELECT cause, count(*) AS devices, min(rank) AS rank, min(end_time) AS first_seen, \
              max(end_time) AS last_seen FROM device_results WHERE job_id = $1 AND cause IS NOT NULL \
              GROUP BY cause ORDER BY devices DESC, cause LIMIT $2) AS folded \
             JOIN causes ON cause_id = folded.cause ORDER BY devices DESC, code, message",
        )
        .bind(job_id)
        .bind(MOST)
        .bind(SAMPLE)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("fold failures by cause"))?;
        let one = |row: &SqliteRow| {
            let sample: Vec<DeviceId> = serde_json::from_str(columns::get(row, "sample")?)
                .map_err(|_| StoreError::Damaged { column: "device_id" })?;
            Ok(Cause {
                key: CauseKey { code: columns::get(row, "code")?, message: columns::get(row, "message")? },
                outcome: of_rank(columns::get(row, "rank")?)?,
                count: columns::count(columns::get(row, "devices")?),
                first_seen: columns::time(row, "first_seen")?,
                last_seen: columns::time(row, "last_seen")?,
                sample,
            })
        };
        rows.iter().map(one).collect()
    }

    /// Gives a cause to failures that were recorded before causes were kept.
    pub(super) async fn name_old_causes(&self) -> Result<()> {
        const AT_ONCE: i64 = 5000;
        let attempt = "name causes of older failures";
        let is_done: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'causes_named')")
                .fetch_one(&self.writer)
                .await
                .map_err(sql(attempt))?;
        if is_done {
            return Ok(());
        }
        let mut after = 0_i64;
        loop {
            let mut transaction = self.begin(attempt).await?;
            let text = format!(
                "SELECT rowid AS number, {} FROM device_results WHERE rowid > $1 AND cause IS NULL AND rank < 4 \
                 ORDER BY rowid LIMIT $2",
                columns::RESULT_COLUMNS
            );
            let rows = sqlx::query(AssertSqlSafe(text))
                .bind(after)
                .bind(AT_ONCE)
                .fetch_all(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
            let Some(last) = rows.last() else {
                sqlx::query("INSERT INTO meta (name, value) VALUES ('causes_named', 1)")
                    .execute(&mut *transaction)
                    .await
                    .map_err(sql(attempt))?;
                return transaction.commit().await.map_err(sql(attempt));
            };
            after = columns::get(last, "number")?;
            let results: Vec<_> =
                rows.iter().map(|row| columns::result(row).map(columns::as_row)).collect::<Result<_>>()?;
            let causes = of_rows(&mut transaction, &results.iter().collect::<Vec<_>>()).await?;
            let mut pairs = Vec::with_capacity(rows.len());
            for (row, cause) in rows.iter().zip(causes) {
                pairs.push((columns::get::<i64>(row, "number")?, cause));
            }
            sqlx::query(
                "UPDATE device_results SET cause = pair.value ->> 1 FROM json_each($1) AS pair \
                 WHERE device_results.rowid = pair.value ->> 0",
            )
            .bind(columns::json(&pairs))
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
            transaction.commit().await.map_err(sql(attempt))?;
        }
    }
}
