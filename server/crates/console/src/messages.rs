//! Messages from the cloud to one device. Each is written down before it is sent. What becomes of it is learned from the
//! hub's feedback ([`feedback`]), which says nothing as long as the device has not taken it.

pub(crate) mod feedback;

use std::{sync::Arc, time::Duration};

use console_wire::{
    device_call::Requester,
    message::{DEFAULT_EXPIRY, DeviceMessage, MessageState, NewMessage},
    page::{DEFAULT_LIMIT, Page},
};
use hub_client::messages::CloudToDeviceMessage;
use hub_wire::{DeviceId, device_job::DeviceJobError};
use serde_json::json;
use tokio::sync::oneshot;
use tracing::{error, info};

use crate::{
    ConsoleError, audit,
    clock::now,
    core::Core,
    cursor,
    device_calls::{CallRequester, refusal},
    devices::device_error,
    hub_job::is_outcome_unknown,
    scope::check_device,
    store::MessageChange,
};

/// Name of the list, for its cursors.
const LIST: &str = "device messages";
/// Most messages in a page.
const MAX_LIMIT: u32 = 500;

/// Sends a message. One whose answer got lost is returned as unknown.
pub(crate) async fn send(
    core: &Arc<Core>,
    id: &DeviceId,
    new: NewMessage,
    requester: &CallRequester,
) -> Result<DeviceMessage, ConsoleError> {
    let faults = new.faults();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    check_device(core, id, requester.actor.scope()).await?;
    let Requester { origin, user } = requester.requester();
    let now = now();
    let message = DeviceMessage {
        message_id: message_id(),
        device_id: id.clone(),
        content_type: new.content_type_or_default().to_owned(),
        body: new.body,
        properties: new.properties,
        requested_time_utc: now,
        expiry_time_utc: now.plus(Duration::from_secs(new.expires_in_seconds.unwrap_or(DEFAULT_EXPIRY))),
        origin,
        requested_by: user.clone(),
        state: MessageState::Sending,
        state_time_utc: now,
        error: None,
    };
    audit::note_subject(id.as_str(), None);
    // The body may be large, and is in the list of messages.
    let noted = json!({
        "messageId": message.message_id, "contentType": message.content_type, "properties": message.properties,
        "bodyBytes": message.body.len(), "expiryTimeUtc": message.expiry_time_utc,
    });
    audit::note_change(None, Some(noted));
    core.store.insert_message(&message, &Requester { origin, user }).await?;
    deliver(core, message).await
}

/// Sends the message in a task of its own, so that the hub's answer is written down although the client has left.
async fn deliver(core: &Arc<Core>, message: DeviceMessage) -> Result<DeviceMessage, ConsoleError> {
    let (done, ended) = oneshot::channel();
    let task_core = Arc::clone(core);
    let sent = message.clone();
    core.spawn(async move {
        let outcome = task_core.hub.send_message(&sent.device_id, &for_hub(&sent)).await;
        let (state, error) = match &outcome {
            Ok(()) => (MessageState::Pending, None),
            Err(error) if is_outcome_unknown(error) => (MessageState::Unknown, Some(refusal(error))),
            Err(error) => (MessageState::Refused, Some(refusal(error))),
        };
        info!(device_id = %sent.device_id, message_id = sent.message_id, state = state.as_str(), "message sent");
        let change = MessageChange { state, at: now(), error };
        // Feedback may already have moved it on.
        if let Err(error) =
            task_core.store.move_message(&sent.message_id, &[MessageState::Sending], &change).await
        {
            error!(
                message_id = sent.message_id,
                error = &error as &dyn std::error::Error,
                "what became of a message is not written down"
            );
        }
        task_core.message_pending.notify_one();
        // A client that has left needs no answer.
        let _ = done.send((outcome, change));
    });
    let Ok((outcome, change)) = ended.await else { return Err(ConsoleError::Stopping) };
    match outcome {
        Ok(()) => {}
        // The message may arrive. It is listed as unknown, and its feedback moves it on.
        Err(_) if change.state == MessageState::Unknown => audit::note_unknown(),
        Err(error) => return Err(device_error(&message.device_id, error)),
    }
    let newest = core.store.device_message(&message.device_id, &message.message_id).await?;
    let MessageChange { state, at, error } = change;
    Ok(newest.unwrap_or(DeviceMessage { state, state_time_utc: at, error, ..message }))
}

fn for_hub(message: &DeviceMessage) -> CloudToDeviceMessage {
    CloudToDeviceMessage {
        message_id: message.message_id.clone(),
        content_type: message.content_type.clone(),
        expires: message.expiry_time_utc,
        properties: message.properties.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        body: message.body.clone(),
    }
}

/// A new id: 128 random bits in hexadecimal digits.
fn message_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// At the start: what was being sent when the console stopped may have been taken.
pub(crate) async fn end_interrupted(core: &Core) -> Result<(), ConsoleError> {
    let error = DeviceJobError {
        code: "ConsoleStopped".to_owned(),
        description: "The console stopped before the hub answered.".to_owned(),
    };
    let change = MessageChange { state: MessageState::Unknown, at: now(), error: Some(error) };
    let any = hub_wire::Timestamp::FAR_FUTURE;
    core.store.give_up_messages(MessageState::Sending, any, &change).await?;
    Ok(())
}

pub(crate) async fn messages(
    core: &Core,
    id: &DeviceId,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<DeviceMessage>, ConsoleError> {
    let limit = cursor::limit(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let before: Option<i64> = cursor.map(|text| cursor::read(LIST, text)).transpose()?;
    let rows = core.store.device_messages(id, before, limit).await?;
    let is_full = rows.items.len() == limit as usize;
    let next_cursor = rows.last.filter(|_| is_full).map(|last| cursor::write(LIST, &last));
    Ok(Page { items: rows.items, next_cursor })
}

pub(crate) async fn message(
    core: &Core,
    id: &DeviceId,
    message_id: &str,
) -> Result<DeviceMessage, ConsoleError> {
    let found = core.store.device_message(id, message_id).await?;
    found.ok_or_else(|| ConsoleError::NotFound { what: "message", id: message_id.to_owned() })
}
