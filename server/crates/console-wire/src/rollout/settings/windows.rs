//! Maintenance windows, as they are chosen.

use serde::{Deserialize, Serialize};

/// When devices may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWindows))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Windows {
    /// The windows; a device may be called in any of them.
    pub windows: Vec<Window>,
    /// Whose clock they follow.
    pub zone: Zone,
}

/// A time of day on some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutWindow))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// The days on which it begins; none: every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// When it begins, as `22:00`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = r"^[0-2]\d:[0-5]\d$"))]
    pub start: TimeOfDay,
    /// How long it lasts, in minutes, 5 to 1,430.
    pub minutes: u32,
}

/// A time of day, hours and minutes, as `22:00` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    /// 0 to 23.
    hour: i8,
    /// 0 to 59.
    minute: i8,
}

impl TimeOfDay {
    /// `None` unless the hour is 0 to 23 and the minute 0 to 59.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(Self { hour, minute })
    }

    /// 0 to 23.
    pub const fn hour(self) -> i8 {
        self.hour
    }

    /// 0 to 59.
    pub const fn minute(self) -> i8 {
        self.minute
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let part = |text: &str| is_two_digits(text).then(|| text.parse::<i8>().ok()).flatten();
        text.split_once(':').and_then(|(hour, minute)| Self::new(part(hour)?, part(minute)?)).ok_or_else(
            || format!("'{}' is not a time of day; write 22:00", text.chars().take(20).collect::<String>()),
        )
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        format!("{:02}:{:02}", time.hour, time.minute)
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutDay))]
#[serde(rename_all = "camelCase")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Whose clock windows follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutZone))]
#[serde(rename_all = "camelCase")]
pub enum Zone {
    /// One zone for all devices: its IANA name, such as `Europe/Berlin`.
    Name(String),
    /// Each device's own: the IANA name that is the value of a tag.
    Tag(ZoneTag),
}

/// A zone of each device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutZoneTag))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ZoneTag {
    /// Path of the tag, such as `tags.timeZone`.
    pub tag: String,
    /// The zone of devices without the tag, or with a value that is no zone.
    pub otherwise: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_on_the_wire() {
        for (text, is_valid) in [
            ("22:00", true),
            ("00:59", true),
            ("24:00", false),
            ("22:60", false),
            ("9:00", false),
            ("22", false),
            ("-1:00", false),
            ("+1:00", false),
            ("", false),
        ] {
            let read = TimeOfDay::try_from(text.to_owned());
            assert_eq!(read.is_ok(), is_valid, "{text}: {read:?}");
            if let Ok(time) = read {
                assert_eq!(String::from(time), text);
            }
        }
    }
}
