//! Devices of the group: of a condition the first ones, with a link to all; of a list a page of it.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::groups::{GroupView, Member, PAGE},
    format::{
        device,
        number::{devices, grouped},
    },
    kit::{ConnectionBadge, ErrorPanel, TimeFormat, TimeText},
    paths,
};

/// The devices.
#[component]
pub(super) fn Members(view: GroupView) -> impl IntoView {
    let GroupView { group, members, first, as_of, .. } = view;
    let content = match members {
        Err(error) => view! { <ErrorPanel error /> }.into_any(),
        Ok(members) if members.is_empty() => {
            view! { <p class="field__hint">"No device matches now."</p> }.into_any()
        }
        Ok(members) => {
            let shown = members.len();
            let rows: Vec<_> = members.into_iter().map(|member| view! { <Row member as_of /> }).collect();
            view! {
                <table class="data-table data-table--compact data-table--stack group-members" aria-labelledby="members-title">
                    <thead>
                        <tr>
                            <th scope="col">"Device"</th>
                            <th scope="col">"Connection"</th>
                            <th scope="col">"Place"</th>
                            <th scope="col">"Last activity"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <Foot group_id=group.group_id.clone() condition=group.query_condition.clone() listed=group.listed_devices counted=group.count.map(|count| count.devices) first shown />
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="members-title">
            <div class="panel__header">
                <h2 class="panel__title" id="members-title">
                    "Members"
                </h2>
                <span class="panel__note">{group.count.map(|count| devices(count.devices))}</span>
            </div>
            {content}
        </section>
    }
    .into_any()
}

#[component]
fn Row(member: Member, as_of: Timestamp) -> AnyView {
    let Member { device_id, device: known } = member;
    let Some(known) = known else {
        return view! {
            <tr>
                <th scope="row">
                    <code>{device_id}</code>
                </th>
                <td>"does not exist"</td>
                <td></td>
                <td></td>
            </tr>
        }
        .into_any();
    };
    view! {
        <tr>
            <th scope="row">
                <a class="link" href=paths::device(&device_id)>
                    <code>{device_id.clone()}</code>
                </a>
            </th>
            <td>
                <ConnectionBadge state=known.connection_state />
            </td>
            <td>{device::place(&known.tags)}</td>
            <td>
                <TimeText at=known.last_activity_time as_of style=TimeFormat::Relative />
            </td>
        </tr>
    }
    .into_any()
}

/// The way to the other devices.
#[component]
fn Foot(
    group_id: String,
    condition: Option<String>,
    listed: Option<u64>,
    counted: Option<u64>,
    first: usize,
    shown: usize,
) -> AnyView {
    if let Some(condition) = condition {
        let words = counted.map_or_else(
            || "All in Devices".to_owned(),
            |count| format!("All {} in Devices", grouped(count)),
        );
        return view! {
            <p class="data-table__foot">
                <a class="link" href=paths::devices_where(&condition)>
                    {words}
                </a>
            </p>
        }
        .into_any();
    }
    let total = usize::try_from(listed.unwrap_or_default()).unwrap_or(usize::MAX);
    if total <= PAGE {
        return ().into_any();
    }
    let end = first + shown;
    let place = |number: usize| grouped(number as u64);
    let before = (first > 0).then(|| {
        view! {
            <a class="button button--small" href=paths::group_from(&group_id, first.saturating_sub(PAGE))>
                "Previous"
            </a>
        }
    });
    let next = (end < total).then(|| {
        view! {
            <a class="button button--small" href=paths::group_from(&group_id, end)>
                "Next"
            </a>
        }
    });
    view! {
        <nav class="data-table__foot" aria-label="Pages of members">
            <span>{format!("{} to {} of {}", place(first + 1), place(end), place(total))}</span>
            <span class="cluster">{before} {next}</span>
        </nav>
    }
    .into_any()
}
