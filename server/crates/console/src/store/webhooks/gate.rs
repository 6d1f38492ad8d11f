//! Questions of rollouts to webhooks. Their rows are in the log, and never in the queue: the rollout's task sends them, since it
//! waits for the answer. A question keeps its id, time and text after a restart.

use std::time::Duration;

use console_wire::webhook::EventType;
use hub_wire::Timestamp;
use secrecy::SecretString;
use sqlx::FromRow;

use super::queue::secrets;
use crate::store::{Result, Store, columns, sql};

/// A webhook that is asked.
#[derive(Debug, Clone)]
pub(crate) struct GateReceiver {
    pub(crate) webhook_id: u64,
    pub(crate) name: String,
    pub(crate) url: SecretString,
    /// The present secret, and the one before while that is used.
    pub(crate) secrets: Vec<SecretString>,
}

/// A question as it was first asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GateQuestion {
    pub(crate) message_id: String,
    pub(crate) asked_at: Timestamp,
    /// JSON.
    pub(crate) data: String,
}

/// An attempt to ask one webhook.
#[derive(Debug)]
pub(crate) struct GateAttempt<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) webhook_id: u64,
    /// The receiver has answered yes or no.
    pub(crate) is_answered: bool,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<&'a str>,
    pub(crate) duration: Duration,
    pub(crate) now: Timestamp,
}

#[derive(FromRow)]
struct ReceiverRow {
    webhook_id: i64,
    name: String,
    url: String,
    secret: String,
    old_secret: Option<String>,
    old_secret_ends: Option<i64>,
}

impl Store {
    /// The active webhooks that are subscribed to the questions of rollouts, in the order of their creation.
    pub(crate) async fn gate_receivers(&self, now: Timestamp) -> Result<Vec<GateReceiver>> {
        let rows: Vec<ReceiverRow> = sqlx::query_as(
            "SELECT webhook_id, name, url, secret, old_secret, old_secret_ends FROM webhooks \
             WHERE state = 'active' AND EXISTS (SELECT 1 FROM json_each(events) AS wanted WHERE wanted.value = $1) \
             ORDER BY webhook_id",
        )
        .bind(EventType::RolloutGate.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the webhooks that a rollout asks"))?;
        let receivers = rows.into_iter().map(|row| GateReceiver {
            webhook_id: columns::count(row.webhook_id),
            name: row.name,
            url: row.url.into(),
            secrets: secrets(row.secret, row.old_secret, row.old_secret_ends, now),
        });
        Ok(receivers.collect())
    }

    /// Writes a question unless it was asked before, and reads it as it was first asked.
    pub(crate) async fn gate_question(&self, question: GateQuestion) -> Result<GateQuestion> {
        let attempt = "note the question of a rollout";
        let mut transaction = self.begin(attempt).await?;
        // Without a job: of a job each event happens once, and a rollout asks after each wave.
        sqlx::query(
            "INSERT INTO webhook_messages (message_id, event, event_time, data) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(&question.message_id)
        .bind(EventType::RolloutGate.as_str())
        .bind(question.asked_at.ticks())
        .bind(&question.data)
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        let (asked_at, data): (i64, String) =
            sqlx::query_as("SELECT event_time, data FROM webhook_messages WHERE message_id = $1")
                .bind(&question.message_id)
                .fetch_one(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(GateQuestion { asked_at: Timestamp::from_ticks(asked_at), data, ..question })
    }

    /// Writes what became of an attempt into the log, one row for each question and webhook.
    pub(crate) async fn note_gate_attempt(&self, attempt: &GateAttempt<'_>) -> Result<()> {
        let doing = "note an attempt to ask a webhook";
        let state = if attempt.is_answered { "delivered" } else { "failed" };
        let mut transaction = self.begin(doing).await?;
        // A webhook that was deleted meanwhile has no log.
        sqlx::query(
            "INSERT INTO webhook_deliveries (webhook_id, message_id, state, next_attempt) \
             SELECT webhook_id, $2, $3, $4 FROM webhooks WHERE webhook_id = $1 AND NOT EXISTS \
              (SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND message_id = $2)",
        )
        .bind(columns::stored(attempt.webhook_id))
        .bind(attempt.message_id)
        .bind(state)
        .bind(attempt.now.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(doing))?;
        sqlx::query(
            "UPDATE webhook_deliveries SET state = $3, attempts = attempts + 1, failures = failures + $4, \
             last_attempt = $5, status = $6, error = $7, duration_ms = $8 WHERE webhook_id = $1 AND message_id = $2",
        )
        .bind(columns::stored(attempt.webhook_id))
        .bind(attempt.message_id)
        .bind(state)
        .bind(i64::from(!attempt.is_answered))
        .bind(attempt.now.ticks())
        .bind(attempt.status.map(i64::from))
        .bind(attempt.error)
        .bind(i64::try_from(attempt.duration.as_millis()).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(sql(doing))?;
        transaction.commit().await.map_err(sql(doing))
    }
}
