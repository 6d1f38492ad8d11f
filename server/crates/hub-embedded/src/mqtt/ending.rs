//! Why a connection ends. MQTT 3.1.1 has no word of goodbye for a server, so the reason is for the log alone.

use std::time::Duration;

/// Why the hub ends a connection that did nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// A newer connection of the same device came (400027).
    #[error("a newer connection of the device took over")]
    Replaced,
    /// The device or module was disabled, deleted, or its keys withdrawn.
    #[error("the device is no longer allowed to connect")]
    Revoked,
    /// The token's time and the leniency are over (401003).
    #[error("the token has expired")]
    Expired,
    /// The device does not read what it is sent. It will read its twin again when it is back.
    #[error("too much waits for the device")]
    Overflow,
    /// The device asked for it, to try its reconnecting.
    #[error("a fault was injected")]
    Fault,
    /// The hub stops.
    #[error("the hub is stopping")]
    Stopping,
}

/// A rule of MQTT or of the hub that the device broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    #[error("the packet is malformed")]
    Malformed,
    #[error("the packet says it has {0} bytes")]
    PacketTooLarge(usize),
    #[error("the message has {0} bytes")]
    MessageTooLarge(usize),
    #[error("the protocol level is {0}")]
    ProtocolLevel(u8),
    #[error("the first packet is not CONNECT")]
    NotConnect,
    #[error("a second CONNECT")]
    SecondConnect,
    #[error("QoS 2 is not spoken here")]
    ExactlyOnce,
    #[error("a packet that only servers send")]
    ServersPacket,
    #[error("the topic is not one of the hub's")]
    Topic,
    #[error("the filter is not one of the hub's")]
    Filter,
}

/// How a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ending {
    #[error("DISCONNECT")]
    Disconnect,
    #[error("the peer closed")]
    PeerClosed,
    #[error("nothing heard for {0:?}")]
    Silence(Duration),
    #[error("no CONNECT within {0:?}")]
    NoConnect(Duration),
    #[error("refused: {0}")]
    Refused(&'static str),
    #[error("the hub cannot check credentials now")]
    Unavailable,
    #[error("closed: {0}")]
    Closed(#[from] CloseReason),
    #[error("protocol: {0}")]
    Violation(#[from] Violation),
    #[error("the socket failed")]
    Socket(#[from] std::io::Error),
    #[error("the hub could not do its part")]
    Backend(#[source] crate::error::HubError),
}
