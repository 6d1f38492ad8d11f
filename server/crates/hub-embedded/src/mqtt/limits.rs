//! The gateway's limits.

use std::time::Duration;

/// Largest D2C message, properties and body, in bytes.
pub(super) const MAX_TELEMETRY: usize = 256 * 1024;
/// Largest packet of an admitted device, without its fixed header: the largest message and room for the topic's frame.
pub(super) const MAX_PACKET: usize = MAX_TELEMETRY + 1024;
/// Largest CONNECT. Tokens are held to 2 KB; the rest is for a will. Small, because a client sends it before it is authorised.
pub(super) const MAX_CONNECT: usize = 16 * 1024;
/// The hub waits at most this long for a sign of life, whatever keep-alive a client names. Source: digest of
/// `iot-mqtt-connect-to-iot-hub.md`. Also applied to a keep-alive of 0.
pub(super) const MAX_KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(1767);
/// A connection outlives its token by this much. Source: devices with tokens of 60 minutes are seen to drop every 65.
pub(super) const EXPIRY_LENIENCY: Duration = Duration::from_mins(5);
/// Longest `$rid` of a device, in bytes; it is echoed in a topic, whose length is limited.
pub(super) const MAX_REQUEST_ID: usize = 256;

/// Longest topic filter of a device, in bytes. The longest that the hub's topics need has some 330.
pub(super) const MAX_FILTER: usize = 1024;
/// Most filters of one device. The documentation speaks of at most 5.
pub(super) const MAX_FILTERS: usize = 32;

/// Configurable limits. The default suits one machine; tests use lower ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Time from the socket's opening to a whole CONNECT.
    pub connect_within: Duration,
    /// Open sockets, those without CONNECT included. A full gateway closes the oldest of
    /// these for a new one, and closes the new one when there are none.
    pub max_connections: usize,
    /// Unanswered method calls of one device (403800 beyond).
    pub calls_in_flight: usize,
    /// Messages that wait for one device.
    pub outbox_messages: usize,
    /// Bytes of payload that wait for one device.
    pub outbox_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(30),
            max_connections: 100_000,
            calls_in_flight: 32,
            outbox_messages: 64,
            outbox_bytes: 1024 * 1024,
        }
    }
}
