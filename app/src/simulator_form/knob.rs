//! One setting of the pool: its label and unit, what its field says and takes, where its slider stands.

use console_wire::simulator::{Knobs, Latency};

use crate::{
    browser,
    present::number::{fixed, grouped, trimmed},
};

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
            Self::Seed => fixed(value, 0),
            _ if value.fract() == 0.0 => grouped(whole(value)),
            _ => trimmed(value, 2),
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
        let value = browser::number(text.trim_end_matches('%'))
            .ok_or_else(|| format!("{} takes a number.", self.label()))?;
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be 0 or more and small"
)]
pub(super) fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

pub(super) const fn percentiles(latency: Latency) -> (f64, f64) {
    match latency {
        Latency::Constant(constant) => (constant, constant),
        Latency::Spread { p50, p95 } => (p50, p95),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::knobs, *};

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
}
