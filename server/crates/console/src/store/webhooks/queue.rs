//! What is due is claimed by a lease: it is sent by one at a time, and again by another one when the first has died. One message
//! of a webhook at a time, the longest due first, so that a slow receiver does not keep the others waiting.

use std::time::Duration;

use console_wire::webhook::{Backlog, BodyFormat, EventType};
use hub_wire::Timestamp;
use secrecy::SecretString;
use sqlx::FromRow;

use crate::store::{Result, Store, columns, sql};

/// A lease ends by itself after so long: more than an attempt can take.
const LEASE: Duration = Duration::from_mins(1);

/// A message that is to be sent now.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) delivery_id: u64,
    /// Proof that the delivery is still ours when the result is written.
    pub(crate) lease: i64,
    pub(crate) webhook_id: u64,
    pub(crate) url: SecretString,
    pub(crate) format: BodyFormat,
    /// The present secret, and the one before while that is used.
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) message_id: String,
    pub(crate) event: EventType,
    pub(crate) event_time: Timestamp,
    /// JSON.
    pub(crate) data: String,
    /// Attempts that failed before, since it was last begun anew.
    pub(crate) failures: u32,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextState {
    Delivered,
    /// It is sent again then.
    Again(Timestamp),
    Failed,
    /// The webhook is switched off.
    Gone,
}

/// An attempt that has ended.
#[derive(Debug)]
pub(crate) struct AttemptEnd<'a> {
    pub(crate) next: NextState,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<&'a str>,
    pub(crate) duration: Duration,
    pub(crate) now: Timestamp,
}

#[derive(FromRow)]
struct ClaimRow {
    delivery_id: i64,
    lease: i64,
    webhook_id: i64,
    url: String,
    format: String,
    secret: String,
    old_secret: Option<String>,
    old_secret_ends: Option<i64>,
    message_id: String,
    event: String,
    event_time: i64,
    data: String,
    failures: i64,
}

impl ClaimRow {
    fn claim(self, now: Timestamp) -> Result<Claim> {
        Ok(Claim {
            delivery_id: columns::count(self.delivery_id),
            lease: self.lease,
            webhook_id: columns::count(self.webhook_id),
            url: self.url.into(),
            format: columns::wire(&self.format, "format")?,
            secrets: secrets(self.secret, self.old_secret, self.old_secret_ends, now),
            message_id: self.message_id,
            event: columns::wire(&self.event, "event")?,
            event_time: Timestamp::from_ticks(self.event_time),
            data: self.data,
            failures: u32::try_from(self.failures).unwrap_or(u32::MAX),
        })
    }
}

/// The secrets that a message is signed with: the present one, and the one before until its end.
pub(super) fn secrets(
    present: String,
    old: Option<String>,
    old_ends: Option<i64>,
    now: Timestamp,
) -> Vec<SecretString> {
    let old = old.filter(|_| old_ends.is_some_and(|ends| ends > now.ticks()));
    [Some(present), old].into_iter().flatten().map(SecretString::from).collect()
}

/// The first due delivery of each active webhook of which nothing is being sent.
const DUE: &str = "SELECT (SELECT delivery_id FROM webhook_deliveries AS delivery \
     WHERE delivery.webhook_id = webhooks.webhook_id AND delivery.state = 'pending' AND next_attempt <= $1 \
     ORDER BY next_attempt, delivery_id LIMIT 1) FROM webhooks \
     WHERE state = 'active' AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS other \
      WHERE other.webhook_id = webhooks.webhook_id AND other.state = 'pending' AND other.lease_ends > $1)";

impl Store {
    /// Claims what is due, at most one delivery of each webhook.
    pub(crate) async fn claim_deliveries(&self, now: Timestamp) -> Result<Vec<Claim>> {
        let attempt = "claim messages to send";
        let mut transaction = self.begin(attempt).await?;
        let text = format!(
            "UPDATE webhook_deliveries SET lease = lease + 1, lease_ends = $2 WHERE delivery_id IN ({DUE}) \
             RETURNING delivery_id"
        );
        let claimed: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .bind(now.ticks())
            .bind(now.plus(LEASE).ticks())
            .fetch_all(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let mut claims = Vec::with_capacity(claimed.len());
        for delivery_id in claimed {
            let row: ClaimRow = sqlx::query_as(
                "SELECT delivery_id, lease, webhook_id, url, format, secret, old_secret, old_secret_ends, \
                 message_id, event, event_time, data, failures FROM webhook_deliveries \
                 JOIN webhooks USING (webhook_id) JOIN webhook_messages USING (message_id) WHERE delivery_id = $1",
            )
            .bind(delivery_id)
            .fetch_one(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
            claims.push(row.claim(now)?);
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(claims)
    }

    /// When something is due next; `None` when nothing waits. What is being sent is due when its lease ends.
    pub(crate) async fn next_delivery(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let ticks: Option<i64> = sqlx::query_scalar(
            "SELECT min(CASE WHEN leased > $1 THEN leased ELSE due END) FROM \
             (SELECT min(next_attempt) AS due, max(lease_ends) AS leased FROM webhook_deliveries \
              JOIN webhooks USING (webhook_id) \
              WHERE webhook_deliveries.state = 'pending' AND webhooks.state = 'active' GROUP BY webhook_id)",
        )
        .bind(now.ticks())
        .fetch_one(&self.readers)
        .await
        .map_err(sql("read when a message is due"))?;
        Ok(ticks.map(Timestamp::from_ticks))
    }

    /// Writes what became of an attempt. False when the lease has ended and another one has the delivery, or it was deleted.
    pub(crate) async fn end_attempt(&self, claim: &Claim, end: &AttemptEnd<'_>) -> Result<bool> {
        let attempt = "note what became of a message";
        let (state, next_attempt) = match end.next {
            NextState::Delivered => ("delivered", end.now),
            NextState::Again(at) => ("pending", at),
            NextState::Failed | NextState::Gone => ("failed", end.now),
        };
        let failures = i64::from(end.next != NextState::Delivered);
        let mut transaction = self.begin(attempt).await?;
        let written = sqlx::query(
            "UPDATE webhook_deliveries SET state = $3, next_attempt = $4, attempts = attempts + 1, \
             failures = failures + $5, lease_ends = 0, last_attempt = $6, status = $7, error = $8, duration_ms = $9 \
             WHERE delivery_id = $1 AND lease = $2 AND state = 'pending'",
        )
        .bind(columns::stored(claim.delivery_id))
        .bind(claim.lease)
        .bind(state)
        .bind(next_attempt.ticks())
        .bind(failures)
        .bind(end.now.ticks())
        .bind(end.status.map(i64::from))
        .bind(end.error)
        .bind(i64::try_from(end.duration.as_millis()).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        if end.next == NextState::Gone && written.rows_affected() == 1 {
            sqlx::query("UPDATE webhooks SET state = 'gone' WHERE webhook_id = $1")
                .bind(columns::stored(claim.webhook_id))
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(written.rows_affected() == 1)
    }

    /// Ends the leases of a process that has ended: only one process uses a store, and what it was sending is sent again.
    pub(crate) async fn release_deliveries(&self) -> Result<()> {
        let attempt = "release messages that a stop interrupted";
        let mut transaction = self.begin(attempt).await?;
        sqlx::query(
            "UPDATE webhook_deliveries SET lease_ends = 0 WHERE state = 'pending' AND lease_ends > 0",
        )
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))
    }

    /// What waits to be sent to active webhooks.
    pub(crate) async fn webhook_backlog(&self) -> Result<Backlog> {
        let (pending, oldest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT count(*), min(event_time) FROM webhook_deliveries AS delivery \
             JOIN webhooks USING (webhook_id) JOIN webhook_messages USING (message_id) \
             WHERE delivery.state = 'pending' AND webhooks.state = 'active'",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(sql("count the messages that wait"))?;
        Ok(Backlog { pending: columns::count(pending), oldest: oldest.map(Timestamp::from_ticks) })
    }
}
