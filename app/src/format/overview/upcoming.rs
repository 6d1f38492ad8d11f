//! Where the next 24 hours are drawn: places on an axis that begins with the present hour, and three lanes in which labels do not
//! overlap. Changes of the clock are in the first; starts are there only where the others have no room.

use console_wire::overview::{Upcoming, UpcomingKind, Zone};
use hub_wire::Timestamp;

use crate::{format::time, paths};

/// Hours that the axis shows.
pub(crate) const HOURS: i64 = 24;
/// Hours between two marks of it.
const MARK: i64 = 3;
/// About how wide the axis is, in widths of a letter.
const CHARACTERS: f64 = 205.0;
/// Characters for time and icon before and behind a title.
const TIME_CHARACTERS: usize = 10;

/// An entry and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Which entry.
    pub(crate) index: usize,
    /// Its lane; `None` where there is no room and it is only counted.
    pub(crate) lane: Option<u8>,
    /// Its place from the left, in percent.
    pub(crate) left: f64,
    /// Whether its label is on the left of its place, since there is no room on the right.
    pub(crate) is_before: bool,
}

/// When the axis begins: with the hour.
pub(crate) fn begin(now: Timestamp) -> Timestamp {
    let hour = 3_600_000;
    Timestamp::from_unix_millis(now.unix_millis().div_euclid(hour) * hour)
}

/// An instant on the axis, in percent from the left.
pub(crate) fn percent(at: Timestamp, begin: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most a day in milliseconds")]
    let share = (at.unix_millis() - begin.unix_millis()) as f64 / (HOURS * 3_600_000) as f64;
    (share * 100.0).clamp(0.0, 100.0)
}

/// Where an entry leads: to the job or the schedule that it is about.
pub(crate) fn href(entry: &Upcoming) -> Option<String> {
    let subject = entry.subject.as_ref()?;
    Some(match entry.kind {
        UpcomingKind::Run => paths::schedule(&subject.id),
        UpcomingKind::Start | UpcomingKind::Window | UpcomingKind::ClockChange => paths::job(&subject.id),
    })
}

/// Places the entries, soonest first.
pub(crate) fn place(entries: &[Upcoming], begin: Timestamp) -> Vec<Placed> {
    // Where each lane is taken, in percent.
    let mut taken: [Vec<(f64, f64)>; 3] = Default::default();
    let place = |(index, entry): (usize, &Upcoming)| {
        let left = percent(entry.at, begin);
        let width = width(entry);
        let is_before = left + width > 100.0;
        let span = if is_before { (left - width, left) } else { (left, left + width) };
        let lanes: &[u8] = match entry.kind {
            UpcomingKind::ClockChange => &[0],
            UpcomingKind::Start | UpcomingKind::Run | UpcomingKind::Window => &[1, 2, 0],
        };
        let is_free =
            |lane: &u8| taken[usize::from(*lane)].iter().all(|(from, to)| span.1 <= *from || *to <= span.0);
        let lane = lanes.iter().copied().find(is_free);
        if let Some(lane) = lane {
            taken[usize::from(lane)].push(span);
        }
        Placed { index, lane, left, is_before }
    };
    entries.iter().enumerate().map(place).collect()
}

/// About how wide a label is, in percent of the axis.
fn width(entry: &Upcoming) -> f64 {
    let characters = (entry.title.chars().count() + TIME_CHARACTERS).max(entry.note.chars().count() + 2);
    #[expect(clippy::cast_precision_loss, reason = "a label is short")]
    let characters = characters as f64;
    characters / CHARACTERS * 100.0
}

/// The marks of the axis: place in percent, the hour, and the day at midnight. `offset` gives minutes to add to UTC at an
/// instant.
pub(crate) fn marks(
    begin: Timestamp,
    offset: impl Fn(Timestamp) -> i32,
) -> Vec<(f64, String, Option<String>)> {
    (0..=HOURS / MARK)
        .map(|mark| {
            let at = Timestamp::from_unix_millis(begin.unix_millis() + mark * MARK * 3_600_000);
            let minutes = offset(at);
            let clock = time::hour_minute(at, minutes);
            let local = Timestamp::from_unix_millis(at.unix_millis() + i64::from(minutes) * 60_000);
            let day = (clock == "00:00").then(|| time::day_name(local));
            (percent(at, begin), clock, day)
        })
        .collect()
}

/// Minutes to add to UTC in a zone at an instant of the next 24 hours.
pub(crate) fn zone_offset(zone: &Zone, at: Timestamp) -> i32 {
    if zone.changes_at.is_some_and(|change| at >= change) {
        zone.offset_minutes_after
    } else {
        zone.offset_minutes
    }
}

/// `2 starts, 1 window, 1 clock change`.
pub(crate) fn summary(entries: &[Upcoming], count: u64) -> String {
    use crate::format::number::count_noun;

    let of = |kind| entries.iter().filter(|entry| entry.kind == kind).count() as u64;
    let (windows, changes) = (of(UpcomingKind::Window), of(UpcomingKind::ClockChange));
    let starts = count.saturating_sub(windows + changes);
    let parts = [
        (starts > 0).then(|| count_noun(starts, "start", "starts")),
        (windows > 0).then(|| count_noun(windows, "window", "windows")),
        (changes > 0).then(|| count_noun(changes, "clock change", "clock changes")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_millis(minutes * 60_000)
    }

    fn entry(kind: UpcomingKind, minutes: i64, title: &str) -> Upcoming {
        Upcoming {
            kind,
            at: at(minutes),
            until: None,
            subject: None,
            title: title.into(),
            note: "9 devices".into(),
        }
    }

    #[test]
    fn labels_do_not_overlap() {
        let start = |minutes| entry(UpcomingKind::Start, minutes, "Evening lock-up");
        let entries = [
            start(60),
            start(62),
            entry(UpcomingKind::ClockChange, 63, "Berlin -1 h"),
            start(64),
            start(400),
            start(1430),
        ];
        let placed = place(&entries, at(0));
        let lanes: Vec<_> = placed.iter().map(|placed| placed.lane).collect();
        assert_eq!(lanes, [Some(1), Some(2), Some(0), None, Some(1), Some(1)]);
        assert_eq!(placed.iter().map(|placed| placed.is_before).collect::<Vec<_>>()[4..], [false, true]);
        assert_eq!(summary(&entries, 9), "8 starts, 1 clock change");
        assert_eq!(summary(&[entry(UpcomingKind::Window, 1, "Lock")], 1), "1 window");
    }

    #[test]
    fn the_axis_begins_with_the_hour_and_follows_a_change_of_the_clock() {
        let now = Timestamp::parse("2026-10-24T18:06:24Z").unwrap();
        let from = begin(now);
        assert_eq!(time::machine(from), "2026-10-24T18:00:00Z");
        assert_eq!(format!("{:.2}", percent(now, from)), "0.44");
        let zone = Zone {
            name: "Europe/Berlin".into(),
            city: "Berlin".into(),
            offset_minutes: 120,
            changes_at: Some(Timestamp::parse("2026-10-25T01:00:00Z").unwrap()),
            offset_minutes_after: 60,
        };
        let clocks = |offset: &dyn Fn(Timestamp) -> i32| {
            marks(from, offset).into_iter().map(|(_, clock, _)| clock).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(clocks(&|_| 0), "18:00 21:00 00:00 03:00 06:00 09:00 12:00 15:00 18:00");
        assert_eq!(
            clocks(&|at| zone_offset(&zone, at)),
            "20:00 23:00 02:00 04:00 07:00 10:00 13:00 16:00 19:00"
        );
        assert_eq!(marks(from, |_| 0)[2].2.as_deref(), Some("Sun 25 Oct"));
    }
}
