//! Webhooks: what administrators see of them and do with them.

use console_wire::webhook::{NewSecret, Webhooks};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The webhooks, and the secret that a plain form has just made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WebhooksView {
    /// The webhooks with a page of the log.
    pub(crate) webhooks: Webhooks,
    /// The secret, while it is kept.
    pub(crate) made: Option<NewSecret>,
}

/// All webhooks and a page of the log. `made` is the key of a secret that a plain form has just made; `before` is the number of
/// the delivery before which the page begins, or empty for the newest.
#[server(prefix = "/fn", endpoint = "webhooks", input = GetUrl)]
pub(crate) async fn read_webhooks(made: String, before: String) -> Result<WebhooksView, ApiError> {
    // An address with another text shows the newest.
    let before = before.parse().ok();
    let now = std::time::SystemTime::now().into();
    let webhooks = super::ssr::console()?.webhooks(&super::ssr::actor()?, before, now).await;
    let made = super::PlainFormResults::from_context()?.take_secret(&made);
    Ok(WebhooksView { webhooks: webhooks.map_err(super::ssr::refuse)?, made })
}

/// Adds a webhook. The answer has its secret, which is never shown again.
#[server(prefix = "/fn", endpoint = "create-webhook")]
pub(crate) async fn create_webhook(
    name: String,
    url: String,
    format: String,
    #[server(default)] events: Vec<String>,
) -> Result<NewSecret, ApiError> {
    let webhook = ssr::new_webhook(name, url, &format, &events)?;
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.create_webhook(&super::ssr::actor()?, webhook, now).await;
    ssr::show_secret(made.map_err(super::ssr::refuse)?)
}

/// Gives a webhook another secret. For a day, messages are signed with the one before too.
#[server(prefix = "/fn", endpoint = "rotate-webhook-secret")]
pub(crate) async fn rotate_webhook_secret(webhook_id: u64) -> Result<NewSecret, ApiError> {
    let now = std::time::SystemTime::now().into();
    let made = super::ssr::console()?.rotate_webhook_secret(&super::ssr::actor()?, webhook_id, now).await;
    ssr::show_secret(made.map_err(super::ssr::refuse)?)
}

/// Lets a webhook be sent messages, or not any more.
#[server(prefix = "/fn", endpoint = "set-webhook-active")]
pub(crate) async fn set_webhook_active(webhook_id: u64, active: bool) -> Result<(), ApiError> {
    ssr::done(super::ssr::console()?.set_webhook_active(&super::ssr::actor()?, webhook_id, active).await)
}

/// Deletes a webhook with what waits for it and its log.
#[server(prefix = "/fn", endpoint = "delete-webhook")]
pub(crate) async fn delete_webhook(webhook_id: u64) -> Result<(), ApiError> {
    ssr::done(super::ssr::console()?.delete_webhook(&super::ssr::actor()?, webhook_id).await)
}

/// Sends a message that says that it is a test.
#[server(prefix = "/fn", endpoint = "test-webhook")]
pub(crate) async fn test_webhook(webhook_id: u64) -> Result<(), ApiError> {
    let now = std::time::SystemTime::now().into();
    ssr::done(super::ssr::console()?.test_webhook(&super::ssr::actor()?, webhook_id, now).await)
}

/// Sends a message again, with the same id.
#[server(prefix = "/fn", endpoint = "redeliver")]
pub(crate) async fn redeliver(delivery_id: u64) -> Result<(), ApiError> {
    let now = std::time::SystemTime::now().into();
    ssr::done(super::ssr::console()?.redeliver(&super::ssr::actor()?, delivery_id, now).await)
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::ConsoleError;
    use console_wire::{
        problem::FieldError,
        webhook::{BodyFormat, EventType, NewSecret, NewWebhook},
    };

    use super::{super::PlainFormResults, ApiError};
    use crate::paths;

    /// Reads the words of the form.
    pub(super) fn new_webhook(
        name: String,
        url: String,
        format: &str,
        events: &[String],
    ) -> Result<NewWebhook, ApiError> {
        let unknown_format = || {
            let formats = BodyFormat::ALL.map(BodyFormat::as_str).join(", ");
            refuse("format", format!("is not a format; choose one of {formats}"))
        };
        let format = BodyFormat::from_wire(format).ok_or_else(unknown_format)?;
        let event = |name: &String| {
            EventType::from_wire(name).ok_or_else(|| {
                let known = EventType::SUBSCRIBABLE.map(EventType::as_str).join(", ");
                refuse("events", format!("has an event that there is not; choose from {known}"))
            })
        };
        let events = events.iter().map(event).collect::<Result<_, _>>()?;
        Ok(NewWebhook { name, url: url.into(), events, format })
    }

    fn refuse(field: &str, message: String) -> ApiError {
        super::super::ssr::with_status(ApiError::invalid(vec![FieldError::new(field, message)]))
    }

    /// A plain form is redirected to the page that shows the secret.
    pub(super) fn show_secret(made: NewSecret) -> Result<NewSecret, ApiError> {
        if super::super::ssr::is_plain_form() {
            let key = PlainFormResults::from_context()?.keep_secret(made.clone());
            super::super::ssr::redirect(&paths::webhooks_with_secret(&key));
        }
        Ok(made)
    }

    pub(super) fn done(changed: Result<(), ConsoleError>) -> Result<(), ApiError> {
        changed.map_err(super::super::ssr::refuse)?;
        if super::super::ssr::is_plain_form() {
            super::super::ssr::redirect(paths::WEBHOOKS);
        }
        Ok(())
    }
}
