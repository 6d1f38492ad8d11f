//! The rows as a table: those that are on the page, and empty height for the others.

use console_wire::outcome::Outcome;
use hub_wire::Timestamp;
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
    present::{Badge, outcome, time},
    reactive::memo,
};

/// The table.
#[component]
pub(super) fn GridTable(grid: Grid, view: View) -> impl IntoView {
    let total = memo(move || grid.rows.with(Rows::total));
    let above = memo(move || grid.range.with(|range| range.start));
    let below = memo(move || total.get().saturating_sub(grid.range.with(|range| range.end)));
    let ring = Memo::new(move |before| grid.range.with(|range| Ring::follow(before, range)));
    let places = memo(move || ring.get().places());
    turn(grid, ring);
    let clock = use_clock();
    let make = move |(_, place)| {
        let line = Memo::new(move |before: Option<&Line>| {
            let number = ring.get().number(place);
            grid.rows.with(|rows| match rows.get(number) {
                Some(row) => Line::of(number, row, view, clock),
                None => Line::awaited(number, before),
            })
        });
        row(line)
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
                <For each=move || places.get() key=|place| *place children=make />
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
    Effect::new(move |before: Option<Ring>| {
        let ring = ring.get();
        if before.is_some_and(|before| ring.has_jumped(&before)) {
            // A focus that stayed would be on a row that nobody chose.
            browser::leave_rows(grid.body);
        }
        let from =
            before.filter(|before| before.generation == ring.generation).map_or(0, |before| before.head);
        browser::turn_rows(grid.body, ring.turn(from));
        ring
    });
}

/// What one row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: u64,
    /// Whether the row is not here yet. A bar hides the words of the one before, so that nothing but the number changes.
    is_awaited: bool,
    is_open: bool,
    /// The address that opens the device.
    address: String,
    /// None until a first row is here.
    row: Option<ResultRow>,
    /// Minutes from UTC to the chosen zone when the device's call was sent.
    zone: i32,
}

impl Line {
    fn of(number: u64, row: &ResultRow, view: View, clock: Clock) -> Self {
        Self {
            number,
            is_awaited: false,
            is_open: view.device.with(|open| *open == row.device_id),
            address: view.opening(row.device_id.clone()),
            row: Some(row.clone()),
            zone: row.sent.map(|at| clock.offset_minutes(at)).unwrap_or_default(),
        }
    }

    fn awaited(number: u64, before: Option<&Self>) -> Self {
        let (address, row, zone) = before
            .map(|before| (before.address.clone(), before.row.clone(), before.zone))
            .unwrap_or_default();
        Self { number, is_awaited: true, is_open: false, address, row, zone }
    }

    fn word(&self, of: fn(&ResultRow) -> &str) -> String {
        self.row.as_ref().map(of).unwrap_or_default().to_owned()
    }

    fn badge(&self) -> Badge {
        outcome::badge(self.row.as_ref().map_or(Outcome::Succeeded, |row| row.outcome))
    }

    fn sent(&self, of: fn(Timestamp, i32) -> String) -> Option<String> {
        Some(of(self.row.as_ref()?.sent?, self.zone))
    }

    fn round_trip(&self) -> String {
        self.row.as_ref().and_then(|row| row.round_trip_ms).map(time::duration).unwrap_or_default()
    }
}

/// One row. What follows the line is a word or the value of an attribute and never an element: an element that is drawn
/// again has all its attributes taken away and set anew.
fn row(line: Memo<Line>) -> AnyView {
    let text = move |of: fn(&Line) -> String| move || line.with(of);
    let flag = move |of: fn(&Line) -> bool| move || line.with(of).then_some("true");
    let value = move |of: fn(&Line) -> Option<String>| move || line.with(of);
    view! {
        <tr
            aria-rowindex=text(|line| (line.number + ABOVE).to_string())
            aria-busy=flag(|line| line.is_awaited)
            aria-selected=flag(|line| line.is_open)
        >
            <th scope="row" class="data-table__clip">
                <a href=text(|line| line.address.clone()) data-noscroll=true>
                    <code>{text(|line| line.word(|row| &row.device_id))}</code>
                </a>
            </th>
            <td class="to-end">
                <span class="status" data-status=text(|line| line.badge().status.into())>
                    <svg class="icon icon--small" aria-hidden="true">
                        <use href=text(|line| format!("#icon-{}", line.badge().icon))></use>
                    </svg>
                    {text(|line| line.badge().word.into())}
                </span>
            </td>
            <td class="data-table__clip on-line">
                <span class="result__code" data-status=text(|line| line.badge().status.into())>
                    <code>{text(|line| line.word(|row| &row.code))}</code>
                </span>
                {text(|line| line.word(|row| &row.text))}
            </td>
            <td class="on-wide" data-drop="1">
                <code>
                    <time
                        datetime=value(|line| line.sent(|at, _| time::machine(at)))
                        title=value(|line| line.sent(time::absolute))
                    >
                        {text(|line| line.sent(time::clock_millis).unwrap_or_default())}
                    </time>
                </code>
            </td>
            <td class="is-number on-wide" data-drop="2">
                {text(Line::round_trip)}
            </td>
        </tr>
    }
    .into_any()
}
