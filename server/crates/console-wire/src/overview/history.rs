//! Devices and jobs over the last hours and days.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

/// Days for which samples are kept.
pub const SAMPLE_DAYS: u32 = 30;
/// Longest history that can be asked for, in hours.
pub const MAX_HISTORY_HOURS: u32 = SAMPLE_DAYS * 24;

/// What to read of the history: the query of `GET /api/v1/overview/history`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryQuery {
    /// How far back, in hours, 1 to 720; 24 when absent.
    #[serde(
        default,
        deserialize_with = "crate::number::whole::<_, _, 1, 720>",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 720))]
    pub hours: Option<u32>,
}

/// Devices and jobs over the last hours, from samples that the server takes each minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// Minutes that a point sums up.
    pub step_minutes: u32,
    /// The points, oldest first. Where nothing was measured there is none.
    pub points: Vec<HistoryPoint>,
    /// When the connected devices were not measured for more than two minutes: the server was stopped, or the hub not
    /// reachable. At most 50, the newest.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub gaps: Vec<Gap>,
    /// The fewest connected devices, and when that was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Lowest>,
}

/// Some minutes of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryPoint {
    /// When they begin.
    pub time: Timestamp,
    /// The fewest connected devices; absent where the hub was not reachable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<u64>,
    /// The most registered devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<u64>,
    /// The most devices that were sent and had not answered.
    pub in_flight: u64,
    /// Device operations of jobs that ended.
    pub operations: u64,
    /// Calls that the hub refused, since there were too many of them.
    pub throttled: u64,
}

/// A time without samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The last sample before it.
    pub from: Timestamp,
    /// The first sample after it.
    pub to: Timestamp,
}

/// The fewest connected devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Lowest {
    /// How many.
    pub connected: u64,
    /// When.
    pub time: Timestamp,
}
