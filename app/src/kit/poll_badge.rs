//! The live badge of a page that polls.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    format::time,
    kit::{ReloadLink, clock::use_clock, dom},
};

/// Shows whether the last poll succeeded.
#[component]
pub(crate) fn PollBadge(
    /// Since when polls have failed.
    stale_since: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let clock = use_clock();
    let is_interactive = dom::use_interactive();
    let state = move || match (stale_since.get(), is_interactive.get()) {
        (Some(_), _) => "stale",
        (None, true) => "live",
        (None, false) => "connecting",
    };
    let text = Memo::new(move |_| match (stale_since.get(), is_interactive.get()) {
        (Some(since), _) => {
            format!("Stale since {}, trying again", time::clock(since, clock.offset_minutes(since)))
        }
        (None, true) => "Live".to_owned(),
        (None, false) => "Connecting".to_owned(),
    });
    view! {
        <span class="live needs-scripts" data-live=state role="status">
            <span class="live__dot"></span>
            {move || text.get()}
        </span>
        <ReloadLink />
    }
}
