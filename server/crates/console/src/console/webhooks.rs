//! Webhooks. What depends on the time is given it.

use console_wire::{
    access::Actor,
    webhook::{Backlog, NewSecret, NewWebhook, Webhooks},
};
use hub_wire::Timestamp;

use super::Console;
use crate::{ConsoleError, webhooks};

/// Webhooks: each asks for the permission.
impl Console {
    /// All webhooks, and a page of the log: what was delivered before `before`, or the newest.
    ///
    /// # Errors
    /// `Missing` without `webhook:read`.
    pub async fn webhooks(
        &self,
        actor: &Actor,
        before: Option<u64>,
        now: Timestamp,
    ) -> Result<Webhooks, ConsoleError> {
        webhooks::webhooks(&self.core, actor, before, now).await
    }

    /// Adds a webhook. Its secret is returned and never shown again.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `Invalid` with every field at fault; `Conflict` when there are too many.
    pub async fn create_webhook(
        &self,
        actor: &Actor,
        webhook: NewWebhook,
        now: Timestamp,
    ) -> Result<NewSecret, ConsoleError> {
        webhooks::create(&self.core, actor, webhook, now).await
    }

    /// Gives a webhook another secret. For 24 h messages are signed with the one before too.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `NotFound`.
    pub async fn rotate_webhook_secret(
        &self,
        actor: &Actor,
        webhook_id: u64,
        now: Timestamp,
    ) -> Result<NewSecret, ConsoleError> {
        webhooks::rotate_secret(&self.core, actor, webhook_id, now).await
    }

    /// Lets a webhook be sent messages, or not any more. What happens while it is paused is not sent later.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `NotFound`.
    pub async fn set_webhook_active(
        &self,
        actor: &Actor,
        webhook_id: u64,
        is_active: bool,
    ) -> Result<(), ConsoleError> {
        webhooks::set_active(&self.core, actor, webhook_id, is_active).await
    }

    /// Deletes a webhook with what waits for it and its log.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `NotFound`.
    pub async fn delete_webhook(&self, actor: &Actor, webhook_id: u64) -> Result<(), ConsoleError> {
        webhooks::delete(&self.core, actor, webhook_id).await
    }

    /// Sends a message that says that it is a test.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `NotFound`; `Conflict` when the webhook is paused.
    pub async fn test_webhook(
        &self,
        actor: &Actor,
        webhook_id: u64,
        now: Timestamp,
    ) -> Result<(), ConsoleError> {
        webhooks::test(&self.core, actor, webhook_id, now).await
    }

    /// Sends a message again, with the same id.
    ///
    /// # Errors
    /// `Missing` without `webhook:write`; `NotFound`.
    pub async fn redeliver(
        &self,
        actor: &Actor,
        delivery_id: u64,
        now: Timestamp,
    ) -> Result<(), ConsoleError> {
        webhooks::redeliver(&self.core, actor, delivery_id, now).await
    }

    /// What waits to be sent, for metrics.
    pub async fn webhook_backlog(&self) -> Result<Backlog, ConsoleError> {
        Ok(self.core.store.webhook_backlog().await?)
    }
}
