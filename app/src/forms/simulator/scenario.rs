//! Scenarios: presets of several settings.

use crate::format::simulator::setting::Setting;

/// A preset of several settings.
#[derive(Debug, PartialEq)]
pub(crate) struct Scenario {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// What it simulates.
    pub(crate) hint: &'static str,
    /// Latency, slowest, offline, error, silent, drop, in the fields' units.
    values: [f64; 6],
}

const SET_BY_SCENARIO: [Setting; 6] =
    [Setting::Latency, Setting::Slowest, Setting::Offline, Setting::Error, Setting::Silent, Setting::Drop];

/// The scenarios, calm first.
pub(crate) const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "calm",
        label: "Calm",
        hint: "All online, quick answers",
        // What a pool begins with, so that one scenario is always marked at the start.
        values: [120.0, 600.0, 0.0, 0.0, 0.0, 0.0],
    },
    Scenario {
        name: "ordinary",
        label: "Ordinary day",
        hint: "A few slow, a few away",
        values: [120.0, 600.0, 2.0, 0.1, 0.3, 0.0],
    },
    Scenario {
        name: "slow",
        label: "Slow network",
        hint: "Answers take 2 to 20 s",
        values: [2_000.0, 20_000.0, 0.0, 0.0, 1.0, 0.5],
    },
    Scenario {
        name: "flaky",
        label: "Flaky devices",
        hint: "Timeouts, drops, odd errors",
        values: [180.0, 900.0, 5.0, 2.0, 5.0, 3.0],
    },
    Scenario {
        name: "outage",
        label: "Outage",
        hint: "Four in ten lose their link",
        values: [120.0, 600.0, 40.0, 0.0, 0.0, 0.0],
    },
    Scenario {
        name: "jammed",
        label: "Bolt jammed",
        hint: "Three in ten answer 500",
        values: [120.0, 600.0, 0.0, 30.0, 0.0, 0.0],
    },
];

impl Scenario {
    /// Finds a scenario by its name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// Its value for a setting; `None` when it leaves that as it is.
    pub(crate) fn value(&self, setting: Setting) -> Option<f64> {
        SET_BY_SCENARIO.iter().position(|set| *set == setting).map(|index| self.values[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_valid_settings() {
        for scenario in &SCENARIOS {
            assert!(
                scenario.value(Setting::Latency) <= scenario.value(Setting::Slowest),
                "{}",
                scenario.name
            );
            let calls = [Setting::Error, Setting::Silent, Setting::Drop]
                .map(|setting| scenario.value(setting).unwrap_or(0.0));
            assert!(calls.iter().sum::<f64>() <= 100.0, "{}", scenario.name);
            assert_eq!(Scenario::named(scenario.name), Some(scenario));
            assert_eq!(scenario.value(Setting::Count), None);
        }
    }
}
