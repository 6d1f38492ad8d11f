//! The last messages of each device, for developers who want to see that theirs sends.
//!
//! In memory by design: the real hub forwards telemetry to an event hub and does not keep it.

use hub_wire::Timestamp;

use crate::{
    mqtt::TelemetryMessage,
    recent::{Recent, Weighed},
};

/// Most messages of one device or module.
const MOST_OF_ONE: usize = 32;
/// Most bytes of all messages together.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a message and of a property beside their text.
const FRAME: usize = 128;

/// Recent messages from devices.
pub(crate) type TelemetryLog = Recent<Received>;

/// No messages yet.
pub(crate) fn log() -> TelemetryLog {
    Recent::new(MOST_OF_ONE, MOST_BYTES)
}

/// A received message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    /// When.
    pub(crate) at: Timestamp,
    /// The message.
    pub(crate) message: TelemetryMessage,
}

impl Weighed for Received {
    fn size(&self) -> usize {
        let properties =
            self.message.properties.iter().map(|property| FRAME + property.name.len() + property.value.len());
        FRAME + self.message.payload.len() + properties.sum::<usize>()
    }
}
