//! The log of deliveries: what people see, send again, and what is deleted after a while.

use console_wire::webhook::{Delivery, DeliveryState, EventType, LOG_PAGE, WebhookState};
use hub_wire::Timestamp;
use sqlx::FromRow;

use crate::store::{Result, Store, columns, sql};

#[derive(FromRow)]
struct DeliveryRow {
    delivery_id: i64,
    webhook_id: i64,
    name: String,
    webhook_state: String,
    message_id: String,
    event: String,
    job_id: Option<String>,
    state: String,
    attempts: i64,
    event_time: i64,
    last_attempt: Option<i64>,
    next_attempt: i64,
    status: Option<i64>,
    error: Option<String>,
    duration_ms: Option<i64>,
}

impl DeliveryRow {
    fn delivery(self) -> Result<Delivery> {
        let state: DeliveryState = columns::wire(&self.state, "state")?;
        let of_webhook: WebhookState = columns::wire(&self.webhook_state, "state")?;
        let is_due = state == DeliveryState::Pending && of_webhook == WebhookState::Active;
        Ok(Delivery {
            delivery_id: columns::count(self.delivery_id),
            webhook_id: columns::count(self.webhook_id),
            webhook_name: self.name,
            message_id: self.message_id,
            event: columns::wire(&self.event, "event")?,
            job_id: self.job_id,
            state,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            event_time: Timestamp::from_ticks(self.event_time),
            last_attempt: self.last_attempt.map(Timestamp::from_ticks),
            next_attempt: is_due.then(|| Timestamp::from_ticks(self.next_attempt)),
            status: self.status.and_then(|status| u16::try_from(status).ok()),
            error: self.error,
            duration_ms: self.duration_ms.map(columns::count),
        })
    }
}

impl Store {
    /// A page of the log, the newest first, and where the next page begins.
    pub(crate) async fn deliveries(&self, before: Option<u64>) -> Result<(Vec<Delivery>, Option<u64>)> {
        let rows: Vec<DeliveryRow> = sqlx::query_as(
            "SELECT delivery_id, webhook_id, name, webhooks.state AS webhook_state, message_id, event, \
             coalesce(job_id, data ->> 'jobId') AS job_id, delivery.state AS state, attempts, event_time, \
             last_attempt, next_attempt, status, error, duration_ms \
             FROM webhook_deliveries AS delivery JOIN webhooks USING (webhook_id) \
             JOIN webhook_messages USING (message_id) WHERE delivery_id < $1 ORDER BY delivery_id DESC LIMIT $2",
        )
        .bind(before.map_or(i64::MAX, columns::stored))
        .bind(columns::stored(LOG_PAGE as u64 + 1))
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list messages"))?;
        let mut deliveries = rows.into_iter().map(DeliveryRow::delivery).collect::<Result<Vec<_>>>()?;
        let has_more = deliveries.len() > LOG_PAGE;
        deliveries.truncate(LOG_PAGE);
        let older_than = deliveries.last().filter(|_| has_more).map(|delivery| delivery.delivery_id);
        Ok((deliveries, older_than))
    }

    /// Sends a message again as if for the first time; one that still waits is sent at once. False when there is no such
    /// delivery, or it is the question of a rollout, whose answer would decide nothing.
    pub(crate) async fn redeliver(&self, delivery_id: u64, now: Timestamp) -> Result<bool> {
        let attempt = "send a message again";
        let mut transaction = self.begin(attempt).await?;
        let changed = sqlx::query(
            "UPDATE webhook_deliveries SET state = 'pending', failures = 0, next_attempt = $2 WHERE delivery_id = $1 \
             AND message_id NOT IN (SELECT message_id FROM webhook_messages WHERE event = $3)",
        )
        .bind(columns::stored(delivery_id))
        .bind(now.ticks())
        .bind(EventType::RolloutGate.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(changed.rows_affected() == 1)
    }

    /// Deletes at most `limit` deliveries of messages from before a time that are not sent again, and messages without
    /// deliveries. Returns how many deliveries.
    pub(crate) async fn delete_deliveries_before(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let attempt = "delete old messages";
        let mut transaction = self.begin(attempt).await?;
        let deleted = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE delivery_id IN (SELECT delivery_id FROM webhook_deliveries AS delivery \
             JOIN webhook_messages USING (message_id) WHERE delivery.state <> 'pending' AND event_time < $1 LIMIT $2)",
        )
        .bind(before.ticks())
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        sqlx::query(
            "DELETE FROM webhook_messages WHERE message_id IN (SELECT message_id FROM webhook_messages AS message \
             WHERE event_time < $1 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS delivery \
              WHERE delivery.message_id = message.message_id) LIMIT $2)",
        )
        .bind(before.ticks())
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted.rows_affected())
    }
}
