//! What the hub does for a rollout.

use serde::{Deserialize, Serialize};

/// How far the jobs on the hub are that call the devices of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutHubJobs))]
#[serde(rename_all = "camelCase")]
pub struct HubJobCounts {
    /// Not on the hub yet: it runs as many jobs at once as its tier allows.
    pub waiting: u64,
    /// On the hub.
    pub running: u64,
    /// All of their devices have ended.
    pub ended: u64,
}

/// How much of what the hub allows is used, by all jobs together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutHubUse))]
#[serde(rename_all = "camelCase")]
pub struct HubUse {
    /// Devices of jobs that ended in a second, as a mean of the last 10 seconds.
    pub per_second: f64,
    /// How many devices a second the hub takes with the rollout's engine.
    pub limit: f64,
}
