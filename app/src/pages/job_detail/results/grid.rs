//! The rows on the page: of any number of devices only those near the viewport, the others as empty height above and
//! below. Rows are read in chunks of a hundred as the viewport reaches them.
//!
//! While the job runs newer rows come with its snapshots, see [`super::super::snapshots`].

use console_wire::{
    job::JobSummary,
    outcome::{Outcome, Outcomes},
};
use leptos::{html::Tbody, prelude::*, task::spawn_local};

use super::{
    super::{
        context::RowsKey,
        snapshots::{Snapshots, order_is_stable},
        url_state::JobUrl,
    },
    row_cache::{CHUNK, RowCache, visible},
};
use crate::{
    api::job_results::{ResultView, ResultWindow, job_results},
    error::ApiError,
    kit::dom::{self, RowMetrics, RowPlace},
};

/// Most rows of one read.
const MOST: u64 = 500;
/// Most rows of a print. More is what the export is for.
pub(in crate::pages::job_detail) const PRINTED: u64 = 1000;
/// How long a view has to be on the page before the rows for a print are loaded.
const STILL: std::time::Duration = std::time::Duration::from_secs(1);
/// The first row's `aria-rowindex`: it counts from 1, and the table's head is a row.
pub(in crate::pages::job_detail) const ABOVE: u64 = 2;
/// What is nearer to the viewport's edges than this, in CSS pixels, may be covered by the bars there.
const IN_SIGHT: f64 = 120.0;

/// One view of the rows. Another view gets another grid.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages::job_detail) struct Grid {
    /// The view as the address names it.
    key: StoredValue<RowsKey>,
    /// The same with the order in use.
    view: StoredValue<ResultView>,
    /// The loaded rows.
    pub(in crate::pages::job_detail) rows: RwSignal<RowCache>,
    /// Which of the rows are on the page.
    pub(in crate::pages::job_detail) range: RwSignal<std::ops::Range<u64>>,
    /// Why rows could not be read.
    pub(in crate::pages::job_detail) failed: RwSignal<Option<ApiError>>,
    /// Devices that had ended, or that were in the view's state, when the rows were last read.
    shown: RwSignal<u64>,
    is_reading: StoredValue<bool>,
    /// The job: while it runs, rows come with its snapshots only.
    job: StoredValue<Option<Memo<JobSummary>>>,
    is_printing: StoredValue<bool>,
    /// The row that gets the focus as soon as it is on the page.
    to_focus: RwSignal<Option<u64>>,
    /// The rows on the page.
    pub(in crate::pages::job_detail) body: NodeRef<Tbody>,
}

impl Grid {
    /// A grid that begins with what was read for the first frame.
    pub(in crate::pages::job_detail) fn new(key: RowsKey, first: &ResultWindow, job: &JobSummary) -> Self {
        let shown = result_count(&key.view, &job.outcomes);
        let view = ResultView { order: first.order.clone(), ..key.view.clone() };
        let end = first.offset + first.rows.len() as u64;
        Self {
            key: StoredValue::new(key),
            view: StoredValue::new(view),
            rows: RwSignal::new(RowCache::of(first)),
            range: RwSignal::new(first.offset..end),
            failed: RwSignal::new(None),
            shown: RwSignal::new(shown),
            is_reading: StoredValue::new(false),
            is_printing: StoredValue::new(false),
            job: StoredValue::new(None),
            to_focus: RwSignal::new(None),
            body: NodeRef::new(),
        }
    }

    /// Follows the viewport, and focuses rows that are to get the focus.
    pub(in crate::pages::job_detail) fn follow(
        self,
        url: JobUrl,
        job: Memo<JobSummary>,
        snapshots: Snapshots,
    ) {
        dom::on_scroll_or_resize(move || self.update_range());
        Effect::new(move |_| {
            self.body.track();
            self.update_range();
        });
        Effect::new(move |_| self.focus_row(url));
        // Rows that come into view while the job runs have to agree with its counts.
        let has_gaps = Memo::new(move |_| {
            job.with(|job| !job.status.is_terminal())
                && self.range.with(|range| self.rows.with(|rows| rows.has_gap(range)))
        });
        Effect::new(move |_| {
            if has_gaps.get() {
                snapshots.fill_gaps();
            }
        });
        self.job.set_value(Some(job));
    }

    /// Takes the rows of a snapshot. While they must not move only those that are missing are shown.
    pub(in crate::pages::job_detail) fn show(self, window: &ResultWindow, job: &JobSummary, is_free: bool) {
        self.failed.set(None);
        self.rows.update(|rows| if is_free { rows.renew(window) } else { rows.fill(window) });
        if is_free {
            let shown = self.view.with_value(|view| result_count(view, &job.outcomes));
            self.shown.set(shown);
        }
        self.update_range();
    }

    /// Where a row is in the window: the one with this `aria-rowindex`, else the one that is in use.
    pub(in crate::pages::job_detail) fn place(self, index: Option<u64>) -> Option<RowPlace> {
        // The grid may be gone.
        self.total()?;
        dom::row_place(self.body, index)
    }

    /// Loads the rows that a print shows once the page has been still for a moment, chunk after chunk.
    pub(in crate::pages::job_detail) fn load_for_print(self) {
        set_timeout(
            move || {
                if self.total().is_some() {
                    self.load_next_for_print();
                }
            },
            STILL,
        );
    }

    fn load_next_for_print(self) {
        let next = self.rows.with_untracked(|rows| rows.next_chunk(&(0..PRINTED.min(rows.total()))));
        let Some(offset) = next else { return };
        self.read_many(offset, 5 * CHUNK, RowCache::fill, move |read| {
            if read.is_ok() {
                self.load_next_for_print();
            }
            if self.is_printing.get_value() {
                self.show_loaded();
            }
        });
    }

    fn show_loaded(self) {
        let leading = self.rows.with_untracked(RowCache::leading);
        self.range.set(0..leading.min(PRINTED));
    }

    /// Puts all rows on the page for a print, as far as they are loaded, and afterwards those near the viewport.
    pub(in crate::pages::job_detail) fn show_for_print(self, is_printing: bool) {
        if self.is_printing.try_set_value(is_printing).is_some() {
            return;
        }
        if is_printing {
            self.show_loaded();
        } else {
            self.update_range();
        }
    }

    /// Whether these are the rows of a view.
    pub(in crate::pages::job_detail) fn is_of(self, key: &RowsKey) -> bool {
        self.key.try_with_value(|of| of == key) == Some(true)
    }

    /// The view with the order in use.
    pub(in crate::pages::job_detail) fn view(self) -> Option<ResultView> {
        self.view.try_get_value()
    }

    /// First row and number of rows to read, so that the rows on the page are among them.
    pub(in crate::pages::job_detail) fn window(self) -> (u64, u32) {
        self.range.with_untracked(chunks_around)
    }

    /// Whether a row on the page is missing.
    pub(in crate::pages::job_detail) fn has_gaps(self) -> bool {
        self.range.with_untracked(|range| self.rows.with_untracked(|rows| rows.has_gap(range)))
    }

    /// Whether the view has no row.
    pub(in crate::pages::job_detail) fn is_empty(self) -> bool {
        self.total().unwrap_or_default() == 0
    }

    /// Scrolls back to the top of the list, below the sticky bars.
    pub(in crate::pages::job_detail) fn scroll_to_top(self) {
        if let Some(metrics) = dom::row_metrics(self.body).filter(|metrics| metrics.top < 0.0) {
            dom::scroll_by(metrics.top - 96.0);
        }
    }

    /// How many results are newer than the rows.
    pub(in crate::pages::job_detail) fn newer(self, job: Memo<JobSummary>) -> u64 {
        let now = job.with(|job| self.view.try_with_value(|view| result_count(view, &job.outcomes)));
        now.zip(self.shown.try_get()).map_or(0, |(now, shown)| now.abs_diff(shown))
    }

    /// The order of the rows, as in the address.
    pub(in crate::pages::job_detail) fn order(self) -> Option<String> {
        self.view.try_with_value(|view| view.order.clone())
    }

    /// The job and the view of these rows.
    pub(in crate::pages::job_detail) fn key(self) -> Option<(String, ResultView)> {
        self.key.try_with_value(|key| key.job_id.clone()).zip(self.view.try_get_value())
    }

    /// The row that has the focus.
    pub(in crate::pages::job_detail) fn focused_row(self) -> Option<u64> {
        dom::focused_row(self.body)?.checked_sub(ABOVE)
    }

    /// Scrolls a row into view and focuses it; while a device is open, the row's device is opened too.
    pub(in crate::pages::job_detail) fn go_to(self, number: u64) {
        if let Some((RowMetrics { top, window, .. }, row)) = self.row_metrics() {
            let start = self.range.with_untracked(|range| range.start);
            let at = top + (float(number) - float(start)) * row;
            if at < IN_SIGHT || at + row > window - IN_SIGHT {
                dom::scroll_by(at - window / 2.0);
            }
        }
        self.to_focus.set(Some(number));
        self.update_range();
    }

    /// The same for a device that the server has found. The loaded rows may be older than its answer.
    pub(in crate::pages::job_detail) fn go_to_device(self, number: u64, device_id: String) {
        let is_loaded =
            self.rows.with_untracked(|rows| rows.get(number).map(|row| row.device_id == device_id));
        if is_loaded == Some(true) {
            return self.go_to(number);
        }
        let chunk = number / u64::from(CHUNK) * u64::from(CHUNK);
        self.read(chunk, RowCache::take, move |read| {
            if read.is_err() {
                return self.go_on(read);
            }
            let found = self.rows.with_untracked(|rows| rows.find(&device_id));
            self.go_to(found.unwrap_or(number));
        });
    }

    fn focus_row(self, url: JobUrl) {
        let Some(number) = self.to_focus.get() else { return };
        let is_on_page = self.range.with(|range| range.contains(&number))
            && self.rows.with(|rows| rows.get(number).is_some());
        if is_on_page {
            self.to_focus.set(None);
            let opens = url.device.with_untracked(|device| !device.is_empty());
            // The row is rendered with the next frame.
            request_animation_frame(move || dom::focus_row(self.body, number + ABOVE, opens));
        }
    }

    /// Whether reading again changes rows without moving any.
    pub(in crate::pages::job_detail) fn rows_stay(self) -> bool {
        self.view.with_value(order_is_stable)
    }

    /// Whether the list's first row is below the window's upper edge.
    pub(in crate::pages::job_detail) fn top_is_visible(self) -> bool {
        dom::row_metrics(self.body).is_none_or(|metrics| metrics.top > 0.0)
    }

    /// Sets the range of rows on the page, and reads those that are missing.
    fn update_range(self) {
        let Some((range, total)) = self.range.try_get_untracked().zip(self.total()) else { return };
        if self.is_printing.get_value() {
            return;
        }
        let count = range.end.saturating_sub(range.start);
        if count == 0 && total > 0 {
            self.range.set(0..total.min(u64::from(CHUNK)));
            return self.pull();
        }
        let Some((RowMetrics { top, window, .. }, row)) = self.row_metrics() else { return };
        let next = visible(top - float(range.start) * row, row, window, total);
        if next != range {
            self.range.set(next);
        }
        self.pull();
    }

    /// Where the rows are, and the height of one; `None` without rows.
    fn row_metrics(self) -> Option<(RowMetrics, f64)> {
        let count = self.range.with_untracked(|range| range.end.saturating_sub(range.start));
        let metrics = dom::row_metrics(self.body).filter(|_| count > 0)?;
        Some((metrics, metrics.height / float(count)))
    }

    fn total(self) -> Option<u64> {
        self.rows.try_with_untracked(RowCache::total)
    }

    /// Reads the next missing chunk, one at a time: a fast scroll reads where it stops, not all that it passes.
    fn pull(self) {
        let is_running = self.job.try_get_value().flatten();
        let is_running = is_running.and_then(|job| job.try_with_untracked(|job| !job.status.is_terminal()));
        if self.is_reading.try_get_value() != Some(false) || is_running != Some(false) {
            return;
        }
        let range = self.range.get_untracked();
        let Some(offset) = self.rows.with_untracked(|rows| rows.next_chunk(&range)) else { return };
        self.read(offset, RowCache::take, move |read| self.go_on(read));
    }

    fn read(
        self,
        offset: u64,
        take: impl FnOnce(&mut RowCache, &ResultWindow) + 'static,
        then: impl FnOnce(Result<(), ApiError>) + 'static,
    ) {
        self.read_many(offset, CHUNK, take, then);
    }

    fn read_many(
        self,
        offset: u64,
        count: u32,
        take: impl FnOnce(&mut RowCache, &ResultWindow) + 'static,
        then: impl FnOnce(Result<(), ApiError>) + 'static,
    ) {
        self.is_reading.set_value(true);
        let (job_id, view) = (self.key.with_value(|key| key.job_id.clone()), self.view.get_value());
        spawn_local(async move {
            let read = job_results(job_id, view, offset, count).await;
            // The grid may be gone by now.
            if self.is_reading.try_update_value(|is_reading| *is_reading = false).is_none() {
                return;
            }
            then(read.map(|window| {
                self.failed.set(None);
                self.rows.try_update(|rows| take(rows, &window));
            }));
        });
    }

    /// Reads further chunks, or shows why rows that the user waits for are missing.
    fn go_on(self, read: Result<(), ApiError>) {
        match read {
            Ok(()) => self.update_range(),
            Err(error) => self.failed.set(Some(error)),
        }
    }

    /// Tries again after a failure.
    pub(in crate::pages::job_detail) fn retry(self) {
        self.failed.set(None);
        self.update_range();
    }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Devices whose number grows as a view of a running job gets newer results.
fn result_count(view: &ResultView, outcomes: &Outcomes) -> u64 {
    Outcome::from_wire(&view.state).map_or_else(|| outcomes.finished(), |state| outcomes.get(state))
}

/// First row and number of rows of the chunks that hold a range.
fn chunks_around(range: &std::ops::Range<u64>) -> (u64, u32) {
    let chunk = u64::from(CHUNK);
    let start = range.start / chunk * chunk;
    let end = range.end.div_ceil(chunk).max(1) * chunk;
    (start, u32::try_from(end.saturating_sub(start).clamp(chunk, MOST)).unwrap_or(CHUNK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_chunks_are_read() {
        for (range, first, count) in [
            (0..0, 0, 100),
            (0..65, 0, 100),
            (0..200, 0, 200),
            (96..161, 0, 200),
            (105..170, 100, 100),
            (0..900, 0, 500),
        ] {
            assert_eq!(chunks_around(&range), (first, count), "{range:?}");
        }
    }
}
