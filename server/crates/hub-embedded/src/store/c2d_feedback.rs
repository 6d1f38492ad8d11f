//! Feedback on cloud-to-device messages, for senders that requested it: a queue that the service reads in batches, each
//! locked until it is deleted, abandoned, or its lock expires.

use std::time::Duration;

use hub_wire::Timestamp;
use serde::Serialize;
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;

use super::Store;
use crate::error::HubError;

/// How long a batch is locked for its reader.
const LOCK: Duration = Duration::from_mins(1);
/// How long unread feedback is kept.
const TIME_TO_LIVE: Duration = Duration::from_hours(1);
/// How often a record is delivered.
const MAX_DELIVERIES: u32 = 10;
/// Most records in a batch.
const BATCH: u32 = 64;

/// A message's outcome. Source: `iot-hub-devguide-messages-c2d.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackRecord {
    /// The message.
    pub original_message_id: String,
    /// When it ended.
    pub enqueued_time_utc: Timestamp,
    /// Its outcome.
    pub status_code: String,
    /// The outcome as text.
    pub description: String,
    /// The device it was for.
    pub device_id: String,
    /// Distinguishes devices that had the same id.
    pub device_generation_id: String,
}

/// A locked batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackBatch {
    /// Identifies the batch in delete and abandon.
    pub lock_token: String,
    /// Oldest first, at least one.
    pub records: Vec<FeedbackRecord>,
}

impl Store {
    /// Locks the oldest unlocked records; none when there are none.
    pub async fn lock_feedback(&self) -> Result<Option<FeedbackBatch>, HubError> {
        self.writer
            .write(|connection, now| {
                Box::pin(async move {
                    purge(connection, now).await?;
                    let lock_token = Uuid::new_v4().to_string();
                    let mut rows: Vec<FeedbackRow> = sqlx::query_as(
                        "UPDATE c2d_feedback SET lock_token = ?1, locked_until = ?2, \
                         delivery_count = delivery_count + 1 WHERE id IN (SELECT id FROM c2d_feedback \
                         WHERE locked_until IS NULL OR locked_until <= ?3 OR locked_until > ?2 ORDER BY id LIMIT ?4) \
                         RETURNING id, original_message_id, enqueued, status_code, device_id, device_generation_id",
                    )
                    .bind(&lock_token)
                    .bind(now.plus(LOCK).ticks())
                    .bind(now.ticks())
                    .bind(BATCH)
                    .fetch_all(connection)
                    .await?;
                    rows.sort_by_key(|row| row.id);
                    let records: Vec<_> = rows.into_iter().map(FeedbackRow::into_record).collect();
                    Ok((!records.is_empty()).then_some(FeedbackBatch { lock_token, records }))
                })
            })
            .await
    }

    /// Deletes a batch.
    pub async fn delete_feedback(&self, lock_token: &str) -> Result<(), HubError> {
        self.with_lock("DELETE FROM c2d_feedback WHERE lock_token = ? AND locked_until > ?", lock_token).await
    }

    /// Unlocks a batch for the next reader.
    pub async fn abandon_feedback(&self, lock_token: &str) -> Result<(), HubError> {
        let statement = "UPDATE c2d_feedback SET lock_token = NULL, locked_until = NULL \
                         WHERE lock_token = ? AND locked_until > ?";
        self.with_lock(statement, lock_token).await
    }

    async fn with_lock(&self, statement: &'static str, lock_token: &str) -> Result<(), HubError> {
        let lock_token = lock_token.to_owned();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    let done =
                        sqlx::query(statement).bind(lock_token).bind(now.ticks()).execute(connection).await?;
                    if done.rows_affected() == 0 { Err(HubError::LockLost) } else { Ok(()) }
                })
            })
            .await
    }
}

async fn purge(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), HubError> {
    let oldest = now.ticks() - i64::try_from(TIME_TO_LIVE.as_nanos() / 100).unwrap_or(i64::MAX);
    sqlx::query(
        "DELETE FROM c2d_feedback WHERE enqueued <= ?1 \
         OR (delivery_count >= ?2 AND (locked_until IS NULL OR locked_until <= ?3))",
    )
    .bind(oldest)
    .bind(MAX_DELIVERIES)
    .bind(now.ticks())
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct FeedbackRow {
    id: i64,
    original_message_id: String,
    enqueued: i64,
    status_code: String,
    device_id: String,
    device_generation_id: String,
}

impl FeedbackRow {
    fn into_record(self) -> FeedbackRecord {
        FeedbackRecord {
            original_message_id: self.original_message_id,
            enqueued_time_utc: Timestamp::from_ticks(self.enqueued),
            description: self.status_code.clone(),
            status_code: self.status_code,
            device_id: self.device_id,
            device_generation_id: self.device_generation_id,
        }
    }
}
