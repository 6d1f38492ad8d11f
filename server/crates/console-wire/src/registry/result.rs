//! What becomes of each device of a change, and how many are in which state.

use hub_wire::DeviceId;
use serde::{Deserialize, Serialize};

/// Devices of a change by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeCounts {
    /// Not sent.
    pub queued: u64,
    /// Sent, without an answer so far.
    pub in_flight: u64,
    /// Changed.
    pub succeeded: u64,
    /// They had the wanted status already.
    pub unchanged: u64,
    /// Refused by the hub, unknown, or outside the scope.
    pub failed: u64,
    /// Sent, and the answer got lost: they may have been changed.
    pub interrupted: u64,
    /// Never sent.
    pub cancelled: u64,
}

impl ChangeCounts {
    /// All devices.
    pub const fn total(&self) -> u64 {
        self.queued
            + self.in_flight
            + self.succeeded
            + self.unchanged
            + self.failed
            + self.interrupted
            + self.cancelled
    }

    /// Those with a result.
    pub const fn done(&self) -> u64 {
        self.total() - self.queued - self.in_flight
    }

    /// Those in one state.
    pub const fn get(&self, state: ChangeState) -> u64 {
        match state {
            ChangeState::Queued => self.queued,
            ChangeState::InFlight => self.in_flight,
            ChangeState::Succeeded => self.succeeded,
            ChangeState::Unchanged => self.unchanged,
            ChangeState::Failed => self.failed,
            ChangeState::Interrupted => self.interrupted,
            ChangeState::Cancelled => self.cancelled,
        }
    }

    /// Sets how many are in one state.
    pub const fn set(&mut self, state: ChangeState, count: u64) {
        match state {
            ChangeState::Queued => self.queued = count,
            ChangeState::InFlight => self.in_flight = count,
            ChangeState::Succeeded => self.succeeded = count,
            ChangeState::Unchanged => self.unchanged = count,
            ChangeState::Failed => self.failed = count,
            ChangeState::Interrupted => self.interrupted = count,
            ChangeState::Cancelled => self.cancelled = count,
        }
    }
}

/// Where a device of a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ChangeState {
    /// Not sent.
    Queued,
    /// Sent, without an answer so far.
    InFlight,
    /// Changed.
    Succeeded,
    /// It had the wanted status already.
    Unchanged,
    /// Refused by the hub, unknown, or outside the scope.
    Failed,
    /// Sent, and the answer got lost: it may have been changed.
    Interrupted,
    /// Never sent.
    Cancelled,
}

impl ChangeState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::InFlight,
        Self::Succeeded,
        Self::Unchanged,
        Self::Failed,
        Self::Interrupted,
        Self::Cancelled,
    ];

    /// The value on the wire, in the store and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "inFlight",
            Self::Succeeded => "succeeded",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }

    /// By the value on the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A device of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangedDevice {
    /// The device.
    pub device_id: DeviceId,
    /// Where it is.
    pub state: ChangeState,
    /// The hub's error code, or `OutsideScope`, `ConsoleStopped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What it means, and what the hub said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Which devices of a change to list, in the order of the change: the query of
/// `GET /api/v1/registry-changes/{change_id}/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeDevicesQuery {
    /// Only devices in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ChangeState>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most items, 1 to 500; 50 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 500>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
}

/// What an error of a device means, a sentence; `None` for a code that has no words here.
pub fn error_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "DeviceAlreadyExists" | "409001" => "A device with this id exists already.",
        "DeviceNotFound" | "404001" => "The hub does not know this device.",
        "PreconditionFailed" | "412001" | "EtagDoesNotMatch" | "400023" => {
            "The device was changed by another client at the same moment."
        }
        "TooManyDevices" | "413002" => "The hub is full: it has as many devices as it may have.",
        "ArgumentInvalid" | "400004" | "ArgumentNull" | "400005" => {
            "The hub does not take one of the values."
        }
        "IotHubUnauthorizedAccess" | "401002" | "IotHubUnauthorized" | "401003" | "Unauthorized" => {
            "The hub does not let this console write to its registry."
        }
        "OutsideScope" => "The device is outside the scope of the person who asked.",
        "ConsoleStopped" => "The console stopped before the hub answered. The device may have been changed.",
        "AnswerLost" => "The hub's answer got lost. The device may have been changed.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_wire() {
        let mut counts = ChangeCounts::default();
        for state in ChangeState::ALL {
            counts.set(state, 1);
            assert_eq!(counts.get(state), 1);
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(ChangeState::from_wire(state.as_str()), Some(state));
        }
        assert_eq!((counts.total(), counts.done()), (7, 5));
    }
}
