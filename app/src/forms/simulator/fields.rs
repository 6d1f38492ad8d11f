//! The fields of the simulator's form, and the change of the pool that they describe. The browser sends only the fields
//! that differ.

#[cfg(any(feature = "ssr", test))]
use console_wire::{
    problem::FieldError,
    simulator::{Latency, SimulatorSettings, SimulatorSettingsPatch},
};
use serde::{Deserialize, Serialize};

#[cfg(any(feature = "ssr", test))]
use crate::format::simulator::setting::{Setting, percentiles, whole};

/// The fields, as they were typed; an empty or absent one changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsForm {
    count: String,
    latency: String,
    slowest: String,
    offline: String,
    error: String,
    silent: String,
    drop: String,
    connects: String,
    seed: String,
}

#[cfg(any(feature = "ssr", test))]
impl SettingsForm {
    fn text(&self, setting: Setting) -> &str {
        match setting {
            Setting::Count => &self.count,
            Setting::Latency => &self.latency,
            Setting::Slowest => &self.slowest,
            Setting::Offline => &self.offline,
            Setting::Error => &self.error,
            Setting::Silent => &self.silent,
            Setting::Drop => &self.drop,
            Setting::Connects => &self.connects,
            Setting::Seed => &self.seed,
        }
    }

    /// The change of a pool with these settings.
    ///
    /// # Errors
    /// One error for each wrong field.
    pub(crate) fn patch(&self, now: &SimulatorSettings) -> Result<SimulatorSettingsPatch, Vec<FieldError>> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for setting in Setting::ALL {
            let text = self.text(setting).trim();
            if text.is_empty() {
                continue;
            }
            match setting.parse(text) {
                Ok(value) => values.push((setting, value)),
                Err(message) => errors.push(FieldError::new(setting.as_str(), message)),
            }
        }
        if errors.is_empty() { Ok(patch(now, &values)) } else { Err(errors) }
    }
}

/// The change that sets these values.
#[cfg(any(feature = "ssr", test))]
fn patch(now: &SimulatorSettings, values: &[(Setting, f64)]) -> SimulatorSettingsPatch {
    let given = |setting| values.iter().find(|(known, _)| *known == setting).map(|(_, value)| *value);
    let latency_ms = match (given(Setting::Latency), given(Setting::Slowest)) {
        (None, None) => None,
        (median, slowest) => {
            let (p50, p95) = percentiles(now.latency_ms);
            let p50 = median.unwrap_or(p50);
            // The 95th percentile is at least the median.
            let p95 = slowest.unwrap_or(p95).max(p50);
            Some(if p95 > p50 { Latency::Spread { p50, p95 } } else { Latency::Constant(p50) })
        }
    };
    let share = |setting: Setting| given(setting).map(|value| value / 100.0);
    SimulatorSettingsPatch {
        count: given(Setting::Count).map(whole),
        latency_ms,
        offline_share: share(Setting::Offline),
        error_share: share(Setting::Error),
        silent_share: share(Setting::Silent),
        drop_share: share(Setting::Drop),
        connects_per_second: given(Setting::Connects)
            .map(|value| u32::try_from(whole(value)).unwrap_or(u32::MAX)),
        seed: given(Setting::Seed).map(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::simulator::tests::settings;

    #[test]
    fn only_given_fields_change() {
        let form = SettingsForm { error: "25".into(), slowest: "50".into(), ..SettingsForm::default() };
        let patch = form.patch(&settings()).unwrap();
        let expected = SimulatorSettingsPatch {
            error_share: Some(0.25),
            latency_ms: Some(Latency::Constant(120.0)),
            ..SimulatorSettingsPatch::default()
        };
        assert_eq!(patch, expected);
        let wrong = SettingsForm { drop: "x".into(), silent: "200".into(), ..SettingsForm::default() };
        let fields: Vec<_> =
            wrong.patch(&settings()).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["silent", "drop"]);
    }
}
