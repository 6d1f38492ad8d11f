//! Goes from failure to failure through the whole list. The server finds those whose rows are not loaded.

use leptos::{prelude::*, task::spawn_local};

use super::{
    super::{
        context::{JobPage, use_job_page},
        url_state::JobUrl,
    },
    grid::Grid,
    row_cache::RowCache,
};
use crate::{api::job_results::next_failure, kit::Icon};

/// The button, and its key.
#[component]
pub(in crate::pages::job_detail) fn NextFailure() -> impl IntoView {
    let JobPage { job, url, grid, .. } = use_job_page();
    let has_none = Memo::new(move |_| job.with(|job| !job.has_problems()));
    // The last one found, for clicks on the button: no row has the focus then.
    let last = StoredValue::new(None::<u64>);
    let go = move |_| {
        let Some(grid) = grid.get_untracked() else { return };
        let from = current_row(grid, url).or_else(|| last.get_value()).map_or(0, |number| number + 1);
        if let Some(number) = grid.rows.with_untracked(|rows| rows.failure_from(from)) {
            last.set_value(Some(number));
            return grid.go_to(number);
        }
        let Some((job_id, view)) = grid.key() else { return };
        spawn_local(async move {
            // Another view may be on the page by now.
            if let Ok(Some(failure)) = next_failure(job_id, view, from).await
                && grid.key().is_some()
            {
                last.try_update_value(|last| *last = Some(failure.number));
                grid.go_to_device(failure.number, failure.device_id);
            }
        });
    };
    view! {
        <button
            class="button button--small button--quiet only-wide needs-scripts"
            type="button"
            data-key="f"
            aria-keyshortcuts="f"
            disabled=move || has_none.get()
            on:click=go
        >
            <Icon name="skip-forward" />
            "Next failure "
            <kbd class="key" aria-hidden="true">
                "f"
            </kbd>
        </button>
    }
    .into_any()
}

/// The row with the focus, else the one whose device is open.
fn current_row(grid: Grid, url: JobUrl) -> Option<u64> {
    let open = || {
        let device = url.device.get_untracked();
        grid.rows.with_untracked(|rows: &RowCache| rows.find(&device))
    };
    grid.focused_row().or_else(open)
}
