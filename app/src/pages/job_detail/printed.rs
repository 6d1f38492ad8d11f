//! What only a print shows: when and where it was made, and how many of the rows are on it. The rows themselves are loaded
//! before, since a browser does not wait for them when it prints.

use leptos::prelude::*;

use super::{
    context::{JobPage, use_job_page},
    results::{grid::PRINTED, row_cache::RowCache},
};
use crate::{
    format::{rows, time},
    kit::{clock::use_clock, dom},
    paths,
};

/// Time, zone and address.
#[component]
pub(super) fn Printed() -> impl IntoView {
    let JobPage { url, as_of, .. } = use_job_page();
    let clock = use_clock();
    let is_interactive = dom::use_interactive();
    let text = move || {
        let now = clock.now_or(as_of);
        let offset = clock.offset_minutes(now);
        let address =
            if is_interactive.get() { dom::page_url() } else { url.job_id.with(|job_id| paths::job(job_id)) };
        format!("As of {}. Times in {}. {address}", time::absolute(now, offset), time::zone_name(offset))
    };
    view! { <p class="run__printed">{text}</p> }
}

/// How many of the rows are printed.
#[component]
pub(super) fn PrintedRows() -> impl IntoView {
    let grid = use_job_page().grid;
    let text = move || {
        let loaded =
            grid.get().and_then(|grid| grid.rows.try_with(|rows| (rows.leading(), RowCache::total(rows))));
        loaded.map(|(leading, total)| rows::printed(leading.min(PRINTED), total))
    };
    view! { <p class="run__printed">{text}</p> }
}

/// Loads the rows that a print shows, once the job has ended.
pub(super) fn prepare_rows() {
    let JobPage { job, grid, .. } = use_job_page();
    let is_interactive = dom::use_interactive();
    let is_over = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    Effect::new(move |_| {
        if let Some(grid) = grid.get().filter(|_| is_interactive.get() && is_over.get()) {
            grid.load_for_print();
        }
    });
    dom::on_print(move |is_printing| {
        if let Some(grid) = grid.get_untracked() {
            grid.show_for_print(is_printing);
        }
    });
}
