//! The simulator's knobs as data: what a field says, what it means, where a slider stands, and what a scenario asks for.
//!
//! Pure, and the same on both sides: the browser names the pending changes with it, the server reads the form with it.

use console_wire::simulator::{Knobs, Latency};
use serde::{Deserialize, Serialize};

use crate::present::number::grouped;

/// Longest answer time that a slider reaches, in milliseconds; a field takes what the pool takes.
const SLIDER_LATENCY: f64 = 60_000.0;
/// Most devices that a slider reaches.
const SLIDER_COUNT: f64 = 100_000.0;

/// One setting of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knob {
    /// Devices, connected or not.
    Count,
    /// Median of the answer time.
    Latency,
    /// Its 95th percentile.
    Slowest,
    /// Devices that stay away.
    Offline,
    /// Calls answered 500.
    Error,
    /// Calls never answered.
    Silent,
    /// Calls in whose middle the connection breaks.
    Drop,
    /// New connections a second.
    Connects,
    /// What all chance comes from.
    Seed,
}

impl Knob {
    /// All of them, in the order of the form.
    pub(crate) const ALL: [Self; 9] = [
        Self::Count,
        Self::Latency,
        Self::Slowest,
        Self::Offline,
        Self::Error,
        Self::Silent,
        Self::Drop,
        Self::Connects,
        Self::Seed,
    ];

    /// The word in the form and in element ids.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Latency => "latency",
            Self::Slowest => "slowest",
            Self::Offline => "offline",
            Self::Error => "error",
            Self::Silent => "silent",
            Self::Drop => "drop",
            Self::Connects => "connects",
            Self::Seed => "seed",
        }
    }

    /// Its label.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Count => "Devices",
            Self::Latency => "Answer time",
            Self::Slowest => "Slow answers",
            Self::Offline => "Offline",
            Self::Error => "Answer 500",
            Self::Silent => "Never answer",
            Self::Drop => "Drop the connection",
            Self::Connects => "New connections",
            Self::Seed => "Seed",
        }
    }

    /// The unit behind the field; empty for a plain number.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Count | Self::Seed => "",
            Self::Latency | Self::Slowest => "ms",
            Self::Connects => "/s",
            Self::Offline | Self::Error | Self::Silent | Self::Drop => "%",
        }
    }

    /// What it means, under the slider.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Count => "A lower number lets the last devices go; they stay registered",
            Self::Latency => "Median: half of the answers are faster",
            Self::Slowest => "One answer in twenty is slower than this",
            Self::Offline => "Of the devices: they stay disconnected",
            Self::Error => "Of the calls: BOLT_JAMMED, the door does nothing",
            Self::Silent => "Of the calls: the hub times these out",
            Self::Drop => "Of the calls: the connection breaks in the middle",
            Self::Connects => "All devices together; 0 is as fast as the hub takes them",
            Self::Seed => "Same seed, same fleet, same faults",
        }
    }

    /// The value that the pool has, as a number in the field's unit.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52, but for a seed that nobody types")]
    pub(crate) fn value(self, knobs: &Knobs) -> f64 {
        let (p50, p95) = percentiles(knobs.latency_ms);
        match self {
            Self::Count => knobs.count as f64,
            Self::Latency => p50,
            Self::Slowest => p95,
            Self::Offline => percent(knobs.offline_share),
            Self::Error => percent(knobs.error_share),
            Self::Silent => percent(knobs.silent_share),
            Self::Drop => percent(knobs.drop_share),
            Self::Connects => f64::from(knobs.connects_per_second),
            Self::Seed => knobs.seed as f64,
        }
    }

    /// A value as the field writes it: `104,832`, `2.1`.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Seed => format!("{value:.0}"),
            _ if value.fract() == 0.0 => grouped(whole(value)),
            _ => trimmed(value),
        }
    }

    /// With its unit: `104,832`, `200 ms`, `2.1 %`, `80/s`.
    pub(crate) fn spoken(self, value: f64) -> String {
        match self.unit() {
            "" => self.text(value),
            "/s" => format!("{}/s", self.text(value)),
            unit => format!("{} {unit}", self.text(value)),
        }
    }

    /// What a field says, in its unit.
    ///
    /// # Errors
    /// A sentence, when it is no number or out of range.
    pub(crate) fn read(self, text: &str) -> Result<f64, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        let value =
            number(text.trim_end_matches('%')).ok_or_else(|| format!("{} takes a number.", self.label()))?;
        let most = match self {
            Self::Count => 100_000.0,
            Self::Latency | Self::Slowest => 300_000.0,
            Self::Connects => 10_000.0,
            Self::Seed => 9_007_199_254_740_991.0,
            _ => 100.0,
        };
        if !(0.0..=most).contains(&value) {
            return Err(format!("{} takes 0 to {}.", self.label(), self.spoken(most)));
        }
        let needs_whole = matches!(self, Self::Count | Self::Connects | Self::Seed);
        if needs_whole && value.fract() != 0.0 {
            return Err(format!("{} takes a whole number.", self.label()));
        }
        Ok(value)
    }

    /// Whether it has a slider.
    pub(crate) const fn has_slider(self) -> bool {
        !matches!(self, Self::Connects | Self::Seed)
    }

    /// Where the slider stands for a value, 0 to 100. Small values get most of the way: one in a thousand matters.
    pub(crate) fn position(self, value: f64) -> f64 {
        let position = match self {
            Self::Count => (value / SLIDER_COUNT).cbrt(),
            Self::Latency | Self::Slowest => (1.0 + value).ln() / (1.0 + SLIDER_LATENCY).ln(),
            _ => (value / 100.0).sqrt(),
        };
        (position * 100.0).clamp(0.0, 100.0).round()
    }

    /// The value for a slider's position: the inverse of [`Knob::position`], rounded to what people say.
    pub(crate) fn at(self, position: f64) -> f64 {
        let part = (position / 100.0).clamp(0.0, 1.0);
        match self {
            Self::Count => two_digits(SLIDER_COUNT * part.powi(3)),
            Self::Latency | Self::Slowest => two_digits((1.0 + SLIDER_LATENCY).powf(part) - 1.0),
            _ => (part * part * 10_000.0).round() / 100.0,
        }
    }
}

/// Two leading digits, the rest zeros: 12,345 becomes 12,000.
fn two_digits(value: f64) -> f64 {
    if value < 100.0 {
        return value.round();
    }
    let step = 10_f64.powf(value.log10().floor() - 1.0);
    (value / step).round() * step
}

/// A share in percent, without what binary fractions leave behind.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be 0 or more and small"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

const fn percentiles(latency: Latency) -> (f64, f64) {
    match latency {
        Latency::Constant(constant) => (constant, constant),
        Latency::Spread { p50, p95 } => (p50, p95),
    }
}

/// The fields, as texts; one that is empty or absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KnobForm {
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

/// What the form means; the browser only names the fields that differ.
#[cfg(any(feature = "ssr", test))]
mod reading {
    use console_wire::{
        problem::FieldError,
        simulator::{Knobs, KnobsPatch, Latency},
    };

    use super::{Knob, KnobForm, percentiles, whole};

    impl KnobForm {
        fn text(&self, knob: Knob) -> &str {
            match knob {
                Knob::Count => &self.count,
                Knob::Latency => &self.latency,
                Knob::Slowest => &self.slowest,
                Knob::Offline => &self.offline,
                Knob::Error => &self.error,
                Knob::Silent => &self.silent,
                Knob::Drop => &self.drop,
                Knob::Connects => &self.connects,
                Knob::Seed => &self.seed,
            }
        }

        /// What the form asks of a pool that is set so.
        ///
        /// # Errors
        /// Every field at fault.
        pub(crate) fn patch(&self, now: &Knobs) -> Result<KnobsPatch, Vec<FieldError>> {
            let mut values = Vec::new();
            let mut errors = Vec::new();
            for knob in Knob::ALL {
                let text = self.text(knob).trim();
                if text.is_empty() {
                    continue;
                }
                match knob.read(text) {
                    Ok(value) => values.push((knob, value)),
                    Err(message) => errors.push(FieldError::new(knob.as_str(), message)),
                }
            }
            if errors.is_empty() { Ok(patch(now, &values)) } else { Err(errors) }
        }
    }

    /// The change that these values are to a pool that is set so.
    fn patch(now: &Knobs, values: &[(Knob, f64)]) -> KnobsPatch {
        let given = |knob| values.iter().find(|(known, _)| *known == knob).map(|(_, value)| *value);
        let latency_ms = match (given(Knob::Latency), given(Knob::Slowest)) {
            (None, None) => None,
            (median, slowest) => {
                let (p50, p95) = percentiles(now.latency_ms);
                let p50 = median.unwrap_or(p50);
                // A median moved past the slow answers takes them along.
                let p95 = slowest.unwrap_or(p95).max(p50);
                Some(if p95 > p50 { Latency::Spread { p50, p95 } } else { Latency::Constant(p50) })
            }
        };
        let share = |knob: Knob| given(knob).map(|value| value / 100.0);
        KnobsPatch {
            count: given(Knob::Count).map(whole),
            latency_ms,
            offline_share: share(Knob::Offline),
            error_share: share(Knob::Error),
            silent_share: share(Knob::Silent),
            drop_share: share(Knob::Drop),
            connects_per_second: given(Knob::Connects)
                .map(|value| u32::try_from(whole(value)).unwrap_or(u32::MAX)),
            seed: given(Knob::Seed).map(whole),
        }
    }
}

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

/// The settings that differ between two states of the pool, old and new, as a person says them.
pub(crate) fn differences(from: &Knobs, to: &Knobs) -> Vec<(Knob, String, String)> {
    Knob::ALL
        .into_iter()
        .filter(|knob| knob.value(from).to_bits() != knob.value(to).to_bits())
        .map(|knob| (knob, knob.spoken(knob.value(from)), knob.spoken(knob.value(to))))
        .collect()
}

#[cfg(test)]
mod tests {
    use console_wire::simulator::KnobsPatch;

    use super::*;

    fn knobs() -> Knobs {
        Knobs {
            count: 100,
            latency_ms: Latency::Spread { p50: 120.0, p95: 600.0 },
            offline_share: 0.0,
            error_share: 0.1 + 0.2,
            silent_share: 0.0,
            drop_share: 0.0,
            connects_per_second: 0,
            seed: 1,
        }
    }

    #[test]
    fn fields_say_what_the_pool_has() {
        for (knob, text) in [
            (Knob::Count, "100"),
            (Knob::Latency, "120 ms"),
            (Knob::Error, "30 %"),
            (Knob::Connects, "0/s"),
            (Knob::Seed, "1"),
        ] {
            assert_eq!(knob.spoken(knob.value(&knobs())), text);
        }
        assert_eq!(Knob::Count.text(104_832.0), "104,832");
        assert_eq!(Knob::Offline.text(2.1), "2.1");
    }

    #[test]
    fn fields_are_read() {
        for (knob, text, read) in [
            (Knob::Count, "104,832", Err("Devices takes 0 to 100,000.")),
            (Knob::Count, "1,000", Ok(1000.0)),
            (Knob::Count, "1.5", Err("Devices takes a whole number.")),
            (Knob::Error, " 0.5 %", Ok(0.5)),
            (Knob::Error, "101", Err("Answer 500 takes 0 to 100 %.")),
            (Knob::Silent, "some", Err("Never answer takes a number.")),
            (Knob::Latency, "-1", Err("Answer time takes 0 to 300,000 ms.")),
            (Knob::Drop, "inf", Err("Drop the connection takes a number.")),
        ] {
            assert_eq!(knob.read(text), read.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn sliders_go_there_and_back() {
        for knob in Knob::ALL.into_iter().filter(|knob| knob.has_slider()) {
            for position in 0..=100 {
                let position = f64::from(position);
                let value = knob.at(position);
                assert!((knob.position(value) - position).abs() <= 10.0, "{knob:?} {position} {value}");
            }
            assert_eq!(knob.at(0.0).to_bits(), 0.0_f64.to_bits());
        }
        assert_eq!(Knob::Error.at(10.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(Knob::Error.at(100.0).to_bits(), 100.0_f64.to_bits());
    }

    #[test]
    fn only_what_is_given_changes() {
        let form = KnobForm { error: "25".into(), slowest: "50".into(), ..KnobForm::default() };
        let patch = form.patch(&knobs()).unwrap();
        let expected = KnobsPatch {
            error_share: Some(0.25),
            latency_ms: Some(Latency::Constant(120.0)),
            ..KnobsPatch::default()
        };
        assert_eq!(patch, expected);
        let wrong = KnobForm { drop: "x".into(), silent: "200".into(), ..KnobForm::default() };
        let fields: Vec<_> =
            wrong.patch(&knobs()).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["silent", "drop"]);
    }

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

    #[test]
    fn differences_are_named() {
        let to = Knobs { error_share: 0.0, count: 2000, ..knobs() };
        assert_eq!(
            differences(&knobs(), &to),
            [(Knob::Count, "100".into(), "2,000".into()), (Knob::Error, "30 %".into(), "0 %".into())]
        );
    }
}
