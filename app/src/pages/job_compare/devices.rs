//! The devices that the address selects, with both outcomes, a page at a time.

use console_wire::run_compare::{ComparedDevice, Comparison, Place};
use leptos::prelude::*;

use crate::{
    api::compare::CompareKey,
    format::{compare, number::devices},
    kit::BadgeView,
    paths,
};

/// The list.
#[component]
pub(super) fn Devices(comparison: Comparison, key: CompareKey) -> impl IntoView {
    let (from, to) = (Place::from_wire(&key.from), Place::from_wire(&key.to));
    let count = compare::list_count(&comparison, from, to);
    let is_filtered = from.is_some() || to.is_some();
    let Comparison { before, after, items, next_cursor, .. } = comparison;
    let page = |cursor: &str| paths::job_compare(&key.job_id, &key.with, &key.from, &key.to, cursor);
    let first = (!key.after.is_empty()).then(|| {
        view! {
            <a class="button button--small" href=page("")>
                "First page"
            </a>
        }
    });
    let next = next_cursor.map(|cursor| {
        view! {
            <a class="button button--small" href=page(&cursor)>
                "Next page"
            </a>
        }
    });
    let foot = (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="data-table__foot" aria-label="Pages of devices">
                <span class="cluster">{first} {next}</span>
            </nav>
        }
    });
    let all = is_filtered.then(|| {
        view! {
            <a class="link" href=paths::job_compare(&key.job_id, &key.with, "", "", "")>
                "Every change"
            </a>
        }
    });
    let content = if items.is_empty() {
        view! { <p class="field__hint">"No device."</p> }.into_any()
    } else {
        let rows: Vec<_> = items
            .into_iter()
            .map(|device| {
                let run = if device.to == Place::Absent { &before.job_id } else { &after.job_id };
                view! { <Row job_id=run.clone() device /> }
            })
            .collect();
        view! {
            <table class="data-table data-table--compact" aria-labelledby="compare-devices">
                <thead>
                    <tr>
                        <th scope="col">"Device"</th>
                        <th scope="col">"Earlier run"</th>
                        <th scope="col">"This run"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="panel" aria-labelledby="compare-devices">
            <div class="panel__header">
                <h2 class="panel__title" id="compare-devices">
                    {compare::list_title(from, to)} " " <span class="panel__note">{devices(count)}</span>
                </h2>
                {all}
            </div>
            {content}
            {foot}
        </section>
    }
    .into_any()
}

/// A device; its link opens its result in the run that has it.
#[component]
fn Row(job_id: String, device: ComparedDevice) -> impl IntoView {
    let device_id = device.device_id.to_string();
    let module = device.module_id.map(|id| format!(" / {id}"));
    view! {
        <tr>
            <th scope="row">
                <a class="link" href=paths::job_device(&job_id, &device_id)>
                    <code>{device_id.clone()} {module}</code>
                </a>
            </th>
            <td>
                <BadgeView badge=Signal::stored(compare::badge(device.from)) />
            </td>
            <td>
                <BadgeView badge=Signal::stored(compare::badge(device.to)) />
            </td>
        </tr>
    }
    .into_any()
}
