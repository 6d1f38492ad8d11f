//! Writing what the hub reports of a job: its state, changed device results and counters, in one transaction.
//!
//! Counters are not recomputed: each changed row takes one off its old state and adds one to its new one, in the
//! transaction that writes the row. So they agree with the rows at every instant, at a cost that depends on what
//! changed and not on the size of the job. Waiting devices may have no row yet; they are counted as the hub counts them.

use console_wire::job::{JobSummary, Origin};
use hub_wire::job::JobStatus;
use sqlx::AssertSqlSafe;

use super::{
    Result, Store, columns,
    job_row::{self, JobRow},
    reading::{Applied, Reading, Settle, waiting_status},
    sql,
    sync_rows::write_rows,
    tally::Tally,
    write_job::write_job,
};

impl Store {
    /// Writes a reading. `None` when the job is not mirrored. A settled job stays as it is.
    pub(crate) async fn apply(&self, reading: &Reading<'_>) -> Result<Option<Applied>> {
        match reading.part {
            None => self.apply_whole(reading).await,
            Some(part) => self.apply_part(reading, part).await,
        }
    }

    async fn apply_whole(&self, reading: &Reading<'_>) -> Result<Option<Applied>> {
        let attempt = "record results";
        let mut transaction = self.begin(attempt).await?;
        let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", job_row::SELECT);
        let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(reading.job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let Some(row) = row else { return Ok(None) };
        let (mut tally, is_settled) = (row.tally(), row.is_settled());
        let before = row.summary()?;
        if is_settled {
            return Ok(Some(Applied::new(false, true, &before, &before)));
        }
        let written = write_rows(&mut transaction, reading, &mut tally).await?;
        tally.set_unfetched(unfetched(&tally, reading));
        let (mut after, settled) = merge(&before, &tally, reading);
        let changed = written.any || after != before || settled;
        if changed {
            let sequence = Self::next_sequence(&mut transaction).await?;
            after.sequence = columns::count(sequence);
            after.as_of = reading.as_of;
            write_job(&mut transaction, &before, &after, &tally, settled, reading.read_up_to).await?;
            self.commit(transaction, sequence, attempt).await?;
        }
        let applied = Applied::new(changed, settled, &before, &after);
        Ok(Some(Applied { oldest_change: written.oldest, ..applied }))
    }
}

/// Devices that the hub counts and has not listed.
fn unfetched(tally: &Tally, reading: &Reading<'_>) -> u64 {
    match (reading.settle, &reading.job.device_job_statistics) {
        // What the hub has not listed will not come any more.
        (Settle::Now(_), _) => 0,
        (_, Some(hub)) => hub.device_count.saturating_sub(tally.fetched()),
        (_, None) => tally.unfetched,
    }
}

/// The job as it is shown from now on, and whether it is settled.
fn merge(before: &JobSummary, tally: &Tally, reading: &Reading<'_>) -> (JobSummary, bool) {
    let job = reading.job;
    let statistics = tally.statistics();
    let agrees = job.device_job_statistics.is_none_or(|hub| hub == statistics)
        && statistics.pending_count + statistics.running_count == 0;
    let (settled, remark) = match reading.settle {
        _ if !job.status.is_terminal() => (false, None),
        Settle::Later => (false, None),
        Settle::WhenCountsAgree => (agrees, None),
        Settle::Now(remark) => (true, Some(remark)),
    };
    let mut after = before.clone();
    after.status = match job.status {
        // The hub knows the job, or it would not be read here; its status is newer than our crate.
        JobStatus::Unknown => before.status,
        JobStatus::Queued => waiting_status(before.start_time, reading.as_of),
        status if status.is_terminal() && !settled => JobStatus::Running,
        status => status,
    };
    after.created_time = job.created_time.unwrap_or(before.created_time);
    after.start_time = job.start_time.or(before.start_time);
    after.end_time = if settled { job.ended() } else { None };
    after.max_execution_time_in_seconds =
        job.max_execution_time_in_seconds.or(before.max_execution_time_in_seconds);
    if before.origin == Origin::Hub {
        // Our own definition is kept as it was sent: hubs were seen to echo payloads as bytes.
        after.cloud_to_device_method.clone_from(&job.cloud_to_device_method);
        after.update_twin.clone_from(&job.update_twin);
    }
    let reason = job.failure_reason.as_deref().or(job.status_message.as_deref()).or(remark);
    after.failure_reason = reason.filter(|text| !text.is_empty()).map(str::to_owned);
    after.device_job_statistics = statistics;
    after.outcomes = tally.outcomes;
    after.last_sent_time = tally.last_sent;
    (after, settled)
}
