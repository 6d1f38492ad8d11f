//! What all parts together make of their job: status, times and counters.

use console_wire::job::JobSummary;
use hub_wire::{Timestamp, job::JobStatus};
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::store::{
    Result, Store, columns,
    job_row::{self, JobRow},
    reading::waiting_status,
    sql,
    tally::Tally,
    write_job::write_job,
};

/// How many parts of a job are in each state, and what they have in common.
#[derive(Debug, sqlx::FromRow)]
struct PartCounts {
    parts: i64,
    settled: i64,
    cancelled: i64,
    failed: i64,
    begun: i64,
    scheduled: i64,
    start_time: Option<i64>,
    end_time: Option<i64>,
    reason: Option<String>,
}

/// A job that may still change, and its counters.
pub(super) async fn open_job(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
) -> Result<Option<(JobSummary, Tally)>> {
    let text = format!("{} WHERE job_id = $1 AND phase = 'open'", job_row::SELECT);
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(sql("read a job with parts"))?;
    let Some(row) = row else { return Ok(None) };
    let tally = row.tally();
    Ok(Some((row.summary()?, tally)))
}

/// Writes a job from its parts, under the next sequence number.
pub(super) async fn write_aggregate(
    transaction: &mut Transaction<'static, Sqlite>,
    before: &JobSummary,
    tally: &Tally,
    as_of: Timestamp,
) -> Result<JobSummary> {
    let counts: PartCounts = sqlx::query_as(
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
    let settled = counts.settled == counts.parts;
    let mut after = before.clone();
    after.start_time = counts.start_time.map(Timestamp::from_ticks).or(before.start_time);
    after.status = match () {
        () if settled && counts.cancelled > 0 => JobStatus::Cancelled,
        () if settled && counts.failed == counts.parts => JobStatus::Failed,
        () if settled => JobStatus::Completed,
        () if counts.begun > 0 => JobStatus::Running,
        () if counts.scheduled > 0 => JobStatus::Scheduled,
        () => waiting_status(after.start_time, as_of),
    };
    after.end_time = settled.then(|| counts.end_time.map_or(as_of, Timestamp::from_ticks));
    after.failure_reason = counts.reason.map(|reason| match (counts.failed, counts.parts) {
        (failed, parts) if failed > 0 && parts > 1 => format!("{failed} of {parts} parts failed: {reason}"),
        _ => reason,
    });
    after.device_job_statistics = tally.statistics();
    after.outcomes = tally.outcomes;
    after.last_sent_time = tally.last_sent;
    after.as_of = as_of;
    let sequence = Store::next_sequence(transaction).await?;
    after.sequence = columns::count(sequence);
    write_job(transaction, before, &after, tally, settled, None).await?;
    Ok(after)
}
