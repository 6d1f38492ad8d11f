//! Why a device is connected or not, who was refused lately, and how to connect a device.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::{
    connect::ConnectGuide,
    connection::{Connections, RefusedDevice},
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// The connections of a device or module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConnectionsView {
    /// Whether it is connected, why, and what happened.
    pub(crate) connections: Connections,
    /// When that was read.
    pub(crate) as_of: Timestamp,
}

/// Who was refused lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RefusalsView {
    /// Newest first; `None` where the hub does not keep it.
    pub(crate) items: Option<Vec<RefusedDevice>>,
    /// When that was read.
    pub(crate) as_of: Timestamp,
}

/// The connections of a device, or of one of its modules if `module_id` is not empty.
#[server(prefix = "/fn", endpoint = "connections", input = GetUrl)]
pub(crate) async fn read_connections(
    device_id: String,
    #[server(default)] module_id: String,
) -> Result<ConnectionsView, ApiError> {
    let id = super::devices::ssr::visible_device(&device_id).await?;
    let console = super::ssr::console()?;
    let connections = if module_id.is_empty() {
        console.device_connections(&id).await
    } else {
        console.module_connections(&id, &super::modules::ssr::module_id(&module_id)?).await
    };
    let connections = connections.map_err(super::ssr::to_api_error)?;
    Ok(ConnectionsView { connections, as_of: std::time::SystemTime::now().into() })
}

/// Who was refused in the last hour.
#[server(prefix = "/fn", endpoint = "refusals", input = GetUrl)]
pub(crate) async fn read_refusals() -> Result<RefusalsView, ApiError> {
    let items = match super::ssr::console()?.refusals(&super::ssr::actor()?).await {
        Ok(refusals) => Some(refusals.items),
        Err(console::ConsoleError::NotHere { .. }) => None,
        Err(error) => return Err(super::ssr::to_api_error(error)),
    };
    Ok(RefusalsView { items, as_of: std::time::SystemTime::now().into() })
}

/// The token that a plain form has just made, once; `key` is from the address.
#[server(prefix = "/fn", endpoint = "connect-guide", input = GetUrl)]
pub(crate) async fn take_guide(key: String) -> Result<Option<ConnectGuide>, ApiError> {
    Ok(super::PlainFormResults::from_context()?.take_guide(&key))
}

/// Makes a token that lets a device connect for `lifetime` seconds, and programs that use it. A plain form is redirected to
/// the device's page, which shows them once.
#[server(prefix = "/fn", endpoint = "create-device-token")]
pub(crate) async fn create_device_token(
    device_id: String,
    lifetime: String,
) -> Result<ConnectGuide, ApiError> {
    use console_wire::{connect::NewDeviceToken, problem::FieldError};

    let id = super::devices::ssr::device_id(&device_id)?;
    let Ok(seconds) = lifetime.trim().parse::<u32>() else {
        let fault = FieldError::new("lifetimeSeconds", "must be a whole number of seconds");
        return Err(super::ssr::with_status(ApiError::invalid(vec![fault])));
    };
    let new = NewDeviceToken { lifetime_seconds: Some(seconds) };
    let guide = super::ssr::console()?.connect_guide(&id, new, &super::ssr::actor()?).await;
    let guide = guide.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        let key = super::PlainFormResults::from_context()?.keep_guide(guide.clone());
        super::ssr::redirect(&crate::paths::device_connect(id.as_str(), &key));
    }
    Ok(guide)
}
