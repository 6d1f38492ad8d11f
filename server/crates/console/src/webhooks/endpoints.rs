//! What administrators do with webhooks. Each asks for the permission.

use std::time::Duration;

use console_wire::{
    access::{Action, Actor, Subject, permit},
    webhook::{EventType, MAX_WEBHOOKS, NewSecret, NewWebhook, WebhookState, Webhooks},
};
use hub_wire::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tracing::info;
use webhook::{Receiver, SigningSecret};

use super::check::check;
use crate::{
    ConsoleError, StoreError, audit,
    core::Core,
    store::{NewEndpoint, NewMessage},
};

/// After a change of the secret, messages are signed with the old one too for so long.
const OLD_SECRET_LIFE: Duration = Duration::from_hours(24);

fn may_write(actor: &Actor) -> Result<(), ConsoleError> {
    permit(actor, Action::WebhookWrite, Subject::Any).map_err(ConsoleError::Missing)
}

fn unknown(webhook_id: u64) -> ConsoleError {
    ConsoleError::NotFound { what: "webhook", id: webhook_id.to_string() }
}

fn found(is_found: bool, webhook_id: u64) -> Result<(), ConsoleError> {
    if is_found { Ok(()) } else { Err(unknown(webhook_id)) }
}

fn new_secret() -> Result<SigningSecret, ConsoleError> {
    SigningSecret::generate().map_err(|_| StoreError::NoRandomness.into())
}

/// All webhooks, and the log from before a delivery, or from the newest.
pub(crate) async fn webhooks(
    core: &Core,
    actor: &Actor,
    before: Option<u64>,
    now: Timestamp,
) -> Result<Webhooks, ConsoleError> {
    permit(actor, Action::WebhookRead, Subject::Any).map_err(ConsoleError::Missing)?;
    let rule = core.webhooks.rule();
    let shown = |url: &str| {
        // A URL that the rule does not allow any more is still one of ours.
        Receiver::parse(url, rule)
            .map_or_else(|_| "an address that is not allowed any more".to_owned(), |it| it.shown())
    };
    let webhooks = core.store.webhooks(now, shown).await?;
    let (deliveries, older_than) = core.store.deliveries(before).await?;
    Ok(Webhooks { webhooks, deliveries, older_than, as_of: now })
}

/// Adds a webhook. Its secret is returned and never shown again.
pub(crate) async fn create(
    core: &Core,
    actor: &Actor,
    new: NewWebhook,
    now: Timestamp,
) -> Result<NewSecret, ConsoleError> {
    may_write(actor)?;
    let checked = check(&new, core.webhooks.rule()).map_err(ConsoleError::Invalid)?;
    let secret = new_secret()?.text();
    let endpoint = NewEndpoint {
        name: &checked.name,
        url: checked.receiver.url().as_str(),
        events: &checked.events,
        format: new.format,
        secret: secret.expose_secret(),
        now,
    };
    let webhook_id = core.store.insert_webhook(endpoint).await?.ok_or_else(|| ConsoleError::Conflict {
        detail: format!("There are {MAX_WEBHOOKS} webhooks, and no more are allowed; delete one first."),
    })?;
    audit::note_subject(&webhook_id.to_string(), Some(&checked.name));
    let after = json!({"receiver": checked.receiver.shown(), "events": checked.events, "format": new.format});
    audit::note_change(None, Some(after));
    info!(webhook_id, receiver = ?checked.receiver, "webhook created");
    Ok(NewSecret {
        webhook_id,
        webhook_name: checked.name,
        secret: secret.expose_secret().to_owned().into(),
        old_secret_ends: None,
    })
}

/// Gives a webhook another secret; messages are signed with both for a day.
pub(crate) async fn rotate_secret(
    core: &Core,
    actor: &Actor,
    webhook_id: u64,
    now: Timestamp,
) -> Result<NewSecret, ConsoleError> {
    may_write(actor)?;
    let webhook_name = core.store.webhook_name(webhook_id).await?.ok_or_else(|| unknown(webhook_id))?;
    audit::note_subject(&webhook_id.to_string(), Some(&webhook_name));
    let secret = new_secret()?.text();
    let old_ends = now.plus(OLD_SECRET_LIFE);
    let is_done = core.store.rotate_webhook_secret(webhook_id, secret.expose_secret(), old_ends).await?;
    found(is_done, webhook_id)?;
    info!(webhook_id, "secret of a webhook changed");
    Ok(NewSecret {
        webhook_id,
        webhook_name,
        secret: secret.expose_secret().to_owned().into(),
        old_secret_ends: Some(old_ends),
    })
}

/// Lets a webhook be sent messages, or not any more.
pub(crate) async fn set_active(
    core: &Core,
    actor: &Actor,
    webhook_id: u64,
    is_active: bool,
) -> Result<(), ConsoleError> {
    may_write(actor)?;
    audit::note_subject(&webhook_id.to_string(), None);
    audit::note_change(None, Some(json!({"isActive": is_active})));
    let state = if is_active { WebhookState::Active } else { WebhookState::Paused };
    found(core.store.set_webhook_state(webhook_id, state).await?, webhook_id)?;
    core.webhook_due.notify_one();
    info!(webhook_id, is_active, "webhook changed");
    Ok(())
}

/// Deletes a webhook with what waits for it and its log.
pub(crate) async fn delete(core: &Core, actor: &Actor, webhook_id: u64) -> Result<(), ConsoleError> {
    may_write(actor)?;
    audit::note_subject(&webhook_id.to_string(), None);
    found(core.store.delete_webhook(webhook_id).await?, webhook_id)?;
    info!(webhook_id, "webhook deleted");
    Ok(())
}

/// Sends a message that says that it is a test.
pub(crate) async fn test(
    core: &Core,
    actor: &Actor,
    webhook_id: u64,
    now: Timestamp,
) -> Result<(), ConsoleError> {
    may_write(actor)?;
    let name = core.store.webhook_name(webhook_id).await?.ok_or_else(|| unknown(webhook_id))?;
    audit::note_subject(&webhook_id.to_string(), Some(&name));
    let message = NewMessage { event: EventType::Test, webhook_id, data: "{}", now };
    if !core.store.insert_webhook_message(message).await? {
        return Err(ConsoleError::Conflict {
            detail: "The webhook is not active, so nothing is sent to it; resume it first.".into(),
        });
    }
    core.webhook_due.notify_one();
    Ok(())
}

/// Sends a message again, with the same id.
pub(crate) async fn redeliver(
    core: &Core,
    actor: &Actor,
    delivery_id: u64,
    now: Timestamp,
) -> Result<(), ConsoleError> {
    may_write(actor)?;
    audit::note_subject(&delivery_id.to_string(), None);
    if !core.store.redeliver(delivery_id, now).await? {
        return Err(ConsoleError::NotFound { what: "delivery", id: delivery_id.to_string() });
    }
    core.webhook_due.notify_one();
    info!(delivery_id, "message of a webhook is sent again");
    Ok(())
}
