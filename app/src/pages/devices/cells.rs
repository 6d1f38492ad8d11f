//! The cells of a row.

use console_wire::{device::DeviceSummary, device_table::DeviceRow};
use hub_wire::{Timestamp, device::DeviceStatus};
use leptos::prelude::*;
use serde_json::Value;

use super::columns::Column;
use crate::{
    format::device,
    kit::{ConnectionBadge, Icon, TimeFormat, TimeText},
    paths,
};

/// A cell: its classes, and what is in it.
pub(super) fn cell(
    column: &Column,
    row: &DeviceRow,
    values_of: &[String],
    as_of: Timestamp,
) -> (&'static str, AnyView) {
    let of = &row.device;
    match column {
        Column::Connection => ("to-end", view! { <ConnectionBadge state=of.connection_state /> }.into_any()),
        Column::Place => {
            let place = device::place(&of.tags);
            (
                "data-table__clip devices__place",
                view! { <bdi title=place.clone()>{place.clone()}</bdi> }.into_any(),
            )
        }
        Column::Tags => {
            let (tags, left_out) = device::other_tags(&of.tags, 4);
            ("data-table__clip on-wide", view! { <Tags tags left_out /> }.into_any())
        }
        Column::Attribute(path) => {
            let at = values_of.iter().position(|known| known == path);
            let value = at.and_then(|at| row.values.get(at)).filter(|value| !value.is_null());
            (
                "data-table__clip on-line",
                view! { <Attribute name=column.name() value=value.cloned() /> }.into_any(),
            )
        }
        Column::Twin => ("devices__twin", twin(of)),
        Column::Status => ("data-table__clip on-wide", status(of.status)),
        Column::Activity => {
            let at = of.last_activity_time;
            (
                "data-table__clip devices__activity",
                view! {
                    <span class="devices__name">"Last activity "</span>
                    <TimeText at as_of style=TimeFormat::Relative />
                }
                .into_any(),
            )
        }
    }
}

/// A value; on a phone, where columns have no heads, with its name.
#[component]
fn Attribute(name: String, value: Option<Value>) -> impl IntoView {
    view! {
        <span class="devices__name">{name} " "</span>
        {match value {
            Some(value) => {
                let text = device::plain(&value);
                view! {
                    <code title=text.clone()>
                        <bdi>{text.clone()}</bdi>
                    </code>
                }
                .into_any()
            }
            None => view! { <span class="panel__note">"not set"</span> }.into_any(),
        }}
    }
    .into_any()
}

fn twin(of: &DeviceSummary) -> AnyView {
    if of.differs == 0 {
        return view! { <span class="panel__note">"in sync"</span> }.into_any();
    }
    let words = if of.differs == 1 { "1 differs".to_owned() } else { format!("{} differ", of.differs) };
    let href = paths::with_query(&paths::device(of.device_id.as_str()), &[("show", "differences")]);
    view! {
        <a href=href>
            <span class="status" data-status="drift">
                <Icon name="equal-not" />
                {words}
            </span>
        </a>
    }
    .into_any()
}

fn status(status: DeviceStatus) -> AnyView {
    if status != DeviceStatus::Disabled {
        return view! { <span class="panel__note">"enabled"</span> }.into_any();
    }
    view! {
        <span class="status" data-status="cancelled">
            <Icon name="circle-slash" />
            "Disabled"
        </span>
    }
    .into_any()
}

/// Tags as name and value.
#[component]
pub(crate) fn Tags(
    /// Names and values.
    tags: Vec<(String, String)>,
    /// How many there are beside them.
    #[prop(default = 0)]
    left_out: usize,
    /// Shows long ones in full, on several lines.
    #[prop(default = false)]
    is_whole: bool,
) -> impl IntoView {
    let class = if is_whole { "tag-list tag-list--whole" } else { "tag-list devices__tags" };
    let tags: Vec<_> = tags
        .into_iter()
        .map(|(name, value)| {
            view! {
                <span class="tag">
                    <bdi>{name}</bdi>
                    "="
                    <b>
                        <bdi>{value}</bdi>
                    </b>
                </span>
            }
        })
        .collect();
    view! {
        <span class=class>
            {tags}
            {(left_out > 0).then(|| view! { <span class="panel__note">{format!("and {left_out} more")}</span> })}
        </span>
    }
    .into_any()
}
