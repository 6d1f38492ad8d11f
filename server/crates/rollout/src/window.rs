//! Maintenance windows by the clock of a zone.
//!
//! A window begins at its time of day by the zone's clock and lasts its minutes. Where the clock is put forward over that time, it
//! begins when the clock is put forward; where the time comes twice, it begins at the first. Its length is elapsed time, so a
//! window over a clock change ends an hour later or earlier by the clock.

pub use console_wire::rollout::WindowSpan as Span;
use hub_wire::Timestamp;
use jiff::{
    civil::{Date, Weekday},
    tz::{AmbiguousOffset, TimeZone},
};

use crate::settings::{Day, Window, Windows};

/// Whether a name is that of a time zone. The system's zone data is used, and where there is none, data of the program.
pub fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// The next windows of a zone that have not ended, in the order of their beginnings; none for an unknown zone.
pub fn next_windows(windows: &Windows, zone: &str, now: Timestamp, count: usize) -> Vec<Span> {
    let Some((zone, today)) = zone_and_day(zone, now) else { return Vec::new() };
    // A window on one day of the week begins in each of the next weeks, and one that began up to two days ago may last.
    let last = i32::try_from(count).unwrap_or(i32::MAX).saturating_add(1).saturating_mul(7).min(3_660);
    let mut found = Vec::new();
    for day in -2..=last {
        let Ok(date) = today.checked_add(jiff::Span::new().days(day)) else { break };
        let on_date = windows.windows.iter().filter_map(|window| on(window, date, &zone));
        found.extend(on_date.filter(|span| span.until >= now));
        // Beginnings of a later day are later, but for a zone that leaves a day out.
        if found.len() >= count + windows.windows.len() {
            break;
        }
    }
    found.sort_unstable();
    found.truncate(count);
    found
}

/// The span in which a device may be called and still answer in time: the one that contains now, of several the one that lasts
/// longest, else the next. `None` if there is none within the next ten days.
pub(crate) fn next_calls(
    windows: &Windows,
    zone: &str,
    response_seconds: u32,
    now: Timestamp,
) -> Option<Span> {
    let (zone, today) = zone_and_day(zone, now)?;
    let mut best: Option<Span> = None;
    for day in -2..=10 {
        let Ok(date) = today.checked_add(jiff::Span::new().days(day)) else { break };
        for window in &windows.windows {
            let Some(span) = on(window, date, &zone) else { continue };
            let answers = std::time::Duration::from_secs(response_seconds.into());
            let until = Timestamp::from_ticks(span.until.ticks() - ticks(answers));
            if until < span.from || until < now {
                continue;
            }
            let span = Span { from: span.from, until };
            let is_better = best.is_none_or(|best| match (best.contains(now), span.contains(now)) {
                (true, true) => span.until > best.until,
                (true, false) => false,
                (false, true) => true,
                (false, false) => span.from < best.from,
            });
            if is_better {
                best = Some(span);
            }
        }
    }
    best
}

fn ticks(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX)
}

fn zone_and_day(zone: &str, now: Timestamp) -> Option<(TimeZone, Date)> {
    let zone = TimeZone::get(zone).ok()?;
    let now = jiff::Timestamp::from_millisecond(now.unix_millis()).ok()?;
    let today = zone.to_datetime(now).date();
    Some((zone, today))
}

/// The window that begins on a date, if it does.
fn on(window: &Window, date: Date, zone: &TimeZone) -> Option<Span> {
    if !window.days.is_empty() && !window.days.contains(&day_of(date.weekday())) {
        return None;
    }
    let local = date.at(window.start.hour(), window.start.minute(), 0, 0);
    let from = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok()?,
        // The time does not exist. By the offset before the change it would be after the change.
        AmbiguousOffset::Gap { before, .. } => {
            let after = before.to_timestamp(local).ok()?.checked_add(jiff::Span::new().seconds(1)).ok()?;
            zone.preceding(after).next()?.timestamp()
        }
    };
    let from = Timestamp::from_unix_millis(from.as_millisecond());
    Some(Span { from, until: from.plus(std::time::Duration::from_secs(u64::from(window.minutes) * 60)) })
}

const fn day_of(weekday: Weekday) -> Day {
    match weekday {
        Weekday::Monday => Day::Monday,
        Weekday::Tuesday => Day::Tuesday,
        Weekday::Wednesday => Day::Wednesday,
        Weekday::Thursday => Day::Thursday,
        Weekday::Friday => Day::Friday,
        Weekday::Saturday => Day::Saturday,
        Weekday::Sunday => Day::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn windows(windows: &Value) -> Windows {
        serde_json::from_value(json!({"windows": windows, "zone": {"name": "UTC"}})).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Minutes of the time, `2027-03-28T01:00`.
    fn text(at: Timestamp) -> String {
        at.to_string().chars().take(16).collect()
    }

    /// The next windows at `start` for an hour in a zone: their beginnings in UTC.
    fn check(zone: &str, start: &str, now: &str, expected: &[&str]) {
        let windows = windows(&json!([{"start": start, "minutes": 60}]));
        let found = next_windows(&windows, zone, at(now), expected.len());
        let begins: Vec<_> = found.iter().map(|span| text(span.from)).collect();
        assert_eq!(begins, expected, "{start} in {zone}");
        assert!(found.iter().all(|span| span.until.since(span.from).as_secs() == 3_600));
    }

    #[test]
    fn clock_changes() {
        let berlin = "Europe/Berlin";
        check(berlin, "22:00", "2027-03-27T12:00:00Z", &["2027-03-27T21:00", "2027-03-28T20:00"]);
        check(berlin, "02:30", "2027-03-27T12:00:00Z", &["2027-03-28T01:00", "2027-03-29T00:30"]);
        check(berlin, "02:00", "2027-03-27T12:00:00Z", &["2027-03-28T01:00", "2027-03-29T00:00"]);
        check(berlin, "02:30", "2027-10-30T12:00:00Z", &["2027-10-31T00:30", "2027-11-01T01:30"]);
        check("America/New_York", "02:30", "2027-03-13T12:00:00Z", &["2027-03-14T07:00", "2027-03-15T06:30"]);
        check("America/New_York", "01:30", "2027-11-06T12:00:00Z", &["2027-11-07T05:30", "2027-11-08T06:30"]);
        check(
            "Australia/Lord_Howe",
            "01:45",
            "2027-04-03T00:00:00Z",
            &["2027-04-03T14:45", "2027-04-04T15:15"],
        );
        check(
            "Australia/Lord_Howe",
            "02:15",
            "2027-10-02T00:00:00Z",
            &["2027-10-02T15:30", "2027-10-03T15:15"],
        );
        check("Africa/Cairo", "00:00", "2027-04-29T12:00:00Z", &["2027-04-29T22:00", "2027-04-30T21:00"]);
        check("America/Santiago", "00:30", "2027-09-04T12:00:00Z", &["2027-09-05T04:00", "2027-09-06T03:30"]);
        check("Asia/Kolkata", "02:30", "2027-03-27T12:00:00Z", &["2027-03-27T21:00", "2027-03-28T21:00"]);
        check("Pacific/Chatham", "02:45", "2027-04-03T00:00:00Z", &["2027-04-03T13:00", "2027-04-04T14:00"]);
        check("no/zone", "02:30", "2027-03-27T12:00:00Z", &[]);
    }

    #[test]
    fn days_of_the_week_and_the_next_seven() {
        let weekend = windows(&json!([{"days": ["saturday", "sunday"], "start": "23:00", "minutes": 120}]));
        let found = next_windows(&weekend, "UTC", at("2026-12-07T00:30:00Z"), 7);
        let begins: Vec<_> = found.iter().map(|span| text(span.from)).collect();
        assert_eq!(
            begins,
            [
                "2026-12-06T23:00",
                "2026-12-12T23:00",
                "2026-12-13T23:00",
                "2026-12-19T23:00",
                "2026-12-20T23:00",
                "2026-12-26T23:00",
                "2026-12-27T23:00"
            ],
            "a Monday morning is still in Sunday's window"
        );
    }

    #[test]
    fn calls_end_where_an_answer_would_come_too_late() {
        let night = windows(&json!([{"start": "22:00", "minutes": 360}, {"start": "03:30", "minutes": 60}]));
        let check = |now: &str, from: &str, until: &str| {
            let span = next_calls(&night, "UTC", 30, at(now)).unwrap();
            assert_eq!((span.from, span.until), (at(from), at(until)), "{now}");
        };
        check("2026-12-01T12:00:00Z", "2026-12-01T22:00:00Z", "2026-12-02T03:59:30Z");
        check("2026-12-02T03:00:00Z", "2026-12-01T22:00:00Z", "2026-12-02T03:59:30Z");
        check("2026-12-02T03:45:00Z", "2026-12-02T03:30:00Z", "2026-12-02T04:29:30Z");
        check("2026-12-02T03:59:40Z", "2026-12-02T03:30:00Z", "2026-12-02T04:29:30Z");
        check("2026-12-02T04:29:31Z", "2026-12-02T22:00:00Z", "2026-12-03T03:59:30Z");
    }
}
