//! The page's data: one snapshot holds counts, causes, landing map and rows of one instant, so they agree in every frame.
//!
//! The event stream says that the job has changed; then the next snapshot is read, one at a time and at most four a second.
//! Rows come with it unless the user works in them: then they stay, and newer results are offered.

use console_wire::job::ResultOrder;
use leptos::{html::Section, prelude::*};

use super::{
    context::{RowsKey, SnapshotReading},
    results::grid::Grid,
    url_state::JobUrl,
};
use crate::{
    api::{
        job_insight::JobInsight,
        job_results::ResultView,
        job_snapshot::{JobSnapshot, read_snapshot},
    },
    data::{
        live::Live,
        read::{ReadOptions, use_read},
    },
    kit::dom::{self, RowPlace},
};

/// Shortest time between two reads, in milliseconds.
const BATCH: u64 = 250;
/// Rows of the first frame.
pub(super) const FIRST: u32 = 50;

/// Snapshots of the job that the address names, and what decides whether rows are read with them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Snapshots {
    pub(super) reading: SnapshotReading,
    pub(super) rows: RowsPolicy,
}

/// Whether rows may be replaced by newer ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsPolicy {
    /// The grid that is on the page.
    pub(super) grid: RwSignal<Option<Grid>>,
    /// Whether the user follows the newest results.
    pub(super) follows: RwSignal<bool>,
    /// The section that the grid is in.
    pub(super) section: NodeRef<Section>,
    /// The user has asked for newer results.
    is_forced: StoredValue<bool>,
    /// The device in the drawer, or empty.
    device: Memo<String>,
    /// Where the row was that the last click was about.
    place: StoredValue<Option<RowPlace>>,
}

impl RowsPolicy {
    /// Whether newer rows may be shown without being asked for: where they would not move under the user.
    pub(super) fn is_free(self, grid: Grid) -> bool {
        self.is_forced.get_value()
            || self.follows.get_untracked()
            || grid.rows_stay()
            || grid.is_empty()
            || (grid.top_is_visible()
                && self.device.with_untracked(String::is_empty)
                && !dom::has_focus_or_selection(self.section))
    }

    /// Notes where the row is that a click is about: opening or closing a device changes the height of what is above.
    pub(super) fn remember_place(self) {
        let place = self.grid.get_untracked().and_then(|grid| grid.place(None));
        self.place.set_value(place);
    }

    /// Keeps that row where it is in the window when the device changes.
    fn keep_place(self) {
        Effect::new(move |before: Option<String>| {
            let device = self.device.get();
            let place = self.place.try_update_value(Option::take).flatten();
            if let Some(place) = place.filter(|_| before.is_some_and(|before| before != device)) {
                // The columns have changed by then, and nothing was painted yet.
                request_animation_frame(move || {
                    let grid = self.grid.try_get_untracked().flatten();
                    let now = grid.and_then(|grid| grid.place(Some(place.index)));
                    if let Some(moved) = now.map(|now| now.top - place.top).filter(|moved| moved.abs() >= 1.0)
                    {
                        dom::scroll_by(moved);
                    }
                });
            }
            device
        });
    }

    /// The rows to read with the next snapshot of this view; without a limit none.
    fn wanted(self, key: &RowsKey) -> Wanted {
        let first = || Wanted { view: key.view.clone(), offset: key.offset, limit: FIRST, is_required: true };
        let Some(grid) = self.grid.get_untracked().filter(|grid| grid.is_of(key)) else { return first() };
        let Some(view) = grid.view() else { return first() };
        let is_forced = self.is_forced.get_value();
        if !self.is_free(grid) && !grid.has_gaps() {
            return Wanted { view, ..Wanted::default() };
        }
        let (offset, limit) = grid.window();
        Wanted { view, offset, limit, is_required: is_forced }
    }
}

/// Which rows to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Wanted {
    view: ResultView,
    offset: u64,
    limit: u32,
    is_required: bool,
}

/// Reads the job and the view that the address names, again whenever the job has changed.
pub(super) fn use_snapshots(url: JobUrl, live: Live) -> Snapshots {
    let rows = RowsPolicy {
        grid: RwSignal::new(None),
        follows: RwSignal::new(false),
        section: NodeRef::new(),
        is_forced: StoredValue::new(false),
        device: url.device,
        place: StoredValue::new(None),
    };
    let key = Signal::derive(move || {
        Some(RowsKey { job_id: url.job_id.get(), view: url.wanted.get(), offset: url.offset.get() })
    });
    let sequence = Memo::new(move |_| url.job_id.with(|job_id| live.sequence_of(job_id)));
    // The insight that the page has, and of which job and sequence it is.
    let last = StoredValue::new(None::<(String, u64, JobInsight)>);
    let reading = use_read(key, ReadOptions::every(BATCH).when_moved(sequence, 0), move |key: RowsKey| {
        let Wanted { view, offset, limit, is_required } = rows.wanted(&key);
        let known = last.with_value(|last| {
            last.as_ref().filter(|(job_id, ..)| *job_id == key.job_id).map(|(_, sequence, _)| *sequence)
        });
        async move {
            let known = known.unwrap_or_default();
            let read = read_snapshot(key.job_id, view, offset, limit, is_required, known).await;
            let mut read = read?;
            last.try_update_value(|last| complete(&mut read, last));
            Ok(read)
        }
    });
    reading.refetch_when(move || live.missed());
    Snapshots { reading, rows }
}

/// Adds the insight that the server left out since the page has it, and keeps the newest.
fn complete(read: &mut JobSnapshot, last: &mut Option<(String, u64, JobInsight)>) {
    match &read.insight {
        Some(insight) => *last = Some((read.job.job_id.clone(), read.job.sequence, insight.clone())),
        None => read.insight = last.as_ref().map(|(.., insight)| insight.clone()),
    }
}

impl Snapshots {
    /// Puts the rows of each snapshot into the grid, as long as they may be shown.
    pub(super) fn show_rows(self) {
        let Self { reading, rows } = self;
        rows.keep_place();
        Effect::new(move |_| {
            reading.good().with(|good| {
                let Some(good) = good else { return };
                let Some(Ok(window)) = &good.value.rows else { return };
                let Some(grid) = rows.grid.get_untracked().filter(|grid| grid.is_of(&good.key)) else {
                    return;
                };
                grid.show(window, &good.value.job, rows.is_free(grid));
                rows.is_forced.set_value(false);
            });
        });
    }

    /// Shows newer results although rows move.
    pub(super) fn show_newer(self) {
        self.rows.is_forced.set_value(true);
        self.reading.refetch();
        if let Some(grid) = self.rows.grid.get_untracked() {
            grid.scroll_to_top();
        }
    }

    /// Reads rows that are missing in the viewport.
    pub(super) fn fill_gaps(self) {
        self.reading.refetch();
    }
}

/// Whether rows in this order stay where they are while devices answer.
pub(super) fn order_is_stable(view: &ResultView) -> bool {
    view.order == ResultOrder::Device.as_str() && view.state.is_empty() && view.cause.is_empty()
}

#[cfg(test)]
mod tests {
    use console_wire::landing::Landing;
    use hub_wire::{Timestamp, job::JobStatus};

    use super::*;
    use crate::format::job::tests::job;

    fn read(job_id: &str, sequence: u64, per_cell: Option<u64>) -> JobSnapshot {
        let as_of = Timestamp::from_unix_millis(0);
        let insight = per_cell.map(|per_cell| JobInsight {
            causes: Vec::new(),
            landing: Landing { device_count: 0, per_cell, cells: String::new(), sequence, as_of },
            curve: None,
            is_comparable: false,
            latency: None,
            reruns: Vec::new(),
            sync: None,
            reach: None,
        });
        let mut job = job(JobStatus::Running);
        (job.job_id, job.sequence) = (job_id.to_owned(), sequence);
        JobSnapshot { job, sequence, as_of, rollout: None, insight, is_simulated: false, rows: None }
    }

    #[test]
    fn an_insight_that_was_left_out_is_the_last_one() {
        let mut last = None;
        for (mut read, shown) in [
            (read("a", 1, Some(1)), Some(1)),
            (read("a", 1, None), Some(1)),
            (read("a", 2, Some(2)), Some(2)),
            (read("a", 2, None), Some(2)),
        ] {
            complete(&mut read, &mut last);
            assert_eq!(read.insight.map(|insight| insight.landing.per_cell), shown);
        }
        assert_eq!(last.map(|(_, sequence, _)| sequence), Some(2));
    }
}
