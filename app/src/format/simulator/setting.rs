//! A setting of the pool: label, unit, text and range of its field, and the position of its slider.

use console_wire::simulator::{Latency, SimulatorSettings};

use crate::format::number::{self, fixed, grouped, trimmed};

/// Longest answer time that a slider reaches, in milliseconds; a field takes what the pool takes.
const SLIDER_LATENCY: f64 = 60_000.0;
/// Most devices that a slider reaches.
const SLIDER_COUNT: f64 = 100_000.0;

/// One setting of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Devices, connected or not.
    Count,
    /// Median of the answer time.
    Latency,
    /// Its 95th percentile.
    Slowest,
    /// Devices that stay disconnected.
    Offline,
    /// Calls answered 500.
    Error,
    /// Calls never answered.
    Silent,
    /// Calls during which the connection breaks.
    Drop,
    /// New connections a second.
    Connects,
    /// The seed of all random choices.
    Seed,
}

impl Setting {
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

    /// Its name in the form and in element ids.
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
            Self::Silent => "Time out",
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

    /// Its description, under the slider.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Count => "Lowering it disconnects the last devices; they stay registered",
            Self::Latency => "Half of the answers are faster",
            Self::Slowest => "One answer in twenty is slower",
            Self::Offline => "Share of devices that stay disconnected",
            Self::Error => "Share of calls: BOLT_JAMMED, the door does nothing",
            Self::Silent => "Share of calls without an answer",
            Self::Drop => "Share of calls during which the connection breaks",
            Self::Connects => "All devices together; 0 is as fast as the hub takes them",
            Self::Seed => "Same seed, same fleet, same faults",
        }
    }

    /// The pool's current value, in the field's unit.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52, except for unusual seeds")]
    pub(crate) fn value(self, settings: &SimulatorSettings) -> f64 {
        let (p50, p95) = percentiles(settings.latency_ms);
        match self {
            Self::Count => settings.count as f64,
            Self::Latency => p50,
            Self::Slowest => p95,
            Self::Offline => percent(settings.offline_share),
            Self::Error => percent(settings.error_share),
            Self::Silent => percent(settings.silent_share),
            Self::Drop => percent(settings.drop_share),
            Self::Connects => f64::from(settings.connects_per_second),
            Self::Seed => settings.seed as f64,
        }
    }

    /// A value as the field's text: `104,832`, `2.1`.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Seed => fixed(value, 0),
            _ if value.fract() == 0.0 => grouped(whole(value)),
            _ => trimmed(value, 2),
        }
    }

    /// With its unit: `104,832`, `200 ms`, `2.1 %`, `80/s`.
    pub(crate) fn with_unit(self, value: f64) -> String {
        match self.unit() {
            "" => self.text(value),
            "/s" => format!("{}/s", self.text(value)),
            unit => format!("{} {unit}", self.text(value)),
        }
    }

    /// Parses a field's text, in its unit.
    ///
    /// # Errors
    /// A sentence, when it is no number or out of range.
    pub(crate) fn parse(self, text: &str) -> Result<f64, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        let value = number::parse(text.trim_end_matches('%'))
            .ok_or_else(|| format!("{} takes a number.", self.label()))?;
        let most = match self {
            Self::Count => 100_000.0,
            Self::Latency | Self::Slowest => 300_000.0,
            Self::Connects => 10_000.0,
            Self::Seed => 9_007_199_254_740_991.0,
            _ => 100.0,
        };
        if !(0.0..=most).contains(&value) {
            return Err(format!("{} takes 0 to {}.", self.label(), self.with_unit(most)));
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

    /// The slider's position for a value, 0 to 100. Small values get most of the range, since one in a thousand matters.
    pub(crate) fn position(self, value: f64) -> f64 {
        let position = match self {
            Self::Count => (value / SLIDER_COUNT).cbrt(),
            Self::Latency | Self::Slowest => (1.0 + value).ln() / (1.0 + SLIDER_LATENCY).ln(),
            _ => (value / 100.0).sqrt(),
        };
        (position * 100.0).clamp(0.0, 100.0).round()
    }

    /// The value for a slider's position: the inverse of [`Setting::position`], rounded to two digits.
    pub(crate) fn value_at(self, position: f64) -> f64 {
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

/// A share in percent, without binary rounding errors.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be 0 or more and small"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

pub(crate) const fn percentiles(latency: Latency) -> (f64, f64) {
    match latency {
        Latency::Constant(constant) => (constant, constant),
        Latency::Spread { p50, p95 } => (p50, p95),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::settings, *};

    #[test]
    fn fields_show_the_pool() {
        for (setting, text) in [
            (Setting::Count, "100"),
            (Setting::Latency, "120 ms"),
            (Setting::Error, "30 %"),
            (Setting::Connects, "0/s"),
            (Setting::Seed, "1"),
        ] {
            assert_eq!(setting.with_unit(setting.value(&settings())), text);
        }
        assert_eq!(Setting::Count.text(104_832.0), "104,832");
        assert_eq!(Setting::Offline.text(2.1), "2.1");
    }

    #[test]
    fn fields_are_parsed() {
        for (setting, text, read) in [
            (Setting::Count, "104,832", Err("Devices takes 0 to 100,000.")),
            (Setting::Count, "1,000", Ok(1000.0)),
            (Setting::Count, "1.5", Err("Devices takes a whole number.")),
            (Setting::Error, " 0.5 %", Ok(0.5)),
            (Setting::Error, "101", Err("Answer 500 takes 0 to 100 %.")),
            (Setting::Silent, "some", Err("Time out takes a number.")),
            (Setting::Latency, "-1", Err("Answer time takes 0 to 300,000 ms.")),
            (Setting::Drop, "inf", Err("Drop the connection takes a number.")),
        ] {
            assert_eq!(setting.parse(text), read.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn sliders_go_there_and_back() {
        for setting in Setting::ALL.into_iter().filter(|setting| setting.has_slider()) {
            for position in 0..=100 {
                let position = f64::from(position);
                let value = setting.value_at(position);
                assert!((setting.position(value) - position).abs() <= 10.0, "{setting:?} {position} {value}");
            }
            assert_eq!(setting.value_at(0.0).to_bits(), 0.0_f64.to_bits());
        }
        assert_eq!(Setting::Error.value_at(10.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(Setting::Error.value_at(100.0).to_bits(), 100.0_f64.to_bits());
    }
}
