//! Search and order of the devices: a plain form.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::super::context::{JobPage, use_job_page};
use crate::{
    forms::SearchForm,
    kit::{Icon, dom},
    paths,
};

/// Pause in typing after which the list is filtered, in milliseconds.
const PAUSE: u64 = 250;
/// The orders, as in the address and on the page.
const ORDERS: [(&str, &str); 3] =
    [("latest", "Latest first"), ("problems", "Problems first"), ("device", "By device")];

/// The key of the order in the browser's storage: ended jobs have one of their own.
const fn order_key(is_over: bool) -> &'static str {
    if is_over { "order-ended" } else { "order-running" }
}

/// The order that this browser remembers, if it is not the default.
pub(super) fn remembered_order(is_over: bool, default: &str) -> String {
    dom::load_setting(order_key(is_over))
        .filter(|word| word != default && ORDERS.iter().any(|(order, _)| order == word))
        .unwrap_or_default()
}

/// The form. With scripts the list follows what is typed.
#[component]
pub(super) fn Toolbar(
    /// The order in use.
    order: Memo<String>,
) -> impl IntoView {
    let JobPage { job, url, .. } = use_job_page();
    let navigate = use_navigate();
    let navigate_to_order = navigate.clone();
    let found = Memo::new(move |_| url.rows.with(|rows| rows.find.clone()));
    let text = RwSignal::new(found.get_untracked());
    // What is typed stays; only an address with another text replaces it.
    Effect::new(move |_| {
        let found = found.get();
        if text.with_untracked(|text| text.trim() != found) {
            text.set(found);
        }
    });
    let typed = StoredValue::new(0_u32);
    let find = move |event| {
        text.set(event_target_value(&event));
        typed.update_value(|times| *times += 1);
        let (times, navigate) = (typed.get_value(), navigate.clone());
        let search = move || {
            if typed.try_get_value() == Some(times) {
                let find = text.with_untracked(|text| text.trim().to_owned());
                let address = url.with_untracked(|state| state.rows.find = find);
                navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() });
            }
        };
        set_timeout(search, std::time::Duration::from_millis(PAUSE));
    };
    let sort = move |event| {
        let order = event_target_value(&event);
        dom::save_setting(order_key(job.with_untracked(|job| job.status.is_terminal())), &order);
        let address = url.with_untracked(|state| state.rows.order = order);
        navigate_to_order(&address, NavigateOptions { scroll: false, ..Default::default() });
    };
    // The parameters of the address besides the form's own fields.
    let kept = move || {
        let rows = url.rows.get();
        [("state", rows.state), ("cause", rows.cause), ("cell", rows.cell)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
            .collect::<Vec<_>>()
    };
    let options = ORDERS.map(|(word, name)| {
        view! { <option value=word selected=move || order.with(|order| order == word)>{name}</option> }
    });
    view! {
        <SearchForm to=Signal::derive(move || paths::job(&url.job_id.get())) attr:class="cluster" attr:role="search" attr:aria-label="Find a device">
            {kept}
            <span class="find">
                <Icon name="search" />
                <input
                    type="search"
                    name="find"
                    aria-label="Find a device"
                    placeholder="Find a device"
                    autocomplete="off"
                    data-search=""
                    value=found.get_untracked()
                    prop:value=move || text.get()
                    on:input=find
                />
                <kbd class="key only-wide" aria-hidden="true">
                    "s"
                </kbd>
            </span>
            <select
                class="input select-small"
                name="order"
                aria-label="Order"
                prop:value=move || order.get()
                on:change=sort
            >
                {Vec::from(options)}
            </select>
            <button class="button button--small only-without-scripts" type="submit">
                "Show"
            </button>
        </SearchForm>
    }
    .into_any()
}
