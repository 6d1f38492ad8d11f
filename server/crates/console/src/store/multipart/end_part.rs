//! Ending a part, and those of its devices that the hub has reported nothing of.

use console_wire::outcome::{INTERRUPTED, Outcome};
use hub_wire::{
    Timestamp,
    device_job::{DeviceJobError, DeviceJobStatus},
    job::JobStatus,
};
use sqlx::{Sqlite, Transaction};

use crate::store::{Result, causes, columns, sql, tally::Tally};

/// How devices of a part end that the hub has reported nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UnreportedEnd {
    /// They were not sent.
    Cancelled,
    /// They failed with this error.
    Failed(DeviceJobError),
}

/// Ends the devices of a part that the hub has reported nothing of. Returns how many there were.
pub(super) async fn end_unreported(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    part: i64,
    end: &UnreportedEnd,
    at: Timestamp,
    tally: &mut Tally,
) -> Result<u64> {
    let attempt = "end devices that were not addressed";
    let (status, outcome, error) = match end {
        UnreportedEnd::Cancelled => (DeviceJobStatus::Canceled, Outcome::Cancelled, None),
        UnreportedEnd::Failed(error) if error.code == INTERRUPTED => {
            (DeviceJobStatus::Failed, Outcome::Interrupted, Some(error))
        }
        UnreportedEnd::Failed(error) => (DeviceJobStatus::Failed, Outcome::Failed, Some(error)),
    };
    let cause = match error {
        Some(error) => causes::of_error(transaction, error).await?,
        None => None,
    };
    // When the hub lost the job, running devices end too: whether they acted is not known.
    let which =
        if outcome == Outcome::Interrupted { "status IN ('pending', 'running')" } else { "changed = 0" };
    let text = format!(
        "SELECT outcome, count(*) FROM device_results WHERE job_id = $1 AND part = $2 AND {which} GROUP BY outcome"
    );
    let before: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(job_id)
        .bind(part)
        .fetch_all(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    let text = format!(
        "UPDATE device_results SET status = $3, outcome = $4, error_code = $5, error_description = $6, cause = $7, \
         end_time = $8, last_updated = $8 WHERE job_id = $1 AND part = $2 AND {which}"
    );
    sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(job_id)
        .bind(part)
        .bind(status.as_str())
        .bind(outcome.as_str())
        .bind(error.map(|error| error.code.as_str()))
        .bind(error.map(|error| error.description.as_str()))
        .bind(cause)
        .bind(at.ticks())
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    let mut ended = 0;
    for (was, devices) in before {
        let was = columns::outcome(&was)?;
        let devices = columns::count(devices);
        *tally.outcomes.get_mut(was) -= devices;
        tally.add_many(outcome, status, devices);
        ended += devices;
    }
    Ok(ended)
}

/// Settles a part.
pub(super) async fn settle_part(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    part: i64,
    status: JobStatus,
    ended: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE job_parts SET phase = 'settled', status = $3, end_time = $4, failure_reason = $5 \
         WHERE job_id = $1 AND part = $2",
    )
    .bind(job_id)
    .bind(part)
    .bind(status.as_str())
    .bind(ended.map(Timestamp::ticks))
    .bind(reason.filter(|text| !text.is_empty()))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("end a part"))
}
