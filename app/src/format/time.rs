//! Times and durations: relative in lists, absolute beside them, always 24 hours, at most two units.

use hub_wire::Timestamp;
use time::{Date, Duration, Month, OffsetDateTime};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `187 ms`, `1.9 s`, `47 s`, `6 min 24 s`, `2 h 47 min`, `3 days 4 h`.
pub(crate) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match millis {
        0..=999 => format!("{millis} ms"),
        1000..=9_999 => format!("{seconds}.{} s", millis % 1000 / 100),
        10_000..=59_999 => format!("{seconds} s"),
        60_000..=3_599_999 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600_000..=86_399_999 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => {
            let days = seconds / 86_400;
            two(days, if days == 1 { "day" } else { "days" }, seconds % 86_400 / 3600, "h")
        }
    }
}

/// An estimate in whole seconds, at least one: `1 s`, `7 s`, `2 min 24 s`.
pub(crate) fn about_seconds(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a thousand years"
    )]
    let seconds = (seconds.round().clamp(1.0, 3e10) as u64).max(1);
    if seconds < 10 { format!("{seconds} s") } else { duration(seconds * 1000) }
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// `41 s ago`, `6 min ago`, `yesterday`, `in 3 h 23 min`. Whole seconds; a difference below one is `now`.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    if at == Timestamp::NEVER {
        return "never".into();
    }
    if at > now {
        let seconds = at.since(now).as_secs();
        return if seconds == 0 { "now".into() } else { format!("in {}", ahead(seconds)) };
    }
    let seconds = now.since(at).as_secs();
    match seconds {
        0 => "now".into(),
        1..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3600),
        86_400..=172_799 => "yesterday".into(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

fn ahead(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min", seconds / 60),
        3_600..=86_399 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        86_400..=172_799 => two(1, "day", seconds % 86_400 / 3600, "h"),
        _ => two(seconds / 86_400, "days", seconds % 86_400 / 3600, "h"),
    }
}

fn local(at: Timestamp, offset_minutes: i32) -> OffsetDateTime {
    at.to_utc().checked_add(Duration::minutes(offset_minutes.into())).unwrap_or_else(|| at.to_utc())
}

/// `18:00:00`.
pub(crate) fn clock(at: Timestamp, offset_minutes: i32) -> String {
    let at = local(at, offset_minutes);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `18:06:23.318`.
pub(crate) fn clock_millis(at: Timestamp, offset_minutes: i32) -> String {
    format!("{}.{:03}", clock(at, offset_minutes), at.unix_millis().rem_euclid(1000))
}

/// `18:06:23.318` today, `17 Sep 18:06:23.318` on another day, `17 Sep 2025 18:06:23.318` in another year.
pub(crate) fn day_clock_millis(at: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let (there, here) = (local(at, offset_minutes), local(now, offset_minutes));
    let clock = clock_millis(at, offset_minutes);
    let month = MONTHS[usize::from(u8::from(there.month()) - 1)];
    if there.date() == here.date() {
        clock
    } else if there.year() == here.year() {
        format!("{} {month} {clock}", there.day())
    } else {
        format!("{} {month} {} {clock}", there.day(), there.year())
    }
}

/// The day of an instant, as a number: it changes at midnight.
pub(crate) fn day_number(at: Timestamp, offset_minutes: i32) -> i64 {
    (at.unix_millis() + i64::from(offset_minutes) * 60_000).div_euclid(86_400_000)
}

/// `18:00:00` today, `Fri 18:00:00` within a week, `17 Sep 18:00` within a year, else `17 Sep 2026`.
pub(crate) fn day_clock(at: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    if at == Timestamp::NEVER {
        return String::new();
    }
    let (there, here) = (local(at, offset_minutes), local(now, offset_minutes));
    let days = (there.date() - here.date()).whole_days().abs();
    let month = MONTHS[usize::from(u8::from(there.month()) - 1)];
    if days == 0 {
        clock(at, offset_minutes)
    } else if days < 7 {
        let day = DAYS[usize::from(there.weekday().number_days_from_monday())];
        format!("{day} {}", clock(at, offset_minutes))
    } else if days < 365 {
        format!("{} {month} {:02}:{:02}", there.day(), there.hour(), there.minute())
    } else {
        format!("{} {month} {}", there.day(), there.year())
    }
}

/// `17 Sep 2026, 18:00:00 UTC`, or the same in the viewer's zone with its distance from UTC.
pub(crate) fn absolute(at: Timestamp, offset_minutes: i32) -> String {
    if at == Timestamp::NEVER {
        return "never".into();
    }
    let there = local(at, offset_minutes);
    format!(
        "{} {} {}, {} {}",
        there.day(),
        MONTHS[usize::from(u8::from(there.month()) - 1)],
        there.year(),
        clock(at, offset_minutes),
        zone_name(offset_minutes)
    )
}

/// `UTC`, `UTC+2`, `UTC-3:30`.
pub(crate) fn zone_name(offset_minutes: i32) -> String {
    let (sign, distance) = (if offset_minutes < 0 { '-' } else { '+' }, offset_minutes.unsigned_abs());
    match (distance / 60, distance % 60) {
        (0, 0) => "UTC".into(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// `Europe/Berlin (UTC+1)`: a zone's name with its distance from UTC, or `UTC`.
pub(crate) fn zone_label(name: &str, offset_minutes: i32) -> String {
    match name {
        "" | "UTC" | "Etc/UTC" | "GMT" => zone_name(offset_minutes),
        name => format!("{name} ({})", zone_name(offset_minutes)),
    }
}

/// `2026-11-30`: a day in UTC, as addresses write it.
pub(crate) fn day_text(at: Timestamp) -> String {
    let at = local(at, 0);
    format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
}

/// When a day in UTC begins; `None` for what is no day of a calendar.
pub(crate) fn day_begin(text: &str) -> Option<Timestamp> {
    let [year, month, day] = <[&str; 3]>::try_from(text.split('-').collect::<Vec<_>>()).ok()?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let begin = Timestamp::from(date.midnight().assume_utc());
    (day_text(begin) == text).then_some(begin)
}

/// `Mon 30 Nov`: a day in UTC.
pub(crate) fn day_name(at: Timestamp) -> String {
    let at = local(at, 0);
    let day = DAYS[usize::from(at.weekday().number_days_from_monday())];
    format!("{day} {} {}", at.day(), MONTHS[usize::from(u8::from(at.month()) - 1)])
}

/// `30`: the day of the month in UTC.
pub(crate) fn day_of_month(at: Timestamp) -> String {
    local(at, 0).day().to_string()
}

/// `18:05`.
pub(crate) fn hour_minute(at: Timestamp, offset_minutes: i32) -> String {
    let at = local(at, offset_minutes);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// A date and a time as they are typed: `2026-09-17 18:00`, with seconds where there are any.
pub(crate) fn typed(at: Timestamp, offset_minutes: i32) -> String {
    let there = local(at, offset_minutes);
    let (month, seconds) = (u8::from(there.month()), there.second());
    let seconds = if seconds == 0 { String::new() } else { format!(":{seconds:02}") };
    format!(
        "{:04}-{month:02}-{:02} {:02}:{:02}{seconds}",
        there.year(),
        there.day(),
        there.hour(),
        there.minute()
    )
}

/// A typed date and time as `2026-09-17T18:00:00`: separated by a space or a `T`, and the hour may have one digit.
/// `None` when it is neither; whether the day exists is not checked.
pub(crate) fn wall_time(text: &str) -> Option<String> {
    let (date, time) = text.trim().split_once([' ', 'T', 't'])?;
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let is_number = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number)
    };
    let [year, month, day] = <[&str; 3]>::try_from(date.split('-').collect::<Vec<_>>()).ok()?;
    let (year, month, day) = (number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?);
    let mut parts = time.trim().split(':');
    let (hour, minute) = (number(parts.next()?, 1..=2)?, number(parts.next()?, 2..=2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2..=2))?;
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

/// A day that a job can start on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    /// `Today`, `Tomorrow`, `Sat 19 Sep`.
    pub(crate) label: String,
    /// `2026-09-19`.
    pub(crate) date: String,
    /// The time to begin with, `08:00`; today a little later than now.
    pub(crate) time: String,
}

/// Today and the days after it.
pub(crate) fn days_from(now: Timestamp, offset_minutes: i32, count: i64) -> Vec<Day> {
    let here = local(now, offset_minutes);
    let day = |ahead: i64| {
        let date = here.checked_add(Duration::days(ahead)).unwrap_or(here);
        let weekday = DAYS[usize::from(date.weekday().number_days_from_monday())];
        let month = u8::from(date.month());
        let label = match ahead {
            0 => "Today".to_owned(),
            1 => "Tomorrow".to_owned(),
            _ => format!("{weekday} {} {}", date.day(), MONTHS[usize::from(month) - 1]),
        };
        // Within 5 to 10 minutes, but not tomorrow.
        let soon = (u16::from(here.hour()) * 60 + u16::from(here.minute())) / 5 * 5 + 10;
        let minutes = if ahead == 0 { soon.min(23 * 60 + 59) } else { 8 * 60 };
        Day {
            label,
            date: format!("{:04}-{month:02}-{:02}", date.year(), date.day()),
            time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
        }
    };
    (0..count).map(day).collect()
}

/// For `datetime` attributes: `2026-09-17T18:00:00Z`.
pub(crate) fn machine(at: Timestamp) -> String {
    let at = at.to_utc();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests;
