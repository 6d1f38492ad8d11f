//! The webhooks themselves.

use console_wire::webhook::{BodyFormat, EventType, MAX_WEBHOOKS, Webhook, WebhookState};
use hub_wire::Timestamp;
use sqlx::FromRow;

use crate::store::{Result, Store, columns, sql};

/// A webhook that is to be added.
#[derive(Debug)]
pub(crate) struct NewEndpoint<'a> {
    pub(crate) name: &'a str,
    pub(crate) url: &'a str,
    pub(crate) events: &'a [EventType],
    pub(crate) format: BodyFormat,
    /// The text of the signing secret.
    pub(crate) secret: &'a str,
    pub(crate) now: Timestamp,
}

/// A webhook as it is stored, without the number of its pending messages where that was not asked for.
#[derive(FromRow)]
struct EndpointRow {
    webhook_id: i64,
    name: String,
    url: String,
    events: String,
    format: String,
    state: String,
    created_time: i64,
    old_secret_ends: Option<i64>,
    pending: i64,
}

impl EndpointRow {
    /// `shown` shortens the URL.
    fn webhook(self, now: Timestamp, shown: impl Fn(&str) -> String) -> Result<Webhook> {
        Ok(Webhook {
            webhook_id: columns::count(self.webhook_id),
            name: self.name,
            receiver: shown(&self.url),
            events: columns::from_json(&self.events, "events")?,
            format: columns::wire(&self.format, "format")?,
            state: columns::wire(&self.state, "state")?,
            created_time: Timestamp::from_ticks(self.created_time),
            old_secret_ends: self.old_secret_ends.map(Timestamp::from_ticks).filter(|ends| *ends > now),
            pending: columns::count(self.pending),
        })
    }
}

impl Store {
    /// Adds a webhook; returns its number. `None` when there are too many.
    pub(crate) async fn insert_webhook(&self, endpoint: NewEndpoint<'_>) -> Result<Option<u64>> {
        let attempt = "add a webhook";
        let mut transaction = self.begin(attempt).await?;
        let webhook_id: Option<i64> = sqlx::query_scalar(
            "INSERT INTO webhooks (name, url, events, format, state, secret, created_time) \
             SELECT $1, $2, $3, $4, 'active', $5, $6 WHERE (SELECT count(*) FROM webhooks) < $7 RETURNING webhook_id",
        )
        .bind(endpoint.name)
        .bind(endpoint.url)
        .bind(columns::json(&endpoint.events))
        .bind(endpoint.format.as_str())
        .bind(endpoint.secret)
        .bind(endpoint.now.ticks())
        .bind(columns::stored(MAX_WEBHOOKS as u64))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(webhook_id.map(columns::count))
    }

    /// All webhooks, by name. `shown` shortens their URLs.
    pub(crate) async fn webhooks(
        &self,
        now: Timestamp,
        shown: impl Fn(&str) -> String,
    ) -> Result<Vec<Webhook>> {
        let rows: Vec<EndpointRow> = sqlx::query_as(
            "SELECT webhook_id, name, url, events, format, state, created_time, old_secret_ends, \
             (SELECT count(*) FROM webhook_deliveries AS delivery \
              WHERE delivery.webhook_id = webhooks.webhook_id AND delivery.state = 'pending') AS pending \
             FROM webhooks ORDER BY lower(name), webhook_id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(sql("list webhooks"))?;
        rows.into_iter().map(|row| row.webhook(now, &shown)).collect()
    }

    /// The name of a webhook.
    pub(crate) async fn webhook_name(&self, webhook_id: u64) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT name FROM webhooks WHERE webhook_id = $1")
            .bind(columns::stored(webhook_id))
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a webhook"))
    }

    /// Lets a webhook be sent messages, or not any more. False when there is no such webhook.
    pub(crate) async fn set_webhook_state(&self, webhook_id: u64, state: WebhookState) -> Result<bool> {
        let attempt = "change a webhook";
        let mut transaction = self.begin(attempt).await?;
        let changed = sqlx::query("UPDATE webhooks SET state = $2 WHERE webhook_id = $1")
            .bind(columns::stored(webhook_id))
            .bind(state.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(changed.rows_affected() == 1)
    }

    /// Gives a webhook another secret. The one before is used beside it until `old_ends`; one that was older is forgotten.
    pub(crate) async fn rotate_webhook_secret(
        &self,
        webhook_id: u64,
        secret: &str,
        old_ends: Timestamp,
    ) -> Result<bool> {
        let attempt = "change the secret of a webhook";
        let mut transaction = self.begin(attempt).await?;
        let changed = sqlx::query(
            "UPDATE webhooks SET old_secret = secret, old_secret_ends = $3, secret = $2 WHERE webhook_id = $1",
        )
        .bind(columns::stored(webhook_id))
        .bind(secret)
        .bind(old_ends.ticks())
        .execute(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(changed.rows_affected() == 1)
    }

    /// Deletes a webhook with its deliveries. False when there is no such webhook.
    pub(crate) async fn delete_webhook(&self, webhook_id: u64) -> Result<bool> {
        let attempt = "delete a webhook";
        let mut transaction = self.begin(attempt).await?;
        let mut deleted = 0;
        for text in [
            "DELETE FROM webhook_deliveries WHERE webhook_id = $1",
            "DELETE FROM webhooks WHERE webhook_id = $1",
        ] {
            let done = sqlx::query(text)
                .bind(columns::stored(webhook_id))
                .execute(&mut *transaction)
                .await
                .map_err(sql(attempt))?;
            deleted = done.rows_affected();
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(deleted == 1)
    }
}
