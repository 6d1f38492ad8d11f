//! The action of a job.

use serde::{Deserialize, Serialize};

/// The action of a job: what is sent to each device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ActionKind {
    /// Call a direct method.
    #[default]
    Method,
    /// Merge desired properties.
    Desired,
    /// Merge tags.
    Tags,
}

impl ActionKind {
    /// All of them, in the order of the form.
    pub(crate) const ALL: [Self; 3] = [Self::Method, Self::Desired, Self::Tags];

    /// The value in forms and addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Desired => "desired",
            Self::Tags => "tags",
        }
    }

    /// Reads the value; the wire's job types are accepted too.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "desired" | "scheduleUpdateTwin" => Self::Desired,
            "tags" => Self::Tags,
            _ => Self::Method,
        }
    }

    /// Most bytes of JSON that it may carry. Source: `iot-hub-devguide-direct-methods.md`,
    /// `iot-hub-devguide-device-twins.md`.
    pub(crate) const fn max_bytes(self) -> usize {
        match self {
            Self::Method => hub_wire::direct_method::MAX_PAYLOAD,
            Self::Desired => 32 * 1024,
            Self::Tags => 8 * 1024,
        }
    }
}
