//! "Refused lately": a link to the devices that the hub refused or disconnected by a rule in the last hour, and the ids of
//! clients that are not registered. Only the embedded hub keeps them; elsewhere there is nothing.

use console_wire::connection::{ConnectionCause, RefusedDevice};
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
/// Longest list of ids in a condition, in characters: it is a part of the page's address.
const MAX_LIST: usize = 3000;

/// Who was refused lately, read again and again.
pub(super) type Refusals = Reading<(), RefusalsView>;

/// Reads with the page.
pub(super) fn use_refusals() -> Refusals {
    let options = ReadOptions::every(POLL).only_while(|view: &RefusalsView| view.items.is_some());
    use_read(Signal::stored(Some(())), options, |()| read_refusals())
}

/// The condition that selects refused devices, the newest first as far as there is room, and how many these are.
fn condition_of(refused: &[RefusedDevice]) -> (String, usize) {
    let mut ids: Vec<&str> = Vec::new();
    let mut length = 0;
    for one in refused.iter().filter(|one| one.is_registered) {
        let id = one.device_id.as_str();
        if ids.contains(&id) {
            continue;
        }
        length += id.len() + 4;
        if length > MAX_LIST {
            break;
        }
        ids.push(id);
    }
    let list = hub_query::write::texts(ids.iter().copied());
    (if ids.is_empty() { String::new() } else { format!("deviceId IN [{list}]") }, ids.len())
}

/// How many registered devices there are in the list.
fn registered(refused: &[RefusedDevice]) -> usize {
    let ids: std::collections::BTreeSet<_> =
        refused.iter().filter(|one| one.is_registered).map(|one| one.device_id.as_str()).collect();
    ids.len()
}

/// The line below the facets; nothing while nobody was refused.
#[component]
pub(super) fn RefusedLately(devices: Devices, refusals: Refusals) -> impl IntoView {
    let good = refusals.good();
    let items = Memo::new(move |_| {
        good.with(|good| good.as_ref().and_then(|good| good.value.items.clone())).unwrap_or_default()
    });
    let url = devices.url;
    let known = Memo::new(move |_| {
        items.with(|items| {
            let (condition, shown) = condition_of(items);
            (condition, shown, registered(items))
        })
    });
    let link = move || {
        let (condition, shown, all) = known.get();
        (shown > 0).then(|| {
            let is_applied = url.with(|url| url.condition == condition);
            let to = if is_applied { String::new() } else { condition };
            let href = url.with(|url| url.matching(to).address());
            let words = if shown < all {
                format!(
                    "the newest {} of {}",
                    grouped(shown as u64),
                    count_noun(all as u64, "device", "devices")
                )
            } else {
                count_noun(all as u64, "device", "devices")
            };
            view! {
                <a class="filter-chip" href=href aria-current=is_applied.then_some("true")>
                    {words}
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
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(ids: &[(&str, bool)]) -> Vec<RefusedDevice> {
        let one = |(id, is_registered): &(&str, bool)| {
            serde_json::from_value(serde_json::json!({
                "deviceId": id, "isRegistered": is_registered,
                "last": {"timeUtc": "2026-01-01T00:00:00Z", "kind": "refused", "cause": "wrongKey", "count": 1},
            }))
            .unwrap()
        };
        ids.iter().map(one).collect()
    }

    #[test]
    fn a_condition_selects_registered_devices_once() {
        let some = refused(&[("d'1", true), ("stranger", false), ("d2", true), ("d'1", true)]);
        let (condition, shown) = condition_of(&some);
        assert_eq!((condition.as_str(), shown, registered(&some)), ("deviceId IN ['d\\'1', 'd2']", 2, 2));
        assert_eq!(condition_of(&refused(&[("stranger", false)])), (String::new(), 0));
        let names: Vec<_> = (0..1000).map(|number| format!("device-{number}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), true)).collect();
        let (condition, shown) = condition_of(&refused(&many));
        assert!(condition.len() < MAX_LIST + 100 && (100..1000).contains(&shown), "{shown}");
    }
}
