//! The rows as a table: those that are on the page, and empty height for the others.

use console_wire::outcome::Outcome;
use leptos::prelude::*;

use super::{
    grid::{ABOVE, Grid},
    ring::Ring,
    rows::Rows,
    view::View,
};
use crate::{
    api::job_results::ResultRow,
    browser,
    clock::{Clock, use_clock},
    present::{outcome, time},
    reactive::memo,
};

/// The table.
#[component]
pub(super) fn GridTable(grid: Grid, view: View) -> impl IntoView {
    let total = memo(move || grid.rows.with(Rows::total));
    let above = memo(move || grid.range.with(|range| range.start));
    let below = memo(move || total.get().saturating_sub(grid.range.with(|range| range.end)));
    let ring = Memo::new(move |before| grid.range.with(|range| Ring::follow(before, range)));
    turn(grid, ring);
    let clock = use_clock();
    let make = move |(_, place)| {
        let number = memo(move || ring.get().number(place, grid.range.with(|range| range.start)));
        let row = memo(move || grid.rows.with(|rows| rows.get(number.get()).cloned()));
        let is_open = memo(move || {
            row.with(|row| row.as_ref().is_some_and(|row| view.device.with(|open| *open == row.device_id)))
        });
        // A row that waits for its words keeps its icon: another one is the dearest thing in it.
        let outcome = Memo::new(move |before: Option<&Outcome>| {
            let told = row.with(|row| row.as_ref().map(|row| row.outcome));
            told.or(before.copied()).unwrap_or(Outcome::Succeeded)
        });
        // One effect a row, and in it nothing that would be another one: what is the same stays as it is.
        move || line(number.get(), row.get(), outcome.get(), is_open.get(), view, clock)
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
                <For each=move || ring.get().places() key=|place| *place children=make />
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

/// Keeps the rows on the page in the order of their numbers.
fn turn(grid: Grid, ring: Memo<Ring>) {
    Effect::new(move |before: Option<(u32, u64)>| {
        let ring = ring.get();
        let start = grid.range.with(|range| range.start);
        let from =
            before.filter(|(generation, _)| *generation == ring.generation).map_or(ring.first, |(_, at)| at);
        if start.abs_diff(from) >= ring.len {
            // Every row is another device's now; a focus that stayed would be on one that nobody chose.
            browser::leave_rows(grid.body);
        }
        browser::turn_rows(grid.body, ring.turn(from, start));
        (ring.generation, start)
    });
}

/// One row; a bar in its place while it is not here yet.
fn line(
    number: u64,
    row: Option<ResultRow>,
    outcome: Outcome,
    is_open: bool,
    view: View,
    clock: Clock,
) -> AnyView {
    let is_missing = row.is_none();
    let badge = outcome::badge(outcome);
    let (device_id, code, text, sent, round_trip_ms) = row.map_or_else(Default::default, |row| {
        (row.device_id, row.code, row.text, row.sent, row.round_trip_ms)
    });
    let address = view.opening(device_id.clone());
    let zoned = sent.map(|at| (at, clock.offset_minutes(at)));
    view! {
        <tr
            aria-rowindex=number + ABOVE
            aria-busy=is_missing.then_some("true")
            aria-selected=is_open.then_some("true")
        >
            <th scope="row" class="data-table__clip">
                <a href=address data-noscroll=true>
                    <code>{device_id}</code>
                </a>
            </th>
            <td class="to-end">
                <span class="status" data-status=badge.status>
                    <svg class="icon icon--small" aria-hidden="true">
                        <use href=format!("/icons.svg#{}", badge.icon)></use>
                    </svg>
                    {badge.word}
                </span>
            </td>
            <td class="data-table__clip on-line">
                <span class="result__code" data-status=badge.status>
                    <code>{code}</code>
                </span>
                {text}
            </td>
            <td class="on-wide" data-drop="1">
                <code>
                    <time
                        datetime=sent.map(time::machine)
                        title=zoned.map(|(at, zone)| time::absolute(at, zone))
                    >
                        {zoned.map(|(at, zone)| time::clock_millis(at, zone)).unwrap_or_default()}
                    </time>
                </code>
            </td>
            <td class="is-number on-wide" data-drop="2">
                {round_trip_ms.map(time::duration).unwrap_or_default()}
            </td>
        </tr>
    }
    .into_any()
}
