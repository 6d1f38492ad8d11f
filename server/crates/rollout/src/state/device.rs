//! One device of a rollout.

use console_wire::outcome::Outcome;
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// A device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) wave: u16,
    pub(crate) zone: u16,
    /// Calls so far.
    pub(crate) calls: u16,
    /// Calls that repeated a failed one.
    pub(crate) repeated: u8,
    pub(crate) at: Place,
}

/// Where a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Place {
    /// Not called yet.
    Queued,
    /// Called; `connected`: it has connected since. `before`: how the call before this one ended.
    InFlight { connected: bool, before: Option<Outcome> },
    /// Called again when its timer is due. The outcome is that of the last call.
    WaitsToRepeat(Outcome),
    /// Called again as soon as rate and window allow.
    Again(Outcome),
    /// Called again when it connects, not before this time.
    WaitsToConnect(Timestamp),
    /// It has ended.
    Ended(Outcome),
}

impl Place {
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Queued | Self::WaitsToRepeat(_) | Self::Again(_) | Self::WaitsToConnect(_) => {
                Outcome::Queued
            }
            Self::InFlight { .. } => Outcome::InFlight,
            Self::Ended(outcome) => outcome,
        }
    }
}
