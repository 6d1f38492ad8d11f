//! Situations worth trying, each a setting of several knobs.

use super::Knob;

/// A situation worth trying, as settings of several knobs.
#[derive(Debug, PartialEq)]
pub(crate) struct Scenario {
    /// The word in addresses.
    pub(crate) name: &'static str,
    /// Its name.
    pub(crate) label: &'static str,
    /// What happens.
    pub(crate) hint: &'static str,
    /// Latency, slowest, offline, error, silent, drop, in the fields' units.
    values: [f64; 6],
}

const SET_BY_SCENARIO: [Knob; 6] =
    [Knob::Latency, Knob::Slowest, Knob::Offline, Knob::Error, Knob::Silent, Knob::Drop];

/// The scenarios, calm first.
pub(crate) const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "calm",
        label: "Calm",
        hint: "All online, quick answers",
        values: [20.0, 60.0, 0.0, 0.0, 0.0, 0.0],
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
        hint: "Silence, drops, odd errors",
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
    /// By its word in the address.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// What it sets a knob to, if it has a say.
    pub(crate) fn value(&self, knob: Knob) -> Option<f64> {
        SET_BY_SCENARIO.iter().position(|set| *set == knob).map(|index| self.values[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_settings_that_the_pool_takes() {
        for scenario in &SCENARIOS {
            assert!(scenario.value(Knob::Latency) <= scenario.value(Knob::Slowest), "{}", scenario.name);
            let calls =
                [Knob::Error, Knob::Silent, Knob::Drop].map(|knob| scenario.value(knob).unwrap_or(0.0));
            assert!(calls.iter().sum::<f64>() <= 100.0, "{}", scenario.name);
            assert_eq!(Scenario::named(scenario.name), Some(scenario));
            assert_eq!(scenario.value(Knob::Count), None);
        }
    }
}
