//! How long a rollout would take, and what limits it.

use hub_wire::{Timestamp, job::JobType};
use serde::{Deserialize, Serialize};

use super::settings::{Engine, Settings};

/// The body of `POST /api/v1/rollout-estimates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEstimateRequest))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstimateRequest {
    /// The settings. The estimate is made for both engines.
    pub rollout: Settings,
    /// How many devices a preview has counted.
    pub devices: u64,
    /// What the job does.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::job::job_types))]
    pub job_type: JobType,
    /// The method, for the question whether another person has to approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_name: Option<String>,
    /// Bytes of the method's payload; 0 when absent. A hub counts a method by every 4 KB.
    #[serde(default)]
    pub payload_bytes: u64,
    /// The text after WHERE, for waves by a tag: their devices are counted. Without it these waves are estimated as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_condition: Option<String>,
}

/// What decides how fast devices are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutLimit))]
#[serde(rename_all = "camelCase")]
pub enum Limit {
    /// The rate of the settings.
    Rate,
    /// What the hub's tier allows.
    Hub,
    /// The rollout waits for its windows longer than it calls.
    Windows,
}

/// How long a rollout takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEstimate))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// When the last device is called, without the waits for people and webhooks. If that is after the end: when the last device
    /// before the end is called.
    pub last_call: Timestamp,
    /// Seconds in which devices are called.
    pub calling_seconds: u64,
    /// Seconds of waiting after gates.
    pub gate_seconds: u64,
    /// Seconds of waiting for windows.
    pub window_seconds: u64,
    /// Gates that wait for a person or a webhook, however long that takes.
    pub questions: usize,
    /// What decides how fast devices are called.
    pub limit: Limit,
    /// Devices that are called before the end time.
    pub devices_in_time: u64,
    /// How long it would take at the hub's pace alone, in seconds.
    pub hub_seconds: u64,
    /// How many devices have been called at which time, where the line bends: for a chart.
    pub line: Vec<Point>,
}

/// A point of the line of devices over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEstimatePoint))]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// The time.
    pub at: Timestamp,
    /// Devices that were called until then.
    pub devices: u64,
}

/// The estimate for one engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutEngineEstimate))]
#[serde(rename_all = "camelCase")]
pub struct EngineEstimate {
    /// The engine.
    pub engine: Engine,
    /// How many devices a minute the hub takes by it, as far as is known.
    pub hub_per_minute: u32,
    /// The estimate.
    pub estimate: Estimate,
}

/// The answer of `POST /api/v1/rollout-estimates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RolloutEstimates {
    /// Devices of each wave, the last one included.
    pub waves: Vec<u64>,
    /// The estimate of each engine: direct calls, then hub jobs.
    pub engines: Vec<EngineEstimate>,
    /// Where the hub's pace comes from, a phrase.
    pub pace_reason: String,
    /// The person who asks needs another person's approval for this number of devices or this method.
    pub needs_approval: bool,
    /// The next seven maintenance windows, in the zone of the settings or of devices without one of their own.
    pub next_windows: Vec<WindowSpan>,
}

/// A maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWindowSpan))]
#[serde(rename_all = "camelCase")]
pub struct WindowSpan {
    /// When it begins.
    pub from: Timestamp,
    /// The last instant of it.
    pub until: Timestamp,
}

impl WindowSpan {
    /// Whether an instant is inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }
}
