//! Which rows of a long list belong on the page, and the loaded ones, in chunks. Pure.

use std::ops::Range;

use crate::api::job_results::{ResultRow, ResultWindow};

/// Rows of one read.
pub(in crate::pages::job_detail) const CHUNK: u32 = 100;
/// A list up to this long is rendered as a whole, so that it can be searched, printed and read out.
pub(in crate::pages::job_detail) const WHOLE: u64 = 200;
/// Rows rendered above and below the viewport, so that a turn of the wheel shows no gap.
const SPARE: u64 = 12;
/// The range moves in steps of so many rows, so that most scrolling changes nothing.
const STEP: u64 = 8;
/// Rows read ahead of the viewport, once it has moved.
const AHEAD: u64 = 50;
/// Chunks that are kept; the farthest is dropped first.
const KEPT_CHUNKS: usize = 40;

/// The rows that belong on the page. `top` is the distance from the viewport's upper edge to the list, negative above it;
/// all in CSS pixels. A long list always gets the same number, so that rows can be reused.
pub(in crate::pages::job_detail) fn visible(top: f64, row: f64, window: f64, total: u64) -> Range<u64> {
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

/// The loaded rows of a view, in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::pages::job_detail) struct RowCache {
    /// The number of each one's first row, and its rows; in order.
    chunks: Vec<(u64, Vec<ResultRow>)>,
    /// Chunks to be read again; until then their rows stay.
    outdated: Vec<u64>,
    total: u64,
}

impl RowCache {
    /// The rows of one window.
    pub(in crate::pages::job_detail) fn of(window: &ResultWindow) -> Self {
        let mut rows = Self::default();
        rows.take(window);
        rows
    }

    /// Devices in the view.
    pub(in crate::pages::job_detail) const fn total(&self) -> u64 {
        self.total
    }

    /// One row, if it is loaded.
    pub(in crate::pages::job_detail) fn get(&self, number: u64) -> Option<&ResultRow> {
        let (first, rows) = self.chunks.iter().rev().find(|(first, _)| *first <= number)?;
        rows.get(usize::try_from(number - first).ok()?)
    }

    /// Inserts or replaces chunks.
    pub(in crate::pages::job_detail) fn take(&mut self, window: &ResultWindow) {
        self.total = window.total;
        if window.rows.is_empty() {
            self.insert(window.offset, Vec::new());
        }
        for (at, rows) in pieces(window) {
            self.insert(at, rows.to_vec());
        }
    }

    /// Inserts the chunks that are missing or outdated; the others stay as they are.
    pub(in crate::pages::job_detail) fn fill(&mut self, window: &ResultWindow) {
        for (at, rows) in pieces(window) {
            let last = at + rows.len() as u64 - 1;
            if self.get(last).is_none() || self.outdated.contains(&at) {
                self.insert(at, rows.to_vec());
            }
        }
    }

    fn insert(&mut self, at: u64, rows: Vec<ResultRow>) {
        self.outdated.retain(|old| *old != at);
        let place = self.chunks.iter().take_while(|(first, _)| *first < at).count();
        match self.chunks.get_mut(place) {
            Some(chunk) if chunk.0 == at => chunk.1 = rows,
            _ => self.chunks.insert(place, (at, rows)),
        }
        if self.chunks.len() > KEPT_CHUNKS {
            // They are in order, so the farthest is the first or the last.
            let is_first = self.chunks.first().map(|(first, _)| at.abs_diff(*first))
                > self.chunks.last().map(|(last, _)| at.abs_diff(*last));
            let (far, _) = self.chunks.remove(if is_first { 0 } else { self.chunks.len() - 1 });
            self.outdated.retain(|old| *old != far);
        }
    }

    /// Takes chunks that were read again; all others are outdated.
    pub(in crate::pages::job_detail) fn renew(&mut self, window: &ResultWindow) {
        self.outdated = self.chunks.iter().map(|(first, _)| *first).collect();
        self.take(window);
    }

    /// How many rows from the first on are loaded.
    pub(in crate::pages::job_detail) fn leading(&self) -> u64 {
        let mut leading = 0;
        for (first, rows) in &self.chunks {
            if *first != leading {
                break;
            }
            leading += rows.len() as u64;
        }
        leading.min(self.total)
    }

    /// Whether a row of this range is missing or outdated.
    pub(in crate::pages::job_detail) fn has_gap(&self, range: &Range<u64>) -> bool {
        self.missing(range).is_some()
    }

    /// The first row of the chunk to read next for this range: a missing or outdated one in it, or else one near it.
    pub(in crate::pages::job_detail) fn next_chunk(&self, range: &Range<u64>) -> Option<u64> {
        let (start, end) = (range.start, range.end);
        self.missing(range).or_else(|| {
            let has_moved = start > 0;
            let below = has_moved.then(|| self.missing(&(end..end + AHEAD))).flatten();
            below.or_else(|| self.missing(&(start.saturating_sub(AHEAD)..start)))
        })
    }

    /// The first row of the first chunk that is missing or outdated in this range.
    fn missing(&self, range: &Range<u64>) -> Option<u64> {
        let chunk = |number: u64| number / u64::from(CHUNK) * u64::from(CHUNK);
        let end = range.end.min(self.total);
        let is_missing =
            |number: &u64| self.get(*number).is_none() || self.outdated.contains(&chunk(*number));
        (range.start..end).find(is_missing).map(chunk)
    }

    /// The number of a device's row, if it is loaded.
    pub(in crate::pages::job_detail) fn find(&self, device_id: &str) -> Option<u64> {
        self.chunks.iter().find_map(|(first, rows)| {
            let place = rows.iter().position(|row| row.device_id == device_id)?;
            Some(first + u64::try_from(place).ok()?)
        })
    }

    /// The number of the next failure, if all rows up to it are loaded.
    pub(in crate::pages::job_detail) fn failure_from(&self, from: u64) -> Option<u64> {
        (from..self.total)
            .map_while(|number| self.get(number).map(|row| (number, row)))
            .find(|(_, row)| row.outcome.is_problem())
            .map(|(number, _)| number)
    }

    /// The devices before and after a device, if they are loaded.
    pub(in crate::pages::job_detail) fn neighbours(
        &self,
        device_id: &str,
    ) -> (Option<String>, Option<String>) {
        let Some(number) = self.find(device_id) else { return (None, None) };
        let id = |number| self.get(number).map(|row| row.device_id.clone());
        (number.checked_sub(1).and_then(id), id(number + 1))
    }
}

/// The chunks of a window, each with the number of its first row.
fn pieces(window: &ResultWindow) -> impl Iterator<Item = (u64, &[ResultRow])> {
    let starts = (window.offset..).step_by(CHUNK as usize);
    starts.zip(window.rows.chunks(CHUNK as usize))
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
    fn the_rows_near_the_viewport() {
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
        let mut rows = RowCache::of(&window(0, 50, 1000));
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
    fn a_window_of_several_chunks() {
        let mut rows = RowCache::of(&window(0, 100, 250));
        let mut newer = window(0, 250, 250);
        for row in &mut newer.rows {
            row.outcome = Outcome::Failed;
        }
        let failed = |rows: &RowCache, number| rows.get(number).map(|row| row.outcome == Outcome::Failed);
        assert!(rows.has_gap(&(0..250)) && !rows.has_gap(&(0..100)) && rows.leading() == 100);
        rows.fill(&newer);
        assert_eq!(
            (failed(&rows, 0), failed(&rows, 100), failed(&rows, 249)),
            (Some(false), Some(true), Some(true))
        );
        assert!(!rows.has_gap(&(0..300)), "beyond the end is no gap");
        assert_eq!(rows.leading(), 250);
        rows.renew(&newer);
        assert_eq!((failed(&rows, 0), rows.missing(&(0..250))), (Some(true), None));
    }

    #[test]
    fn chunks_are_read_ahead() {
        let mut rows = RowCache::of(&window(0, 100, 1000));
        assert_eq!(rows.next_chunk(&(0..65)), None, "the viewport has not moved");
        assert_eq!((rows.next_chunk(&(8..73)), rows.next_chunk(&(40..105))), (Some(100), Some(100)));
        rows.take(&window(300, 100, 1000));
        assert_eq!(rows.next_chunk(&(320..365)), Some(400), "below comes first");
        rows.take(&window(400, 100, 1000));
        assert_eq!(rows.next_chunk(&(320..365)), Some(200));
        rows.take(&window(200, 100, 1000));
        assert_eq!((rows.next_chunk(&(320..365)), rows.next_chunk(&(935..1000))), (None, Some(900)));
    }

    #[test]
    fn outdated_rows_stay_until_they_are_read_again() {
        let mut rows = RowCache::of(&window(0, 100, 1000));
        rows.take(&window(100, 100, 1000));
        rows.renew(&window(0, 100, 1001));
        assert!(rows.get(150).is_some());
        assert_eq!((rows.total(), rows.missing(&(50..150))), (1001, Some(100)));
        rows.take(&window(100, 100, 1001));
        assert_eq!(rows.missing(&(50..150)), None);
    }

    #[test]
    fn failures_are_found_in_loaded_rows() {
        let mut first = window(0, 100, 1000);
        first.rows[3].outcome = Outcome::TimedOut;
        first.rows[70].outcome = Outcome::Failed;
        let mut rows = RowCache::of(&first);
        for (from, found) in [(0, Some(3)), (3, Some(3)), (4, Some(70)), (71, None), (500, None)] {
            assert_eq!(rows.failure_from(from), found);
        }
        let mut far = window(900, 100, 1000);
        far.rows[5].outcome = Outcome::Failed;
        rows.take(&far);
        assert_eq!((rows.failure_from(71), rows.failure_from(900)), (None, Some(905)));
    }

    #[test]
    fn far_chunks_are_dropped() {
        let mut rows = RowCache::default();
        for chunk in 0..100 {
            rows.take(&window(chunk * 100, 100, 100_000));
        }
        assert_eq!(rows.chunks.len(), KEPT_CHUNKS);
        assert!(rows.get(9_999).is_some() && rows.get(0).is_none());
    }
}
