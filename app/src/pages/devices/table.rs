//! The rows, or why there are none.

use console_wire::device::DeviceSummary;
use hub_wire::{Timestamp, device::DeviceStatus};
use leptos::prelude::*;

use super::selecting::Selecting;
use crate::{
    api::devices::DevicesView,
    components::{Connection, Icon, Moment, TimeText},
    paths,
    present::{device, number::counted},
};

/// The rows, or why there are none.
#[component]
pub(super) fn Listed(
    /// What was read.
    view: DevicesView,
    /// The condition asked for.
    condition: String,
    /// Where the page before ended; empty on the first.
    after: String,
    /// Lets rows be chosen; those of before cannot.
    selecting: Option<Selecting>,
) -> impl IntoView {
    let DevicesView { page, as_of } = view;
    if page.items.is_empty() {
        return view! { <Nothing condition is_first_page=after.is_empty() /> }.into_any();
    }
    let shown = counted(page.items.len() as u64, "device", "devices");
    let next = page
        .next_cursor
        .map(|cursor| paths::with_query(paths::DEVICES, &[("query", &condition), ("after", &cursor)]));
    let first = (!after.is_empty()).then(|| paths::devices_where(&condition));
    let rows: Vec<_> = page.items.into_iter().map(|row| view! { <Row row as_of selecting /> }).collect();
    let pages = [(first, "First devices"), (next, "Next devices")].map(|(href, words)| {
        href.map(|href| {
            view! {
                <a class="button button--small" href=href>
                    {words}
                </a>
            }
        })
    });
    let choose_page = selecting.map(|selecting| {
        view! {
            <input
                class="checkbox needs-scripts"
                type="checkbox"
                aria-label="Select all on this page"
                prop:checked=move || selecting.holds_page()
                on:change:target=move |event| selecting.set_page(event.target().checked())
            />
        }
    });
    view! {
        <table class="data-table data-table--bleed data-table--compact data-table--sticky data-table--stack data-table--fixed devices-table device-grid">
            <caption class="visually-hidden">"Devices, by device id"</caption>
            <colgroup>
                <col class="devices-table__check" />
                <col class="devices-table__device" />
                <col class="devices-table__connection" />
                <col class="devices-table__place" data-drop="3" />
                <col data-drop="1" />
                <col class="devices-table__twin" />
                <col class="devices-table__status" data-drop="2" />
                <col class="devices-table__activity" data-drop="4" />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col" class="devices__check">
                        {choose_page} <span class="visually-hidden">"Selected"</span>
                    </th>
                    <th scope="col" aria-sort="ascending">
                        "Device"
                    </th>
                    <th scope="col">"Connection"</th>
                    <th scope="col" data-drop="3">
                        "Place"
                    </th>
                    <th scope="col" data-drop="1">
                        "Tags"
                    </th>
                    <th scope="col">"Twin"</th>
                    <th scope="col" data-drop="2">
                        "Status"
                    </th>
                    <th scope="col" data-drop="4">
                        "Last activity"
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <nav class="data-table__foot" aria-label="Pages of devices">
            <span>{format!("{shown} on this page, by device id")}</span>
            <span class="cluster">{pages.into_iter().collect_view()}</span>
        </nav>
    }
    .into_any()
}

/// Nothing to list.
#[component]
fn Nothing(condition: String, is_first_page: bool) -> impl IntoView {
    let is_every = condition.trim().is_empty();
    let text = match (is_first_page, is_every) {
        (false, _) => "No more devices.",
        (true, true) => "This hub has no devices yet.",
        (true, false) => "No device matches this query.",
    };
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{text}</h2>
            {(!is_every)
                .then(|| {
                    view! {
                        <a class="button button--small" href=paths::DEVICES data-key="Escape">
                            "Show every device"
                        </a>
                    }
                })}
        </section>
    }
    .into_any()
}

/// One device.
#[component]
fn Row(row: DeviceSummary, as_of: Timestamp, selecting: Option<Selecting>) -> impl IntoView {
    let id = row.device_id.to_string();
    let (tags, left_out) = device::other_tags(&row.tags, 4);
    let is_off = row.status == DeviceStatus::Disabled;
    let choice = selecting.map(|selecting| {
        let (holds, sets) = (id.clone(), id.clone());
        view! {
            <input
                class="checkbox needs-scripts"
                type="checkbox"
                aria-label=format!("Select {id}")
                prop:checked=move || selecting.holds(&holds)
                on:change:target=move |event| selecting.set(&sets, event.target().checked())
            />
        }
    });
    let chosen = id.clone();
    let is_chosen = move || selecting.is_some_and(|selecting| selecting.holds(&chosen)).then_some("true");
    let twin = if row.differs == 0 {
        view! { <span class="panel__note">"in step"</span> }.into_any()
    } else {
        let words = if row.differs == 1 { "1 differs".to_owned() } else { format!("{} differ", row.differs) };
        let href = paths::with_query(&paths::device(&id), &[("show", "differences")]);
        view! {
            <a href=href>
                <span class="status" data-status="drift">
                    <Icon name="equal-not" />
                    {words}
                </span>
            </a>
        }
        .into_any()
    };
    view! {
        <tr aria-selected=is_chosen>
            <td class="devices__check on-wide">{choice}</td>
            <th scope="row" class="data-table__clip">
                <a href=paths::device(&id)>
                    <code>{id.clone()}</code>
                </a>
            </th>
            <td class="to-end">
                <Connection state=row.connection_state />
            </td>
            <td class="data-table__clip on-wide" data-drop="3">
                {device::place(&row.tags)}
            </td>
            <td class="data-table__clip on-wide" data-drop="1">
                <Tags tags left_out />
            </td>
            <td>{twin}</td>
            <td class="data-table__clip on-wide" data-drop="2">
                {if is_off {
                    view! {
                        <span class="status" data-status="cancelled">
                            <Icon name="circle-slash" />
                            "Disabled"
                        </span>
                    }
                        .into_any()
                } else {
                    view! { <span class="panel__note">"enabled"</span> }.into_any()
                }}
            </td>
            <td class="data-table__clip on-wide" data-drop="4">
                <TimeText at=row.last_activity_time as_of style=Moment::Relative />
            </td>
        </tr>
    }
    .into_any()
}

/// Tags as name and value.
#[component]
pub(crate) fn Tags(tags: Vec<(String, String)>, #[prop(default = 0)] left_out: usize) -> impl IntoView {
    let tags: Vec<_> = tags
        .into_iter()
        .map(|(name, value)| {
            view! {
                <span class="tag">
                    {name}
                    "="
                    <b>{value}</b>
                </span>
            }
        })
        .collect();
    view! {
        <span class="tag-list devices__tags">
            {tags}
            {(left_out > 0).then(|| view! { <span class="panel__note">{format!("and {left_out} more")}</span> })}
        </span>
    }
    .into_any()
}
