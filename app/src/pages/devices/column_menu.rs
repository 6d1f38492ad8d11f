//! The menu that shows and hides columns. It stays open until it loses focus or pointer.

use leptos::prelude::*;

use super::{
    columns::{Column, Columns, offered},
    state::Devices,
};
use crate::kit::{Icon, Menu};

/// The menu.
#[component]
pub(super) fn ColumnMenu(devices: Devices) -> impl IntoView {
    let url = devices.url;
    let names = devices.known(|good| good.value.table.names.clone());
    let all = Memo::new(move |_| names.with(|names| url.with(|url| offered(names, &url.columns))));
    let is_default = move || url.with(|url| url.columns == Columns::default());
    let words = view! { <Icon name="columns-3" /> "Columns" }.into_any();
    view! {
        <Menu
            summary=words
            button="button button--small button--quiet"
            class="menu menu--end"
            list="menu__list menu__list--tall"
            stays_open=true
        >
            <For each=move || all.get() key=Column::word let:column>
                <Choice devices column />
            </For>
            <li class="menu__rule"></li>
            <li>
                <a
                    class="menu__item"
                    href=move || url.with(|url| url.showing(Columns::default()).address())
                    aria-disabled=move || is_default().then_some("true")
                >
                    "Reset columns"
                </a>
            </li>
        </Menu>
    }
    .into_any()
}

/// A column to show or hide.
#[component]
fn Choice(devices: Devices, column: Column) -> impl IntoView {
    let url = devices.url;
    let name = column.name();
    let of = column.clone();
    let is_shown = Memo::new(move |_| url.with(|url| url.columns.holds(&of)));
    let of = column.clone();
    let is_full = Memo::new(move |_| url.with(|url| !url.columns.holds(&of) && !url.columns.can_hold(&of)));
    let href =
        move || (!is_full.get()).then(|| url.with(|url| url.showing(url.columns.toggled(&column)).address()));
    view! {
        <li>
            <a class="menu__item" href=href aria-disabled=move || is_full.get().then_some("true")>
                <span class="devices__tick">
                    {move || is_shown.get().then(|| view! { <Icon name="check" /> })}
                </span>
                <span class="visually-hidden">{move || if is_shown.get() { "Hide " } else { "Show " }}</span>
                {name}
            </a>
        </li>
    }
    .into_any()
}
