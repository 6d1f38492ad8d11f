//! Shows whether the page's live data is up to date.

use leptos::prelude::*;

use crate::{
    data::live::{Freshness, Live},
    format::time,
    kit::{ReloadLink, clock::use_clock},
};

/// The live badge. Screen readers announce changes of the state, but not the seconds.
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
    let text = Memo::new(move |_| match live.freshness() {
        Freshness::Connecting => "Connecting".to_owned(),
        Freshness::Live => "Live".to_owned(),
        Freshness::CatchingUp => "Catching up".to_owned(),
        Freshness::Stale(since) => {
            format!("Stale since {}", time::clock(since, clock.offset_minutes(since)))
        }
        Freshness::Paused => "Paused while hidden".to_owned(),
    });
    let shown = Memo::new(move |_| {
        text.with(|text| with_detail(text, live.freshness(), live.lag(), live.next_try()))
    });
    view! {
        <span class="live needs-scripts" data-live=state>
            <span class="visually-hidden" role="status">
                {move || text.get()}
            </span>
            <span class="live__now" aria-hidden="true">
                <span class="live__dot"></span>
                <span>{move || shown.get()}</span>
            </span>
        </span>
        <ReloadLink />
    }
    .into_any()
}

/// The state with what changes from second to second: `Live, 3 s delay`. A delay under a second is none.
fn with_detail(state: &str, freshness: Freshness, lag_tenths: Option<u32>, next_try: Option<u32>) -> String {
    match (freshness, lag_tenths.map(|tenths| tenths / 10), next_try) {
        (Freshness::Live, Some(seconds), _) if seconds > 0 => {
            format!("{state}, {} delay", time::about_seconds(f64::from(seconds)))
        }
        (Freshness::Stale(_), _, Some(seconds)) => format!("{state}, trying again in {seconds} s"),
        (Freshness::Stale(_), _, None) => format!("{state}, trying again"),
        _ => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn details() {
        let stale = Freshness::Stale(Timestamp::from_unix_millis(0));
        for (freshness, lag, next_try, words) in [
            (Freshness::Live, None, None, "X"),
            (Freshness::Live, Some(9), None, "X"),
            (Freshness::Live, Some(31), None, "X, 3 s delay"),
            (Freshness::Live, Some(640), None, "X, 1 min 4 s delay"),
            (Freshness::CatchingUp, Some(31), None, "X"),
            (stale, None, Some(4), "X, trying again in 4 s"),
            (stale, Some(31), None, "X, trying again"),
        ] {
            assert_eq!(with_detail("X", freshness, lag, next_try), words, "{freshness:?}");
        }
    }
}
