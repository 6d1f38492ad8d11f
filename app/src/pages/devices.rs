//! `/devices`: the devices that a query matches, and the way from them to a job.
//!
//! The address is the view (`address`); `state` follows it. The query bar, the facets and the columns stay as they are
//! while rows are read: a refused query leaves the last good rows in sight, with their time.

mod address;
mod cells;
mod choose;
mod columns;
mod counts;
mod facets;
mod query;
mod selecting;
mod state;
mod table;
mod values;

use console_wire::device_table::Facet;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub(crate) use self::cells::Tags;
use self::{
    address::Asked,
    choose::ChooseColumns,
    columns::Columns,
    counts::Counts,
    facets::Facets,
    query::{NewJob, Query},
    selecting::{Selecting, SelectionBar},
    state::{Devices, Good, is_about_the_query, read},
    table::Listed,
};
use crate::{
    api::{
        ApiError,
        device_list::{DevicesView, first_facet},
    },
    clock::use_clock,
    components::{ErrorPanel, Icon, Ignored},
    paths::{self, unknown},
    present::{condition, number::counted, time},
    reactive::memo,
    selection::Selection,
};

/// What the first frame shows: rows, or why there are none and the good ones before; the open facet.
type First = (Result<DevicesView, ApiError>, Option<DevicesView>, Option<Result<Facet, ApiError>>);

/// The devices page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = memo(move || query.with(Asked::from_params));
    let rows = Resource::new(
        || (),
        move |()| {
            let asked = asked.get_untracked();
            async move {
                let told = read(&asked).await;
                let before = match (&told, asked.good_before()) {
                    (Err(error), Some(good)) if is_about_the_query(error) => read(&good).await.ok(),
                    _ => None,
                };
                (told, before)
            }
        },
    );
    // Asked for at the same time as the rows.
    let facet = Resource::new(
        || (),
        move |()| {
            let asked = asked.get_untracked();
            async move {
                let can_be = !asked.facet.is_empty() && condition::can_narrow(&asked.condition);
                let base = condition::without(&asked.condition, &asked.facet);
                if can_be { first_facet(base, asked.facet).await } else { None }
            }
        },
    );
    view! {
        <Title text="Devices" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=|| view! { <h1>"Devices"</h1> }>
                {move || Suspend::new(async move {
                    let (told, before) = rows.await;
                    let first = (told, before, facet.await);
                    view! { <Loaded asked first /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// The page with its first rows.
#[component]
fn Loaded(asked: Memo<Asked>, first: First) -> impl IntoView {
    let (told, before, facet) = first;
    let query = use_query_map();
    let is_all = query.with_untracked(|query| query.get_str("selected") == Some("all"));
    let ignored = memo(move || {
        let is_known = |word: &str| matches!(word, "all" | "none");
        let columns = asked.with(|asked| asked.ignored.join(","));
        let columns = (!columns.is_empty()).then(|| format!("cols={columns}"));
        let selected = query.with(|query| unknown(query, "selected", is_known));
        columns.into_iter().chain(selected).collect::<Vec<_>>()
    });
    let selection = if is_all { Selection::all() } else { Selection::default() };
    let devices = Devices::follow(asked, told, before, selection);
    let error = devices.error();
    let is_old = memo(move || error.with(Option::is_some));
    let columns = memo(move || asked.with(|asked| asked.columns.clone()));
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Devices"</h1>
            </div>
            <div class="page__actions">
                <NewJob devices />
            </div>
        </div>
        <div class="devices__query">
            <Query devices />
        </div>
        <Ignored words=ignored what="The list" />
        {move || {
            error.get().filter(|error| !is_about_the_query(error)).map(|error| view! { <ErrorPanel error /> })
        }}
        <div class="devices__bar">
            {move || {
                if is_old.get() { view! { <LastGood devices /> }.into_any() } else { view! { <Counts devices /> }.into_any() }
            }}
            <ChooseColumns devices />
        </div>
        <Facets devices first=facet is_old />
        {move || {
            if let Some(good) = devices.good.get() {
                let (is_old, columns) = (is_old.get(), columns.get());
                return Some(view! { <Rows devices good columns is_old /> }.into_any());
            }
            let is_wrong = error.with(|error| error.as_ref().is_some_and(is_about_the_query));
            is_wrong.then(|| view! { <NothingYet /> }.into_any())
        }}
    }
    .into_any()
}

/// The rows and all that belongs to them.
#[component]
fn Rows(devices: Devices, good: Good, columns: Columns, is_old: bool) -> impl IntoView {
    let Good { asked, view } = good;
    if is_old {
        return view! {
            <div class="is-stale">
                <Listed devices view columns condition=asked.condition selecting=None />
            </div>
        }
        .into_any();
    }
    let on_page = view.table.rows.items.iter().map(|row| row.device.device_id.to_string()).collect();
    let is_whole = asked.after.is_empty() && view.table.rows.next_cursor.is_none();
    let Devices { selection, matching, .. } = devices;
    let selecting = Selecting::new(selection, on_page, asked.condition.clone(), matching, is_whole);
    view! {
        <SelectionBar selecting />
        <Listed devices view columns condition=asked.condition selecting=Some(selecting) />
    }
    .into_any()
}

/// The query was wrong from the start, so there is nothing of before to show.
#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">"No devices are listed until the query is right."</h2>
            <p class="field__hint">"Mend it above and press Enter; the place of the mistake is underlined."</p>
            <div class="cluster">
                <a class="button button--small" href=paths::DEVICES>
                    "List every device"
                </a>
            </div>
        </section>
    }
    .into_any()
}

/// Says that the rows are of before, while the query as it is now gives none.
#[component]
fn LastGood(devices: Devices) -> impl IntoView {
    let clock = use_clock();
    let known = devices.known(|good| Some((good.view.table.rows.items.len() as u64, good.view.as_of)));
    move || {
        known.get().map(|(shown, as_of)| {
            let shown = counted(shown, "device", "devices");
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
