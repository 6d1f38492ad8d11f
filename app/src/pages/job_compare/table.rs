//! How many devices went from which outcome to which. Each count is the link to its devices.

use console_wire::run_compare::{Comparison, Place};
use leptos::prelude::*;

use crate::{
    api::compare::CompareKey,
    format::{compare, number::grouped},
    kit::BadgeView,
    paths,
};

/// The table: a row for each outcome of the earlier run, a column for each of this one.
#[component]
pub(super) fn Outcomes(comparison: Comparison, key: CompareKey) -> impl IntoView {
    let (rows, columns) = compare::states(&comparison);
    let heads = columns
        .iter()
        .map(|to| {
            let badge = compare::badge(*to);
            view! {
                <th scope="col" class="is-number">
                    <BadgeView badge=Signal::stored(badge) />
                </th>
            }
        })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|from| {
            let cells = columns
                .iter()
                .map(
                    |to| view! { <Cell devices=comparison.devices(from, *to) from to=*to key=key.clone() /> },
                )
                .collect_view();
            view! {
                <tr>
                    <th scope="row">
                        <BadgeView badge=Signal::stored(compare::badge(from)) />
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="compare-outcomes">
            <div class="panel__header">
                <h2 class="panel__title" id="compare-outcomes">
                    "Outcomes"
                </h2>
                <span class="panel__note">"rows: earlier run, columns: this run"</span>
            </div>
            <div class="compare__scroll" role="region" aria-label="Outcomes of both runs" tabindex="0">
                <table class="data-table data-table--compact compare__table">
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Cell(devices: u64, from: Place, to: Place, key: CompareKey) -> AnyView {
    if devices == 0 {
        return view! { <td class="is-number compare__nothing">"0"</td> }.into_any();
    }
    let href = paths::job_compare(&key.job_id, &key.with, from.as_str(), to.as_str(), "");
    let is_chosen = key.from == from.as_str() && key.to == to.as_str();
    let what = format!("{} {}", grouped(devices), compare::list_title(Some(from), Some(to)).to_lowercase());
    view! {
        <td class="is-number" class:compare__same=from == to>
            <a class="link" href=href aria-label=what aria-current=is_chosen.then_some("true")>
                {grouped(devices)}
            </a>
        </td>
    }
    .into_any()
}
