//! The gateway's interface to the rest of the hub. The gateway itself holds no device, twin or key.

use std::net::SocketAddr;

use bytes::Bytes;
use hub_wire::{
    Timestamp,
    device::ConnectionState,
    twin::{Object, TwinProperties},
};
use secrecy::SecretString;

use super::Subscriptions;
pub use crate::domain::{c2d::DeviceboundMessage, connection_cause::ConnectionCause};
use crate::{domain::Target, error::HubError};

/// The hub behind the gateway.
///
/// Calls for one device are sequential, in the order of its packets; calls for different devices are concurrent.
pub trait Backend: Send + Sync + 'static {
    /// Checks the token of a device or module. A disabled or unknown one is refused.
    fn authorize(
        &self,
        target: &Target,
        token: &SecretString,
    ) -> impl Future<Output = Result<Grant, Refusal>> + Send;

    /// Desired and reported properties, each with its `$version`. `$metadata` may be present; it is not sent to the device.
    fn twin(&self, target: &Target) -> impl Future<Output = Result<TwinProperties, HubError>> + Send;

    /// Merges into the reported properties; returns their new version. Errors are sent to the device as its answer and do
    /// not end the connection.
    fn patch_reported(
        &self,
        target: &Target,
        patch: Object,
    ) -> impl Future<Output = Result<u64, HubError>> + Send;

    /// Receives a message from a device. It is acknowledged to the device when this returns.
    fn telemetry(
        &self,
        target: &Target,
        message: TelemetryMessage,
    ) -> impl Future<Output = Result<(), HubError>> + Send;

    /// Locks messages for the connection `owner`, at most `most` and oldest first, until it completes or releases them.
    /// Called again after [`Connections::notify_messages`](super::Connections).
    fn devicebound(
        &self,
        target: &Target,
        owner: i64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<DeviceboundMessage>, HubError>> + Send;

    /// The device has acknowledged the message.
    fn complete(&self, target: &Target, message: i64) -> impl Future<Output = Result<(), HubError>> + Send;

    /// The connection has ended: unlocks the messages that it did not complete. Returns whether there are any.
    fn release(&self, target: &Target, owner: i64) -> impl Future<Output = Result<bool, HubError>> + Send;

    /// Connection states changed: at most one change per device, the newest. Retried when it fails.
    fn connections_changed(
        &self,
        changes: &[ConnectionChange],
    ) -> impl Future<Output = Result<(), HubError>> + Send;

    /// A connection began, ended or was refused: for the log, and for the device's history.
    fn connection_event(&self, event: ConnectionEvent) -> impl Future<Output = ()> + Send;

    /// The subscriptions of the device's persistent session; none when it has none.
    fn kept_subscriptions(
        &self,
        target: &Target,
    ) -> impl Future<Output = Result<Option<Subscriptions>, HubError>> + Send;

    /// Stores the subscriptions, or deletes the session. Durable when this returns, since the device gets its SUBACK then.
    fn keep_subscriptions(
        &self,
        target: &Target,
        kept: Option<Subscriptions>,
    ) -> impl Future<Output = Result<(), HubError>> + Send;
}

/// Permission to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The token's expiry (`se`), without leniency; none when the credentials do not expire.
    pub expires: Option<Timestamp>,
}

/// Why a device may not connect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Unknown or disabled device, wrong key, other resource, expired. The text is for the log and the device's history;
    /// it is not sent to the device.
    #[error("{1}")]
    Unauthorized(ConnectionCause, String),
    /// The check failed or the hub is busy.
    #[error("{1}")]
    Unavailable(ConnectionCause, String),
}

/// Something that happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// The device; none when the client closed before CONNECT. For a refused connection it is what the client claims, so
    /// it need not exist.
    pub target: Option<Target>,
    /// Where the client connects from, as far as that is known.
    pub client: Option<SocketAddr>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ConnectionEventKind,
    /// Why, for programs. None for a connect.
    pub cause: Option<ConnectionCause>,
    /// Why, as text on one line. Empty for a connect.
    pub reason: String,
    /// The hub refused or disconnected the client, so the log should say why.
    pub is_warning: bool,
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionEventKind {
    /// Connected.
    Connected,
    /// Disconnected.
    Disconnected,
    /// The client was refused.
    Refused,
}

/// A changed connection state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionChange {
    /// Which.
    pub target: Target,
    /// The new state.
    pub state: ConnectionState,
    /// When it changed.
    pub at: Timestamp,
    /// The model that the device announced in CONNECT.
    pub model_id: Option<String>,
}

/// A message from a device to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryMessage {
    /// The body, as sent.
    pub payload: Bytes,
    /// The topic's property bag in the order sent. Those of the system start with `$.`: `$.mid`, `$.ct`, `$.on`.
    pub properties: Vec<Property>,
}

impl TelemetryMessage {
    /// A property's value; empty when it has none.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|property| property.name == name).map(|property| property.value.as_str())
    }
}

/// One property of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The decoded name.
    pub name: String,
    /// The decoded value; empty when none was written.
    pub value: String,
}
