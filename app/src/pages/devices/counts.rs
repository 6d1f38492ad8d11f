//! How many devices match, how many of them are connected, and the links that narrow to either.

use leptos::prelude::*;
use serde_json::Value;

use super::state::Devices;
use crate::{
    clock::use_clock,
    present::{
        condition::{self, CONNECTION},
        number::{counted, grouped},
        time,
    },
    reactive::memo,
};

/// The line above the table. It stands with what is known from the rows and says more once the hub has counted.
#[component]
pub(super) fn Counts(devices: Devices) -> impl IntoView {
    let clock = use_clock();
    let (asked, matching) = (devices.asked, devices.matching);
    let rows = devices.known(|good| {
        let rows = &good.view.table.rows;
        let is_whole = good.asked.after.is_empty() && rows.next_cursor.is_none();
        Some((rows.items.len() as u64, is_whole, good.view.as_of))
    });
    let condition = devices.good_condition();
    // Nothing to narrow where the query says it already, or where nothing can be added to it.
    let is_open = memo(move || {
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
            asked.with(|asked| asked.matching(narrowed).address())
        };
        let number = move || {
            matching.with(|known| known.as_ref().map(|known| grouped(count(known.count, known.connected))))
        };
        view! {
            <li>
                <a class="filter-chip" href=move || href()>
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
        (Some(known), _) => counted(known.count, "device matches", "devices match"),
        (None, Some((shown, true, _))) => counted(shown, "device matches", "devices match"),
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
        <strong class="devices__total" data-longest=move || longest()>{move || total()}</strong>
        {move || chips()}
        <span class="panel__note">
            {move || read()}
            <span class="only-wide">{move || took()}</span>
        </span>
    }
    .into_any()
}

/// What is said of rows that are not all, until the hub has counted them.
fn on_page(shown: u64) -> String {
    format!("{} on this page", counted(shown, "device", "devices"))
}
