//! What became of cloud-to-device messages, for senders who asked to know: a queue that the service reads in batches,
//! each locked until it is deleted, given back, or its lock runs out.

use std::time::Duration;

use hub_wire::Timestamp;
use serde::Serialize;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::Store;
use crate::error::HubError;

/// How long a batch is its reader's.
const LOCK: Duration = Duration::from_mins(1);
/// How long feedback waits to be read.
const TIME_TO_LIVE: Duration = Duration::from_hours(1);
/// How often a record is handed out.
const MAX_DELIVERIES: u32 = 10;
/// Most records in a batch.
const BATCH: u32 = 64;

/// One message's end. Source: `iot-hub-devguide-messages-c2d.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackRecord {
    /// The message.
    pub original_message_id: String,
    /// When it ended.
    pub enqueued_time_utc: Timestamp,
    /// How.
    pub status_code: String,
    /// Likewise, for people.
    pub description: String,
    /// The device it was for.
    pub device_id: String,
    /// Tells devices of one name apart.
    pub device_generation_id: String,
}

/// A batch, locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackBatch {
    /// By which it is deleted or given back.
    pub lock_token: String,
    /// Oldest first, at least one.
    pub records: Vec<FeedbackRecord>,
}

impl Store {
    /// Locks the oldest records that nobody has; none when there are none.
    pub async fn lock_feedback(&self) -> Result<Option<FeedbackBatch>, HubError> {
        self.writer
            .write(|connection, now| {
                Box::pin(async move {
                    forget(connection, now).await?;
                    let lock_token = Uuid::new_v4().to_string();
                    let mut rows = sqlx::query(
                        "UPDATE c2d_feedback SET lock_token = ?1, locked_until = ?2, \
                         delivery_count = delivery_count + 1 WHERE id IN (SELECT id FROM c2d_feedback \
                         WHERE locked_until IS NULL OR locked_until <= ?3 ORDER BY id LIMIT ?4) \
                         RETURNING id, original_message_id, enqueued, status_code, device_id, device_generation_id",
                    )
                    .bind(&lock_token)
                    .bind(now.plus(LOCK).ticks())
                    .bind(now.ticks())
                    .bind(BATCH)
                    .fetch_all(connection)
                    .await?;
                    rows.sort_by_key(|row| row.get::<i64, _>(0));
                    let records = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
                    Ok((!records.is_empty()).then_some(FeedbackBatch { lock_token, records }))
                })
            })
            .await
    }

    /// The batch has been dealt with.
    pub async fn delete_feedback(&self, lock_token: &str) -> Result<(), HubError> {
        self.with_lock("DELETE FROM c2d_feedback WHERE lock_token = ? AND locked_until > ?", lock_token).await
    }

    /// The batch is given back, for the next who asks.
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

async fn forget(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), HubError> {
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

fn record(row: &SqliteRow) -> Result<FeedbackRecord, HubError> {
    let status_code: String = row.try_get(3)?;
    Ok(FeedbackRecord {
        original_message_id: row.try_get(1)?,
        enqueued_time_utc: Timestamp::from_ticks(row.try_get(2)?),
        description: status_code.clone(),
        status_code,
        device_id: row.try_get(4)?,
        device_generation_id: row.try_get(5)?,
    })
}
