//! Whether devices have taken over the desired properties that a job set.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /api/v1/jobs/{id}/desired-sync`: how many devices report what a job set. The job itself writes twins only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DesiredSync {
    /// Devices whose twin the job has written.
    pub written: u64,
    /// The newest count; absent until the first one is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<SyncCount>,
}

/// A count over the twins as the hub had them then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SyncCount {
    /// How many twins of devices or modules were read: all that the job has written, or of a large job the first ones by
    /// device id.
    pub checked: u64,
    /// Those of them whose reported properties hold every value that the job set.
    pub in_sync: u64,
    /// Those that are not in sync and not connected: they get the change when they connect.
    pub not_connected: u64,
    /// Those that the hub does not know any more.
    pub not_registered: u64,
    /// When the count began.
    pub as_of: Timestamp,
}

impl SyncCount {
    /// Those that are connected and have not reported the values.
    pub const fn not_reported(&self) -> u64 {
        self.checked - self.in_sync - self.not_connected - self.not_registered
    }
}
