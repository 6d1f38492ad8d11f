//! Why a schedule does not run.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A schedule that does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: PauseReason,
}

/// Why a schedule does not run. Displayed as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PauseReason {
    /// A person paused it.
    Person {
        /// The person's name.
        by: String,
        /// What the person wrote.
        comment: String,
    },
    /// Runs failed one after the other.
    Failures {
        /// How many.
        count: u32,
    },
    /// Its owner may no longer do what it does.
    OwnerLacksPermission {
        /// The permission, such as `job:create`.
        permission: String,
    },
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { by, comment } => write!(f, "“{comment}”, {by}"),
            Self::Failures { count: 1 } => f.write_str("a run failed"),
            Self::Failures { count } => write!(f, "{count} runs in a row failed"),
            Self::OwnerLacksPermission { permission } => write!(f, "its owner no longer has {permission}"),
        }
    }
}
