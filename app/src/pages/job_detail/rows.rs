//! Which rows of a long list are on the page, and which of them are here. Pure: places in, row numbers out.

use std::ops::Range;

use crate::api::job_results::{ResultRow, ResultWindow};

/// Rows that are asked for at once.
pub(super) const CHUNK: u32 = 100;
/// A list up to this long is on the page as a whole: it can be searched, printed and read out.
pub(super) const WHOLE: u64 = 200;
/// Rows kept above and below what can be seen, so that a step of the wheel finds them there.
const SPARE: u64 = 12;
/// The range moves in steps of so many rows, so that most scrolling changes nothing.
const STEP: u64 = 8;
/// Rows that are asked for before the window reaches them, once it has moved.
const AHEAD: u64 = 50;
/// Chunks that are remembered; the ones farthest away are forgotten first.
const REMEMBERED: usize = 40;

/// The rows that belong on the page: `top` is where the list begins, seen from the window's upper edge and negative
/// above it; all in CSS pixels. Of a long list always equally many, so that rows can be reused.
pub(super) fn visible(top: f64, row: f64, window: f64, total: u64) -> Range<u64> {
    if total <= WHOLE || row <= 0.0 {
        return 0..total.min(WHOLE);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row number, not negative")]
    let number = |pixels: f64| (pixels.max(0.0) / row) as u64;
    let count = (number(window) + 1 + 2 * SPARE + STEP).min(total);
    let first = number(-top).saturating_sub(SPARE) / STEP * STEP;
    let first = first.min(total - count);
    first..first + count
}

/// What is here of a view, in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rows {
    /// Where each begins, and its rows; in order.
    chunks: Vec<(u64, Vec<ResultRow>)>,
    /// Chunks that are to be read again; until then they stay as they are.
    old: Vec<u64>,
    total: u64,
}

impl Rows {
    /// What a window brought.
    pub(super) fn of(window: &ResultWindow) -> Self {
        let mut rows = Self::default();
        rows.take(window);
        rows
    }

    /// Devices in the view.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// One row, if it is here.
    pub(super) fn get(&self, number: u64) -> Option<&ResultRow> {
        let (first, rows) = self.chunks.iter().rev().find(|(first, _)| *first <= number)?;
        rows.get(usize::try_from(number - first).ok()?)
    }

    /// Takes what was read; a window of a chunk replaces it.
    pub(super) fn take(&mut self, window: &ResultWindow) {
        self.total = window.total;
        let (at, rows) = (window.offset, window.rows.clone());
        self.old.retain(|old| *old != at);
        let place = self.chunks.iter().take_while(|(first, _)| *first < at).count();
        match self.chunks.get_mut(place) {
            Some(chunk) if chunk.0 == at => chunk.1 = rows,
            _ => self.chunks.insert(place, (at, rows)),
        }
        if self.chunks.len() > REMEMBERED {
            // They are in order, so the farthest is at one of the ends.
            let is_first = self.chunks.first().map(|(first, _)| at.abs_diff(*first))
                > self.chunks.last().map(|(last, _)| at.abs_diff(*last));
            let (far, _) = self.chunks.remove(if is_first { 0 } else { self.chunks.len() - 1 });
            self.old.retain(|old| *old != far);
        }
    }

    /// Takes what was read anew: everything else here is old from now on.
    pub(super) fn renew(&mut self, window: &ResultWindow) {
        self.old = self.chunks.iter().map(|(first, _)| *first).collect();
        self.take(window);
    }

    /// Where the chunk begins that is to be read next for a window of this range: one that rows are missing from or old
    /// in, or else one that the window is about to reach.
    pub(super) fn wanted(&self, range: &Range<u64>) -> Option<u64> {
        let (start, end) = (range.start, range.end);
        self.missing(range).or_else(|| {
            let has_moved = start > 0;
            let below = has_moved.then(|| self.missing(&(end..end + AHEAD))).flatten();
            below.or_else(|| self.missing(&(start.saturating_sub(AHEAD)..start)))
        })
    }

    /// Where the first chunk begins of which rows in this range are missing or old.
    fn missing(&self, range: &Range<u64>) -> Option<u64> {
        let chunk = |number: u64| number / u64::from(CHUNK) * u64::from(CHUNK);
        let end = range.end.min(self.total);
        let is_missing = |number: &u64| self.get(*number).is_none() || self.old.contains(&chunk(*number));
        (range.start..end).find(is_missing).map(chunk)
    }

    /// The number of a device's row, if it is here.
    pub(super) fn find(&self, device_id: &str) -> Option<u64> {
        self.chunks.iter().find_map(|(first, rows)| {
            let place = rows.iter().position(|row| row.device_id == device_id)?;
            Some(first + u64::try_from(place).ok()?)
        })
    }

    /// The number of the next row that tells of a failure, as far as the rows from this one on are here without a gap.
    pub(super) fn failure_from(&self, from: u64) -> Option<u64> {
        (from..self.total)
            .map_while(|number| self.get(number).map(|row| (number, row)))
            .find(|(_, row)| row.outcome.is_problem())
            .map(|(number, _)| number)
    }

    /// The devices before and after a device, as far as they are here.
    pub(super) fn neighbours(&self, device_id: &str) -> (Option<String>, Option<String>) {
        let Some(number) = self.find(device_id) else { return (None, None) };
        let id = |number| self.get(number).map(|row| row.device_id.clone());
        (number.checked_sub(1).and_then(id), id(number + 1))
    }
}

#[cfg(test)]
mod tests {
    use console_wire::outcome::Outcome;

    use super::*;

    fn window(offset: u64, count: u64, total: u64) -> ResultWindow {
        let row = |number: u64| ResultRow {
            device_id: format!("door-{number}"),
            outcome: Outcome::Succeeded,
            code: String::new(),
            text: String::new(),
            sent: None,
            round_trip_ms: None,
        };
        ResultWindow {
            offset,
            rows: (offset..offset + count).map(row).collect(),
            total,
            order: "device".into(),
        }
    }

    #[test]
    fn only_what_can_be_seen_and_a_little_more() {
        for (top, total, range) in [
            (500.0, 0, 0..0),
            (500.0, 200, 0..200),
            (500.0, 100_000, 0..65),
            (-2_800.0, 100_000, 88..153),
            (-2_801.0, 100_000, 88..153),
            (-2_799_100.0, 100_000, 99_935..100_000),
            (-9_000_000.0, 100_000, 99_935..100_000),
        ] {
            assert_eq!(visible(top, 28.0, 900.0, total), range, "{top}");
        }
        assert_eq!(visible(0.0, 0.0, 900.0, 100_000), 0..WHOLE);
        assert_eq!(visible(0.0, 28.0, 9_000.0, 300), 0..300);
    }

    #[test]
    fn rows_come_in_chunks() {
        let mut rows = Rows::of(&window(0, 50, 1000));
        assert_eq!(rows.get(49).map(|row| row.device_id.as_str()), Some("door-49"));
        assert_eq!((rows.get(50), rows.missing(&(0..50)), rows.missing(&(0..60))), (None, None, Some(0)));
        rows.take(&window(0, 100, 1000));
        rows.take(&window(900, 100, 1000));
        assert_eq!((rows.missing(&(0..100)), rows.missing(&(90..120))), (None, Some(100)));
        assert_eq!(rows.missing(&(950..1100)), None);
        assert_eq!((rows.find("door-950"), rows.find("door-500")), (Some(950), None));
        assert_eq!(rows.neighbours("door-99"), (Some("door-98".into()), None));
        assert_eq!(rows.neighbours("door-0"), (None, Some("door-1".into())));
    }

    #[test]
    fn rows_are_asked_for_before_the_window_is_there() {
        let mut rows = Rows::of(&window(0, 100, 1000));
        assert_eq!(rows.wanted(&(0..65)), None, "nobody has moved");
        assert_eq!((rows.wanted(&(8..73)), rows.wanted(&(40..105))), (Some(100), Some(100)));
        rows.take(&window(300, 100, 1000));
        assert_eq!(rows.wanted(&(320..365)), Some(400), "below comes first");
        rows.take(&window(400, 100, 1000));
        assert_eq!(rows.wanted(&(320..365)), Some(200));
        rows.take(&window(200, 100, 1000));
        assert_eq!((rows.wanted(&(320..365)), rows.wanted(&(935..1000))), (None, Some(900)));
    }

    #[test]
    fn old_rows_stay_until_they_are_read_again() {
        let mut rows = Rows::of(&window(0, 100, 1000));
        rows.take(&window(100, 100, 1000));
        rows.renew(&window(0, 100, 1001));
        assert!(rows.get(150).is_some());
        assert_eq!((rows.total(), rows.missing(&(50..150))), (1001, Some(100)));
        rows.take(&window(100, 100, 1001));
        assert_eq!(rows.missing(&(50..150)), None);
    }

    #[test]
    fn failures_are_found_where_rows_are_here() {
        let mut first = window(0, 100, 1000);
        first.rows[3].outcome = Outcome::TimedOut;
        first.rows[70].outcome = Outcome::Failed;
        let mut rows = Rows::of(&first);
        for (from, found) in [(0, Some(3)), (3, Some(3)), (4, Some(70)), (71, None), (500, None)] {
            assert_eq!(rows.failure_from(from), found);
        }
        let mut far = window(900, 100, 1000);
        far.rows[5].outcome = Outcome::Failed;
        rows.take(&far);
        assert_eq!((rows.failure_from(71), rows.failure_from(900)), (None, Some(905)));
    }

    #[test]
    fn far_chunks_are_forgotten() {
        let mut rows = Rows::default();
        for chunk in 0..100 {
            rows.take(&window(chunk * 100, 100, 100_000));
        }
        assert_eq!(rows.chunks.len(), REMEMBERED);
        assert!(rows.get(9_999).is_some() && rows.get(0).is_none());
    }
}
