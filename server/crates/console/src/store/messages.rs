//! Messages to single devices: written before they are sent, moved on by the hub's answer and its feedback, the oldest
//! removed.

use std::time::Duration;

use console_wire::{
    device_call::Requester,
    message::{DeviceMessage, KEPT_DAYS, MAX_KEPT, MessageState},
};
use hub_wire::{DeviceId, Timestamp, device_job::DeviceJobError};

use super::{Result, Store, columns, sql};
use crate::{StoreError, clock::earlier};

/// Messages that are kept of all devices together: with bodies of the largest size, some 600 MB.
const MAX_OF_ALL: i64 = 10_000;
const COLUMNS: &str = "number, message_id, device_id, body, content_type, properties, origin, requested_by, requested_time, \
    expiry_time, state, state_time, error_code, error_description";

/// A page of messages.
#[derive(Debug)]
pub(crate) struct MessageRows {
    /// Newest first.
    pub(crate) items: Vec<DeviceMessage>,
    /// The number of the last one.
    pub(crate) last: Option<i64>,
}

/// How a message moves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageChange {
    pub(crate) state: MessageState,
    pub(crate) at: Timestamp,
    pub(crate) error: Option<DeviceJobError>,
}

impl Store {
    /// Writes down a message that is about to be sent, and removes those beyond what is kept.
    pub(crate) async fn insert_message(&self, message: &DeviceMessage, requester: &Requester) -> Result<()> {
        let attempt = "write down a message before it is sent";
        let mut transaction = self.begin(attempt).await?;
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO device_messages (message_id, device_id, body, content_type, properties, origin, requested_by, \
             requested_time, expiry_time, state, state_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8) \
             RETURNING number",
        )
        .bind(&message.message_id)
        .bind(message.device_id.as_str())
        .bind(&message.body)
        .bind(&message.content_type)
        .bind(columns::json(&message.properties))
        .bind(requester.origin.as_str())
        .bind(&requester.user)
        .bind(message.requested_time_utc.ticks())
        .bind(message.expiry_time_utc.ticks())
        .bind(message.state.as_str())
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        // One that is open stays: its end is still to be written. The hub has at most 50 of a device.
        sqlx::query(
            "DELETE FROM device_messages WHERE state NOT IN ('sending', 'pending') AND (number <= $1 OR number IN \
             (SELECT number FROM device_messages WHERE device_id = $2 ORDER BY number DESC LIMIT -1 OFFSET $3))",
        )
        .bind(number - MAX_OF_ALL)
        .bind(message.device_id.as_str())
        .bind(i64::from(MAX_KEPT))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// Moves a message on, if it is still in one of these states. Whether it was.
    pub(crate) async fn move_message(
        &self,
        message_id: &str,
        from: &[MessageState],
        to: &MessageChange,
    ) -> Result<bool> {
        let attempt = "write down what became of a message";
        let from: Vec<_> = from.iter().map(|state| state.as_str()).collect();
        let mut transaction = self.begin(attempt).await?;
        let moved = sqlx::query(
            "UPDATE device_messages SET state = $2, state_time = $3, error_code = $4, error_description = $5 \
             WHERE message_id = $1 AND state IN (SELECT value FROM json_each($6))",
        )
        .bind(message_id)
        .bind(to.state.as_str())
        .bind(to.at.ticks())
        .bind(to.error.as_ref().map(|error| &error.code))
        .bind(to.error.as_ref().map(|error| &error.description))
        .bind(columns::json(&from))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(moved.rows_affected() > 0)
    }

    /// Ends the open messages in a state whose expiry is before a time: nothing more is heard of them. The expiry of one that
    /// was being sent when the console stopped does not matter.
    pub(crate) async fn give_up_messages(
        &self,
        state: MessageState,
        expired_before: Timestamp,
        to: &MessageChange,
    ) -> Result<u64> {
        let attempt = "give up messages";
        let mut transaction = self.begin(attempt).await?;
        let moved = sqlx::query(
            "UPDATE device_messages SET state = $3, state_time = $4, error_code = $5, error_description = $6 \
             WHERE state = $1 AND expiry_time < $2",
        )
        .bind(state.as_str())
        .bind(expired_before.ticks())
        .bind(to.state.as_str())
        .bind(to.at.ticks())
        .bind(to.error.as_ref().map(|error| &error.code))
        .bind(to.error.as_ref().map(|error| &error.description))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(moved.rows_affected())
    }

    /// Whether the hub still has to say what became of a message.
    pub(crate) async fn has_pending_message(&self) -> Result<bool> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM device_messages WHERE state = 'pending' LIMIT 1")
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("look for messages without feedback"))?;
        Ok(found.is_some())
    }

    /// Whether a message is one of this console's.
    pub(crate) async fn knows_message(&self, message_id: &str) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM device_messages WHERE message_id = $1")
            .bind(message_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("look for a message"))?;
        Ok(found.is_some())
    }

    /// At most `limit` messages of a device before a number, newest first.
    pub(crate) async fn device_messages(
        &self,
        device_id: &DeviceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<MessageRows> {
        let text = format!(
            "SELECT {COLUMNS} FROM device_messages WHERE device_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        );
        let rows: Vec<MessageRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(device_id.as_str())
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list a device's messages"))?;
        let last = rows.last().map(|row| row.number);
        Ok(MessageRows { items: rows.into_iter().map(MessageRow::message).collect::<Result<_>>()?, last })
    }

    /// One message of a device.
    pub(crate) async fn device_message(
        &self,
        device_id: &DeviceId,
        message_id: &str,
    ) -> Result<Option<DeviceMessage>> {
        let text = format!("SELECT {COLUMNS} FROM device_messages WHERE message_id = $1 AND device_id = $2");
        let row: Option<MessageRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(message_id)
            .bind(device_id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a message"))?;
        row.map(MessageRow::message).transpose()
    }

    /// Deletes at most `limit` messages that were sent before a time and have ended. Returns how many.
    pub(crate) async fn delete_messages_before(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let attempt = "delete old messages";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query(
            "DELETE FROM device_messages WHERE number IN (SELECT number FROM device_messages \
             WHERE requested_time < $1 AND state NOT IN ('sending', 'pending') LIMIT $2)",
        )
        .bind(before.ticks())
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected())
    }

    /// Deletes messages that are older than messages are kept.
    pub(crate) async fn delete_old_messages(&self, now: Timestamp) -> Result<()> {
        let before = earlier(now, Duration::from_hours(24) * KEPT_DAYS);
        while self.delete_messages_before(before, 1000).await? > 0 {}
        Ok(())
    }
}

/// A row of the table.
#[derive(Debug, sqlx::FromRow)]
struct MessageRow {
    number: i64,
    message_id: String,
    device_id: String,
    body: String,
    content_type: String,
    properties: String,
    origin: String,
    requested_by: Option<String>,
    requested_time: i64,
    expiry_time: i64,
    state: String,
    state_time: i64,
    error_code: Option<String>,
    error_description: Option<String>,
}

impl MessageRow {
    fn message(self) -> Result<DeviceMessage> {
        Ok(DeviceMessage {
            message_id: self.message_id,
            device_id: DeviceId::new(self.device_id)
                .map_err(|_| StoreError::Damaged { column: "device_id" })?,
            body: self.body,
            content_type: self.content_type,
            properties: columns::from_json(&self.properties, "properties")?,
            requested_time_utc: Timestamp::from_ticks(self.requested_time),
            expiry_time_utc: Timestamp::from_ticks(self.expiry_time),
            origin: columns::wire(&self.origin, "origin")?,
            requested_by: self.requested_by,
            state: columns::wire(&self.state, "state")?,
            state_time_utc: Timestamp::from_ticks(self.state_time),
            error: self
                .error_code
                .map(|code| DeviceJobError { code, description: self.error_description.unwrap_or_default() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use console_wire::device_call::CallOrigin;

    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    async fn insert(store: &Store, device: &str, number: u32, requested: Timestamp) -> String {
        let message = DeviceMessage {
            message_id: format!("{device}-{number}"),
            device_id: device.parse().unwrap(),
            body: "{}".into(),
            content_type: "application/json".into(),
            properties: [("site".to_owned(), "43".to_owned())].into(),
            requested_time_utc: requested,
            expiry_time_utc: requested.plus(Duration::from_hours(1)),
            origin: CallOrigin::Api,
            requested_by: None,
            state: MessageState::Sending,
            state_time_utc: requested,
            error: None,
        };
        store.insert_message(&message, &CallOrigin::Api.into()).await.unwrap();
        message.message_id
    }

    const fn change(state: MessageState) -> MessageChange {
        MessageChange { state, at: at(5), error: None }
    }

    #[tokio::test]
    async fn messages_are_kept_within_limits_and_open_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let door: DeviceId = "door-1".parse().unwrap();
        let open = insert(&store, "door-1", 0, at(1)).await;
        for number in 1..=MAX_KEPT + 5 {
            let id = insert(&store, "door-1", number, at(1)).await;
            let accepted = change(MessageState::Accepted);
            assert!(store.move_message(&id, &[MessageState::Sending], &accepted).await.unwrap());
        }
        let rows = store.device_messages(&door, None, 500).await.unwrap();
        assert_eq!(rows.items.len(), usize::try_from(MAX_KEPT).unwrap() + 1, "the oldest is open");
        assert_eq!(rows.items.last().unwrap().message_id, open);
        let page = store.device_messages(&door, None, 2).await.unwrap();
        let next = store.device_messages(&door, page.last, 1).await.unwrap();
        assert_eq!(next.items[0], rows.items[2]);

        store.delete_messages_before(at(2), 1000).await.unwrap();
        let left = store.device_messages(&door, None, 500).await.unwrap().items;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].properties["site"], "43");
        assert!(store.device_message(&"door-2".parse().unwrap(), &open).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_message_moves_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let id = insert(&store, "door-1", 1, at(1)).await;
        let (sending, pending) = (MessageState::Sending, MessageState::Pending);
        assert!(!store.has_pending_message().await.unwrap());
        assert!(store.move_message(&id, &[sending], &change(pending)).await.unwrap());
        assert!(store.has_pending_message().await.unwrap());
        assert!(store.move_message(&id, &[sending, pending], &change(MessageState::Accepted)).await.unwrap());
        assert!(!store.move_message(&id, &[sending, pending], &change(MessageState::Expired)).await.unwrap());
        assert!(store.knows_message(&id).await.unwrap() && !store.knows_message("other").await.unwrap());

        let late = insert(&store, "door-1", 2, at(1)).await;
        assert!(store.move_message(&late, &[sending], &change(pending)).await.unwrap());
        let unknown = change(MessageState::Unknown);
        assert_eq!(store.give_up_messages(pending, at(3601), &unknown).await.unwrap(), 0);
        assert_eq!(store.give_up_messages(pending, at(3602), &unknown).await.unwrap(), 1);
    }
}
