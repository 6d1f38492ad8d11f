//! Whether the page is telling the truth now.

use leptos::prelude::*;

use super::Icon;
use crate::{
    clock::use_clock,
    live::{Freshness, Live},
    present::time,
};

/// The live badge.
#[component]
pub(crate) fn LiveBadge(
    /// The page's live data.
    live: Live,
) -> impl IntoView {
    let clock = use_clock();
    let state = move || match live.freshness() {
        Freshness::Connecting | Freshness::Paused => "paused",
        Freshness::Live => "live",
        Freshness::CatchingUp => "catching-up",
        Freshness::Stale(_) => "stale",
    };
    let words = move || match live.freshness() {
        Freshness::Connecting => "Connecting".to_owned(),
        Freshness::Live => "Live".to_owned(),
        Freshness::CatchingUp => "Catching up".to_owned(),
        Freshness::Stale(since) => {
            format!("Stale since {}, trying again", time::clock(since, clock.offset_minutes(since)))
        }
        Freshness::Paused => "Paused while hidden".to_owned(),
    };
    view! {
        <span class="live" data-live=state role="status">
            <span class="live__dot"></span>
            {words}
        </span>
    }
    .into_any()
}

/// Over numbers that are old: since when, and that nothing is lost.
#[component]
pub(crate) fn StaleNotice(
    /// The page's live data.
    live: Live,
) -> impl IntoView {
    let clock = use_clock();
    move || {
        let Freshness::Stale(since) = live.freshness() else { return None };
        let since = time::clock(since, clock.offset_minutes(since));
        Some(view! {
            <div class="notice page__notice" data-tone="warning">
                <Icon name="triangle-alert" />
                <span>
                    <strong>{format!("No news since {since}.")}</strong>
                    " The numbers below are from then. Reconnecting, and nothing in between will be lost."
                </span>
            </div>
        })
    }
}
