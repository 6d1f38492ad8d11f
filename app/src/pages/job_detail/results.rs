//! What each device did: the list with its tools. The address says which devices and in which order.

use console_wire::{cause::CauseKey, job::JobSummary};
use leptos::{html::Section, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    failures::NextFailure,
    follow::Follow,
    grid::Grid,
    grid_table::GridTable,
    view::{Asked, View},
};
use crate::{
    api::{
        ApiError,
        job_results::{ResultView, ResultWindow, job_results},
        latest,
    },
    browser,
    components::{ErrorPanel, Icon, SearchForm},
    live::Live,
    paths,
    present::{landing, number::grouped},
    reactive::{effect, memo},
};

/// Rows of the first frame.
const FIRST: u32 = 50;
/// Pause in typing after which the list is filtered, in milliseconds.
const PAUSE: u64 = 250;
/// The orders, as the address and as a person says them.
const ORDERS: [(&str, &str); 3] =
    [("latest", "Latest first"), ("problems", "Problems first"), ("device", "By device")];

/// The first rows of the view that the address asks for. They belong to the page, not to a part of it that waits for
/// other data: the server may render such a part twice, and would read rows twice that change in between. With the job
/// and the view that they are of: the address may be on its way to others.
pub(super) type FirstRows = Resource<Result<(String, ResultView, ResultWindow), ApiError>>;

/// Reads the first rows of every view that is asked for.
pub(super) fn use_first_rows(view: View, live: Live) -> FirstRows {
    Resource::new(
        move || (view.job_id.get(), view.wanted.get(), view.offset.get(), live.missed()),
        |(job_id, rows, offset, _)| async move {
            let window = job_results(job_id.clone(), rows.clone(), offset, FIRST).await?;
            Ok((job_id, rows, window))
        },
    )
}

/// The list with its tools.
#[component]
pub(super) fn Results(
    job: Memo<JobSummary>,
    first: FirstRows,
    view: View,
    live: Live,
    /// The grid that is on the page, for the drawer's arrows.
    on_page: RwSignal<Option<Grid>>,
) -> impl IntoView {
    let section = NodeRef::<Section>::new();
    // The same rule by which the server orders where the address says nothing; kept while the job ends in place.
    let is_over = job.with_untracked(|job| job.status.is_terminal());
    let usual = if is_over { "problems" } else { "latest" };
    effect(move || {
        // The first frame shows the usual order, since the server does not know this browser.
        if browser::is_alive() {
            view.remembered.set(remembered(is_over, usual));
        }
    });
    let follows = RwSignal::new(false);
    let order = memo(move || match view.rows.with(|rows| rows.order.clone()) {
        order if order.is_empty() => on_page.get().and_then(Grid::order).unwrap_or_else(|| usual.to_owned()),
        order => order,
    });
    let note = move || {
        let all = job.with(|job| job.outcomes.total());
        let shown = on_page.get().and_then(|grid| grid.rows.try_with(super::rows::Rows::total));
        match shown.filter(|_| view.rows.with(ResultView::is_filtered)) {
            Some(shown) => format!("{} of {}", grouped(shown), grouped(all)),
            None => grouped(all),
        }
    };
    view! {
        <section class="panel run__section" aria-labelledby="devices-title" node_ref=section>
            <div class="panel__header">
                <h2 class="panel__title" id="devices-title">
                    "Devices "
                    <span class="panel__note">{move || note()}</span>
                </h2>
                <Newer job on_page follows />
                <div class="panel__tools">
                    <Tools view job order />
                    <Follow job order follows on_page />
                    <NextFailure job view on_page />
                </div>
            </div>
            <Filters view />
            <Transition>
                {move || Suspend::new(async move {
                    match latest(first).await {
                        Ok((job_id, rows, window)) => {
                            // Another job may have come in this one's place while its rows were on their way.
                            let Some(now) = job.try_get_untracked() else { return ().into_any() };
                            let grid = Grid::new(job_id, rows, &window, &now);
                            view! { <Rows grid view job live section on_page follows /> }.into_any()
                        }
                        Err(error) => view! { <ErrorPanel error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

/// What the browser remembers an order by. Whoever watches a job wants another one than who looks at what came of it.
const fn memory(is_over: bool) -> &'static str {
    if is_over { "order-ended" } else { "order-running" }
}

/// The order that this browser remembers, if it is another than the usual one.
fn remembered(is_over: bool, usual: &str) -> String {
    browser::remembered(memory(is_over))
        .filter(|word| word != usual && ORDERS.iter().any(|(order, _)| order == word))
        .unwrap_or_default()
}

/// News that is held back, offered.
#[component]
fn Newer(job: Memo<JobSummary>, on_page: RwSignal<Option<Grid>>, follows: RwSignal<bool>) -> impl IntoView {
    let newer = memo(move || on_page.get().map_or(0, |grid| grid.newer(job)));
    let words = move || match newer.get() {
        1 => "Show 1 newer result".to_owned(),
        newer => format!("Show {} newer results", grouped(newer)),
    };
    let show = move |_| {
        if let Some(grid) = on_page.get_untracked() {
            grid.show_newer(job);
        }
    };
    view! {
        <button class="link run__newer" type="button" hidden=move || newer.get() == 0 || follows.get() on:click=show>
            {move || words()}
        </button>
    }
    .into_any()
}

/// One view's rows, and what is said about them.
#[component]
fn Rows(
    grid: Grid,
    view: View,
    job: Memo<JobSummary>,
    live: Live,
    section: NodeRef<Section>,
    on_page: RwSignal<Option<Grid>>,
    follows: RwSignal<bool>,
) -> impl IntoView {
    grid.follow(view, job, live, section, follows);
    effect(move || on_page.set(Some(grid)));
    let is_empty = memo(move || grid.rows.with(|rows| rows.total() == 0));
    let why_empty = move || {
        if view.rows.with(ResultView::is_filtered) {
            "No device of this job matches."
        } else if job.with(|job| job.status.is_terminal()) {
            "This job addressed no device."
        } else {
            "Devices appear here once the hub has counted them."
        }
    };
    view! {
        {move || {
            grid.failed
                .get()
                .map(|error| {
                    view! {
                        <ErrorPanel error />
                        <p>
                            <button class="button button--small" type="button" on:click=move |_| grid.retry()>
                                <Icon name="refresh-cw" />
                                "Try again"
                            </button>
                        </p>
                    }
                        .into_any()
                })
        }}
        {move || {
            if is_empty.get() {
                view! { <p class="empty-state__text results__none">{move || why_empty().to_owned()}</p> }.into_any()
            } else {
                view! { <GridTable grid view /> }.into_any()
            }
        }}
        <More grid view />
    }
    .into_any()
}

/// The next rows, for a page without scripts. With scripts the window brings them, and this is not shown.
#[component]
fn More(grid: Grid, view: View) -> impl IntoView {
    let at = view.offset.get_untracked();
    let total = grid.rows.with_untracked(super::rows::Rows::total);
    let address = move |at: u64| {
        let address = view.with_untracked(|asked| asked.device.clear());
        let separator = if address.contains('?') { '&' } else { '?' };
        if at == 0 { address } else { format!("{address}{separator}at={at}") }
    };
    let first = u64::from(FIRST);
    view! {
        <nav class="data-table__foot only-without-scripts" aria-label="Pages of results">
            {(at > 0)
                .then(|| {
                    view! {
                        <a class="button button--small" href=address(at.saturating_sub(first))>
                            "Previous devices"
                        </a>
                    }
                        .into_any()
                })}
            {(at + first < total)
                .then(|| {
                    view! {
                        <a class="button button--small" href=address(at + first)>
                            "More devices"
                        </a>
                    }
                        .into_any()
                })}
        </nav>
    }
    .into_any()
}

/// Finds devices by a part of their id and orders them; a plain form. With scripts it follows what is typed.
#[component]
fn Tools(
    view: View,
    job: Memo<JobSummary>,
    /// The order in use.
    order: Memo<String>,
) -> impl IntoView {
    let navigate = use_navigate();
    let navigate_to_order = navigate.clone();
    let found = memo(move || view.rows.with(|rows| rows.find.clone()));
    let text = RwSignal::new(found.get_untracked());
    // What is typed stays as it is; only an address that finds something else takes its place.
    effect(move || {
        let found = found.get();
        if text.with_untracked(|text| text.trim() != found) {
            text.set(found);
        }
    });
    let typed = StoredValue::new(0_u32);
    let find = move |event| {
        text.set(event_target_value(&event));
        typed.update_value(|times| *times += 1);
        let (times, navigate) = (typed.get_value(), navigate.clone());
        let search = move || {
            if typed.try_get_value() == Some(times) {
                let find = text.with_untracked(|text| text.trim().to_owned());
                let address = view.with_untracked(|asked| asked.rows.find = find);
                navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() });
            }
        };
        set_timeout(search, std::time::Duration::from_millis(PAUSE));
    };
    let sort = move |event| {
        let order = event_target_value(&event);
        browser::remember(memory(job.with_untracked(|job| job.status.is_terminal())), &order);
        let address = view.with_untracked(|asked| asked.rows.order = order);
        navigate_to_order(&address, NavigateOptions { scroll: false, ..Default::default() });
    };
    // What the address says besides the form's own fields.
    let kept = move || {
        let rows = view.rows.get();
        [("state", rows.state), ("cause", rows.cause), ("cell", rows.cell)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
            .collect::<Vec<_>>()
    };
    let options = ORDERS.map(|(word, name)| {
        view! { <option value=word selected=move || order.with(|order| order == word)>{name}</option> }
            .into_any()
    });
    view! {
        <SearchForm to=Signal::derive(move || paths::job(&view.job_id.get())) attr:class="cluster" attr:role="search" attr:aria-label="Find a device">
            {move || kept()}
            <span class="find">
                <Icon name="search" />
                <input
                    type="search"
                    name="find"
                    aria-label="Find a device"
                    placeholder="Find a device"
                    autocomplete="off"
                    data-search=""
                    value=found.get_untracked()
                    prop:value=move || text.get()
                    on:input=find
                />
                <kbd class="key only-wide" aria-hidden="true">
                    "s"
                </kbd>
            </span>
            <select
                class="input select-small"
                name="order"
                aria-label="Order"
                prop:value=move || order.get()
                on:change=sort
            >
                {Vec::from(options)}
            </select>
            <button class="button button--small only-without-scripts" type="submit">
                "Show"
            </button>
        </SearchForm>
    }
    .into_any()
}

/// What of the filters the chips above do not show: a cause, a cell. Each can be taken away.
#[component]
fn Filters(view: View) -> impl IntoView {
    let token = move |words: String, without: fn(&mut Asked)| {
        let label = format!("Remove {words}");
        view! {
            <li class="filter-token">
                <span>{words}</span>
                <a
                    class="filter-token__remove"
                    href=move || view.with(without)
                    aria-label=label
                    data-key="Escape"
                    data-noscroll=true
                >
                    <Icon name="x" />
                </a>
            </li>
        }
        .into_any()
    };
    let cause = move || {
        let cause = view.rows.with(|rows| rows.cause.clone());
        (!cause.is_empty()).then(|| {
            let key = CauseKey::from_text(&cause);
            token(format!("cause {} {}", key.code, key.message).trim().to_owned(), |asked| {
                asked.rows.cause.clear();
            })
        })
    };
    let cell = move || {
        let cell = view.rows.with(|rows| rows.cell.parse::<u32>().ok());
        cell.map(|cell| token(landing::cell_name(cell), |asked| asked.rows.cell.clear()))
    };
    let is_on = move || view.rows.with(|rows| !rows.cause.is_empty() || !rows.cell.is_empty());
    view! {
        <ul class="filter-tokens run__tokens" aria-label="Filters" hidden=move || !is_on()>
            {move || cause()}
            {move || cell()}
        </ul>
    }
    .into_any()
}
