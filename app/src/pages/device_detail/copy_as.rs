//! The twin, and the calls that read it, for a terminal.

use leptos::prelude::*;

use crate::{
    api::devices::DeviceView,
    format::json,
    kit::{Icon, Menu, dom, use_toasts},
    paths,
};

/// A menu of texts to copy.
#[component]
pub(super) fn CopyAs(device_id: String, view: Memo<DeviceView>) -> impl IntoView {
    let toasts = use_toasts();
    let id = StoredValue::new(device_id);
    let copy = move |what: &'static str, text: String| {
        dom::copy_to_clipboard(&text);
        toasts.show(format!("{what} copied."), None);
    };
    let twin = move |_| {
        let text = view.with_untracked(|view| {
            serde_json::to_value(&view.twin).map(|twin| json::pretty(&twin)).unwrap_or_default()
        });
        copy("Twin", text);
    };
    let curl = move |_| {
        let path = format!("/api/v1{}", paths::device(&id.get_value()));
        copy("curl", format!("curl -s '{}'", dom::absolute_url(&path)));
    };
    let az = move |_| {
        let id = id.get_value().replace('\'', "'\\''");
        copy(
            "az",
            format!("az iot hub device-twin show --device-id '{id}' --login \"$HUB_CONNECTION_STRING\""),
        );
    };
    let summary = view! {
        "Copy as "
        <Icon name="chevron-down" />
    }
    .into_any();
    view! {
        <Menu summary class="menu needs-scripts">
            <li>
                <button class="menu__item" type="button" on:click=twin>
                    "Twin as JSON"
                </button>
            </li>
            <li>
                <button class="menu__item" type="button" on:click=curl>
                    "curl"
                </button>
            </li>
            <li>
                <button class="menu__item" type="button" on:click=az>
                    "az iot hub device-twin show"
                </button>
            </li>
        </Menu>
    }
    .into_any()
}
