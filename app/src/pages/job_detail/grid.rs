//! The rows on the page: of any number of devices only those near what can be seen, the others as empty height above
//! and below. Rows are read by the hundred as the window reaches them.
//!
//! While the job runs the rows are read again, but never under somebody's hand: where rows would move, news is held
//! back and offered, unless the list's top is in sight and nobody is busy in it.

use console_wire::{
    job::{JobSummary, ResultOrder},
    outcome::{Outcome, Outcomes},
};
use leptos::{
    html::{Section, Tbody},
    prelude::*,
    task::spawn_local,
};

use super::{
    rows::{CHUNK, Rows, visible},
    view::View,
};
use crate::{
    api::{
        ApiError,
        job_results::{ResultView, ResultWindow, job_results},
    },
    browser::{self, Stand},
    live::{Freshness, Live},
    reactive::effect,
};

/// How often the rows are read again while the job runs, in milliseconds.
const REREAD: u64 = 1500;
/// The first row's `aria-rowindex`: rows count from 1 there, and the table's head is one.
pub(super) const ABOVE: u64 = 2;
/// What is nearer to the window's edges than this, in CSS pixels, may be behind the bars there.
const IN_SIGHT: f64 = 120.0;

/// One view of the rows. Another view is another grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    job_id: StoredValue<String>,
    view: StoredValue<ResultView>,
    /// What is here.
    pub(super) rows: RwSignal<Rows>,
    /// Which of the rows are on the page.
    pub(super) range: RwSignal<std::ops::Range<u64>>,
    /// Why rows could not be read.
    pub(super) failed: RwSignal<Option<ApiError>>,
    /// Devices that had ended, or that the view's state had, when the rows were last read.
    shown: RwSignal<u64>,
    is_reading: StoredValue<bool>,
    /// The row that gets the focus as soon as it is on the page.
    wanted: RwSignal<Option<u64>>,
    /// The rows on the page.
    pub(super) body: NodeRef<Tbody>,
}

impl Grid {
    /// A grid that begins with what was read for the first frame.
    pub(super) fn new(job_id: String, view: ResultView, first: &ResultWindow, job: &JobSummary) -> Self {
        let shown = counted(&view, &job.outcomes);
        let view = ResultView { order: first.order.clone(), ..view };
        let end = first.offset + first.rows.len() as u64;
        Self {
            job_id: StoredValue::new(job_id),
            view: StoredValue::new(view),
            rows: RwSignal::new(Rows::of(first)),
            range: RwSignal::new(first.offset..end),
            failed: RwSignal::new(None),
            shown: RwSignal::new(shown),
            is_reading: StoredValue::new(false),
            wanted: RwSignal::new(None),
            body: NodeRef::new(),
        }
    }

    /// Follows the window and the job from now on; with `follows` also under somebody's hand.
    pub(super) fn follow(
        self,
        view: View,
        job: Memo<JobSummary>,
        live: Live,
        section: NodeRef<Section>,
        follows: RwSignal<bool>,
    ) {
        let look = move || self.look();
        browser::on_view_change(look);
        effect(move || {
            self.body.track();
            self.look();
        });
        effect(move || self.enter_wanted(view));
        let read_at = StoredValue::new(job.with_untracked(|job| job.sequence));
        browser::every(REREAD, move || {
            let sequence = job.with_untracked(|job| job.sequence);
            // While the server is away the page says so; its rows come when it is back.
            let is_away = matches!(live.freshness_untracked(), Freshness::Stale(_));
            if sequence == read_at.get_value()
                || is_away
                || browser::is_hidden()
                || self.is_reading.get_value()
            {
                return;
            }
            let is_free = move || {
                self.top_is_in_sight()
                    && view.device.with_untracked(String::is_empty)
                    && !browser::is_busy(section)
            };
            if follows.get_untracked() || self.rows_stay() || is_free() {
                read_at.set_value(sequence);
                // By the time the rows are here, somebody may be in them.
                let may_still = move || follows.get_untracked() || self.rows_stay() || is_free();
                self.reread(counted_now(self, job), may_still);
            }
        });
    }

    /// News held back: how many devices the rows do not tell of yet.
    pub(super) fn newer(self, job: Memo<JobSummary>) -> u64 {
        let now = job.with(|job| self.view.try_with_value(|view| counted(view, &job.outcomes)));
        now.zip(self.shown.try_get()).map_or(0, |(now, shown)| now.abs_diff(shown))
    }

    /// The order of the rows, in the address's word.
    pub(super) fn order(self) -> Option<String> {
        self.view.try_with_value(|view| view.order.clone())
    }

    /// Shows the news.
    pub(super) fn show_newer(self, job: Memo<JobSummary>) {
        self.reread(counted_now(self, job), || true);
        if let Some(stand) = browser::stand(self.body).filter(|stand| stand.top < 0.0) {
            // Back to the head of the list, below the bars that stay in place.
            browser::scroll_by(stand.top - 96.0);
        }
    }

    /// The job and the view whose rows these are.
    pub(super) fn asked(self) -> Option<(String, ResultView)> {
        self.job_id.try_get_value().zip(self.view.try_get_value())
    }

    /// The row that has the focus.
    pub(super) fn row_in_focus(self) -> Option<u64> {
        browser::row_in_focus(self.body)?.checked_sub(ABOVE)
    }

    /// Brings a row into sight and gives it the focus; with a device open it is opened too.
    pub(super) fn go_to(self, number: u64) {
        if let Some((Stand { top, window, .. }, row)) = self.stand() {
            let start = self.range.with_untracked(|range| range.start);
            let at = top + (float(number) - float(start)) * row;
            if at < IN_SIGHT || at + row > window - IN_SIGHT {
                browser::scroll_by(at - window / 2.0);
            }
        }
        self.wanted.set(Some(number));
        self.look();
    }

    /// The same for a device that the server has found: what is here of the rows may be older than its answer.
    pub(super) fn go_to_device(self, number: u64, device_id: String) {
        let here = self.rows.with_untracked(|rows| rows.get(number).map(|row| row.device_id == device_id));
        if here == Some(true) {
            return self.go_to(number);
        }
        let chunk = number / u64::from(CHUNK) * u64::from(CHUNK);
        self.read(chunk, Rows::take, move || {
            let found = self.rows.with_untracked(|rows| rows.find(&device_id));
            self.go_to(found.unwrap_or(number));
        });
    }

    fn enter_wanted(self, view: View) {
        let Some(number) = self.wanted.get() else { return };
        let is_on_page = self.range.with(|range| range.contains(&number))
            && self.rows.with(|rows| rows.get(number).is_some());
        if is_on_page {
            self.wanted.set(None);
            let opens = view.device.with_untracked(|device| !device.is_empty());
            // The row itself comes with the next frame.
            request_animation_frame(move || browser::enter_row(self.body, number + ABOVE, opens));
        }
    }

    /// Whether reading again changes rows in place and moves none.
    fn rows_stay(self) -> bool {
        self.view.with_value(|view| {
            view.order == ResultOrder::Device.as_str() && view.state.is_empty() && view.cause.is_empty()
        })
    }

    fn top_is_in_sight(self) -> bool {
        browser::stand(self.body).is_none_or(|stand| stand.top > 0.0)
    }

    /// Finds out which rows belong on the page, and asks for those that are not here.
    fn look(self) {
        let Some((range, total)) = self.range.try_get_untracked().zip(self.total()) else { return };
        let count = range.end.saturating_sub(range.start);
        if count == 0 && total > 0 {
            self.range.set(0..total.min(u64::from(CHUNK)));
            return self.pull();
        }
        let Some((Stand { top, window, .. }, row)) = self.stand() else { return };
        let next = visible(top - float(range.start) * row, row, window, total);
        if next != range {
            self.range.set(next);
        }
        self.pull();
    }

    /// How the rows stand, and the height of one; none while there are none.
    fn stand(self) -> Option<(Stand, f64)> {
        let count = self.range.with_untracked(|range| range.end.saturating_sub(range.start));
        let stand = browser::stand(self.body).filter(|_| count > 0)?;
        Some((stand, stand.height / float(count)))
    }

    fn total(self) -> Option<u64> {
        self.rows.try_with_untracked(Rows::total)
    }

    /// Reads the chunk that is wanted next, then the next one, one at a time: a fast scroll asks for where it stops, not
    /// for all that it passes.
    fn pull(self) {
        if self.is_reading.try_get_value() != Some(false) {
            return;
        }
        let range = self.range.get_untracked();
        let Some(offset) = self.rows.with_untracked(|rows| rows.wanted(&range)) else { return };
        self.read(offset, Rows::take, move || self.look());
    }

    /// Reads what is on the page again, and shows it if that may be by then; what is not on the page is forgotten.
    fn reread(self, counted: u64, may_show: impl FnOnce() -> bool + 'static) {
        let start = self.range.with_untracked(|range| range.start / u64::from(CHUNK) * u64::from(CHUNK));
        let replace = move |rows: &mut Rows, window: &ResultWindow| {
            if may_show() {
                rows.renew(window);
                self.shown.set(counted);
            }
        };
        self.read(start, replace, move || self.look());
    }

    fn read(
        self,
        offset: u64,
        take: impl FnOnce(&mut Rows, &ResultWindow) + 'static,
        then: impl FnOnce() + 'static,
    ) {
        self.is_reading.set_value(true);
        let (job_id, view) = (self.job_id.get_value(), self.view.get_value());
        spawn_local(async move {
            let read = job_results(job_id, view, offset, CHUNK).await;
            // The grid may be gone by now.
            if self.is_reading.try_update_value(|is_reading| *is_reading = false).is_none() {
                return;
            }
            match read {
                Ok(window) => {
                    self.failed.set(None);
                    self.rows.try_update(|rows| take(rows, &window));
                    then();
                }
                Err(error) => self.failed.set(Some(error)),
            }
        });
    }

    /// Tries again after a failure.
    pub(super) fn retry(self) {
        self.failed.set(None);
        self.look();
    }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Devices that a view of a running job waits for: a growing number of them is what is new.
fn counted(view: &ResultView, outcomes: &Outcomes) -> u64 {
    Outcome::from_wire(&view.state).map_or_else(|| outcomes.finished(), |state| outcomes.get(state))
}

fn counted_now(grid: Grid, job: Memo<JobSummary>) -> u64 {
    job.with_untracked(|job| grid.view.with_value(|view| counted(view, &job.outcomes)))
}
