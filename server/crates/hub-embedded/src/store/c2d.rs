//! Cloud-to-device messages: queued, locked by connections, completed, expired.
//!
//! A message that is sent to a device is locked by its connection; it is unlocked when the connection ends or the lock
//! expires, and is sent again. Every outcome goes through [`end`], which writes the feedback and the device's count in the
//! same transaction.

use hub_wire::{DeviceId, Timestamp};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::Store;
use crate::{
    domain::c2d::{CloudToDeviceMessage, DeviceboundMessage, LOCK, MAX_DELIVERIES, MAX_QUEUE, Outcome},
    error::HubError,
};

impl Store {
    /// Queues a message. Refused when the device is unknown or its queue is full.
    pub async fn send_message(
        &self,
        device_id: &DeviceId,
        message: CloudToDeviceMessage,
    ) -> Result<(), HubError> {
        let bag = message.bag(device_id)?;
        let device_id = device_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    expire(connection, now, Some(&device_id)).await?;
                    let queued: Option<u64> =
                        sqlx::query_scalar("SELECT c2d_count FROM devices WHERE device_id = ?")
                            .bind(device_id.as_str())
                            .fetch_optional(&mut *connection)
                            .await?;
                    match queued {
                        None => return Err(HubError::DeviceNotFound(device_id)),
                        Some(MAX_QUEUE..) => return Err(HubError::QueueFull(device_id)),
                        Some(_) => {}
                    }
                    sqlx::query(
                        "INSERT INTO c2d_messages (device_id, message_id, ack, expires, bag, body) \
                         VALUES (?, ?, ?, ?, ?, ?)",
                    )
                    .bind(device_id.as_str())
                    .bind(&message.message_id)
                    .bind(message.ack.unwrap_or_default().as_str())
                    .bind(message.expires_at(now).ticks())
                    .bind(bag)
                    .bind(&message.body[..])
                    .execute(&mut *connection)
                    .await?;
                    recount(connection, &[device_id.as_str()]).await
                })
            })
            .await?;
        self.messages_changed.notify_one();
        Ok(())
    }

    /// Locks up to `most` messages for a connection, oldest first, until it completes them, it ends, or their lock expires.
    pub async fn lock_messages(
        &self,
        device_id: &DeviceId,
        owner: i64,
        most: u32,
    ) -> Result<Vec<DeviceboundMessage>, HubError> {
        // Nearly always there are none, and reading is cheap.
        let any: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM c2d_messages WHERE device_id = ? AND locked_by IS NULL LIMIT 1",
        )
        .bind(device_id.as_str())
        .fetch_optional(&self.readers)
        .await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let device_id = device_id.clone();
        let messages = self
            .writer
            .write(move |connection, now| {
                Box::pin(async move {
                    expire(connection, now, Some(&device_id)).await?;
                    let rows = sqlx::query(
                        "UPDATE c2d_messages SET locked_by = ?1, locked_until = ?2, \
                         delivery_count = delivery_count + 1 WHERE id IN (SELECT id FROM c2d_messages \
                         WHERE device_id = ?3 AND locked_by IS NULL ORDER BY id LIMIT ?4) RETURNING id, bag, body",
                    )
                    .bind(owner)
                    .bind(now.plus(LOCK).ticks())
                    .bind(device_id.as_str())
                    .bind(most)
                    .fetch_all(connection)
                    .await?;
                    let mut messages = Vec::with_capacity(rows.len());
                    for row in rows {
                        let body: Vec<u8> = row.try_get(2)?;
                        messages.push(DeviceboundMessage {
                            id: row.try_get(0)?,
                            bag: row.try_get(1)?,
                            payload: body.into(),
                        });
                    }
                    // RETURNING promises no order.
                    messages.sort_by_key(|message| message.id);
                    Ok(messages)
                })
            })
            .await?;
        self.messages_changed.notify_one();
        Ok(messages)
    }

    /// Completes a message that the device acknowledged. One that has ended already is skipped.
    pub async fn complete_message(&self, id: i64) -> Result<(), HubError> {
        self.writer
            .write(move |connection, now| {
                Box::pin(async move { end(connection, now, &[id], Outcome::Success).await.map(drop) })
            })
            .await
    }

    /// A connection has ended: unlocks the messages that it did not complete, or ends those with too many attempts. Returns
    /// whether any were unlocked.
    pub async fn release_messages(&self, device_id: &DeviceId, owner: i64) -> Result<bool, HubError> {
        let device_id = device_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    let held: Vec<i64> = sqlx::query_scalar(
                        "SELECT id FROM c2d_messages WHERE device_id = ? AND locked_by = ?",
                    )
                    .bind(device_id.as_str())
                    .bind(owner)
                    .fetch_all(&mut *connection)
                    .await?;
                    Ok(!free(connection, now, &held).await?.is_empty())
                })
            })
            .await
    }

    /// Empties a device's queue; returns how many messages there were.
    pub async fn purge_messages(&self, device_id: &DeviceId) -> Result<u64, HubError> {
        let device_id = device_id.clone();
        self.writer
            .write(move |connection, now| {
                Box::pin(async move {
                    let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM devices WHERE device_id = ?")
                        .bind(device_id.as_str())
                        .fetch_optional(&mut *connection)
                        .await?;
                    if known.is_none() {
                        return Err(HubError::DeviceNotFound(device_id));
                    }
                    expire(connection, now, Some(&device_id)).await?;
                    let queued: Vec<i64> =
                        sqlx::query_scalar("SELECT id FROM c2d_messages WHERE device_id = ?")
                            .bind(device_id.as_str())
                            .fetch_all(&mut *connection)
                            .await?;
                    end(connection, now, &queued, Outcome::Purged).await
                })
            })
            .await
    }

    /// Ends expired messages and unlocks those whose lock has expired. Returns the devices that have messages to be sent
    /// again.
    pub(crate) async fn sweep_messages(&self) -> Result<Vec<DeviceId>, HubError> {
        self.writer
            .write(|connection, now| {
                Box::pin(async move {
                    expire(connection, now, None).await?;
                    // A lock that ends later than one taken now was taken before the clock was set back.
                    let overdue: Vec<i64> = sqlx::query_scalar(
                        "SELECT id FROM c2d_messages WHERE locked_until <= ?1 OR locked_until > ?2",
                    )
                    .bind(now.ticks())
                    .bind(now.plus(LOCK).ticks())
                    .fetch_all(&mut *connection)
                    .await?;
                    free(connection, now, &overdue).await
                })
            })
            .await
    }

    /// When [`Store::sweep_messages`] is due next.
    pub(crate) async fn next_message_deadline(&self) -> Result<Option<Timestamp>, HubError> {
        let ticks: Option<i64> = sqlx::query_scalar(
            "SELECT min(at) FROM (SELECT min(expires) AS at FROM c2d_messages \
             UNION ALL SELECT min(locked_until) FROM c2d_messages WHERE locked_until IS NOT NULL)",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(ticks.map(Timestamp::from_ticks))
    }

    /// Returns when there may be an earlier deadline.
    pub(crate) async fn messages_changed(&self) {
        self.messages_changed.notified().await;
    }
}

/// After a start: connections of the last process are gone, and their numbers are reused.
pub(super) async fn unlock_all(connection: &mut SqliteConnection) -> Result<(), HubError> {
    sqlx::query("UPDATE c2d_messages SET locked_by = NULL, locked_until = NULL WHERE locked_by IS NOT NULL")
        .execute(connection)
        .await?;
    Ok(())
}

async fn expire(
    connection: &mut SqliteConnection,
    now: Timestamp,
    device_id: Option<&DeviceId>,
) -> Result<(), HubError> {
    let expired: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM c2d_messages WHERE expires <= ?1 AND device_id = coalesce(?2, device_id)",
    )
    .bind(now.ticks())
    .bind(device_id.map(DeviceId::as_str))
    .fetch_all(&mut *connection)
    .await?;
    end(connection, now, &expired, Outcome::Expired).await.map(drop)
}

/// Unlocks messages. Returns the devices of those that can be sent again.
async fn free(
    connection: &mut SqliteConnection,
    now: Timestamp,
    ids: &[i64],
) -> Result<Vec<DeviceId>, HubError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let exceeded: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM c2d_messages WHERE id IN (SELECT value FROM json_each(?1)) AND delivery_count >= ?2",
    )
    .bind(json!(ids).to_string())
    .bind(MAX_DELIVERIES)
    .fetch_all(&mut *connection)
    .await?;
    end(connection, now, &exceeded, Outcome::DeliveryCountExceeded).await?;
    let devices: Vec<String> = sqlx::query_scalar(
        "UPDATE c2d_messages SET locked_by = NULL, locked_until = NULL \
         WHERE id IN (SELECT value FROM json_each(?)) RETURNING device_id",
    )
    .bind(json!(ids).to_string())
    .fetch_all(connection)
    .await?;
    let mut devices = devices
        .into_iter()
        .map(|device_id| DeviceId::new(device_id).map_err(|error| HubError::damaged("device", error)))
        .collect::<Result<Vec<_>, _>>()?;
    devices.sort();
    devices.dedup();
    Ok(devices)
}

/// Removes messages from their queues, and writes the requested feedback. Returns how many there were.
async fn end(
    connection: &mut SqliteConnection,
    now: Timestamp,
    ids: &[i64],
    outcome: Outcome,
) -> Result<u64, HubError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let ids = json!(ids).to_string();
    let [one, other] = outcome.notified_acks();
    sqlx::query(
        "INSERT INTO c2d_feedback (original_message_id, enqueued, status_code, device_id, device_generation_id) \
         SELECT m.message_id, ?2, ?3, d.device_id, d.generation_id \
         FROM c2d_messages m JOIN devices d ON d.device_id = m.device_id \
         WHERE m.id IN (SELECT value FROM json_each(?1)) AND m.ack IN (?4, ?5) ORDER BY m.id",
    )
    .bind(&ids)
    .bind(now.ticks())
    .bind(outcome.as_str())
    .bind(one.as_str())
    .bind(other.as_str())
    .execute(&mut *connection)
    .await?;
    let devices: Vec<String> = sqlx::query_scalar(
        "DELETE FROM c2d_messages WHERE id IN (SELECT value FROM json_each(?)) RETURNING device_id",
    )
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await?;
    let ended = u64::try_from(devices.len()).unwrap_or(u64::MAX);
    recount(connection, &devices).await?;
    Ok(ended)
}

async fn recount(connection: &mut SqliteConnection, devices: &[impl AsRef<str>]) -> Result<(), HubError> {
    let devices: Vec<&str> = devices.iter().map(AsRef::as_ref).collect();
    sqlx::query(
        "UPDATE devices SET c2d_count = (SELECT count(*) FROM c2d_messages m WHERE m.device_id = devices.device_id) \
         WHERE device_id IN (SELECT value FROM json_each(?))",
    )
    .bind(json!(devices).to_string())
    .execute(connection)
    .await?;
    Ok(())
}
