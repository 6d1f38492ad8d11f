//! What the gateway asks of the rest of the hub. It holds no device, twin or key itself.

use bytes::Bytes;
use hub_wire::{
    Timestamp,
    device::ConnectionState,
    twin::{Object, TwinProperties},
};
use secrecy::SecretString;

use super::Subscriptions;
pub use crate::domain::c2d::DeviceboundMessage;
use crate::{domain::Target, error::HubError};

/// The hub behind the gateway.
///
/// Calls for one device come one after the other, in the order it sent its packets; calls for different devices come
/// at the same time.
pub trait Backend: Send + Sync + 'static {
    /// Whether the token opens a connection for this device or module now. A disabled or unknown one is refused.
    fn authorize(
        &self,
        target: &Target,
        token: &SecretString,
    ) -> impl Future<Output = Result<Grant, Refusal>> + Send;

    /// Desired and reported properties, each with its `$version`. `$metadata` may be there; the device does not get it.
    fn twin(&self, target: &Target) -> impl Future<Output = Result<TwinProperties, HubError>> + Send;

    /// Merges into the reported properties; answers their new version. What the device asked wrongly becomes its
    /// error answer, so errors here do not end the connection.
    fn patch_reported(
        &self,
        target: &Target,
        patch: Object,
    ) -> impl Future<Output = Result<u64, HubError>> + Send;

    /// Takes a message from a device. It is acknowledged to the device when this returns.
    fn telemetry(
        &self,
        target: &Target,
        message: TelemetryMessage,
    ) -> impl Future<Output = Result<(), HubError>> + Send;

    /// Hands messages for the device to the connection `owner`, at most so many and oldest first: they are its own until
    /// it completes them or releases them. Asked again when [`Connections::notify_messages`](super::Connections) was told.
    fn devicebound(
        &self,
        target: &Target,
        owner: i64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<DeviceboundMessage>, HubError>> + Send;

    /// The device has the message.
    fn complete(&self, target: &Target, message: i64) -> impl Future<Output = Result<(), HubError>> + Send;

    /// The connection has ended: what it was handed and did not complete is the next one's. Tells whether there is any.
    fn release(&self, target: &Target, owner: i64) -> impl Future<Output = Result<bool, HubError>> + Send;

    /// Devices came or went: at most one change per device, the newest. Tried again when it fails.
    fn connections_changed(
        &self,
        changes: &[ConnectionChange],
    ) -> impl Future<Output = Result<(), HubError>> + Send;

    /// What the device subscribed to in a session that outlives its connections; none when it has no such session.
    fn kept_subscriptions(
        &self,
        target: &Target,
    ) -> impl Future<Output = Result<Option<Subscriptions>, HubError>> + Send;

    /// Keeps that, or forgets the session. Durable when this returns: the device is told so and will not ask again.
    fn keep_subscriptions(
        &self,
        target: &Target,
        kept: Option<Subscriptions>,
    ) -> impl Future<Output = Result<(), HubError>> + Send;
}

/// Leave to be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The token's own end (`se`), without leniency; none when the credentials do not end.
    pub expires: Option<Timestamp>,
}

/// Why there is no leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Unknown or disabled device, wrong key, other resource, expired. The device learns no more than this.
    #[error("the credentials are not good")]
    Unauthorized,
    /// It could not be found out.
    #[error("the hub cannot check credentials now")]
    Unavailable,
}

/// A device came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionChange {
    /// Which.
    pub target: Target,
    /// What it is now.
    pub state: ConnectionState,
    /// Since when.
    pub at: Timestamp,
    /// The model that the device announced when it came.
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
    /// A property's value; an empty text when it has none.
    pub fn property(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|property| property.name == name)?;
        Some(found.value.as_deref().unwrap_or_default())
    }
}

/// One property of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The decoded name.
    pub name: String,
    /// The decoded value; none when it was written without `=`.
    pub value: Option<String>,
}
