//! Why a connection ends. MQTT 3.1.1 has no packet for a server's reason, so it goes to the log and to the device's history.

use std::time::Duration;

use super::{filter::FilterFault, property_bag::BagFault};
use crate::{domain::connection_cause::ConnectionCause, error::HubError};

/// Why the hub closes a connection without a protocol violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// A newer connection of the same device came (400027).
    #[error("a newer connection of the device took over")]
    Replaced,
    /// The device or module was disabled, deleted, or its keys withdrawn.
    #[error("the device is no longer allowed to connect")]
    Revoked,
    /// The token and its leniency have expired (401003).
    #[error("the token has expired")]
    Expired,
    /// The device does not read what it is sent. It reads its twin again when it reconnects.
    #[error("too much waits for the device")]
    Overflow,
    /// The device requested it, to test its reconnecting.
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
    #[error("the packet has {0} bytes, more than are allowed")]
    PacketTooLarge(usize),
    #[error(
        "the message has {0} bytes with its properties; at most {max} are allowed",
        max = super::limits::MAX_TELEMETRY
    )]
    MessageTooLarge(usize),
    #[error("the MQTT protocol level is {0}; this hub speaks MQTT 3.1.1, level 4")]
    ProtocolLevel(u8),
    #[error("the first packet is not CONNECT")]
    NotConnect,
    #[error("a second CONNECT")]
    SecondConnect,
    #[error("QoS 2 is not spoken here")]
    ExactlyOnce,
    #[error("a packet that only servers send")]
    ServersPacket,
    /// The topic, quoted.
    #[error("the device may not publish to {0}")]
    Topic(String),
    #[error("the method answer's status {0} is not a whole number")]
    MethodStatus(String),
    #[error("{0}")]
    PropertyBag(#[from] BagFault),
    #[error("{0}")]
    Filter(#[from] FilterFault),
}

/// How a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum DisconnectReason {
    #[error("the device disconnected")]
    Disconnect,
    #[error("the device closed the connection without DISCONNECT")]
    PeerClosed,
    #[error("nothing was heard for {} seconds, one and a half times the keep-alive", .0.as_secs_f32())]
    KeepAliveTimeout(Duration),
    #[error("no CONNECT came within {} seconds", .0.as_secs_f32())]
    NoConnect(Duration),
    #[error("{1}")]
    Refused(ConnectionCause, String),
    #[error("{1}")]
    Unavailable(ConnectionCause, String),
    #[error("{0}")]
    Closed(#[from] CloseReason),
    #[error("{0}")]
    Violation(#[from] Violation),
    #[error("the connection failed: {0}")]
    Socket(#[from] std::io::Error),
    #[error("the hub could not do what the device requested: {}", .0.caller_text())]
    Backend(#[source] Box<HubError>),
}

impl From<HubError> for DisconnectReason {
    fn from(error: HubError) -> Self {
        Self::Backend(Box::new(error))
    }
}

impl DisconnectReason {
    /// Whether the hub refused or disconnected the client, so that the log should say why. A device that disconnects, a
    /// network failure, a stopping hub and a requested fault are not warnings.
    pub(super) const fn is_warning(&self) -> bool {
        match self {
            Self::Disconnect | Self::PeerClosed | Self::Socket(_) => false,
            Self::Closed(reason) => !matches!(reason, CloseReason::Fault | CloseReason::Stopping),
            Self::KeepAliveTimeout(_)
            | Self::NoConnect(_)
            | Self::Refused(..)
            | Self::Unavailable(..)
            | Self::Violation(_)
            | Self::Backend(_) => true,
        }
    }
    /// The reason as a word for programs.
    pub(super) const fn cause(&self) -> ConnectionCause {
        match self {
            Self::Disconnect | Self::PeerClosed => ConnectionCause::Closed,
            Self::KeepAliveTimeout(_) => ConnectionCause::KeepAlive,
            Self::NoConnect(_) => ConnectionCause::Protocol,
            Self::Refused(cause, _) | Self::Unavailable(cause, _) => *cause,
            Self::Closed(reason) => reason.cause(),
            Self::Violation(violation) => violation.cause(),
            Self::Socket(_) => ConnectionCause::Network,
            Self::Backend(error) => match **error {
                HubError::Throttled(_) => ConnectionCause::Throttled,
                _ => ConnectionCause::HubFailed,
            },
        }
    }
}

impl CloseReason {
    const fn cause(self) -> ConnectionCause {
        match self {
            Self::Replaced => ConnectionCause::TakenOver,
            // One that was deleted has no history.
            Self::Revoked => ConnectionCause::Disabled,
            Self::Expired => ConnectionCause::ExpiredToken,
            Self::Overflow => ConnectionCause::TooSlow,
            Self::Fault => ConnectionCause::InjectedFault,
            Self::Stopping => ConnectionCause::HubStopping,
        }
    }
}

impl Violation {
    const fn cause(&self) -> ConnectionCause {
        match self {
            Self::PacketTooLarge(_) | Self::MessageTooLarge(_) => ConnectionCause::TooLarge,
            Self::Topic(_) | Self::Filter(_) => ConnectionCause::WrongTopic,
            Self::Malformed
            | Self::ProtocolLevel(_)
            | Self::NotConnect
            | Self::SecondConnect
            | Self::ExactlyOnce
            | Self::ServersPacket
            | Self::MethodStatus(_)
            | Self::PropertyBag(_) => ConnectionCause::Protocol,
        }
    }
}
