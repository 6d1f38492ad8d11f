//! Why a connection was refused or ended, as a word for programs. The sentence beside it is for people.

use serde::Serialize;

/// Why a connection was refused or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionCause {
    /// No key of the device or of the hub made the token's signature.
    WrongKey,
    /// The token's time is over.
    ExpiredToken,
    /// The password is no token.
    BadToken,
    /// The token is for another hub or another device.
    WrongResource,
    /// The token's policy does not let devices connect.
    NotPermitted,
    /// The device is disabled.
    Disabled,
    /// The device or module is not registered.
    UnknownDevice,
    /// The device is registered with certificates, which this hub does not check.
    Certificates,
    /// Client id, user name or password of CONNECT are not those of a device.
    BadConnect,
    /// A newer connection of the same device replaced it.
    TakenOver,
    /// The device published or subscribed to a topic that is not its own.
    WrongTopic,
    /// A packet or a message is larger than allowed.
    TooLarge,
    /// The hub's tier allows fewer operations.
    Throttled,
    /// The device broke another rule of MQTT or of the hub.
    Protocol,
    /// The device did not read what it was sent.
    TooSlow,
    /// Nothing was heard for one and a half times the keep-alive.
    KeepAlive,
    /// The device ended the connection.
    Closed,
    /// The network failed.
    Network,
    /// The device requested this fault itself.
    InjectedFault,
    /// The hub could not do what it should.
    HubFailed,
    /// The hub stops.
    HubStopping,
}

impl ConnectionCause {
    /// Whether the device has to be changed, or its registration, before it can work. A device that was taken over is
    /// connected, and what the network or the hub did is not its fault.
    pub const fn is_refusal(self) -> bool {
        match self {
            Self::WrongKey
            | Self::ExpiredToken
            | Self::BadToken
            | Self::WrongResource
            | Self::NotPermitted
            | Self::Disabled
            | Self::UnknownDevice
            | Self::Certificates
            | Self::BadConnect
            | Self::WrongTopic
            | Self::TooLarge
            | Self::Throttled
            | Self::Protocol
            | Self::TooSlow => true,
            Self::TakenOver
            | Self::KeepAlive
            | Self::Closed
            | Self::Network
            | Self::InjectedFault
            | Self::HubFailed
            | Self::HubStopping => false,
        }
    }
}
