//! The simulated pool's settings and figures: `GET`, `PATCH /api/v1/simulator`.

use serde::{Deserialize, Serialize};

/// How long simulated devices take to answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Latency {
    /// Always so many milliseconds.
    Constant(f64),
    /// Log-normal, by its median and 95th percentile in milliseconds.
    Spread {
        /// Median.
        p50: f64,
        /// 95th percentile.
        p95: f64,
    },
}

/// `GET /api/v1/simulator`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulator {
    /// Devices in the pool.
    pub count: u64,
    /// Connected now.
    pub connected: u64,
    /// Answer time.
    pub latency_ms: Latency,
    /// Share of devices that stay offline, 0 to 1.
    pub offline_share: f64,
    /// Share of calls answered with an error, 0 to 1.
    pub error_share: f64,
    /// Share of calls never answered, 0 to 1.
    pub silent_share: f64,
    /// Share of calls in whose middle the connection drops, 0 to 1.
    pub drop_share: f64,
    /// One seed gives one run.
    pub seed: u64,
    /// Calls received since the start.
    pub calls: u64,
    /// Calls answered since the start.
    pub answered: u64,
}
