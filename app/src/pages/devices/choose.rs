//! Which columns the table has: a menu of links, each shows or hides one. It stays open until it is left.

use leptos::prelude::*;

use super::{
    columns::{Column, Columns, offered},
    state::Devices,
};
use crate::{
    components::{Icon, Menu},
    reactive::memo,
};

/// The menu.
#[component]
pub(super) fn ChooseColumns(devices: Devices) -> impl IntoView {
    let asked = devices.asked;
    let names = devices.known(|good| good.view.table.names.clone());
    let all = memo(move || names.with(|names| asked.with(|asked| offered(names, &asked.columns))));
    let is_default = move || asked.with(|asked| asked.columns == Columns::default());
    let words = view! { <Icon name="columns-3" /> "Columns" }.into_any();
    view! {
        <Menu
            summary=words
            button="button button--small button--quiet"
            class="menu devices__columns"
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
                    href=move || asked.with(|asked| asked.showing(Columns::default()).address())
                    aria-disabled=move || is_default().then_some("true")
                >
                    "As usual"
                </a>
            </li>
        </Menu>
    }
    .into_any()
}

/// A column to show or hide.
#[component]
fn Choice(devices: Devices, column: Column) -> impl IntoView {
    let asked = devices.asked;
    let name = column.name();
    let of = column.clone();
    let is_shown = memo(move || asked.with(|asked| asked.columns.holds(&of)));
    let of = column.clone();
    let is_full = memo(move || asked.with(|asked| !asked.columns.holds(&of) && !asked.columns.can_hold(&of)));
    let href = move || {
        (!is_full.get()).then(|| asked.with(|asked| asked.showing(asked.columns.toggled(&column)).address()))
    };
    view! {
        <li>
            <a class="menu__item" href=move || href() aria-disabled=move || is_full.get().then_some("true")>
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
