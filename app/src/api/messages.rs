//! Messages to a device, whose telemetry can be followed, and twins side by side.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::{
    compare::{TwinChange, TwinComparison},
    message::DeviceMessage,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{error::ApiError, forms::message::MessageForm};

/// Messages shown of a device.
#[cfg(feature = "ssr")]
const SHOWN: u32 = 50;

/// The messages that this console sent to a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SentMessages {
    /// The newest ones, newest first.
    pub(crate) items: Vec<DeviceMessage>,
    /// Whether there are older ones.
    pub(crate) has_more: bool,
    /// Whether telemetry can be followed: not with a real hub.
    pub(crate) is_live_offered: bool,
    /// When they were read.
    pub(crate) as_of: Timestamp,
}

/// A group whose messages are followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FollowedGroup {
    /// Its name.
    pub(crate) name: String,
    /// Whether telemetry can be followed: not with a real hub.
    pub(crate) is_live_offered: bool,
}

/// Two twins, or the ids that are nearest to one that does not exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Compared {
    /// Both are there.
    Twins(Box<TwinComparison>),
    /// This id does not exist.
    Unknown {
        /// The id.
        device_id: String,
        /// Ids that are like it.
        nearest: Vec<String>,
    },
}

/// The messages that were sent to a device.
#[server(prefix = "/fn", endpoint = "device-messages", input = GetUrl)]
pub(crate) async fn read_messages(device_id: String) -> Result<SentMessages, ApiError> {
    let id = super::devices::ssr::visible_device(&device_id).await?;
    let console = super::ssr::console()?;
    let page = console.messages(&id, None, Some(SHOWN)).await.map_err(super::ssr::refuse)?;
    // Messages of a device that was deleted are kept.
    if page.items.is_empty() {
        console.device(&id).await.map_err(super::ssr::refuse)?;
    }
    Ok(SentMessages {
        items: page.items,
        has_more: page.next_cursor.is_some(),
        is_live_offered: ssr::is_live_offered(&console).await,
        as_of: std::time::SystemTime::now().into(),
    })
}

/// Sends a message. A plain form is redirected to the device's messages.
#[server(prefix = "/fn", endpoint = "send-message")]
pub(crate) async fn send_message(device_id: String, form: MessageForm) -> Result<DeviceMessage, ApiError> {
    let id = super::devices::ssr::device_id(&device_id)?;
    let message = match form.to_new_message() {
        Ok(message) => message,
        Err(errors) => return Err(super::ssr::with_status(ApiError::invalid(errors))),
    };
    let requester = super::ssr::call_requester()?;
    let sent = super::ssr::console()?.send_message(&id, message, requester).await;
    let sent = sent.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(&crate::paths::device_messages(id.as_str()));
    }
    Ok(sent)
}

/// The group whose messages are followed.
#[server(prefix = "/fn", endpoint = "followed-group", input = GetUrl)]
pub(crate) async fn read_followed_group(group_id: String) -> Result<FollowedGroup, ApiError> {
    let console = super::ssr::console()?;
    let group = console.group(&group_id).await.map_err(super::ssr::refuse)?;
    Ok(FollowedGroup { name: group.name, is_live_offered: ssr::is_live_offered(&console).await })
}

/// Two twins side by side.
#[server(prefix = "/fn", endpoint = "compare-twins", input = GetUrl)]
pub(crate) async fn compare_twins(left: String, right: String) -> Result<Compared, ApiError> {
    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let id = |text: &String| hub_wire::DeviceId::new(text.as_str()).map_err(|_| text.clone());
    let ids = id(&left).and_then(|left| Ok((left, id(&right)?)));
    let unknown = match ids {
        Ok((left, right)) => match console.compare_twins(&left, &right, &actor).await {
            Ok(comparison) => return Ok(Compared::Twins(Box::new(comparison))),
            Err(console::ConsoleError::NotFound { id, .. }) => id,
            Err(error) => return Err(super::ssr::to_api_error(error)),
        },
        Err(unknown) => unknown,
    };
    let nearest = super::devices::nearest::nearest(&console, &unknown, &actor).await;
    Ok(Compared::Unknown { device_id: unknown, nearest })
}

/// What a twin job changed on a device.
#[server(prefix = "/fn", endpoint = "twin-change", input = GetUrl)]
pub(crate) async fn read_twin_change(job_id: String, device_id: String) -> Result<TwinChange, ApiError> {
    let id = super::devices::ssr::visible_device(&device_id).await?;
    super::ssr::console()?.twin_change(&job_id, &id).await.map_err(super::ssr::refuse)
}

#[cfg(feature = "ssr")]
mod ssr {
    use console::Console;
    use console_wire::hub::HubKind;

    pub(super) async fn is_live_offered(console: &Console) -> bool {
        console.hub_info().await.kind == HubKind::Embedded
    }
}
