//! Writing what the hub reports of a part: its state, changed device results, and the job's counters.

use console_wire::outcome::INTERRUPTED;
use hub_wire::{
    Timestamp,
    device_job::{DeviceJobError, DeviceJobStatus},
    error::ErrorCode,
    job::{DeviceJobStatistics, JobStatus},
};
use sqlx::{Sqlite, Transaction};

use super::{
    aggregate::{open_job, write_aggregate},
    end_part::{UnreportedEnd, end_unreported, settle_part},
};
use crate::store::{
    Result, Store, columns,
    reading::{Applied, Reading, Settle},
    sql,
    sync_rows::write_rows,
};

impl Store {
    /// Writes a reading of a part. `None` when the job is not mirrored, or has ended.
    pub(in crate::store) async fn apply_part(
        &self,
        reading: &Reading<'_>,
        part: i64,
    ) -> Result<Option<Applied>> {
        let attempt = "record results of a part";
        let mut transaction = self.begin(attempt).await?;
        let Some((before, mut tally)) = open_job(&mut transaction, reading.job_id).await? else {
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
            return Ok(Some(Applied::new(false, true, &before, &before)));
        }
        let written = write_rows(&mut transaction, reading, &mut tally).await?;
        let statistics = statistics(&mut *transaction, reading.job_id, part).await?;
        let settled = is_settled(reading, &statistics);
        let part_changed = update_part(&mut transaction, reading, part).await?;
        if settled {
            let unreported = unreported_end(reading, before.scope.as_deref());
            let at = reading.job.ended().unwrap_or(reading.as_of);
            end_unreported(&mut transaction, reading.job_id, part, &unreported, at, &mut tally).await?;
            let reason = reading.job.failure_reason.as_deref().or(remark(reading));
            let status =
                if reading.job.status.is_terminal() { reading.job.status } else { JobStatus::Failed };
            settle_part(&mut transaction, reading.job_id, part, status, reading.job.ended(), reason).await?;
        }
        let changed = written.any || part_changed || settled;
        let mut after = before.clone();
        if changed {
            after = write_aggregate(&mut transaction, &before, &tally, reading.as_of).await?;
            self.commit(transaction, columns::stored(after.sequence), attempt).await?;
        }
        let mut applied = Applied::new(changed, settled, &before, &after);
        applied.statistics = statistics;
        applied.oldest_change = written.oldest;
        Ok(Some(applied))
    }

    /// The hub's five counts of a part, over the devices that the hub has reported.
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
        match columns::wire(&status, "status")? {
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
    match reading.settle {
        Settle::Now(_) => true,
        Settle::WhenCountsAgree => reading.job.status.is_terminal() && agrees,
        Settle::Later => false,
    }
}

fn remark<'a>(reading: &Reading<'a>) -> Option<&'a str> {
    if let Settle::Now(remark) = reading.settle { Some(remark) } else { None }
}

/// How devices end that the hub has not reported. `scope` is that of the job.
fn unreported_end(reading: &Reading<'_>, scope: Option<&str>) -> UnreportedEnd {
    let error = |code: &str, description: &str| {
        UnreportedEnd::Failed(DeviceJobError { code: code.to_owned(), description: description.to_owned() })
    };
    match (reading.settle, reading.job.status) {
        (Settle::Now(remark), _) => error(INTERRUPTED, remark),
        (_, JobStatus::Cancelled) => UnreportedEnd::Cancelled,
        (_, JobStatus::Failed) => {
            let reason = reading.job.failure_reason.as_deref();
            error("JobFailed", reason.unwrap_or("The hub could not run the job and does not say why."))
        }
        _ => {
            let description = match scope {
                Some(scope) => &format!(
                    "The hub did not know this device when the job began, or it was outside the scope {scope}."
                ),
                None => "The hub did not know this device when the job began.",
            };
            error(ErrorCode::DeviceNotFound.name(), description)
        }
    }
}

/// Writes what the hub reports of a part. True when it changed.
async fn update_part(
    transaction: &mut Transaction<'static, Sqlite>,
    reading: &Reading<'_>,
    part: i64,
) -> Result<bool> {
    let job = reading.job;
    let status = match job.status {
        JobStatus::Unknown => return Ok(false),
        // It is settled here when its results are here.
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
