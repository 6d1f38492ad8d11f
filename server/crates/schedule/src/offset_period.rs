//! A stretch of time in which a zone's offset from UTC stays the same.
//!
//! Within one, the clock runs as time does, so times of the day are found by arithmetic. Only at its two ends a time can be
//! missing or occur twice.

use jiff::{
    Timestamp, ToSpan,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// A stretch of time with one offset.
#[derive(Debug, Clone)]
pub(crate) struct OffsetPeriod {
    offset: Offset,
    /// The end of the stretch before, by its own clock.
    previous_local_end: Option<DateTime>,
    /// The first instant of the next stretch, and its offset.
    next: Option<(Timestamp, Offset)>,
}

impl OffsetPeriod {
    /// The stretch that an instant is in.
    pub(crate) fn containing(zone: &TimeZone, at: Timestamp) -> Self {
        let offset = zone.to_offset(at);
        // Some transitions change a name and leave the offset as it is.
        let next = zone
            .following(at)
            .map(|change| (change.timestamp(), change.offset()))
            .find(|(_, next)| *next != offset);
        let just_after = at.checked_add(1.nanosecond()).unwrap_or(at);
        let previous_local_end = zone.preceding(just_after).find_map(|change| {
            let start = change.timestamp();
            let before = zone.to_offset(start.checked_sub(1.nanosecond()).ok()?);
            (before != offset).then(|| before.to_datetime(start))
        });
        Self { offset, previous_local_end, next }
    }

    pub(crate) fn offset(&self) -> Offset {
        self.offset
    }

    /// The first instant of the next stretch, and the stretch.
    pub(crate) fn next(&self, zone: &TimeZone) -> Option<(Timestamp, Self)> {
        let (start, _) = self.next?;
        Some((start, Self::containing(zone, start)))
    }

    /// What the clock shows when the stretch ends, by its own offset. A time before it is in the stretch or before the stretch.
    pub(crate) fn local_end(&self) -> Option<DateTime> {
        self.next.map(|(end, _)| self.offset.to_datetime(end))
    }

    /// Whether a time of this stretch has already been in the one before.
    pub(crate) fn is_second_of_two(&self, local: DateTime) -> bool {
        self.previous_local_end.is_some_and(|end| local < end)
    }

    /// Whether a time of this stretch comes again in the next one.
    pub(crate) fn is_first_of_two(&self, local: DateTime) -> bool {
        self.next.is_some_and(|(start, next)| local >= next.to_datetime(start))
    }
}
