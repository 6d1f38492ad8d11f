//! Writing a job's state and counters.

use console_wire::{access::PersonRef, job::JobSummary};
use hub_wire::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::{Result, Store, columns, sql, tally::Tally, webhooks};

impl Store {
    /// Notes who cancelled a job. The first one stays: of a job of several parts more can be cancelled later.
    pub(crate) async fn set_cancelled_by(&self, job_id: &str, person: &PersonRef) -> Result<()> {
        let attempt = "note who cancelled a job";
        let mut transaction = self.begin(attempt).await?;
        let sequence = Self::next_sequence(&mut transaction).await?;
        sqlx::query(
            "UPDATE jobs SET cancelled_by = $2, sequence = $3 WHERE job_id = $1 AND cancelled_by IS NULL",
        )
        .bind(job_id)
        .bind(columns::json(person))
        .bind(sequence)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        self.commit(transaction, sequence, attempt).await
    }

    /// Notes why the console cancelled a job by itself.
    pub(crate) async fn set_cancel_reason(&self, job_id: &str, reason: &str) -> Result<()> {
        let attempt = "note why a job was cancelled";
        let mut transaction = self.begin(attempt).await?;
        let sequence = Self::next_sequence(&mut transaction).await?;
        sqlx::query("UPDATE jobs SET cancel_reason = $2, sequence = $3 WHERE job_id = $1")
            .bind(job_id)
            .bind(reason)
            .bind(sequence)
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        self.commit(transaction, sequence, attempt).await
    }
}

/// Writes a job that was as `before`, and the messages to webhooks that the change makes.
pub(super) async fn write_job(
    transaction: &mut Transaction<'static, Sqlite>,
    before: &JobSummary,
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
         cancelled = $18, error_responses = $19, read_up_to = coalesce($20, read_up_to), sequence = $21, \
         as_of = $22, unfetched = $23, last_sent = $24 WHERE job_id = $1",
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
    .bind(columns::stored(tally.error_responses))
    .bind(read_up_to.map(Timestamp::ticks))
    .bind(columns::stored(job.sequence))
    .bind(job.as_of.ticks())
    .bind(columns::stored(tally.unfetched))
    .bind(tally.last_sent.map(Timestamp::ticks))
    .execute(&mut **transaction)
    .await
    .map_err(sql("record a job's state"))?;
    webhooks::record_change(transaction, before.status, job).await
}
