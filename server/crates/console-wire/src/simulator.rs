//! The simulated pool's settings and counts: `GET`, `PATCH /api/v1/simulator`.

use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::latency::Distribution;

/// How long simulated devices take to answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Latency {
    /// Always so many milliseconds.
    Constant(#[serde(deserialize_with = "crate::number::deserialize")] f64),
    /// Log-normal, by its median and 95th percentile in milliseconds.
    Spread {
        /// Median.
        #[serde(deserialize_with = "crate::number::deserialize")]
        p50: f64,
        /// 95th percentile.
        #[serde(deserialize_with = "crate::number::deserialize")]
        p95: f64,
    },
}

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SimulatorSettings {
    /// Devices in the pool.
    pub count: u64,
    /// Answer time.
    pub latency_ms: Latency,
    /// Share of devices that stay offline, 0 to 1.
    #[serde(deserialize_with = "crate::number::deserialize")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub offline_share: f64,
    /// Share of calls answered with an error, 0 to 1.
    #[serde(deserialize_with = "crate::number::deserialize")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub error_share: f64,
    /// Share of calls never answered, 0 to 1.
    #[serde(deserialize_with = "crate::number::deserialize")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub silent_share: f64,
    /// Share of calls in whose middle the connection drops, 0 to 1.
    #[serde(deserialize_with = "crate::number::deserialize")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub drop_share: f64,
    /// New connections a second, all devices together; 0 means as fast as the hub takes them.
    pub connects_per_second: u32,
    /// One seed gives one run.
    pub seed: u64,
}

/// The body of `PATCH /api/v1/simulator`: what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SimulatorPatch))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SimulatorSettingsPatch {
    /// Devices in the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Answer time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latency>,
    /// Share of devices that stay offline, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub offline_share: Option<f64>,
    /// Share of calls answered with an error, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub error_share: Option<f64>,
    /// Share of calls never answered, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub silent_share: Option<f64>,
    /// Share of calls in whose middle the connection drops, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub drop_share: Option<f64>,
    /// New connections a second, all devices together; 0 means as fast as the hub takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connects_per_second: Option<u32>,
    /// One seed gives one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// The simulated devices: their settings, and what they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Simulator {
    /// The settings that the pool has confirmed.
    #[serde(flatten)]
    pub settings: SimulatorSettings,
    /// When the pool began to count.
    pub since: Timestamp,
    /// When this was read.
    pub as_of: Timestamp,
    /// Devices known to be in the hub's registry.
    pub registered: u64,
    /// Connected now.
    pub connected: u64,
    /// Should be connected: all but the share that stays offline.
    pub expected: u64,
    /// Calls received. Each is `answered`, `failed`, `silent`, `dropped`, or still to be answered.
    pub calls: u64,
    /// Calls a second, over the last five seconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
        to: SimulatorSettings,
        /// From these.
        from: SimulatorSettings,
    },
    /// Something went wrong, perhaps several times in a row.
    Trouble {
        /// The newest of them.
        message: String,
        /// How many.
        times: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_times_come_back_with_their_fractions() {
        let settings = SimulatorSettings {
            count: 100,
            latency_ms: Latency::Spread { p50: 12.5, p95: 60.25 },
            offline_share: 0.1,
            error_share: 0.25,
            silent_share: 0.0,
            drop_share: 1.0,
            connects_per_second: 0,
            seed: 7,
        };
        let at: Timestamp = serde_json::from_str("\"2026-11-29T12:00:00Z\"").unwrap();
        let from = SimulatorSettings { latency_ms: Latency::Constant(5.0), ..settings };
        let entry = Entry { at, event: Event::Changed { to: settings, from } };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
        for text in ["5", "5.5", r#"{"p50":1,"p95":2.5}"#] {
            let latency: Latency = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&latency).unwrap().replace(".0", ""), text);
        }
    }
}
