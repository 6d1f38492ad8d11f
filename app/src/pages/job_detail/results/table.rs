//! The results table: the rows near the viewport, and empty height for the others.

use console_wire::{job::ResultOrder, outcome::Outcome};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{
    super::{
        context::{JobPage, use_job_page},
        url_state::JobUrl,
    },
    grid::{ABOVE, Grid},
    row_cache::RowCache,
    row_recycler::RowRecycler,
};
use crate::{
    api::job_results::ResultRow,
    format::{Badge, outcome, time},
    kit::{
        Column, ColumnHeads, ColumnWidths, SortOrder,
        clock::{Clock, use_clock},
        dom, icon_href,
    },
};

/// The table.
#[component]
pub(in crate::pages::job_detail) fn Table(grid: Grid) -> impl IntoView {
    let JobPage { url, as_of, .. } = use_job_page();
    let total = Memo::new(move |_| grid.rows.with(RowCache::total));
    let above = Memo::new(move |_| grid.range.with(|range| range.start));
    let below = Memo::new(move |_| total.get().saturating_sub(grid.range.with(|range| range.end)));
    let recycler = Memo::new(move |before| grid.range.with(|range| RowRecycler::follow(before, range)));
    let slots = Memo::new(move |_| recycler.get().slots());
    keep_in_order(grid, recycler);
    let clock = use_clock();
    // Once a day rather than once a second.
    let today = Memo::new(move |before: Option<&(i64, Timestamp)>| {
        let now = clock.now_or(as_of);
        let day = time::day_number(now, clock.offset_minutes(now));
        before.filter(|(before, _)| *before == day).copied().unwrap_or((day, now))
    });
    let columns = columns(grid, url);
    let make = move |(_, slot)| {
        let line = Memo::new(move |before: Option<&Line>| {
            let number = recycler.get().number(slot);
            grid.rows.with(|rows| match rows.get(number) {
                Some(row) => Line::of(number, row, url, clock, today),
                None => Line::pending(number, before),
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
            <ColumnWidths columns=&columns />
            <ColumnHeads columns row_index=1 />
            <Gap rows=above />
            <tbody node_ref=grid.body>
                <For each=move || slots.get() key=|slot| *slot children=make />
            </tbody>
            <Gap rows=below />
        </table>
    }
    .into_any()
}

/// The columns. The heads of two of them order the rows.
fn columns(grid: Grid, url: JobUrl) -> Vec<Column> {
    let ordered = |name, class, by: ResultOrder| Column {
        order: Signal::derive(move || {
            grid.order().is_some_and(|used| used == by.as_str()).then_some(SortOrder::Ascending)
        }),
        sort_href: Some(Signal::derive(move || {
            url.with(|state| by.as_str().clone_into(&mut state.rows.order))
        })),
        keeps_scroll: true,
        ..Column::new(name, class)
    };
    vec![
        ordered("Device", "results-table__device", ResultOrder::Device),
        ordered("State", "results-table__state", ResultOrder::Problems),
        Column::new("Result", ""),
        Column { drop: Some("1"), ..Column::new("Sent", "results-table__sent") },
        Column {
            drop: Some("2"),
            head_class: "is-number",
            ..Column::new("Round trip", "results-table__trip")
        },
    ]
}

/// The height of rows that are not rendered. It has one cell, since a narrow page has fewer columns.
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
fn keep_in_order(grid: Grid, recycler: Memo<RowRecycler>) {
    Effect::new(move |before: Option<RowRecycler>| {
        let now = recycler.get();
        if before.is_some_and(|before| now.has_jumped(&before)) {
            // The focused row shows another device now.
            dom::blur_rows(grid.body);
        }
        let from =
            before.filter(|before| before.generation == now.generation).map_or(0, |before| before.head);
        dom::rotate_rows(grid.body, now.turn(from));
        now
    });
}

/// What one row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: u64,
    /// Whether the row is not loaded yet. A bar covers the text of the row before, so that only the number changes.
    is_pending: bool,
    is_open: bool,
    /// The address that opens the device.
    address: String,
    /// `None` until a first row is loaded.
    row: Option<ResultRow>,
    /// Minutes from UTC to the chosen zone when the device's call was sent.
    zone: i32,
    /// An instant of today.
    today: Timestamp,
}

impl Line {
    fn of(number: u64, row: &ResultRow, url: JobUrl, clock: Clock, today: Memo<(i64, Timestamp)>) -> Self {
        Self {
            number,
            is_pending: false,
            is_open: url.device.with(|open| *open == row.device_id),
            address: url.opening(row.device_id.clone()),
            row: Some(row.clone()),
            zone: row.sent.map(|at| clock.offset_minutes(at)).unwrap_or_default(),
            today: today.get().1,
        }
    }

    fn pending(number: u64, before: Option<&Self>) -> Self {
        let (address, row, zone, today) = before
            .map_or((String::new(), None, 0, Timestamp::NEVER), |before| {
                (before.address.clone(), before.row.clone(), before.zone, before.today)
            });
        Self { number, is_pending: true, is_open: false, address, row, zone, today }
    }

    fn text(&self, of: fn(&ResultRow) -> &str) -> String {
        self.row.as_ref().map(of).unwrap_or_default().to_owned()
    }

    fn badge(&self) -> Badge {
        outcome::badge(self.row.as_ref().map_or(Outcome::Succeeded, |row| row.outcome))
    }

    fn sent(&self, of: fn(Timestamp, i32) -> String) -> Option<String> {
        Some(of(self.row.as_ref()?.sent?, self.zone))
    }

    fn sent_clock(&self) -> String {
        let sent = self.row.as_ref().and_then(|row| row.sent);
        sent.map(|at| time::day_clock_millis(at, self.today, self.zone)).unwrap_or_default()
    }

    fn round_trip(&self) -> String {
        self.row.as_ref().and_then(|row| row.round_trip_ms).map(time::duration).unwrap_or_default()
    }
}

/// One row. Only text and attribute values follow the line, never an element: replacing an element costs more.
fn row(line: Memo<Line>) -> AnyView {
    let text = move |of: fn(&Line) -> String| move || line.with(of);
    let flag = move |of: fn(&Line) -> bool| move || line.with(of).then_some("true");
    let value = move |of: fn(&Line) -> Option<String>| move || line.with(of);
    view! {
        <tr
            aria-rowindex=text(|line| (line.number + ABOVE).to_string())
            aria-busy=flag(|line| line.is_pending)
            aria-selected=flag(|line| line.is_open)
        >
            <th scope="row" class="data-table__clip">
                <a href=text(|line| line.address.clone()) data-noscroll=true>
                    <code>{text(|line| line.text(|row| &row.device_id))}</code>
                </a>
            </th>
            <td class="to-end">
                <span class="status" data-status=text(|line| line.badge().status.into())>
                    <svg class="icon icon--small" aria-hidden="true">
                        <use href=text(|line| icon_href(line.badge().icon))></use>
                    </svg>
                    {text(|line| line.badge().label.into())}
                </span>
            </td>
            <td class="data-table__clip on-line">
                <span class="result__code" data-status=text(|line| line.badge().status.into())>
                    <code>{text(|line| line.text(|row| &row.code))}</code>
                </span>
                {text(|line| line.text(|row| &row.text))}
            </td>
            <td class="on-wide" data-drop="1">
                <code>
                    <time
                        datetime=value(|line| line.sent(|at, _| time::machine(at)))
                        title=value(|line| line.sent(time::absolute))
                    >
                        {text(Line::sent_clock)}
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
