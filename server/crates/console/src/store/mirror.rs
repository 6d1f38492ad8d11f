//! Writing what the hub says of a job: its state, changed device results and counters, in one transaction.
//!
//! Counters are never counted again: each changed row takes one off its old state and adds one to its new one, in the
//! transaction that writes the row. So they agree with the rows at every instant, at a cost that depends on what
//! changed and not on the size of the job. Devices that wait may have no row yet; they are counted all the same, as many
//! as the hub says.

use console_wire::{
    job::{JobSummary, Origin},
    outcome::Outcomes,
};
use hub_wire::{
    Timestamp,
    device_job::DeviceJob,
    job::{DeviceJobStatistics, Job, JobStatus},
};
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::{
    Result, Store,
    columns::{self, Tally},
    mirror_rows::write_rows,
    sql,
};

/// What was read from the hub at about the same time, the job first.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// The job here.
    pub(crate) job_id: &'a str,
    /// Which part of it the hub's job is; none when it is all of it.
    pub(crate) part: Option<i64>,
    /// The job on the hub.
    pub(crate) job: &'a Job,
    pub(crate) rows: &'a [DeviceJob],
    /// All that changed before this has been read.
    pub(crate) read_up_to: Option<Timestamp>,
    pub(crate) ending: Ending<'a>,
    pub(crate) as_of: Timestamp,
}

/// When a job that has ended on the hub ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending<'a> {
    /// Not with this reading: more rows follow.
    NotYet,
    /// Once the rows agree with the hub's counts.
    WhenAgreed,
    /// Now, with a remark: they do not agree and will not.
    Regardless(&'a str),
}

/// What writing a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Whether anything that is shown changed.
    pub(crate) changed: bool,
    /// Whether nothing is to be watched any more.
    pub(crate) settled: bool,
    /// As shown before.
    pub(crate) status_before: JobStatus,
    /// As shown now.
    pub(crate) status: JobStatus,
    /// As shown now.
    pub(crate) statistics: DeviceJobStatistics,
    /// As shown now.
    pub(crate) outcomes: Outcomes,
}

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
        let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", columns::JOB);
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(reading.job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let Some(row) = row else { return Ok(None) };
        let before = columns::summary(&row)?;
        let mut tally = columns::tally(&row)?;
        if columns::get::<&str>(&row, "phase")? == "settled" {
            return Ok(Some(applied(false, true, &before, &before)));
        }
        let rows_changed = write_rows(&mut transaction, reading, &mut tally).await?;
        tally.count_unlisted(unlisted(&tally, reading));
        let (mut after, settled) = merge(&before, &tally, reading);
        let changed = rows_changed || after != before || settled;
        if changed {
            let sequence = Self::next_sequence(&mut transaction).await?;
            after.sequence = columns::count(sequence);
            after.as_of = reading.as_of;
            write_job(&mut transaction, &after, &tally, settled, reading.read_up_to).await?;
            self.commit(transaction, sequence, attempt).await?;
        }
        Ok(Some(applied(changed, settled, &before, &after)))
    }
}

pub(super) fn applied(changed: bool, settled: bool, before: &JobSummary, after: &JobSummary) -> Applied {
    Applied {
        changed,
        settled,
        status_before: before.status,
        status: after.status,
        statistics: after.device_job_statistics,
        outcomes: after.outcomes,
    }
}

/// What a job is until its hub has begun with it. A hub calls every new job `queued`, and one that waits for its start
/// `scheduled` only some seconds later; here it is among the scheduled ones from the beginning.
pub(super) fn waiting(start: Option<Timestamp>, now: Timestamp) -> JobStatus {
    if start.is_some_and(|start| start > now) { JobStatus::Scheduled } else { JobStatus::Queued }
}

/// Devices of which the hub has spoken only by counting them.
fn unlisted(tally: &Tally, reading: &Reading<'_>) -> u64 {
    match (reading.ending, &reading.job.device_job_statistics) {
        // What the hub never listed will not come any more.
        (Ending::Regardless(_), _) => 0,
        (_, Some(hub)) => hub.device_count.saturating_sub(tally.listed()),
        (_, None) => tally.unlisted,
    }
}

/// The job as it is shown from now on, and whether that is its last word.
fn merge(before: &JobSummary, tally: &Tally, reading: &Reading<'_>) -> (JobSummary, bool) {
    let job = reading.job;
    let statistics = tally.statistics();
    let agrees = job.device_job_statistics.is_none_or(|hub| hub == statistics)
        && statistics.pending_count + statistics.running_count == 0;
    let (settled, remark) = match reading.ending {
        _ if !job.status.is_terminal() => (false, None),
        Ending::NotYet => (false, None),
        Ending::WhenAgreed => (agrees, None),
        Ending::Regardless(remark) => (true, Some(remark)),
    };
    let mut after = before.clone();
    after.status = match job.status {
        // The hub knows the job, or it would not be read here; its word for the status is newer than ours.
        JobStatus::Unknown => before.status,
        JobStatus::Queued => waiting(before.start_time, reading.as_of),
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
    (after, settled)
}

pub(super) async fn write_job(
    transaction: &mut Transaction<'static, Sqlite>,
    job: &JobSummary,
    tally: &Tally,
    settled: bool,
    read_up_to: Option<Timestamp>,
) -> Result<()> {
    let outcomes = &tally.outcomes;
    sqlx::query(
        "UPDATE jobs SET phase = $2, status = $3, cloud_to_device_method = $4, update_twin = $5, created_time = $6, \
         start_time = $7, end_time = $8, max_execution_time = $9, failure_reason = $10, queued = $11, \
         in_flight = $12, succeeded = $13, failed = $14, timed_out = $15, not_online = $16, interrupted = $17, \
         cancelled = $18, answered_badly = $19, read_up_to = coalesce($20, read_up_to), sequence = $21, \
         as_of = $22, unlisted = $23 WHERE job_id = $1",
    )
    .bind(&job.job_id)
    .bind(if settled { "settled" } else { "open" })
    .bind(job.status.as_str())
    .bind(job.cloud_to_device_method.as_ref().map(columns::json))
    .bind(job.update_twin.as_ref().map(columns::json))
    .bind(job.created_time.ticks())
    .bind(job.start_time.map(Timestamp::ticks))
    .bind(job.end_time.map(Timestamp::ticks))
    .bind(job.max_execution_time_in_seconds.map(i64::from))
    .bind(&job.failure_reason)
    .bind(columns::stored(outcomes.queued))
    .bind(columns::stored(outcomes.in_flight))
    .bind(columns::stored(outcomes.succeeded))
    .bind(columns::stored(outcomes.failed))
    .bind(columns::stored(outcomes.timed_out))
    .bind(columns::stored(outcomes.not_online))
    .bind(columns::stored(outcomes.interrupted))
    .bind(columns::stored(outcomes.cancelled))
    .bind(columns::stored(tally.answered_badly))
    .bind(read_up_to.map(Timestamp::ticks))
    .bind(columns::stored(job.sequence))
    .bind(job.as_of.ticks())
    .bind(columns::stored(tally.unlisted))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("record a job's state"))
}
