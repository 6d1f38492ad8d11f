//! Links to files of exactly the listed devices: all that match, with the columns of the table.

use leptos::prelude::*;

use super::state::Devices;
use crate::{
    format::number::count_noun,
    kit::{Icon, Menu},
    paths,
};

/// The menu.
#[component]
pub(super) fn Export(devices: Devices) -> impl IntoView {
    let (url, condition, matching) = (devices.url, devices.listed_condition(), devices.matching());
    let count = move || {
        matching.with(|known| known.as_ref().map(|known| count_noun(known.count, "device", "devices")))
    };
    let file = move |name: &'static str, ending: &'static str, content: &'static str| {
        let href = move || {
            let columns = url.with(|url| url.columns.attributes().cloned().collect::<Vec<_>>().join(","));
            let file = paths::devices_file(ending, &condition.get().unwrap_or_default(), &columns);
            paths::with_more(&file, &[("content", content)])
        };
        view! {
            <li>
                <a class="menu__item" href=href rel="external" download="">
                    {name}
                    " "
                    <span class="menu__end">{move || count()}</span>
                </a>
            </li>
        }
    };
    let summary = view! { <Icon name="download" /> "Export" }.into_any();
    view! {
        <Menu summary button="button button--small button--quiet" class="menu menu--end">
            <li class="menu__note">"All devices that match, with these columns"</li>
            {file("CSV", "csv", "")}
            {file("JSON", "json", "")}
            {file("Identities, CSV", "csv", "identities")}
            {file("Identities, JSON", "json", "identities")}
            {file("Twins, CSV", "csv", "twins")}
            {file("Twins, JSON", "json", "twins")}
        </Menu>
    }
    .into_any()
}
