//! In a job's first minute: that it runs on more or fewer devices than were told of when it was asked for. The hub
//! counts them when the job begins, and by then some may have come or gone.

use console_wire::job::JobSummary;
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{clock::use_clock, components::Icon, present::job};

/// The notice. Once there it stays, so that nothing moves when the minute is over.
#[component]
pub(super) fn Recount(job: Memo<JobSummary>, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let words = Memo::new(move |before: Option<&Option<(String, String)>>| {
        before.cloned().flatten().or_else(|| job.with(|job| job::recount(job, clock.now_or(as_of))))
    });
    let notice = move || {
        words.get().map(|(what, why)| {
            view! {
                <div class="notice page__notice" role="status">
                    <Icon name="info" />
                    <span>
                        <strong>{what}</strong>
                        " "
                        {why}
                    </span>
                </div>
            }
            .into_any()
        })
    };
    view! { {move || notice()} }.into_any()
}
