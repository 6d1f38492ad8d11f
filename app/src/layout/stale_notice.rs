//! The notice that a page's numbers are old.

use leptos::prelude::*;

use crate::{
    data::live::{Freshness, Live},
    format::time,
    kit::{Icon, clock::use_clock},
};

/// Says since when the numbers are old, and that nothing is lost. It lies above the status bar, so that nothing on the page
/// moves when it comes and goes.
#[component]
pub(crate) fn StaleNotice(
    /// The page's live data.
    live: Live,
) -> impl IntoView {
    let clock = use_clock();
    let since = Memo::new(move |_| match live.freshness() {
        Freshness::Stale(since) => Some(since),
        _ => None,
    });
    let notice = move || {
        let since = since.get()?;
        let since = time::clock(since, clock.offset_minutes(since));
        let notice = view! {
            <div class="notice stale-notice" data-tone="warning">
                <Icon name="triangle-alert" />
                <span>
                    <strong>{format!("Disconnected since {since}.")}</strong>
                    " Reconnecting; missed updates will be loaded."
                </span>
            </div>
        };
        Some(notice.into_any())
    };
    view! { {notice} }.into_any()
}
