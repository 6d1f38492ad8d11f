//! Following: new rows are shown as they come, until somebody's hand moves. They scroll past in the list; the page
//! itself stays where it is.

use console_wire::job::{JobSummary, ResultOrder};
use hub_wire::job::JobStatus;
use leptos::prelude::*;

use super::grid::Grid;
use crate::{
    browser,
    reactive::{effect, memo},
};

/// The switch; there while the job runs and its rows come latest first. Any wheel, key or press turns it off.
#[component]
pub(super) fn Follow(
    job: Memo<JobSummary>,
    /// The order in use.
    order: Memo<String>,
    follows: RwSignal<bool>,
    on_page: RwSignal<Option<Grid>>,
) -> impl IntoView {
    let is_running = memo(move || job.with(|job| job.status == JobStatus::Running));
    let is_of_use =
        memo(move || is_running.get() && order.with(|order| order == ResultOrder::Latest.as_str()));
    let stop = move || {
        if follows.get_untracked() {
            follows.set(false);
        }
    };
    effect(move || {
        if !is_of_use.get() {
            stop();
        }
    });
    browser::on_hand(".run__follow", stop);
    let change = move |event| {
        let is_on = event_target_checked(&event);
        follows.set(is_on);
        if let Some(grid) = on_page.get_untracked().filter(|_| is_on) {
            grid.show_newer(job);
        }
    };
    view! {
        <label class="check-label run__follow needs-scripts" hidden=move || !is_of_use.get()>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                prop:checked=move || follows.get()
                on:change=change
            />
            "Follow"
        </label>
    }
    .into_any()
}
