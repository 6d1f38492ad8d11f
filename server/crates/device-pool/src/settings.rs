//! What can be changed while the pool runs: its size, how long devices take, and how often they misbehave.
//!
//! The JSON is the simulator's of the console's API: `count`, `latencyMs` (a number or `{"p50", "p95"}`),
//! `offlineShare`, `errorShare`, `silentShare`, `dropShare` (0 to 1), `connectsPerSecond`,
//! `seed`.

use serde::{Deserialize, Serialize};

/// Most devices of one pool. How many files the process may have open is another limit: [`Capacity`].
pub const MAX_COUNT: usize = 100_000;
/// Longest latency, in milliseconds: the hub gives up on a call after that.
pub const MAX_LATENCY_MS: f64 = 300_000.0;

/// How the pool's devices behave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PoolSettings {
    /// Devices, connected or not.
    pub count: usize,
    /// How long a device takes to answer a method.
    pub latency_ms: Latency,
    /// Share of the devices that stay offline.
    pub offline_share: f64,
    /// Share of the calls that are answered with 500.
    pub error_share: f64,
    /// Share of the calls that are never answered.
    pub silent_share: f64,
    /// Share of the calls during which the connection breaks.
    pub drop_share: f64,
    /// New connections a second, all devices together; 0 means as fast as the hub takes them.
    pub connects_per_second: u32,
    /// Same seed, same fleet, same faults.
    pub seed: u64,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            count: 100,
            latency_ms: Latency::Percentiles { p50: 120.0, p95: 600.0 },
            offline_share: 0.0,
            error_share: 0.0,
            silent_share: 0.0,
            drop_share: 0.0,
            connects_per_second: 0,
            seed: 1,
        }
    }
}

/// How long answers take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Latency {
    /// Always this long.
    Constant(f64),
    /// Spread as a log-normal distribution with this median and this 95th percentile.
    Percentiles {
        /// Half of the answers are faster.
        p50: f64,
        /// One in twenty is slower.
        p95: f64,
    },
}

/// A change; what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsPatch {
    /// See [`PoolSettings::count`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// See [`PoolSettings::latency_ms`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latency>,
    /// See [`PoolSettings::offline_share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_share: Option<f64>,
    /// See [`PoolSettings::error_share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_share: Option<f64>,
    /// See [`PoolSettings::silent_share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_share: Option<f64>,
    /// See [`PoolSettings::drop_share`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_share: Option<f64>,
    /// See [`PoolSettings::connects_per_second`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connects_per_second: Option<u32>,
    /// See [`PoolSettings::seed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// How many devices the process has files for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// Most devices.
    pub devices: usize,
    /// Why not more and what to do about it: the end of a sentence that begins with the requested number.
    pub reason: String,
}

impl Default for Capacity {
    /// Limited by [`MAX_COUNT`] only.
    fn default() -> Self {
        Self { devices: MAX_COUNT, reason: format!("at most {MAX_COUNT} devices are simulated") }
    }
}

impl Capacity {
    /// Checks a number of devices.
    ///
    /// # Errors
    /// [`InvalidSetting`] of `count` when there are more than fit.
    pub fn check(&self, count: usize) -> Result<(), InvalidSetting> {
        if count > self.devices {
            return invalid("count", format!("is {count}; {}", self.reason));
        }
        Ok(())
    }
}

/// A setting out of range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{setting} {reason}")]
pub struct InvalidSetting {
    /// The member's name on the wire, such as `errorShare`.
    pub setting: &'static str,
    /// What the rule is, and what was given.
    pub reason: String,
}

impl PoolSettings {
    /// These settings with a change.
    ///
    /// # Errors
    /// [`InvalidSetting`] when the result is out of range; nothing is changed then.
    pub fn patched(self, patch: &SettingsPatch) -> Result<Self, InvalidSetting> {
        let settings = Self {
            count: patch.count.unwrap_or(self.count),
            latency_ms: patch.latency_ms.unwrap_or(self.latency_ms),
            offline_share: patch.offline_share.unwrap_or(self.offline_share),
            error_share: patch.error_share.unwrap_or(self.error_share),
            silent_share: patch.silent_share.unwrap_or(self.silent_share),
            drop_share: patch.drop_share.unwrap_or(self.drop_share),
            connects_per_second: patch.connects_per_second.unwrap_or(self.connects_per_second),
            seed: patch.seed.unwrap_or(self.seed),
        };
        settings.check()?;
        Ok(settings)
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`InvalidSetting`], the first one.
    pub fn check(&self) -> Result<(), InvalidSetting> {
        if self.count > MAX_COUNT {
            return invalid("count", format!("is {}; at most {MAX_COUNT} devices are simulated", self.count));
        }
        for (setting, share) in [
            ("offlineShare", self.offline_share),
            ("errorShare", self.error_share),
            ("silentShare", self.silent_share),
            ("dropShare", self.drop_share),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return invalid(setting, format!("is {share}; a share is 0 to 1"));
            }
        }
        let faults = self.error_share + self.silent_share + self.drop_share;
        // A call ends in one way. Shares that sum to 1 on paper (0.1 three times and 0.7) may be slightly above it as floats.
        if faults > 1.0 + 1e-9 {
            let reason =
                format!("plus silentShare and dropShare is {faults}; a call has one outcome, so at most 1");
            return invalid("errorShare", reason);
        }
        self.latency_ms.check()
    }
}

impl Latency {
    fn check(self) -> Result<(), InvalidSetting> {
        let (low, high) = match self {
            Self::Constant(constant) => (constant, constant),
            Self::Percentiles { p50, p95 } => (p50, p95),
        };
        for value in [low, high] {
            if !(0.0..=MAX_LATENCY_MS).contains(&value) {
                return invalid(
                    "latencyMs",
                    format!("is {value}; it must be 0 to {MAX_LATENCY_MS} milliseconds"),
                );
            }
        }
        if high < low {
            return invalid("latencyMs", format!("has p95 {high} below p50 {low}"));
        }
        Ok(())
    }
}

fn invalid(setting: &'static str, reason: String) -> Result<(), InvalidSetting> {
    Err(InvalidSetting { setting, reason })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn patch(value: Value) -> Result<PoolSettings, InvalidSetting> {
        PoolSettings::default().patched(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn out_of_range_settings_are_refused() {
        for (change, at_fault) in [
            (json!({}), None),
            (json!({"count": 0, "offlineShare": 1, "latencyMs": 0}), None),
            (json!({"errorShare": 0.1, "silentShare": 0.2, "dropShare": 0.7}), None),
            (json!({"latencyMs": {"p50": 10, "p95": 10}}), None),
            (json!({"count": 100_001}), Some("count")),
            (json!({"offlineShare": 1.1}), Some("offlineShare")),
            (json!({"silentShare": -0.1}), Some("silentShare")),
            (json!({"dropShare": 2}), Some("dropShare")),
            (json!({"errorShare": 0.5, "dropShare": 0.6}), Some("errorShare")),
            (json!({"latencyMs": -1}), Some("latencyMs")),
            (json!({"latencyMs": 300_001}), Some("latencyMs")),
            (json!({"latencyMs": {"p50": 20, "p95": 10}}), Some("latencyMs")),
        ] {
            assert_eq!(patch(change.clone()).err().map(|error| error.setting), at_fault, "{change}");
        }
        let not_a_number = PoolSettings { error_share: f64::NAN, ..PoolSettings::default() };
        assert_eq!(not_a_number.check().unwrap_err().setting, "errorShare");
    }

    #[test]
    fn a_patch_changes_only_its_members() {
        let changed = patch(json!({"errorShare": 0.25})).unwrap();
        assert_eq!(changed, PoolSettings { error_share: 0.25, ..PoolSettings::default() });
        assert!(serde_json::from_value::<SettingsPatch>(json!({"errorshare": 0.25})).is_err());
    }

    #[test]
    fn settings_as_json() {
        let settings = PoolSettings { latency_ms: Latency::Constant(5.0), ..PoolSettings::default() };
        assert_eq!(
            serde_json::to_value(settings).unwrap(),
            json!({"count": 100, "latencyMs": 5.0, "offlineShare": 0.0, "errorShare": 0.0, "silentShare": 0.0, "dropShare": 0.0, "connectsPerSecond": 0, "seed": 1})
        );
        let read: PoolSettings = serde_json::from_value(json!({"latencyMs": {"p50": 1, "p95": 2}})).unwrap();
        assert_eq!(read.latency_ms, Latency::Percentiles { p50: 1.0, p95: 2.0 });
    }
}
