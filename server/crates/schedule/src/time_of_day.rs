//! A time of day as a rule names it: hours and minutes.

use std::{fmt, str::FromStr};

use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};

/// A time of day in whole minutes, `00:00` to `23:59`. On the wire a text such as `02:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

impl TimeOfDay {
    /// From an hour of 0 to 23 and a minute of 0 to 59; nothing else is a time of day.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { hour, minute }) } else { None }
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// Minutes since midnight, 0 to 1,439.
    pub(crate) fn minute_of_day(self) -> u16 {
        u16::from(self.hour) * 60 + u16::from(self.minute)
    }

    pub(crate) fn to_civil(self) -> Time {
        Time::constant(self.hour.cast_signed(), self.minute.cast_signed(), 0, 0)
    }
}

impl From<DateTime> for TimeOfDay {
    /// Seconds are dropped.
    fn from(local: DateTime) -> Self {
        Self { hour: local.hour().unsigned_abs(), minute: local.minute().unsigned_abs() }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let two_digits = |part: &str| -> Option<u8> {
            let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse().ok() } else { None }
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Self::new(two_digits(hour)?, two_digits(minute)?))
            .ok_or_else(|| format!("{text:?} is not a time of day; write hours and minutes such as 02:30"))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written() {
        for (text, hour, minute) in [("00:00", 0, 0), ("02:30", 2, 30), ("23:59", 23, 59)] {
            let time: TimeOfDay = text.parse().unwrap();
            assert_eq!((time.hour(), time.minute()), (hour, minute), "{text}");
            assert_eq!(time.to_string(), text);
            assert_eq!(time.to_civil().hour(), hour.cast_signed(), "{text}");
        }
        for text in ["", "2:30", "02:3", "24:00", "12:60", "02:30:00", "+2:30", "02.30", "٠٢:٣٠"] {
            let refused = text.parse::<TimeOfDay>().unwrap_err();
            assert!(refused.contains("such as 02:30"), "{text}: {refused}");
        }
    }
}
