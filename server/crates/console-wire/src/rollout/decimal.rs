//! Decimal numbers of the settings, kept as integers so that shares and rates are compared exactly on every machine.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A share from 0 to 100 percent with at most two decimals. A number on the wire, such as `2.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, maximum = 100, example = 2.5))]
pub struct Percent(u16);

impl Percent {
    /// All of it.
    pub const ALL: Self = Self(10_000);

    /// From hundredths of a percent; `None` above 10,000.
    pub const fn from_hundredths(hundredths: u16) -> Option<Self> {
        if hundredths <= 10_000 { Some(Self(hundredths)) } else { None }
    }

    /// Hundredths of a percent, 0 to 10,000.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// Whether `part` is at least this share of `whole`. Nothing is a share of nothing.
    pub const fn is_reached(self, part: u64, whole: u64) -> bool {
        whole > 0 && part.saturating_mul(10_000) >= whole.saturating_mul(self.0 as u64)
    }

    /// This share of a number of devices, rounded to the nearest device.
    pub const fn of(self, devices: u64) -> u64 {
        (devices.saturating_mul(self.0 as u64) + 5_000) / 10_000
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", f64::from(self.0) / 100.0)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        scaled(value, 100.0, 0.0..=10_000.0).map(Self).ok_or_else(|| {
            D::Error::custom(format!("{value} is not a percentage; write 0 to 100 with at most two decimals"))
        })
    }
}

/// What a rate is multiplied by, 1.1 to 5 with one decimal. A number on the wire, such as `1.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 1.1, maximum = 5, example = 1.5))]
pub struct Factor(u16);

impl Factor {
    /// From tenths; `None` outside 11 to 50.
    pub const fn from_tenths(tenths: u16) -> Option<Self> {
        if tenths >= 11 && tenths <= 50 { Some(Self(tenths)) } else { None }
    }

    /// Tenths, 11 to 50.
    pub const fn tenths(self) -> u16 {
        self.0
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        scaled(value, 10.0, 11.0..=50.0).map(Self).ok_or_else(|| {
            D::Error::custom(format!("{value} is not a factor; write 1.1 to 5 with one decimal"))
        })
    }
}

/// `value` times `scale` as an integer, if it is one and inside the range.
fn scaled(value: f64, scale: f64, range: std::ops::RangeInclusive<f64>) -> Option<u16> {
    let scaled = (value * scale).round();
    let is_exact = (value * scale - scaled).abs() < 1e-6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the range")]
    (is_exact && range.contains(&scaled)).then_some(scaled as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_on_the_wire() {
        for (text, hundredths) in [
            ("0", Some(0)),
            ("3", Some(300)),
            ("2.5", Some(250)),
            ("99.99", Some(9_999)),
            ("100", Some(10_000)),
            ("0.001", None),
            ("100.01", None),
            ("-1", None),
            ("1e9", None),
            ("\"5\"", None),
        ] {
            let read = serde_json::from_str::<Percent>(text).ok();
            assert_eq!(read.map(Percent::hundredths), hundredths, "{text}");
            if let Some(percent) = read {
                let written = serde_json::to_string(&percent).unwrap();
                assert_eq!(serde_json::from_str::<Percent>(&written).unwrap(), percent);
            }
        }
        let error = serde_json::from_str::<Percent>("120").unwrap_err().to_string();
        assert!(error.contains("120 is not a percentage; write 0 to 100"), "{error}");
    }

    #[test]
    fn factors_on_the_wire() {
        for (text, tenths) in
            [("1.1", Some(11)), ("2", Some(20)), ("5", Some(50)), ("1", None), ("5.1", None), ("1.25", None)]
        {
            assert_eq!(serde_json::from_str::<Factor>(text).ok().map(Factor::tenths), tenths, "{text}");
        }
    }

    #[test]
    fn a_share_is_reached_at_its_exact_value() {
        let check = |hundredths: u16, part: u64, whole: u64, reached: bool| {
            let percent = Percent::from_hundredths(hundredths).unwrap();
            assert_eq!(percent.is_reached(part, whole), reached, "{part} of {whole} at {percent}");
        };
        check(300, 36, 1_200, true);
        check(300, 35, 1_200, false);
        check(300, 36, 1_201, false);
        check(0, 0, 1, true);
        check(0, 0, 0, false);
        check(10_000, 7, 7, true);
        check(1, 1, 10_000, true);
    }

    #[test]
    fn a_share_of_devices_is_rounded() {
        let of = |hundredths, devices| Percent::from_hundredths(hundredths).unwrap().of(devices);
        assert_eq!([of(100, 24_310), of(900, 24_310), of(4_000, 24_310)], [243, 2_188, 9_724]);
        assert_eq!([of(50, 100), of(49, 100), of(10_000, 3), of(0, 3)], [1, 0, 3, 0]);
    }
}
