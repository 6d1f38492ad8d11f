//! `/devices`: the devices that a query matches, and the way from them to a job.
//!
//! The first frame comes with its rows. From then on the query bar stays as it is while rows are read: a refused query
//! leaves the last good rows in sight, with their time.

mod counts;
mod selecting;
mod table;

use console_wire::device::DeviceSummary;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{
    components::Form,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    api::{
        ApiError,
        devices::{DevicesView, Matching, list_devices, property_names},
    },
    browser,
    clock::use_clock,
    components::{Copy, ErrorPanel, Icon, QueryBar, QueryProblem},
    paths,
    present::{device, number::counted, query::FIXED_NAMES, time},
    selection::Selection,
};
use counts::Counts;
use selecting::{Selecting, SelectionBar};
use table::Listed;
pub(crate) use table::Tags;

/// What an address asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Asked {
    condition: String,
    after: String,
    /// A plain form says which query was good before; once the browser has taken over, it remembers the rows itself.
    good: String,
}

/// What was asked and what came of it.
#[derive(Debug, Clone)]
struct Told {
    asked: Asked,
    read: Result<DevicesView, ApiError>,
}

/// The last good rows and what they answer.
#[derive(Debug, Clone)]
struct Good {
    asked: Asked,
    view: DevicesView,
}

/// The devices page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let get = |name| query.get(name).unwrap_or_default();
            Asked { condition: get("query"), after: get("after"), good: get("good") }
        })
    });
    let first = Resource::new(
        || (),
        move |()| {
            let asked = asked.get_untracked();
            async move {
                let read = list_devices(asked.condition.clone(), asked.after.clone()).await.flatten();
                let before = match &read {
                    Err(error) if is_about_the_query(error) && !asked.good.is_empty() => {
                        let good = if asked.good == "*" { String::new() } else { asked.good.clone() };
                        list_devices(good, String::new()).await.flatten().ok()
                    }
                    _ => None,
                };
                (read, before)
            }
        },
    );
    view! {
        <Title text="Devices" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=|| view! { <h1>"Devices"</h1> }>
                {move || Suspend::new(async move {
                    let (read, before) = first.await;
                    view! { <Loaded asked read before /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// Whether the query itself is at fault, not the way to the hub.
fn is_about_the_query(error: &ApiError) -> bool {
    !error.0.errors.is_empty() || matches!(error.0.kind.as_str(), "hub-refused" | "invalid-input")
}

/// The page with its first rows.
#[component]
fn Loaded(
    asked: Memo<Asked>,
    read: Result<DevicesView, ApiError>,
    before: Option<DevicesView>,
) -> impl IntoView {
    let told = RwSignal::new(Told { asked: asked.get_untracked(), read });
    // What a refused query leaves in sight.
    let good = RwSignal::new(told.with_untracked(|told| match &told.read {
        Ok(view) => Some(Good { asked: told.asked.clone(), view: view.clone() }),
        Err(_) => before.map(|view| {
            let condition = if told.asked.good == "*" { String::new() } else { told.asked.good.clone() };
            Good { asked: Asked { condition, ..Asked::default() }, view }
        }),
    }));
    let matching = RwSignal::new(None);
    let query = use_query_map();
    let selected = query.with_untracked(|query| query.get("selected")).unwrap_or_default();
    let selection = RwSignal::new(if selected == "all" { Selection::all() } else { Selection::default() });
    Effect::new(move |previous: Option<Asked>| {
        let now = asked.get();
        if let Some(previous) = previous.filter(|previous| *previous != now) {
            if previous.condition != now.condition {
                selection.set(Selection::default());
                matching.set(None);
            }
            read_rows(now.clone(), asked, told, good);
        }
        now
    });
    let error = Memo::new(move |_| told.with(|told| told.read.as_ref().err().cloned()));
    let query_error = Signal::derive(move || error.get().filter(is_about_the_query));
    let is_refused = Memo::new(move |_| query_error.with(Option::is_some));
    let condition = Memo::new(move |_| told.with(|told| told.asked.condition.clone()));
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Devices"</h1>
            </div>
            <div class="page__actions">
                <NewJob condition is_refused selection />
            </div>
        </div>
        <div class="devices__query">
            <Query asked condition query_error is_refused good />
        </div>
        {move || {
            error.get().filter(|error| !is_about_the_query(error)).map(|error| view! { <ErrorPanel error /> })
        }}
        {move || {
            let Good { asked, view } = good.get()?;
            let is_old = error.with(Option::is_some);
            Some(view! { <Rows view asked is_old selection matching /> })
        }}
    }
    .into_any()
}

/// Reads what the address asks for now; what comes after another question is dropped.
fn read_rows(wanted: Asked, asked: Memo<Asked>, told: RwSignal<Told>, good: RwSignal<Option<Good>>) {
    spawn_local(async move {
        let read = list_devices(wanted.condition.clone(), wanted.after.clone()).await.flatten();
        if asked.try_get_untracked().as_ref() != Some(&wanted) {
            return;
        }
        if let Ok(view) = &read {
            good.try_set(Some(Good { asked: wanted.clone(), view: view.clone() }));
        }
        told.try_set(Told { asked: wanted, read });
    });
}

/// The way to a job on what is listed; it names what it leads to, and leads nowhere while the query is wrong.
#[component]
fn NewJob(
    condition: Memo<String>,
    #[prop(into)] is_refused: Signal<bool>,
    selection: RwSignal<Selection>,
) -> impl IntoView {
    let has_selection = Memo::new(move |_| selection.with(|selection| !selection.is_empty()));
    let class = move || if has_selection.get() { "button" } else { "button button--primary" };
    move || {
        if is_refused.get() {
            return view! {
                <span class="cluster">
                    <span class="field__hint" id="new-job-why">
                        "The query has to be right first."
                    </span>
                    <a class="button" role="link" aria-disabled="true" aria-describedby="new-job-why">
                        <Icon name="plus" />
                        "New job on these"
                    </a>
                </span>
            }
            .into_any();
        }
        let condition = condition.get();
        let is_every = condition.trim().is_empty();
        view! {
            <a class=class href=paths::job_new_where(if is_every { "*" } else { &condition })>
                <Icon name="plus" />
                {if is_every { "New job on every device" } else { "New job on these" }}
            </a>
        }
        .into_any()
    }
}

/// The query, a plain form whose content is the address.
#[component]
fn Query(
    asked: Memo<Asked>,
    condition: Memo<String>,
    query_error: Signal<Option<ApiError>>,
    #[prop(into)] is_refused: Signal<bool>,
    good: RwSignal<Option<Good>>,
) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let navigate = use_navigate();
    let text = RwSignal::new(condition.get_untracked());
    // An address that came another way: Back, a link, a correction.
    Effect::new(move |before: Option<String>| {
        let now = asked.with(|asked| asked.condition.clone());
        if before.is_some_and(|before| before != now) {
            text.set(now.clone());
        }
        now
    });
    let fault = Signal::derive(move || {
        let as_refused = condition.with(|refused| text.with(|text| text == refused));
        let column = query_error.with(|error| error.as_ref()?.0.errors.first()?.column);
        column.filter(|_| as_refused)
    });
    let properties = RwSignal::new(None::<Vec<String>>);
    let names = Signal::derive(move || {
        let tags =
            good.with(|good| good.as_ref().map(|good| tag_names(&good.view.page.items)).unwrap_or_default());
        let fixed = FIXED_NAMES.into_iter().map(str::to_owned);
        let properties = properties.get().unwrap_or_default();
        tags.into_iter().chain(properties).chain(fixed).collect::<Vec<_>>()
    });
    // Asked of one device and only of somebody who types: all devices of a fleet are alike.
    let learn_names = move |()| {
        let some =
            good.with_untracked(|good| Some(good.as_ref()?.view.page.items.first()?.device_id.to_string()));
        let (Some(device_id), true) = (some, properties.with_untracked(Option::is_none)) else { return };
        properties.set(Some(Vec::new()));
        spawn_local(async move {
            if let Ok(found) = property_names(device_id).await {
                properties.try_set(Some(found));
            }
        });
    };
    let last_good = {
        let first = condition.get_untracked();
        let query = use_query_map();
        let before = query.with_untracked(|query| query.get("good")).unwrap_or_default();
        match (is_refused.get_untracked(), first.trim().is_empty()) {
            (true, _) => before,
            (false, true) => "*".to_owned(),
            (false, false) => first,
        }
    };
    let on_fix = Callback::new(move |fixed: String| {
        navigate(&paths::devices_where(&fixed), leptos_router::NavigateOptions::default());
    });
    view! {
        <Form action=paths::DEVICES method="GET" attr:role="search" attr:aria-label="Query devices">
            <input type="hidden" name="good" value=last_good disabled=move || is_interactive.get() />
            <QueryBar
                label="Device query, the part after WHERE"
                text
                names
                fault
                is_refused
                on_focus=Callback::new(learn_names)
            >
                <Copy text what="the query" />
                <button class="button button--small" type="submit">
                    "Run "
                    <kbd class="key" aria-hidden="true">
                        "↵"
                    </kbd>
                </button>
            </QueryBar>
        </Form>
        {move || {
            query_error
                .get()
                .map(|error| view! { <QueryProblem error text=condition.get_untracked() on_fix /> })
        }}
    }
    .into_any()
}

/// The tags of these devices, as a query writes them.
pub(crate) fn tag_names(devices: &[DeviceSummary]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in devices {
        for (path, _) in device::tags(&row.tags, usize::MAX).0 {
            let name = format!("tags.{path}");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The rows and all that belongs to them.
#[component]
fn Rows(
    view: DevicesView,
    asked: Asked,
    is_old: bool,
    selection: RwSignal<Selection>,
    matching: RwSignal<Option<Matching>>,
) -> impl IntoView {
    if is_old {
        return view! { <LastGood view asked /> }.into_any();
    }
    let on_page = view.page.items.iter().map(|row| row.device_id.to_string()).collect::<Vec<_>>();
    let is_whole = asked.after.is_empty() && view.page.next_cursor.is_none();
    let selecting = Selecting::new(selection, on_page, asked.condition.clone(), matching, is_whole);
    let (condition, after) = (asked.condition, asked.after);
    view! {
        <Counts condition=condition.clone() view=view.clone() is_whole matching />
        <SelectionBar selecting />
        <Listed view condition after selecting=Some(selecting) />
    }
    .into_any()
}

/// The rows of before, while the query as it is now gives none.
#[component]
fn LastGood(view: DevicesView, asked: Asked) -> impl IntoView {
    let clock = use_clock();
    let as_of = view.as_of;
    let shown = counted(view.page.items.len() as u64, "device", "devices");
    view! {
        <p class="notice devices__stale">
            <Icon name="clock" />
            <span>
                {move || {
                    let at = time::clock(as_of, clock.offset_minutes(as_of));
                    format!("Still showing the last good result, {shown} read at {at}.")
                }}
            </span>
        </p>
        <div class="is-stale">
            <Listed view condition=asked.condition after=asked.after selecting=None />
        </div>
    }
    .into_any()
}
