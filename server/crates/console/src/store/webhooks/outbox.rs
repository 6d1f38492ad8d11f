//! Messages are written in the transaction that changes a job: a crash leaves both or neither.

use std::time::Duration;

use console_wire::{job::JobSummary, webhook::EventType};
use hub_wire::{Timestamp, job::JobStatus};
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::{
    StoreError,
    store::{
        Result, Store, columns,
        job_row::{self, JobRow},
        sql,
    },
    webhook_event::{self, JobEvent},
};

/// By how much the hub's clock may be behind ours.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

/// A message about no job.
#[derive(Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) event: EventType,
    /// The only webhook that gets it.
    pub(crate) webhook_id: u64,
    /// JSON.
    pub(crate) data: &'a str,
    pub(crate) now: Timestamp,
}

/// Writes the messages that a change of a job makes.
pub(in crate::store) async fn record_change(
    transaction: &mut Transaction<'static, Sqlite>,
    before: JobStatus,
    after: &JobSummary,
) -> Result<()> {
    for event in webhook_event::of_change(before, after.status) {
        record(transaction, event, after).await?;
    }
    Ok(())
}

/// Writes that a job runs, if it does. Called where a job is added, or accepted by the hub.
pub(in crate::store) async fn record_begun(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
) -> Result<()> {
    let text = format!("{} WHERE job_id = $1 AND status = 'running'", job_row::SELECT);
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(sql("read a job that has begun"))?;
    match row {
        Some(row) => record(transaction, EventType::JobStarted, &row.summary()?).await,
        None => Ok(()),
    }
}

/// A webhook gets no message about what happened before it was created: a new console reads the jobs of 30 days from the hub.
async fn record(
    transaction: &mut Transaction<'static, Sqlite>,
    event: EventType,
    job: &JobSummary,
) -> Result<()> {
    let attempt = "note a message about a job";
    let event_time = webhook_event::time(event, job);
    let is_wanted: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM webhooks, json_each(events) AS wanted \
         WHERE state = 'active' AND created_time <= $2 AND wanted.value = $1)",
    )
    .bind(event.as_str())
    .bind(event_time.plus(CLOCK_TOLERANCE).ticks())
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    if !is_wanted {
        return Ok(());
    }
    let message_id: Option<String> = sqlx::query_scalar(
        "INSERT INTO webhook_messages (message_id, event, job_id, event_time, data) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING RETURNING message_id",
    )
    .bind(new_id()?)
    .bind(event.as_str())
    .bind(&job.job_id)
    .bind(event_time.ticks())
    .bind(columns::json(&JobEvent::of(job)))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(sql(attempt))?;
    let Some(message_id) = message_id else { return Ok(()) };
    sqlx::query(
        "INSERT INTO webhook_deliveries (webhook_id, message_id, state, next_attempt) \
         SELECT webhook_id, $1, 'pending', $4 FROM webhooks, json_each(events) AS wanted \
         WHERE state = 'active' AND created_time <= $3 AND wanted.value = $2 ORDER BY webhook_id",
    )
    .bind(message_id)
    .bind(event.as_str())
    .bind(event_time.plus(CLOCK_TOLERANCE).ticks())
    .bind(job.as_of.ticks())
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql(attempt))
}

fn new_id() -> Result<String> {
    webhook_event::new_message_id().map_err(|_| StoreError::NoRandomness)
}

impl Store {
    /// Writes a message to one webhook. False when there is no such webhook, or it is not active.
    pub(crate) async fn insert_webhook_message(&self, message: NewMessage<'_>) -> Result<bool> {
        let attempt = "note a message";
        let message_id = new_id()?;
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "INSERT INTO webhook_messages (message_id, event, event_time, data) VALUES ($1, $2, $3, $4)",
        )
        .bind(&message_id)
        .bind(message.event.as_str())
        .bind(message.now.ticks())
        .bind(message.data)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let inserted = sqlx::query(
            "INSERT INTO webhook_deliveries (webhook_id, message_id, state, next_attempt) \
             SELECT webhook_id, $2, 'pending', $3 FROM webhooks WHERE webhook_id = $1 AND state = 'active'",
        )
        .bind(columns::stored(message.webhook_id))
        .bind(message_id)
        .bind(message.now.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if inserted.rows_affected() == 0 {
            // The transaction is dropped, and the message with it.
            return Ok(false);
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(true)
    }
}
