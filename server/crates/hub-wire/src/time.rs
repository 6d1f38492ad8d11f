//! The hub's time stamps: ISO-8601 UTC with seven fractional digits and a trailing `Z`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// Ticks in one second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

/// An instant in ticks of 100 ns since 1970-01-01T00:00:00Z, which is all the precision the wire has.
///
/// Written with seven digits and `Z`; read with 0 to 9 digits, with `Z`, an offset, or nothing (then it is UTC, as
/// some of the hub's answers leave it out).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Text that is not a time the hub would take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an ISO 8601 time such as 2026-01-01T18:00:00Z")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// `0001-01-01T00:00:00Z`, which the hub writes for "never".
    pub const NEVER: Self = Self(-621_355_968_000_000_000);
    /// `9999-12-31T23:59:59.9999999Z`, which the hub writes as the end time of an unfinished job.
    pub const FAR_FUTURE: Self = Self(2_534_023_007_999_999_999);

    /// From ticks of 100 ns since the Unix epoch.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Ticks of 100 ns since the Unix epoch.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// From milliseconds since the Unix epoch, as a browser counts.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(10_000))
    }

    /// Milliseconds since the Unix epoch, rounded down.
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(10_000)
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND)
    }

    /// This instant moved by a span, stopping at [`NEVER`](Self::NEVER) and [`FAR_FUTURE`](Self::FAR_FUTURE).
    #[must_use]
    pub fn plus(self, span: std::time::Duration) -> Self {
        let ticks = i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(ticks).clamp(Self::NEVER.0, Self::FAR_FUTURE.0))
    }

    /// The span since an earlier instant; zero if it is later.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        let ticks = self.0.saturating_sub(earlier.0).max(0).unsigned_abs();
        let per_second = TICKS_PER_SECOND.unsigned_abs();
        std::time::Duration::new(
            ticks / per_second,
            u32::try_from(ticks % per_second).unwrap_or_default() * 100,
        )
    }

    /// Reads the hub's formats.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when the text is not a date and time between the years 1 and 9999.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        parse(text).ok_or_else(|| InvalidTimestamp(text.chars().take(80).collect()))
    }

    /// The calendar view.
    pub fn to_utc(self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::nanoseconds_i128(i128::from(self.0) * 100)
    }

    /// The wire's format. Hand-written rather than by the general formatter: a job over many devices writes four of them a
    /// device.
    fn format(self) -> [u8; 28] {
        let at = self.to_utc();
        let mut text = *b"0000-00-00T00:00:00.0000000Z";
        let parts = [
            (0..4, at.year().unsigned_abs()),
            (5..7, u32::from(u8::from(at.month()))),
            (8..10, u32::from(at.day())),
            (11..13, u32::from(at.hour())),
            (14..16, u32::from(at.minute())),
            (17..19, u32::from(at.second())),
            (20..27, at.nanosecond() / 100),
        ];
        for (places, mut value) in parts {
            for place in text[places].iter_mut().rev() {
                *place = b'0' + u8::try_from(value % 10).unwrap_or_default();
                value /= 10;
            }
        }
        text
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some("ISO 8601. Answers are in UTC, with seven fractional digits and `Z`."))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Timestamp {}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        let ticks = at.unix_timestamp_nanos().div_euclid(100);
        Self(i64::try_from(ticks).unwrap_or(Self::FAR_FUTURE.0).clamp(Self::NEVER.0, Self::FAR_FUTURE.0))
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(at: std::time::SystemTime) -> Self {
        OffsetDateTime::from(at).into()
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let date = parse_date(date)?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let at = date.with_time(parse_clock(clock)?).assume_offset(parse_zone(zone)?);
    let ticks = i64::try_from(at.unix_timestamp_nanos().div_euclid(100)).ok()?;
    (Timestamp::NEVER.0..=Timestamp::FAR_FUTURE.0).contains(&ticks).then_some(Timestamp(ticks))
}

fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = Month::try_from(number::<u8>(month, 2)?).ok()?;
    Date::from_calendar_date(number(year, 4)?, month, number(day, 2)?).ok()
}

fn parse_clock(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let nanos =
        number::<u32>(fraction, fraction.len())? * 10_u32.pow(9 - u32::try_from(fraction.len()).ok()?);
    Time::from_hms_nano(hour, minute, second, nanos).ok()
}

fn parse_zone(text: &str) -> Option<UtcOffset> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(UtcOffset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    UtcOffset::from_hms(sign * number::<i8>(hours, 2)?, sign * number::<i8>(minutes, 2)?, 0).ok()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.format()).unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.format()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_with_seven_digits_and_z() {
        for (read, written) in [
            ("2020-01-06T21:44:00.8884134Z", "2020-01-06T21:44:00.8884134Z"),
            ("2017-09-21T03:16:03.6213869", "2017-09-21T03:16:03.6213869Z"),
            ("2026-11-22T20:37:46.899Z", "2026-11-22T20:37:46.8990000Z"),
            ("2026-11-22T20:37Z", "2026-11-22T20:37:00.0000000Z"),
            ("2026-11-22T21:37:46+01:00", "2026-11-22T20:37:46.0000000Z"),
            ("2026-11-22T15:07:46-0530", "2026-11-22T20:37:46.0000000Z"),
            ("2024-02-29T00:00:00", "2024-02-29T00:00:00.0000000Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00.0000000Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        ] {
            assert_eq!(Timestamp::parse(read).unwrap().to_string(), written, "{read}");
        }
        assert_eq!(Timestamp::NEVER.to_string(), "0001-01-01T00:00:00.0000000Z");
        assert_eq!(Timestamp::FAR_FUTURE.to_string(), "9999-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn refused() {
        for bad in [
            "",
            "now",
            "2026-11-22",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T20:37:46.Z",
            "2026-11-22T20:37:46.1234567890Z",
            "2026-11-22T20:37:46+1",
            "2026-11-22T20:37:46Zx",
            "20261122T203746Z",
            "日本日本日本日本",
            "+026-11-22T00:00:00Z",
            "2026-11-22T20:37:46:00Z",
            "0001-01-01T00:00:00+05:00",
        ] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spans() {
        let at = Timestamp::parse("2026-11-22T20:37:46.899Z").unwrap();
        assert_eq!(
            at.plus(std::time::Duration::from_millis(101)).to_string(),
            "2026-11-22T20:37:47.0000000Z"
        );
        assert_eq!(at.since(Timestamp::NEVER).as_secs(), 63_930_976_666);
        assert_eq!(Timestamp::NEVER.since(at), std::time::Duration::ZERO);
        assert_eq!(Timestamp::from_unix_millis(at.unix_millis()), at);
        assert_eq!(Timestamp::FAR_FUTURE.plus(std::time::Duration::MAX), Timestamp::FAR_FUTURE);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_reads_back_what_it_writes(text in ".{0,40}", ticks in Timestamp::NEVER.0..=Timestamp::FAR_FUTURE.0) {
            let _ = Timestamp::parse(&text);
            let at = Timestamp(ticks);
            proptest::prop_assert_eq!(Timestamp::parse(&at.to_string()).unwrap(), at);
        }
    }
}
