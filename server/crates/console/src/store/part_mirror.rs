//! Writing what the hub says of a part, and what all parts together make of their job.

use console_wire::{
    job::JobSummary,
    outcome::{INTERRUPTED, Outcome},
};
use hub_wire::{
    Timestamp,
    device_job::{DeviceJobError, DeviceJobStatus},
    error::ErrorCode,
    job::{DeviceJobStatistics, JobStatus},
};
use sqlx::{Row, Sqlite, Transaction};

use super::{
    Result, Store, causes,
    columns::{self, Tally},
    mirror::{Applied, Ending, Reading, applied, waiting, write_job},
    mirror_rows::write_rows,
    parts::open_list,
    sql,
};
use crate::StoreError;

/// What happens to devices of a part that the hub never said anything of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leftover {
    /// They were not sent.
    Cancelled,
    /// They ended with this error.
    Failed(DeviceJobError),
}

impl Store {
    /// Writes a reading of a part. `None` when the job is not mirrored, or has ended.
    pub(super) async fn apply_part(&self, reading: &Reading<'_>, part: i64) -> Result<Option<Applied>> {
        let attempt = "record results of a part";
        let mut transaction = self.begin(attempt).await?;
        let Some((before, mut tally)) = open_list(&mut transaction, reading.job_id).await? else {
            return Ok(None);
        };
        let is_open: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM job_parts WHERE job_id = $1 AND part = $2 AND phase <> 'settled')",
        )
        .bind(reading.job_id)
        .bind(part)
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if !is_open {
            return Ok(Some(applied(false, true, &before, &before)));
        }
        let rows_changed = write_rows(&mut transaction, reading, &mut tally).await?;
        let statistics = statistics(&mut *transaction, reading.job_id, part).await?;
        let settled = is_settled(reading, &statistics);
        let part_changed = note_part(&mut transaction, reading, part).await?;
        if settled {
            let leftover = leftover(reading);
            let at = reading.job.ended().unwrap_or(reading.as_of);
            end_unseen(&mut transaction, reading.job_id, part, &leftover, at, &mut tally).await?;
            let reason = reading.job.failure_reason.as_deref().or(remark(reading));
            let status =
                if reading.job.status.is_terminal() { reading.job.status } else { JobStatus::Failed };
            settle_part(&mut transaction, reading.job_id, part, status, reading.job.ended(), reason).await?;
        }
        let changed = rows_changed || part_changed || settled;
        let mut after = before.clone();
        if changed {
            after = write_list(&mut transaction, &before, &tally, reading.as_of).await?;
            self.commit(transaction, columns::stored(after.sequence), attempt).await?;
        }
        let mut applied = applied(changed, settled, &before, &after);
        applied.statistics = statistics;
        Ok(Some(applied))
    }

    /// The hub's five counts of a part, over the devices that the hub has spoken of.
    pub(crate) async fn part_statistics(&self, job_id: &str, part: i64) -> Result<DeviceJobStatistics> {
        statistics(&self.readers, job_id, part).await
    }
}

async fn statistics<'e>(
    executor: impl sqlx::Executor<'e, Database = Sqlite>,
    job_id: &str,
    part: i64,
) -> Result<DeviceJobStatistics> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT status, count(*) FROM device_results WHERE job_id = $1 AND part = $2 AND changed > 0 GROUP BY status",
    )
    .bind(job_id)
    .bind(part)
    .fetch_all(executor)
    .await
    .map_err(sql("count the results of a part"))?;
    let mut statistics = DeviceJobStatistics::default();
    for (status, devices) in rows {
        let devices = columns::count(devices);
        statistics.device_count += devices;
        match columns::word(&status, "status")? {
            DeviceJobStatus::Completed => statistics.succeeded_count += devices,
            DeviceJobStatus::Failed | DeviceJobStatus::Canceled => statistics.failed_count += devices,
            DeviceJobStatus::Running => statistics.running_count += devices,
            _ => statistics.pending_count += devices,
        }
    }
    Ok(statistics)
}

fn is_settled(reading: &Reading<'_>, ours: &DeviceJobStatistics) -> bool {
    let agrees = reading.job.device_job_statistics.is_none_or(|hub| hub == *ours)
        && ours.pending_count + ours.running_count == 0;
    match reading.ending {
        Ending::Regardless(_) => true,
        Ending::WhenAgreed => reading.job.status.is_terminal() && agrees,
        Ending::NotYet => false,
    }
}

fn remark<'a>(reading: &Reading<'a>) -> Option<&'a str> {
    if let Ending::Regardless(remark) = reading.ending { Some(remark) } else { None }
}

fn leftover(reading: &Reading<'_>) -> Leftover {
    let error = |code: &str, description: &str| {
        Leftover::Failed(DeviceJobError { code: code.to_owned(), description: description.to_owned() })
    };
    match (reading.ending, reading.job.status) {
        (Ending::Regardless(remark), _) => error(INTERRUPTED, remark),
        (_, JobStatus::Cancelled) => Leftover::Cancelled,
        (_, JobStatus::Failed) => {
            let reason = reading.job.failure_reason.as_deref();
            error("JobFailed", reason.unwrap_or("The hub could not run the job and does not say why."))
        }
        _ => error(ErrorCode::DeviceNotFound.name(), "The hub did not know this device when the job began."),
    }
}

/// Ends the devices of a part that the hub has not spoken of. How many there were.
pub(super) async fn end_unseen(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    part: i64,
    leftover: &Leftover,
    at: Timestamp,
    tally: &mut Tally,
) -> Result<u64> {
    let attempt = "end devices that were not addressed";
    let (status, outcome, error) = match leftover {
        Leftover::Cancelled => (DeviceJobStatus::Canceled, Outcome::Cancelled, None),
        Leftover::Failed(error) if error.code == INTERRUPTED => {
            (DeviceJobStatus::Failed, Outcome::Interrupted, Some(error))
        }
        Leftover::Failed(error) => (DeviceJobStatus::Failed, Outcome::Failed, Some(error)),
    };
    let cause = match error {
        Some(error) => causes::of_error(transaction, error).await?,
        None => None,
    };
    // Where the hub was asked in vain, what it had begun ends too: whether those devices acted is not known.
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
        let was = Outcome::from_wire(&was).ok_or(StoreError::Damaged { column: "outcome" })?;
        let devices = columns::count(devices);
        *tally.outcomes.get_mut(was) -= devices;
        tally.add_many(outcome, status, devices);
        ended += devices;
    }
    Ok(ended)
}

/// Keeps what the hub says of the job on the hub. True when that is news.
async fn note_part(
    transaction: &mut Transaction<'static, Sqlite>,
    reading: &Reading<'_>,
    part: i64,
) -> Result<bool> {
    let job = reading.job;
    let status = match job.status {
        JobStatus::Unknown => return Ok(false),
        // It ends here when its results are here.
        status if status.is_terminal() => JobStatus::Running,
        status => status,
    };
    let changed = sqlx::query(
        "UPDATE job_parts SET phase = 'open', status = $3, start_time = coalesce($4, start_time), \
         read_up_to = coalesce($5, read_up_to) WHERE job_id = $1 AND part = $2 \
         AND (phase, status, start_time) IS NOT ('open', $3, coalesce($4, start_time)) \
         RETURNING part",
    )
    .bind(reading.job_id)
    .bind(part)
    .bind(status.as_str())
    .bind(job.start_time.map(Timestamp::ticks))
    .bind(reading.read_up_to.map(Timestamp::ticks))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(sql("record a part's state"))?;
    if changed.is_none() && reading.read_up_to.is_some() {
        sqlx::query("UPDATE job_parts SET read_up_to = $3 WHERE job_id = $1 AND part = $2")
            .bind(reading.job_id)
            .bind(part)
            .bind(reading.read_up_to.map(Timestamp::ticks))
            .execute(&mut **transaction)
            .await
            .map_err(sql("record a part's state"))?;
    }
    Ok(changed.is_some())
}

/// A part has come to its end.
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

/// Writes a job from its parts, under the next sequence number.
pub(super) async fn write_list(
    transaction: &mut Transaction<'static, Sqlite>,
    before: &JobSummary,
    tally: &Tally,
    as_of: Timestamp,
) -> Result<JobSummary> {
    let row = sqlx::query(
        "SELECT count(*) AS parts, count(*) FILTER (WHERE phase = 'settled') AS settled, \
         count(*) FILTER (WHERE status = 'cancelled') AS cancelled, \
         count(*) FILTER (WHERE status = 'failed') AS failed, \
         count(*) FILTER (WHERE status = 'running' OR (phase = 'settled' AND status <> 'cancelled')) AS begun, \
         count(*) FILTER (WHERE status = 'scheduled') AS scheduled, \
         min(start_time) FILTER (WHERE status <> 'cancelled') AS start_time, max(end_time) AS end_time, \
         min(failure_reason) AS reason FROM job_parts WHERE job_id = $1",
    )
    .bind(&before.job_id)
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql("read the parts of a job"))?;
    let number = |column| columns::get::<i64>(&row, column);
    let (parts, cancelled, failed) = (number("parts")?, number("cancelled")?, number("failed")?);
    let settled = number("settled")? == parts;
    let mut after = before.clone();
    after.start_time = columns::time(&row, "start_time")?.or(before.start_time);
    after.status = match () {
        () if settled && cancelled > 0 => JobStatus::Cancelled,
        () if settled && failed == parts => JobStatus::Failed,
        () if settled => JobStatus::Completed,
        () if number("begun")? > 0 => JobStatus::Running,
        () if number("scheduled")? > 0 => JobStatus::Scheduled,
        () => waiting(after.start_time, as_of),
    };
    after.end_time = if settled { columns::time(&row, "end_time")?.or(Some(as_of)) } else { None };
    let reason: Option<String> = row.try_get("reason").ok().flatten();
    after.failure_reason = reason.map(|reason| match failed {
        some if some > 0 && parts > 1 => format!("{some} of {parts} parts failed: {reason}"),
        _ => reason,
    });
    after.device_job_statistics = tally.statistics();
    after.outcomes = tally.outcomes;
    after.as_of = as_of;
    let sequence = Store::next_sequence(transaction).await?;
    after.sequence = columns::count(sequence);
    write_job(transaction, &after, tally, settled, None).await?;
    Ok(after)
}
