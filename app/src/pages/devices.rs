//! `/devices`: the devices that a query matches, and the way from them to a job.
//!
//! The address is the view (`address`); `state` follows it. Query bar, facets and columns stay in place while rows are
//! read. A refused query leaves the last good rows on the page, with the time when they were read.

mod address;
mod cells;
mod column_menu;
mod columns;
mod export;
mod facet_values;
mod facets;
mod match_count;
mod query;
mod refused;
mod row_selection;
mod selection;
mod state;
mod table;

use console_wire::device_table::Facet;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub(crate) use self::cells::Tags;
use self::{
    address::{PARAMETERS, UrlState},
    column_menu::ColumnMenu,
    columns::Columns,
    export::Export,
    facets::Facets,
    match_count::MatchCount,
    query::{NewJob, Query, SearchedAs},
    refused::{Refusals, RefusedLately, use_refusals},
    row_selection::{RowSelection, SelectionBar},
    selection::Selection,
    state::{Devices, GoodRows, condition_of, is_about_the_query, read, with_test},
    table::DevicesTable,
};
use crate::{
    api::device_list::first_facet,
    data::page_data::page_data,
    error::ApiError,
    format::{condition, number::count_noun, time},
    kit::{ErrorPanel, Icon, UnknownParams, clock::use_clock},
    paths::{self, unknown, unknown_names},
};

/// The devices page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let query = use_query_map();
    let url = Memo::new(move |_| query.with(UrlState::from_params));
    let is_all = query.with_untracked(|query| query.get_str("selected") == Some("all"));
    let selection = if is_all { Selection::all() } else { Selection::default() };
    let devices = Devices::follow(url, selection);
    let refusals = use_refusals();
    // Of a plain form's query that is wrong: the rows of the last good one.
    let before = page_data(
        || (),
        move |()| async move {
            devices.rows.ready().await;
            // A resource goes on when the page was left.
            let url = url.try_get_untracked()?;
            let is_wrong = untrack(|| devices.rows.error()).as_ref().is_some_and(is_about_the_query);
            let good = url.good_before().filter(|_| is_wrong)?;
            read(good).await.ok()
        },
    );
    // Read at the same time as the rows, unless only these say what a plain text means.
    let facet = page_data(
        || (),
        move |()| {
            let url = url.get_untracked();
            // Taken before the wait: a resource goes on when the page was left.
            let good = devices.rows.good();
            async move {
                let (condition, test) = if url.is_refused || hub_query::words::words(&url.condition).is_some()
                {
                    devices.rows.ready().await;
                    let known = |good: &GoodRows| (condition_of(good), good.value.refused.clone());
                    good.try_with_untracked(|good| good.as_ref().map(known)).flatten()?
                } else {
                    (url.condition, None)
                };
                let can_be = !url.facet.is_empty() && condition::can_narrow(&condition);
                let base = with_test(condition::without(&condition, &url.facet), test.as_deref());
                if can_be { first_facet(base, url.facet).await } else { None }
            }
        },
    );
    view! {
        <Title text="Devices" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=|| view! { <h1>"Devices"</h1> }>
                {move || Suspend::new(async move {
                    devices.rows.ready().await;
                    let good = url.try_get_untracked().and_then(|url| url.good_before());
                    if let Some((good, rows)) = good.zip(before.await) {
                        devices.rows.set_good(good, rows);
                    }
                    let facet = facet.await;
                    refusals.ready().await;
                    view! { <Loaded devices facet refusals /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// The page with its first rows; with the open facet, if it was counted in time for the first frame.
#[component]
fn Loaded(devices: Devices, facet: Option<Result<Facet, ApiError>>, refusals: Refusals) -> impl IntoView {
    let query = use_query_map();
    let url = devices.url;
    let unknown = Memo::new(move |_| {
        let is_known = |word: &str| matches!(word, "all" | "none");
        let columns = url.with(|url| url.unknown_columns.join(","));
        let columns = (!columns.is_empty()).then(|| format!("cols={columns}"));
        let selected = query.with(|query| unknown(query, "selected", is_known));
        let refused = query.with(|query| unknown(query, "refused", |word| word == paths::REFUSED_LATELY));
        let names = query.with(|query| unknown_names(query, &PARAMETERS));
        columns.into_iter().chain(selected).chain(refused).chain(names).collect::<Vec<_>>()
    });
    let error = devices.error();
    let is_old = Memo::new(move |_| error.with(Option::is_some));
    let columns = Memo::new(move |_| url.with(|url| url.columns.clone()));
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Devices"</h1>
            </div>
            <div class="page__actions">
                <a class="button" href=paths::REGISTRY_CHANGES>
                    "Registry changes"
                </a>
                <a class="button" href=paths::DEVICE_NEW>
                    <Icon name="plus" />
                    "New devices"
                </a>
                <NewJob devices />
            </div>
        </div>
        <div class="devices__query">
            <Query devices />
            <SearchedAs devices />
        </div>
        <UnknownParams params=unknown />
        {move || {
            error
                .get()
                .filter(|error| !is_about_the_query(error))
                .map(|error| view! { <ErrorPanel error retry=devices.rows.retry() /> })
        }}
        <div class="devices__bar">
            {move || {
                if is_old.get() { view! { <LastGood devices /> }.into_any() } else { view! { <MatchCount devices /> }.into_any() }
            }}
            <div class="devices__tools">
                <Export devices />
                <ColumnMenu devices />
            </div>
        </div>
        <Facets devices first=facet is_old />
        <RefusedLately devices refusals />
        {move || {
            if let Some(good) = devices.rows.good().get() {
                let (is_old, columns) = (is_old.get(), columns.get());
                return Some(view! { <Rows devices good columns is_old /> }.into_any());
            }
            let is_wrong = error.with(|error| error.as_ref().is_some_and(is_about_the_query));
            is_wrong.then(|| view! { <NoGoodQuery /> }.into_any())
        }}
    }
    .into_any()
}

/// The rows and the bar for those that are selected.
#[component]
fn Rows(devices: Devices, good: GoodRows, columns: Columns, is_old: bool) -> impl IntoView {
    let condition = with_test(condition_of(&good), good.value.refused.as_deref());
    let GoodRows { key: url, value: view } = good;
    if is_old {
        return view! {
            <div class="is-stale">
                <DevicesTable devices view columns condition selection=None />
            </div>
        }
        .into_any();
    }
    let on_page = view.table.rows.items.iter().map(|row| row.device.device_id.to_string()).collect();
    let is_whole = url.after.is_empty() && view.table.rows.next_cursor.is_none();
    let selection =
        RowSelection::new(devices.selection, on_page, condition.clone(), devices.matching(), is_whole);
    view! {
        <SelectionBar rows=selection />
        <DevicesTable devices view columns condition selection=Some(selection) />
    }
    .into_any()
}

/// The first query is wrong, so there are no good rows to show.
#[component]
fn NoGoodQuery() -> impl IntoView {
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">"No devices listed: the query is not valid."</h2>
            <p class="field__hint">"Fix the underlined part and press Enter."</p>
            <div class="cluster">
                <a class="button button--small" href=paths::DEVICES>
                    "List every device"
                </a>
            </div>
        </section>
    }
    .into_any()
}

/// Says that the rows are those of the last good query.
#[component]
fn LastGood(devices: Devices) -> impl IntoView {
    let clock = use_clock();
    let known = devices.known(|good| Some((good.value.table.rows.items.len() as u64, good.value.as_of)));
    move || {
        known.get().map(|(shown, as_of)| {
            let shown = count_noun(shown, "device", "devices");
            let at = time::clock(as_of, clock.offset_minutes(as_of));
            view! {
                <p class="notice devices__stale">
                    <Icon name="clock" />
                    <span>{format!("Still showing the last good result, {shown} read at {at}.")}</span>
                </p>
            }
        })
    }
}
