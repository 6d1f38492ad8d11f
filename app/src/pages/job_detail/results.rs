//! What each device did: a table by device id, filtered by the address, read again while the job runs.

use console_wire::{
    job::JobSummary,
    outcome::{DeviceResult, Outcome},
    page::{MAX_LIMIT, Page},
};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_router::{components::Form, hooks::use_navigate};

use super::View;
use crate::{
    api::{ApiError, jobs::job_results},
    browser,
    clock::use_clock,
    components::{BadgeView, ErrorPanel, Icon, Moment, TimeText},
    live::Live,
    paths,
    present::{number::grouped, outcome, time},
};

/// Rows at first, and how many more each time.
const STEP: u32 = 50;
/// How often the rows are read again while the job runs, in milliseconds.
const REREAD: u64 = 2000;

/// The rows and what has them read again. They belong to the page, not to a part of it that waits for other data: the
/// server may render such a part twice, and would read rows twice that change in between.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResultRows {
    rows: Resource<Result<Page<DeviceResult>, ApiError>>,
    shown: RwSignal<u32>,
    /// The job's sequence when they were read.
    read_at: StoredValue<Option<u64>>,
    /// Moves when the devices of a running job are to be read again.
    pub(super) rereads: RwSignal<u32>,
}

/// The rows that the address asks for.
pub(super) fn use_result_rows(view: View, live: Live) -> ResultRows {
    let (shown, rereads) = (RwSignal::new(STEP), RwSignal::new(0_u32));
    let rows = Resource::new(
        move || {
            let key = (view.job_id.get(), view.state.get(), view.find.get(), view.after.get());
            (key, shown.get(), rereads.get(), live.missed())
        },
        |((job_id, state, find, after), shown, ..)| job_results(job_id, state, find, after, shown),
    );
    ResultRows { rows, shown, read_at: StoredValue::new(None), rereads }
}

/// The table with its tools.
#[component]
pub(super) fn Results(
    job: Memo<JobSummary>,
    results: ResultRows,
    view: View,
    as_of: Timestamp,
) -> impl IntoView {
    let ResultRows { rows, shown, read_at, rereads } = results;
    let sequence = Memo::new(move |_| job.with(|job| job.sequence));
    if read_at.get_value().is_none() {
        read_at.set_value(Some(sequence.get_untracked()));
    }
    // Follows the job at its own, slower pace: the numbers above move four times a second, rows need not.
    browser::every(REREAD, move || {
        let newest = Some(sequence.get_untracked());
        if newest != read_at.get_value() && !browser::is_hidden() {
            read_at.set_value(newest);
            rereads.update(|times| *times += 1);
        }
    });
    let total = Memo::new(move |_| {
        job.with(|job| {
            Outcome::from_wire(&view.state.get())
                .map_or_else(|| job.outcomes.total(), |state| job.outcomes.get(state))
        })
    });
    view! {
        <section class="panel run__section" aria-labelledby="devices-title">
            <div class="panel__header">
                <h2 class="panel__title" id="devices-title">
                    "Devices "
                    <span class="panel__note">{move || grouped(total.get())}</span>
                </h2>
                <div class="panel__tools">
                    <Find view />
                    <a
                        class="button button--small button--quiet"
                        href=move || paths::job_csv(&view.job_id.get(), &view.state.get(), &view.find.get())
                        download=""
                        rel="external"
                    >
                        <Icon name="download" />
                        "Export CSV"
                    </a>
                </div>
            </div>
            <Transition>
                {move || Suspend::new(async move {
                    match rows.await {
                        Ok(page) => view! { <Rows page view as_of shown job /> }.into_any(),
                        Err(error) => view! { <Failed error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn Failed(error: ApiError) -> impl IntoView {
    view! { <ErrorPanel error /> }.into_any()
}

/// Finds devices by a part of their id; a plain form.
#[component]
fn Find(view: View) -> impl IntoView {
    view! {
        <Form action=move || paths::job(&view.job_id.get()) method="GET" attr:role="search" attr:aria-label="Find a device">
            {move || {
                let state = view.state.get();
                (!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state /> })
            }}
            <span class="find">
                <Icon name="search" />
                <input
                    type="search"
                    name="find"
                    aria-label="Find a device"
                    placeholder="Find a device"
                    autocomplete="off"
                    value=view.find.get_untracked()
                    prop:value=move || view.find.get()
                />
                <button class="visually-hidden" type="submit">
                    "Find"
                </button>
            </span>
        </Form>
    }
    .into_any()
}

/// The rows, or why there are none.
#[component]
fn Rows(
    page: Page<DeviceResult>,
    view: View,
    as_of: Timestamp,
    shown: RwSignal<u32>,
    job: Memo<JobSummary>,
) -> impl IntoView {
    if page.items.is_empty() {
        let is_filtered =
            !view.state.with_untracked(String::is_empty) || !view.find.with_untracked(String::is_empty);
        let text = if is_filtered {
            "No device of this job matches."
        } else if job.with_untracked(|job| job.status.is_terminal()) {
            "This job addressed no device."
        } else {
            "Devices appear here once the hub has counted them."
        };
        return view! { <p class="empty-state__text results__none">{text}</p> }.into_any();
    }
    let is_first_page = view.after.with_untracked(String::is_empty);
    let next = page.next_cursor.clone();
    let rows: Vec<_> = page.items.into_iter().map(|row| view! { <Row row view as_of /> }).collect();
    view! {
        <table class="data-table data-table--compact data-table--stack data-table--outset data-table--fixed device-grid results-table">
            <caption class="visually-hidden">"Results, by device id"</caption>
            <colgroup>
                <col class="results-table__device" />
                <col class="results-table__state" />
                <col />
                <col class="results-table__sent" data-drop="1" />
                <col class="results-table__trip" data-drop="2" />
            </colgroup>
            <thead>
                <tr>
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
            <tbody>{rows}</tbody>
        </table>
        <nav class="data-table__foot" aria-label="Pages of results">
            {(!is_first_page)
                .then(|| {
                    let href = paths::with_query(
                        &paths::job(&view.job_id.get_untracked()),
                        &[("state", &view.state.get_untracked()), ("find", &view.find.get_untracked())],
                    );
                    view! {
                        <a class="button button--small" href=href>
                            "First devices"
                        </a>
                    }
                })}
            {next.map(|cursor| view! { <More cursor view shown /> })}
        </nav>
    }
    .into_any()
}

/// More rows: in place as long as one page holds them, then on a next page. Without scripts always the latter.
#[component]
fn More(cursor: String, view: View, shown: RwSignal<u32>) -> impl IntoView {
    let navigate = use_navigate();
    let href = paths::with_query(
        &paths::job(&view.job_id.get_untracked()),
        &[("state", &view.state.get_untracked()), ("find", &view.find.get_untracked()), ("after", &cursor)],
    );
    let next = href.clone();
    let more = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if shown.get_untracked() + STEP <= MAX_LIMIT {
            shown.update(|shown| *shown += STEP);
        } else {
            navigate(&next, leptos_router::NavigateOptions::default());
        }
    };
    view! {
        <a class="button button--small" href=href rel="external" on:click=more>
            "More devices"
        </a>
    }
    .into_any()
}

/// One device.
#[component]
fn Row(row: DeviceResult, view: View, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let _ = clock;
    let id = row.device_id.to_string();
    let (code, text) = outcome::result(&row);
    let badge = outcome::badge(row.outcome);
    let selected = id.clone();
    let linked = id.clone();
    let trip = row.round_trip_ms().map(time::duration).unwrap_or_default();
    view! {
        <tr aria-selected=move || view.device.with(|device| *device == selected).then_some("true")>
            <th scope="row" class="data-table__clip">
                <a href=move || view.address(&view.state.get(), &linked) attr:data-noscroll=true>
                    <code>{id}</code>
                </a>
            </th>
            <td class="to-end">
                <BadgeView badge />
            </td>
            <td class="data-table__clip on-line">
                <span class="result__code" data-status=badge.status>
                    <code>{code}</code>
                </span>
                {text}
            </td>
            <td class="on-wide" data-drop="1">
                {row.start_time_utc.map(|at| view! { <code><TimeText at as_of style=Moment::Millis /></code> })}
            </td>
            <td class="is-number on-wide" data-drop="2">
                {trip}
            </td>
        </tr>
    }
    .into_any()
}
