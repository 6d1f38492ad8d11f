//! Renewing symmetric keys of many identities at once (`POST /devices/keys/regenerate`).
//!
//! Source: the request and result models of the command-line tool's service client, API version 2024-03-31.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DeviceId, ModuleId};

/// Most identities in one request. Source: the command-line tool's batches.
pub const MAX_REGENERATIONS: usize = 1000;

/// Which keys are renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyKey {
    /// The first.
    PrimaryKey,
    /// The second.
    SecondaryKey,
    /// Both.
    Both,
}

/// The request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegenerateKeys {
    /// Which keys are renewed.
    pub policy_key: PolicyKey,
    /// The identities whose keys are.
    pub devices: Vec<KeyOwner>,
}

/// A device, or a module on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyOwner {
    /// The device.
    pub id: DeviceId,
    /// The module, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_id: Option<ModuleId>,
}

/// The answer: 200 when all were renewed, 207 when some were, 400 when none was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegeneratedKeys {
    /// Which keys were renewed.
    pub policy_key: PolicyKey,
    /// Identities with their keys of now.
    pub rotated_keys: Vec<RotatedKeys>,
    /// Identities that were refused.
    pub errors: Vec<KeyError>,
}

/// An identity's keys after the renewal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RotatedKeys {
    /// The identity.
    #[serde(flatten)]
    pub owner: KeyOwner,
    /// First key, base64.
    pub primary_key: String,
    /// Second key, base64.
    pub secondary_key: String,
}

/// Never shows the keys.
impl fmt::Debug for RotatedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotatedKeys").field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// An identity whose keys were not renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyError {
    /// The identity.
    #[serde(flatten)]
    pub owner: KeyOwner,
    /// The error's name.
    pub error_code: String,
    /// Text for a person.
    pub error_status: String,
}
