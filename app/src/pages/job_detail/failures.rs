//! From failure to failure through the whole list, also to those whose rows are not here: the server knows the place.

use console_wire::job::JobSummary;
use leptos::{prelude::*, task::spawn_local};

use super::{grid::Grid, rows::Rows, view::View};
use crate::{api::job_results::next_failure, components::Icon, reactive::memo};

/// The button, and its key.
#[component]
pub(super) fn NextFailure(
    job: Memo<JobSummary>,
    view: View,
    on_page: RwSignal<Option<Grid>>,
) -> impl IntoView {
    let has_none = memo(move || job.with(|job| !job.has_problems()));
    // Where it was last, for those who press the button: it has the focus then, and no row.
    let last = StoredValue::new(None::<u64>);
    let go = move |_| {
        let Some(grid) = on_page.get_untracked() else { return };
        let from = here(grid, view).or_else(|| last.get_value()).map_or(0, |number| number + 1);
        if let Some(number) = grid.rows.with_untracked(|rows| rows.failure_from(from)) {
            last.set_value(Some(number));
            return grid.go_to(number);
        }
        let Some((job_id, view)) = grid.asked() else { return };
        spawn_local(async move {
            // Another view may be on the page by now.
            if let Ok(Some(failure)) = next_failure(job_id, view, from).await
                && grid.asked().is_some()
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

/// The row that one is at: the one with the focus, else the one whose device is open.
fn here(grid: Grid, view: View) -> Option<u64> {
    let open = || {
        let device = view.device.get_untracked();
        grid.rows.with_untracked(|rows: &Rows| rows.find(&device))
    };
    grid.row_in_focus().or_else(open)
}
