//! The simulated pool's settings and figures: `GET`, `PATCH /api/v1/simulator`.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::latency::Distribution;

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

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Knobs {
    /// Devices in the pool.
    pub count: u64,
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
    /// New connections a second, all devices together; 0 means as fast as the hub takes them.
    pub connects_per_second: u32,
    /// One seed gives one run.
    pub seed: u64,
}

/// The body of `PATCH /api/v1/simulator`: what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KnobsPatch {
    /// See [`Knobs::count`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// See [`Knobs::latency_ms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latency>,
    /// See [`Knobs::offline_share`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline_share: Option<f64>,
    /// See [`Knobs::error_share`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_share: Option<f64>,
    /// See [`Knobs::silent_share`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_share: Option<f64>,
    /// See [`Knobs::drop_share`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_share: Option<f64>,
    /// See [`Knobs::connects_per_second`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connects_per_second: Option<u32>,
    /// See [`Knobs::seed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// `GET /api/v1/simulator`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulator {
    /// The settings that the pool has confirmed.
    #[serde(flatten)]
    pub knobs: Knobs,
    /// When the pool began to count.
    pub since: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
    /// Devices known to be in the hub's registry.
    pub registered: u64,
    /// Connected now.
    pub connected: u64,
    /// Should be connected: all but the share that stays away.
    pub expected: u64,
    /// Calls received. Each is `answered`, `failed`, `silent`, `dropped`, or still to be answered.
    pub calls: u64,
    /// Calls a second, over the last five seconds.
    pub call_rate: f64,
    /// Calls answered by the device's own behaviour.
    pub answered: u64,
    /// Calls answered with 500 by the error share.
    pub failed: u64,
    /// Calls left unanswered by the silent share.
    pub silent: u64,
    /// Calls whose connection ended before the answer.
    pub dropped: u64,
    /// Connections made.
    pub connects: u64,
    /// Connections that broke.
    pub losses: u64,
    /// Connection attempts that failed or were refused.
    pub connect_failures: u64,
    /// How long the devices took to answer: their own share of a call's round trip. Least and most are exact to a
    /// bucket.
    pub answer_times: Distribution,
    /// The last ten minutes, oldest first.
    pub trend: Vec<Sample>,
    /// What the pool did, newest first.
    pub journal: Vec<Entry>,
}

/// The pool at an instant, for a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Method calls a second since the sample before.
    pub call_rate: f64,
    /// Devices connected.
    pub connected: u64,
}

/// When something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that the pool did or that happened to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// All devices are in the hub's registry.
    Registered {
        /// How many.
        devices: u64,
    },
    /// Every device that should be connected is.
    Complete {
        /// How many.
        connected: u64,
    },
    /// More than a tenth of the devices have lost their connection.
    Depleted {
        /// How many are left.
        connected: u64,
        /// How many there should be.
        expected: u64,
    },
    /// The settings were changed.
    Changed {
        /// To these.
        to: Knobs,
        /// From these.
        from: Knobs,
    },
    /// Something went wrong, perhaps several times in a row.
    Trouble {
        /// The newest of them.
        message: String,
        /// How many.
        times: u64,
    },
}
