//! The jobs on the hub that call devices of a rollout. They are parts of its job, as those of a job on a list are: waiting, sending,
//! open or settled. Parts that did not get to the hub are settled as cancelled, or as failed with the reason.

use console_wire::{outcome::Outcome, rollout::HubJobCounts};
use hub_wire::{Timestamp, job::JobStatus};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::store::{Result, Store, causes::rank, columns, sql};

/// A job on the hub that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPart {
    /// From 0 in its rollout.
    pub(crate) number: i64,
    /// Its id on the hub, if that is free.
    pub(crate) hub_job_id: String,
    pub(crate) device_ids: Vec<String>,
    /// When its calls have to have ended.
    pub(crate) calls_until: Option<Timestamp>,
}

/// What steps change of the jobs on the hub.
#[derive(Debug, Default)]
pub(crate) struct PartsWrite {
    pub(crate) new: Vec<NewPart>,
    /// Those of which no device is in flight any more.
    pub(crate) ended: Vec<i64>,
    /// Those that wait to be sent are not sent any more.
    pub(crate) drops_waiting: bool,
}

/// A device that was called and has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CalledDevice {
    pub(crate) device_id: String,
    pub(crate) since: Timestamp,
    /// The part that calls it; `None`: the console calls it.
    pub(crate) part: Option<i64>,
    /// Where that part has ended for the hub, or never got there: its status, and why it failed.
    pub(crate) ended: Option<(JobStatus, Option<String>)>,
}

#[derive(Debug, sqlx::FromRow)]
struct CalledRow {
    device_id: String,
    start_time: i64,
    part: Option<i64>,
    ended: Option<String>,
    failure_reason: Option<String>,
}

impl Store {
    /// The devices of a rollout that are in flight.
    pub(crate) async fn called_devices(&self, job_id: &str) -> Result<Vec<CalledDevice>> {
        let attempt = "read the devices in flight";
        let rows: Vec<CalledRow> = sqlx::query_as(
            "SELECT result.device_id, result.start_time, part.part, \
             CASE part.phase WHEN 'settled' THEN part.status END AS ended, part.failure_reason \
             FROM device_results AS result LEFT JOIN job_parts AS part USING (job_id, part) \
             WHERE result.job_id = $1 AND result.rank = $2 AND result.start_time IS NOT NULL",
        )
        .bind(job_id)
        .bind(rank(Outcome::InFlight))
        .fetch_all(&self.readers)
        .await
        .map_err(sql(attempt))?;
        let device = |row: CalledRow| {
            let status = row.ended.map(|status| columns::wire(&status, "status")).transpose()?;
            Ok(CalledDevice {
                device_id: row.device_id,
                since: Timestamp::from_ticks(row.start_time),
                part: row.part,
                ended: status.map(|status| (status, row.failure_reason)),
            })
        };
        rows.into_iter().map(device).collect()
    }

    /// The number of the next part of a rollout.
    pub(crate) async fn next_part(&self, job_id: &str) -> Result<i64> {
        sqlx::query_scalar("SELECT coalesce(max(part) + 1, 0) FROM job_parts WHERE job_id = $1")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("count the parts of a rollout"))
    }

    /// Ends the parts that wait to be sent. Returns their numbers.
    pub(crate) async fn drop_waiting_parts(&self, job_id: &str) -> Result<Vec<i64>> {
        let attempt = "drop the waiting hub jobs of a rollout";
        let mut transaction = self.begin(attempt).await?;
        let dropped = drop_waiting_parts(&mut transaction, job_id).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(dropped)
    }

    /// Ends a part that the hub does not have and does not get. `reason`: the hub refuses it.
    pub(crate) async fn drop_part(&self, job_id: &str, part: i64, reason: Option<&str>) -> Result<()> {
        let status = if reason.is_some() { JobStatus::Failed } else { JobStatus::Cancelled };
        sqlx::query(
            "UPDATE job_parts SET phase = 'settled', status = $3, failure_reason = $4, sent_at = NULL \
             WHERE job_id = $1 AND part = $2 AND phase IN ('waiting', 'sending')",
        )
        .bind(job_id)
        .bind(part)
        .bind(status.as_str())
        .bind(reason)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(sql("drop a part"))
    }
}

/// Writes what changes. Returns the numbers of the parts that are not sent any more.
pub(super) async fn write_parts(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    write: &PartsWrite,
) -> Result<Vec<i64>> {
    add_parts(transaction, job_id, &write.new).await?;
    settle_parts(transaction, job_id, &write.ended).await?;
    if write.drops_waiting { drop_waiting_parts(transaction, job_id).await } else { Ok(Vec::new()) }
}

/// Adds parts, and notes on their devices which part calls them.
async fn add_parts(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    parts: &[NewPart],
) -> Result<()> {
    let attempt = "note the hub jobs of a rollout";
    for part in parts {
        // An id that is taken here gets a random number appended.
        sqlx::query(
            "INSERT INTO job_parts (job_id, part, hub_job_id, phase, status, devices, calls_until) \
             SELECT $1, $2, CASE WHEN EXISTS (SELECT 1 FROM job_parts WHERE hub_job_id = $3) \
             THEN $3 || '-' || abs(random() % 100000) ELSE $3 END, 'waiting', 'queued', $4, $5",
        )
        .bind(job_id)
        .bind(part.number)
        .bind(&part.hub_job_id)
        .bind(columns::stored(part.device_ids.len() as u64))
        .bind(part.calls_until.map(Timestamp::ticks))
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query(
            "UPDATE device_results SET part = $2 WHERE job_id = $1 \
             AND device_id IN (SELECT value FROM json_each($3))",
        )
        .bind(job_id)
        .bind(part.number)
        .bind(columns::json(&part.device_ids))
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    }
    Ok(())
}

/// Ends parts whose devices have all ended.
async fn settle_parts(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    parts: &[i64],
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE job_parts SET phase = 'settled', status = 'completed' WHERE job_id = $1 \
         AND phase <> 'settled' AND part IN (SELECT value FROM json_each($2))",
    )
    .bind(job_id)
    .bind(columns::json(&parts))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("end the hub jobs of a rollout"))
}

/// Ends the parts that wait to be sent, so that nothing more begins. Returns their numbers.
async fn drop_waiting_parts(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
) -> Result<Vec<i64>> {
    sqlx::query_scalar(
        "UPDATE job_parts SET phase = 'settled', status = 'cancelled' \
         WHERE job_id = $1 AND phase = 'waiting' RETURNING part",
    )
    .bind(job_id)
    .fetch_all(&mut **transaction)
    .await
    .map_err(sql("drop the waiting hub jobs of a rollout"))
}

/// How many hub jobs of a rollout wait, run and have ended.
pub(super) async fn count_parts(connection: &mut SqliteConnection, job_id: &str) -> Result<HubJobCounts> {
    let (waiting, running, ended): (i64, i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE phase IN ('waiting', 'sending')), count(*) FILTER (WHERE phase = 'open'), \
         count(*) FILTER (WHERE phase = 'settled' AND sent_at IS NOT NULL) FROM job_parts WHERE job_id = $1",
    )
    .bind(job_id)
    .fetch_one(connection)
    .await
    .map_err(sql("count the hub jobs of a rollout"))?;
    Ok(HubJobCounts {
        waiting: columns::count(waiting),
        running: columns::count(running),
        ended: columns::count(ended),
    })
}
