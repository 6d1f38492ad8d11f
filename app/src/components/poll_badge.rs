//! Whether a page that reads again and again is telling the truth now.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{browser, clock::use_clock, present::time, reactive::memo};

/// The live badge of a page without an event stream.
#[component]
pub(crate) fn PollBadge(
    /// Since when reading has failed.
    stale_since: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let clock = use_clock();
    let is_interactive = browser::use_interactive();
    let state = move || match (stale_since.get(), is_interactive.get()) {
        (Some(_), _) => "stale",
        (None, true) => "live",
        (None, false) => "paused",
    };
    let words = memo(move || match (stale_since.get(), is_interactive.get()) {
        (Some(since), _) => {
            format!("Stale since {}, trying again", time::clock(since, clock.offset_minutes(since)))
        }
        (None, true) => "Live".to_owned(),
        (None, false) => "Connecting".to_owned(),
    });
    view! {
        <span class="live needs-scripts" data-live=move || state() role="status">
            <span class="live__dot"></span>
            {move || words.get()}
        </span>
    }
    .into_any()
}
