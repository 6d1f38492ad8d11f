//! "Refused lately": the filter for devices that the hub refused or disconnected by a rule in the last hour, and the ids of
//! clients that are not registered. Only the embedded hub keeps them; elsewhere there is nothing.

use console_wire::connection::{ConnectionCause, listed_refused_ids, refused_ids};
use leptos::prelude::*;

use super::state::Devices;
use crate::{
    api::connections::{RefusalsView, read_refusals},
    data::read::{ReadOptions, Reading, use_read},
    format::number::{count_noun, grouped},
    kit::{Icon, TimeFormat, TimeText},
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 10_000;

/// Who was refused lately, read again and again.
pub(super) type Refusals = Reading<(), RefusalsView>;

/// Reads with the page.
pub(super) fn use_refusals() -> Refusals {
    let options = ReadOptions::every(POLL).only_while(|view: &RefusalsView| view.items.is_some());
    use_read(Signal::stored(Some(())), options, |()| read_refusals())
}

/// The line below the facets; empty while no device was refused.
#[component]
pub(super) fn RefusedLately(devices: Devices, refusals: Refusals) -> impl IntoView {
    let good = refusals.good();
    let items = Memo::new(move |_| {
        good.with(|good| good.as_ref().and_then(|good| good.value.items.clone())).unwrap_or_default()
    });
    let url = devices.url;
    let counts = Memo::new(move |_| {
        items.with(|items| (listed_refused_ids(items).len() as u64, refused_ids(items).len() as u64))
    });
    let is_applied = Memo::new(move |_| url.with(|url| url.is_refused));
    let link = move || {
        let ((listed, all), is_applied) = (counts.get(), is_applied.get());
        (all > 0 || is_applied).then(|| {
            let href = url.with(|url| url.refused(!is_applied).address());
            let words = if listed < all {
                format!("the newest {} of {}", grouped(listed), count_noun(all, "device", "devices"))
            } else {
                count_noun(all, "device", "devices")
            };
            view! {
                <a
                    class="filter-chip"
                    href=href
                    aria-current=is_applied.then_some("true")
                    aria-describedby="refused-label"
                >
                    {words}
                    {is_applied.then(|| view! { <Icon name="x" /> })}
                </a>
            }
        })
    };
    let strangers = move || {
        let as_of = good.with_untracked(|good| good.as_ref().map(|good| good.value.as_of))?;
        let unregistered: Vec<_> = items.get().into_iter().filter(|one| !one.is_registered).collect();
        (!unregistered.is_empty()).then(|| {
            let words = count_noun(
                unregistered.len() as u64,
                "id that is not registered",
                "ids that are not registered",
            );
            let lines: Vec<_> = unregistered
                .into_iter()
                .map(|one| {
                    let at = one.last.time_utc;
                    let cause = one.last.cause.unwrap_or(ConnectionCause::Unknown).title();
                    let times = if one.last.count > 1 {
                        format!(", {} times", one.last.count)
                    } else {
                        String::new()
                    };
                    let name = match &one.module_id {
                        Some(module_id) => format!("{}/{module_id}", one.device_id),
                        None => one.device_id.to_string(),
                    };
                    view! {
                        <li>
                            <code>{name}</code>
                            {format!(" {cause}{times}, ")}
                            <TimeText at as_of style=TimeFormat::Relative />
                        </li>
                    }
                })
                .collect();
            view! {
                <details class="more refused__strangers">
                    <summary>
                        <Icon name="chevron-right" />
                        {words}
                    </summary>
                    <ul class="more__body">{lines}</ul>
                </details>
            }
        })
    };
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty) && !is_applied.get());
    view! {
        <div class="facets refused" role="group" aria-labelledby="refused-label" hidden=move || is_empty.get()>
            <span class="facets__label" id="refused-label">
                "Refused lately"
            </span>
            {move || link()} {move || strangers()}
        </div>
    }
    .into_any()
}
