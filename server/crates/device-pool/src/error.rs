//! Why a pool cannot start. Later errors (an unreachable hub, a refused device) are retried and shown in the snapshot
//! instead.

use hub_client::{HubError, tls::TlsError};
use hub_wire::InvalidId;

use crate::InvalidSetting;

/// A pool that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The prefix does not give valid device ids.
    #[error("the prefix makes no valid device id")]
    Prefix(#[source] InvalidId),
    /// TLS needs a name to check the certificate against.
    #[error("'{0}' is neither a host name nor an address")]
    Host(String),
    /// A setting is out of range.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The client that registers devices cannot be made.
    #[error("devices cannot be registered")]
    Client(#[source] HubError),
    /// Trust for MQTT over TLS cannot be set up.
    #[error("devices cannot connect over TLS")]
    Tls(#[from] TlsError),
}
