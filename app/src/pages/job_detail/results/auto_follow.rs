//! Auto-follow: new rows are shown as they arrive, until the user scrolls, types or clicks. The page itself does not
//! scroll.

use console_wire::job::ResultOrder;
use hub_wire::job::JobStatus;
use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::kit::dom;

/// The switch; hidden unless the job runs and its rows are ordered latest first. Any wheel, key or click turns it off.
#[component]
pub(in crate::pages::job_detail) fn AutoFollow(
    /// The order in use.
    order: Memo<String>,
    follows: RwSignal<bool>,
) -> impl IntoView {
    let JobPage { job, snapshots, .. } = use_job_page();
    let is_running = Memo::new(move |_| job.with(|job| job.status == JobStatus::Running));
    let is_useful =
        Memo::new(move |_| is_running.get() && order.with(|order| order == ResultOrder::Latest.as_str()));
    let stop = move || {
        if follows.get_untracked() {
            follows.set(false);
        }
    };
    Effect::new(move |_| {
        if !is_useful.get() {
            stop();
        }
    });
    dom::on_user_input(".run__follow", stop);
    let change = move |event| {
        let is_on = event_target_checked(&event);
        follows.set(is_on);
        if is_on {
            snapshots.show_newer();
        }
    };
    view! {
        <label class="check-label run__follow needs-scripts" hidden=move || !is_useful.get()>
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
