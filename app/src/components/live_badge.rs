//! Whether the page is telling the truth now.

use leptos::prelude::*;

use super::Icon;
use crate::{
    clock::use_clock,
    live::{Freshness, Live},
    present::time,
    reactive::memo,
};

/// The live badge. What ticks in it is for the eye; those who listen hear the state when it changes.
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
    let words = memo(move || match live.freshness() {
        Freshness::Connecting => "Connecting".to_owned(),
        Freshness::Live => "Live".to_owned(),
        Freshness::CatchingUp => "Catching up".to_owned(),
        Freshness::Stale(since) => {
            format!("Stale since {}", time::clock(since, clock.offset_minutes(since)))
        }
        Freshness::Paused => "Paused while hidden".to_owned(),
    });
    let detail = memo(move || match live.freshness() {
        Freshness::Live => {
            live.lag().map(|tenths| format!("{}.{} s behind", tenths / 10, tenths % 10)).unwrap_or_default()
        }
        Freshness::Stale(_) => match live.next_try() {
            Some(seconds) => format!("trying again in {seconds} s"),
            None => "trying again".to_owned(),
        },
        _ => String::new(),
    });
    view! {
        <span class="live" data-live=move || state()>
            <span class="live__now">
                <span class="live__dot"></span>
                <span role="status">{move || words.get()}</span>
            </span>
            <span class="live__detail" aria-hidden="true">
                {move || detail.get()}
            </span>
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
    let since = memo(move || match live.freshness() {
        Freshness::Stale(since) => Some(since),
        _ => None,
    });
    let notice = move || {
        let since = since.get()?;
        let since = time::clock(since, clock.offset_minutes(since));
        let notice = view! {
            <div class="notice page__notice" data-tone="warning">
                <Icon name="triangle-alert" />
                <span>
                    <strong>{format!("No news since {since}.")}</strong>
                    " The numbers below are from then. Reconnecting, and nothing in between will be lost."
                </span>
            </div>
        };
        Some(notice.into_any())
    };
    view! { {move || notice()} }.into_any()
}
