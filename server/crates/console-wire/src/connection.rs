//! Why a device is connected or not: what happened to its connections lately, in words, and who was refused.

mod refused;

use hub_wire::{
    Timestamp,
    device::{ConnectionState, DeviceStatus},
};
use serde::{Deserialize, Serialize};

pub use self::refused::{Refusals, RefusedDevice, listed_refused_ids, refused_ids};

/// What happened to a device's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ConnectionEventKind {
    /// It began.
    Connected,
    /// It ended.
    Disconnected,
    /// The device, or a client that claims to be it, was not let in.
    Refused,
    /// Something that only a later hub reports.
    #[serde(other)]
    Unknown,
}

/// Why a connection was refused or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// The device is registered with certificates, which the embedded hub does not check.
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
    /// The device requested this fault itself, to test that it connects again.
    InjectedFault,
    /// The hub could not do what it should.
    HubFailed,
    /// The hub stopped.
    HubStopping,
    /// Something that only a later hub reports.
    #[serde(other)]
    Unknown,
}

impl ConnectionCause {
    /// The word for it that the API uses; `None` for what this program does not know.
    pub fn from_wire(word: &str) -> Self {
        serde_json::from_value(word.into()).unwrap_or(Self::Unknown)
    }

    /// Two or three words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::WrongKey => "Wrong key",
            Self::ExpiredToken => "Expired token",
            Self::BadToken => "Not a token",
            Self::WrongResource => "Token for another device",
            Self::NotPermitted => "Policy without permission",
            Self::Disabled => "Device disabled",
            Self::UnknownDevice => "Not registered",
            Self::Certificates => "Needs a certificate",
            Self::BadConnect => "Wrong client id or user name",
            Self::TakenOver => "Taken over by another client",
            Self::WrongTopic => "Wrong topic",
            Self::TooLarge => "Too large",
            Self::Throttled => "Throttled",
            Self::Protocol => "MQTT rule broken",
            Self::TooSlow => "Does not read",
            Self::KeepAlive => "No sign of life",
            Self::Closed => "Closed by the device",
            Self::Network => "Network failed",
            Self::InjectedFault => "Fault on request",
            Self::HubFailed => "Hub failed",
            Self::HubStopping => "Hub stopped",
            Self::Unknown => "Unknown reason",
        }
    }

    /// What to do about it, a sentence; `None` where there is nothing to do.
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::WrongKey => {
                "Sign the token with the device's primary or secondary key; the key may have been replaced."
            }
            Self::ExpiredToken => {
                "Let the device make a new token before the old one ends, and check its clock."
            }
            Self::BadToken => "The password has to be a shared access signature, not the key itself.",
            Self::WrongResource => {
                "The token's resource has to be the hub's host name, /devices/ and the device's id."
            }
            Self::NotPermitted => "Use the device's own key, or a policy with DeviceConnect.",
            Self::Disabled => "Enable the device if it may connect.",
            Self::UnknownDevice => "Register the id, or correct the client id; ids are case-sensitive.",
            Self::Certificates => "Register the device with keys: this hub checks no certificates.",
            Self::BadConnect => {
                "The client id has to be the device's id, the user name {host}/{device id}/?api-version=2021-04-12."
            }
            Self::TakenOver => "Two clients use this id. Give each device its own.",
            Self::WrongTopic => "A device uses only its own topics: devices/{device id}/… and $iothub/….",
            Self::TooLarge => "A message may have 256 KB with its properties. Send less at once.",
            Self::Throttled => "Send or connect less often, or give the hub more units.",
            Self::Protocol => "The client's library or its settings do not follow the hub's MQTT rules.",
            Self::TooSlow => "The device has to read what the hub sends while it is connected.",
            Self::KeepAlive => "The device lost power or network, or sends no PINGREQ within its keep-alive.",
            Self::HubFailed => "The hub's log says what went wrong.",
            Self::Closed | Self::Network | Self::InjectedFault | Self::HubStopping | Self::Unknown => {
                return None;
            }
        })
    }
}

/// A connection of a device that began, ended or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEvent {
    /// When, the last time.
    pub time_utc: Timestamp,
    /// What.
    pub kind: ConnectionEventKind,
    /// Why, as a word for programs; absent for a connection that began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<ConnectionCause>,
    /// Why, as the hub says it; empty for a connection that began.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Address and port of the client, as far as the hub knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    /// How often the same was refused in a row.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub count: u64,
}

/// `GET /api/v1/devices/{id}/connections`: whether a device or module is connected, why, and what happened lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Connections {
    /// Whether it is connected.
    pub connection_state: ConnectionState,
    /// When that last changed.
    pub connection_state_updated_time: Timestamp,
    /// When it last connected, sent, or received.
    pub last_activity_time: Timestamp,
    /// Whether it may connect.
    pub status: DeviceStatus,
    /// Why, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// Why it is connected or not, sentences for a person.
    pub explanation: String,
    /// Whether the hub keeps what happens to connections. A real hub sends it to Azure Monitor.
    pub has_events: bool,
    /// The last events, newest first, 20 at most; none from before the hub's last start.
    pub items: Vec<ConnectionEvent>,
}

impl Connections {
    /// Why the device is connected or not, by its other members.
    #[must_use]
    pub fn explain(&self) -> String {
        let is_connected = self.connection_state == ConnectionState::Connected;
        let newest = self.items.first();
        let refused = newest.filter(|event| event.kind == ConnectionEventKind::Refused);
        if self.status == DeviceStatus::Disabled {
            let reason =
                self.status_reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            return format!("Disabled{reason}. The hub lets it connect only when it is enabled.");
        }
        if is_connected {
            return match refused {
                Some(refused) => format!(
                    "Connected. Another client with its id was refused: {}",
                    sentences(refused.cause.unwrap_or(ConnectionCause::Unknown))
                ),
                None => "Connected.".to_owned(),
            };
        }
        match newest {
            Some(event) if event.kind == ConnectionEventKind::Refused => {
                format!("Refused: {}", sentences(event.cause.unwrap_or(ConnectionCause::Unknown)))
            }
            Some(event) if event.kind == ConnectionEventKind::Disconnected => {
                format!("Disconnected: {}", sentences(event.cause.unwrap_or(ConnectionCause::Unknown)))
            }
            _ if self.last_activity_time == Timestamp::NEVER && self.has_events => {
                "Never connected. No client has tried to connect with its id since the hub started."
                    .to_owned()
            }
            _ if self.last_activity_time == Timestamp::NEVER => {
                "Never connected. Whether a client tried is in the hub's diagnostic log of connections."
                    .to_owned()
            }
            _ if self.has_events => {
                "Not connected. No client has tried to connect with its id since the hub started.".to_owned()
            }
            _ => "Not connected. Why is in the hub's diagnostic log of connections.".to_owned(),
        }
    }
}

/// `wrong key. Sign the token …`
fn sentences(cause: ConnectionCause) -> String {
    let title = cause.title();
    let (first, rest) = title.split_at(1);
    // `MQTT` keeps its capitals.
    let title = if rest.starts_with(|c: char| c.is_uppercase()) {
        title.to_owned()
    } else {
        format!("{}{rest}", first.to_lowercase())
    };
    match cause.advice() {
        Some(advice) => format!("{title}. {advice}"),
        None => format!("{title}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: ConnectionEventKind, cause: Option<ConnectionCause>) -> ConnectionEvent {
        let time_utc = Timestamp::from_unix_millis(0);
        ConnectionEvent { time_utc, kind, cause, reason: String::new(), client_address: None, count: 1 }
    }

    #[test]
    fn explanations() {
        use ConnectionCause::{Closed, Protocol, TakenOver, WrongKey};
        use ConnectionEventKind::{Connected, Disconnected, Refused};
        let on = ConnectionState::Connected;
        let off = ConnectionState::Disconnected;
        for (state, is_disabled, has_events, has_been, newest, begins) in [
            (on, false, true, true, Some(event(Connected, None)), "Connected."),
            (on, false, false, true, None, "Connected."),
            (
                on,
                false,
                true,
                true,
                Some(event(Refused, Some(WrongKey))),
                "Connected. Another client with its id was refused: wrong key. Sign",
            ),
            (
                off,
                false,
                true,
                true,
                Some(event(Refused, Some(WrongKey))),
                "Refused: wrong key. Sign the token",
            ),
            (off, false, true, true, Some(event(Refused, Some(Protocol))), "Refused: MQTT rule broken. The"),
            (off, false, true, true, Some(event(Refused, None)), "Refused: unknown reason."),
            (
                off,
                false,
                true,
                true,
                Some(event(Disconnected, Some(Closed))),
                "Disconnected: closed by the device.",
            ),
            (off, false, true, true, Some(event(Disconnected, Some(TakenOver))), "Disconnected: taken over"),
            (off, true, true, true, Some(event(Refused, Some(WrongKey))), "Disabled: stolen. The hub"),
            (off, false, true, false, None, "Never connected. No client"),
            (off, false, false, false, None, "Never connected. Whether"),
            (off, false, true, true, None, "Not connected. No client"),
            (off, false, false, true, None, "Not connected. Why"),
        ] {
            let connections = Connections {
                connection_state: state,
                connection_state_updated_time: Timestamp::from_unix_millis(0),
                last_activity_time: if has_been { Timestamp::from_unix_millis(1) } else { Timestamp::NEVER },
                status: if is_disabled { DeviceStatus::Disabled } else { DeviceStatus::Enabled },
                status_reason: is_disabled.then(|| "stolen".to_owned()),
                explanation: String::new(),
                has_events,
                items: newest.into_iter().collect(),
            };
            let explanation = connections.explain();
            assert!(explanation.starts_with(begins), "{explanation} / {begins}");
            assert!(explanation.ends_with('.'), "{explanation}");
        }
    }

    #[test]
    fn causes_by_their_words() {
        for (word, cause) in [
            ("wrongKey", ConnectionCause::WrongKey),
            ("takenOver", ConnectionCause::TakenOver),
            ("somethingNew", ConnectionCause::Unknown),
            ("", ConnectionCause::Unknown),
        ] {
            assert_eq!(ConnectionCause::from_wire(word), cause, "{word}");
        }
    }
}
