//! How many devices match, how many of them are connected, and the links that narrow to either.

use leptos::prelude::*;
use serde_json::Value;

use super::state::Devices;
use crate::{
    format::{
        condition::{self, CONNECTION},
        number::{count_noun, grouped},
        time,
    },
    kit::clock::use_clock,
};

/// The line above the table: from the rows first, in full once the hub has counted.
#[component]
pub(super) fn MatchCount(devices: Devices) -> impl IntoView {
    let clock = use_clock();
    let (url, matching) = (devices.url, devices.matching());
    let rows = devices.known(|good| {
        let rows = &good.value.table.rows;
        let is_whole = good.key.after.is_empty() && rows.next_cursor.is_none();
        Some((rows.items.len() as u64, is_whole, good.value.as_of))
    });
    let condition = devices.good_condition();
    // Not where the query has a connection state already, or where no condition can be added.
    let is_open = Memo::new(move |_| {
        condition.with(|condition| {
            condition.as_ref().is_some_and(|condition| {
                condition::can_narrow(condition)
                    && condition::applied(condition).iter().all(|applied| applied.path != CONNECTION)
            })
        })
    });
    let chip = move |state: &'static str, word: &'static str, count: fn(u64, u64) -> u64| {
        let href = move || {
            let condition = condition.get().unwrap_or_default();
            let narrowed = condition::with(&condition, CONNECTION, Some(&Value::from(state)));
            url.with(|url| url.matching(narrowed).address())
        };
        let number = move || {
            matching.with(|known| known.as_ref().map(|known| grouped(count(known.count, known.connected))))
        };
        view! {
            <li>
                <a class="filter-chip" href=href>
                    <strong class="devices__number">{move || number()}</strong>
                    " "
                    {word}
                </a>
            </li>
        }
    };
    let chips = move || {
        is_open.get().then(|| {
            view! {
                <ul class="filter-chips" aria-label="Narrow by connection">
                    {chip("Connected", "connected", |_, connected| connected)}
                    {chip("Disconnected", "disconnected", u64::saturating_sub)}
                </ul>
            }
        })
    };
    let total = move || match (matching.get(), rows.get()) {
        (Some(known), _) => count_noun(known.count, "device matches", "devices match"),
        (None, Some((shown, true, _))) => count_noun(shown, "device matches", "devices match"),
        (None, Some((shown, false, _))) => on_page(shown),
        (None, None) => String::new(),
    };
    let longest = move || rows.get().filter(|(_, is_whole, _)| !is_whole).map(|(shown, ..)| on_page(shown));
    let read = move || {
        let (.., as_of) = rows.get()?;
        Some(format!("read {}", time::clock(as_of, clock.offset_minutes(as_of))))
    };
    let took = move || {
        matching.with(|known| Some(format!(", counted in {}", time::duration(known.as_ref()?.millis))))
    };
    view! {
        <strong class="devices__total" data-longest=longest>{move || total()}</strong>
        {move || chips()}
        <span class="panel__note">
            {move || read()}
            <span class="only-wide">{move || took()}</span>
        </span>
    }
    .into_any()
}

/// The count of one page, until the hub has counted all.
fn on_page(shown: u64) -> String {
    format!("{} on this page", count_noun(shown, "device", "devices"))
}
