//! How long devices took to answer.

use serde::{Deserialize, Serialize};

/// `GET /api/v1/jobs/{id}/latency`: from sending to the answer, over the devices that answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// How many devices answered.
    pub count: u64,
    /// Half of them took at most this many milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub p50_ms: f64,
    /// 95 of 100.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub p95_ms: f64,
    /// 99 of 100.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub p99_ms: f64,
    /// The fastest.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub min_ms: f64,
    /// The slowest.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub max_ms: f64,
    /// A histogram without gaps from the fastest to the slowest: on a logarithmic scale, or in bars of one width where
    /// all are near each other. The first bucket may hold none: it says where the second begins.
    pub buckets: Vec<Bucket>,
}

/// One bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Holds answers that took longer than the bucket before allows, and at most this many milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub upper_ms: f64,
    /// How many.
    pub count: u64,
}
