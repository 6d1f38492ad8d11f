//! The rows as a table: those that are on the page, and empty height for the others.

use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{
    grid::{ABOVE, Grid},
    rows::Rows,
    view::View,
};
use crate::{
    api::job_results::ResultRow,
    components::{BadgeView, Moment, TimeText},
    present::{outcome, time},
};

/// The table.
#[component]
pub(super) fn GridTable(grid: Grid, view: View, as_of: Timestamp) -> impl IntoView {
    let total = Memo::new(move |_| grid.rows.with(Rows::total));
    let above = Memo::new(move |_| grid.range.with(|range| range.start));
    let below = Memo::new(move |_| total.get().saturating_sub(grid.range.with(|range| range.end)));
    let numbers = move || {
        let range = grid.range.get();
        grid.rows.with(|rows| {
            range
                .map(|number| (number, rows.get(number).map(|row| row.device_id.clone())))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <table
            class="data-table data-table--compact data-table--stack data-table--outset data-table--fixed data-table--sticky device-grid results-table"
            aria-rowcount=move || total.get() + 1
        >
            <caption class="visually-hidden">"Devices of this job"</caption>
            <colgroup>
                <col class="results-table__device" />
                <col class="results-table__state" />
                <col />
                <col class="results-table__sent" data-drop="1" />
                <col class="results-table__trip" data-drop="2" />
            </colgroup>
            <thead>
                <tr aria-rowindex="1">
                    <th scope="col">"Device"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Result"</th>
                    <th scope="col" data-drop="1">
                        "Sent"
                    </th>
                    <th scope="col" class="is-number" data-drop="2">
                        "Round trip"
                    </th>
                </tr>
            </thead>
            <Gap rows=above />
            <tbody node_ref=grid.body>
                <For each=numbers key=Clone::clone let:((number, device_id))>
                    <Row grid view as_of number device_id />
                </For>
            </tbody>
            <Gap rows=below />
        </table>
    }
    .into_any()
}

/// The height of rows that are not on the page. Its one cell leaves the columns alone, which may be fewer on a narrow page.
#[component]
fn Gap(rows: Memo<u64>) -> impl IntoView {
    view! {
        <tbody class="results-table__gap" aria-hidden="true" hidden=move || rows.get() == 0>
            <tr>
                <td style=move || format!("--rows:{}", rows.get())></td>
            </tr>
        </tbody>
    }
    .into_any()
}

/// One row; a bar in its place while it is not here yet.
#[component]
fn Row(grid: Grid, view: View, as_of: Timestamp, number: u64, device_id: Option<String>) -> impl IntoView {
    let Some(id) = device_id else {
        return view! {
            <tr aria-rowindex=number + ABOVE aria-busy="true">
                <td colspan="3">
                    <span class="skeleton"></span>
                </td>
            </tr>
        }
        .into_any();
    };
    let row = Memo::new(move |_| grid.rows.with(|rows| rows.get(number).cloned()));
    let (selected, linked) = (id.clone(), id.clone());
    view! {
        <tr
            aria-rowindex=number + ABOVE
            aria-selected=move || view.device.with(|device| *device == selected).then_some("true")
        >
            <th scope="row" class="data-table__clip">
                <a
                    href=move || view.with(|asked| asked.device.clone_from(&linked))
                    attr:data-noscroll=true
                >
                    <code>{id}</code>
                </a>
            </th>
            {move || row.get().map(|row| view! { <Cells row as_of /> })}
        </tr>
    }
    .into_any()
}

#[component]
fn Cells(row: ResultRow, as_of: Timestamp) -> impl IntoView {
    let badge = outcome::badge(row.outcome);
    let trip = row.round_trip_ms.map(time::duration).unwrap_or_default();
    view! {
        <td class="to-end">
            <BadgeView badge />
        </td>
        <td class="data-table__clip on-line">
            <span class="result__code" data-status=badge.status>
                <code>{row.code}</code>
            </span>
            {row.text}
        </td>
        <td class="on-wide" data-drop="1">
            {row.sent.map(|at| view! { <code><TimeText at as_of style=Moment::Millis /></code> })}
        </td>
        <td class="is-number on-wide" data-drop="2">
            {trip}
        </td>
    }
    .into_any()
}
