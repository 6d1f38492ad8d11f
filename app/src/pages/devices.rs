//! `/devices`: the devices that a query matches, and the way from them to a job.

use console_wire::device::DeviceSummary;
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Form, hooks::use_query_map};

use crate::{
    api::{
        ApiError,
        devices::{DevicesView, list_devices},
    },
    browser,
    clock::use_clock,
    components::{Connection, ErrorPanel, Icon, Moment, QueryProblem, TimeText},
    paths,
    present::{device, number::counted, time},
};

/// The devices page.
#[component]
pub(crate) fn DevicesPage() -> impl IntoView {
    let query = use_query_map();
    let parameter =
        move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name)).unwrap_or_default());
    let (condition, after) = (parameter("query"), parameter("after"));
    // A plain form says which query was good before; once the browser has taken over, it remembers the rows itself.
    let good = parameter("good");
    let devices = Resource::new(
        move || (condition.get(), after.get(), good.get()),
        |(condition, after, good)| async move {
            let read = list_devices(condition, after).await.flatten();
            let before = match &read {
                Err(error) if is_about_the_query(error) && !good.is_empty() => {
                    let good = if good == "*" { String::new() } else { good };
                    list_devices(good, String::new()).await.flatten().ok()
                }
                _ => None,
            };
            (read, before)
        },
    );
    // What a refused query leaves in sight: the last good rows, greyed and with their time.
    let last_good = RwSignal::new(None::<DevicesView>);
    view! {
        <Title text="Devices" />
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div class="page__title">
                    <h1>"Devices"</h1>
                </div>
                <div class="page__actions">
                    <a
                        class="button button--primary"
                        href=move || {
                            let condition = condition.get();
                            paths::job_new_where(if condition.trim().is_empty() { "*" } else { &condition })
                        }
                    >
                        <Icon name="plus" />
                        {move || if condition.with(|text| text.trim().is_empty()) { "New job on every device" } else { "New job on these" }}
                    </a>
                </div>
            </div>
            <Transition>
                {move || Suspend::new(async move {
                    let (read, before) = devices.await;
                    let error = read.as_ref().err().cloned();
                    let is_query_error = error.as_ref().is_some_and(is_about_the_query);
                    view! {
                        <div class="devices__query">
                            <QueryForm condition good is_invalid=is_query_error />
                            {error.clone().filter(is_about_the_query).map(|error| view! { <QueryProblem error /> })}
                        </div>
                        {error.filter(|error| !is_about_the_query(error)).map(|error| view! { <ErrorPanel error /> })}
                        {match read {
                            Ok(view) => {
                                let good = view.clone();
                                Effect::new(move |_| last_good.set(Some(good.clone())));
                                Some(view! { <Listed view condition after /> }.into_any())
                            }
                            Err(_) => {
                                last_good
                                    .get_untracked()
                                    .or(before)
                                    .map(|view| view! { <LastGood view condition after /> }.into_any())
                            }
                        }}
                    }
                })}
            </Transition>
        </main>
    }
    .into_any()
}

/// Whether the query itself is at fault, not the way to the hub.
fn is_about_the_query(error: &ApiError) -> bool {
    !error.0.errors.is_empty() || matches!(error.0.kind.as_str(), "hub-refused" | "invalid-input")
}

/// The query, a plain form whose content is the address.
#[component]
fn QueryForm(condition: Memo<String>, good: Memo<String>, is_invalid: bool) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let last_good = move || match (is_invalid, condition.get()) {
        (true, _) => good.get(),
        (false, condition) if condition.trim().is_empty() => "*".to_owned(),
        (false, condition) => condition,
    };
    view! {
        <Form action=paths::DEVICES method="GET" attr:role="search" attr:aria-label="Query devices">
            <input type="hidden" name="good" value=last_good disabled=move || is_interactive.get() />
            <div class="query-bar" data-invalid=is_invalid.then_some("")>
                <span class="query-bar__prefix" aria-hidden="true">
                    <span class="only-wide">"SELECT * FROM devices "</span>
                    "WHERE"
                </span>
                <input
                    type="text"
                    class="query-bar__text"
                    name="query"
                    aria-label="Device query, the part after WHERE"
                    aria-invalid=is_invalid.then_some("true")
                    aria-describedby=is_invalid.then_some("query-error")
                    placeholder="a condition, such as tags.simulated = true"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value=condition.get_untracked()
                    prop:value=move || condition.get()
                />
                <div class="query-bar__tools">
                    <button class="button button--small" type="submit">
                        "Run"
                    </button>
                </div>
            </div>
        </Form>
    }
    .into_any()
}

/// The rows of before, while the query as it is now gives none.
#[component]
fn LastGood(view: DevicesView, condition: Memo<String>, after: Memo<String>) -> impl IntoView {
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
            <Listed view condition after />
        </div>
    }
    .into_any()
}

/// The rows, or why there are none.
#[component]
fn Listed(view: DevicesView, condition: Memo<String>, after: Memo<String>) -> impl IntoView {
    let DevicesView { page, as_of } = view;
    let condition = condition.get_untracked();
    let is_first_page = after.with_untracked(String::is_empty);
    if page.items.is_empty() {
        let text = if !is_first_page {
            "No more devices."
        } else if condition.trim().is_empty() {
            "This hub has no devices yet."
        } else {
            "No device matches this query."
        };
        return view! {
            <section class="empty-state" aria-labelledby="none-title">
                <h2 id="none-title">{text}</h2>
                {(!condition.trim().is_empty())
                    .then(|| {
                        view! {
                            <a class="button button--small" href=paths::DEVICES>
                                "Show every device"
                            </a>
                        }
                    })}
            </section>
        }
        .into_any();
    }
    let shown = counted(page.items.len() as u64, "device", "devices");
    let next = page
        .next_cursor
        .map(|cursor| paths::with_query(paths::DEVICES, &[("query", &condition), ("after", &cursor)]));
    let first = (!is_first_page).then(|| paths::devices_where(&condition));
    let rows: Vec<_> = page.items.into_iter().map(|row| view! { <Row row as_of /> }).collect();
    view! {
        <table class="data-table data-table--bleed data-table--compact data-table--sticky data-table--stack data-table--fixed devices-table device-grid">
            <caption class="visually-hidden">"Devices, by device id"</caption>
            <colgroup>
                <col class="devices-table__device" />
                <col class="devices-table__connection" />
                <col class="devices-table__place" data-drop="3" />
                <col data-drop="1" />
                <col class="devices-table__activity" data-drop="4" />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col" aria-sort="ascending">
                        "Device"
                    </th>
                    <th scope="col">"Connection"</th>
                    <th scope="col" data-drop="3">
                        "Place"
                    </th>
                    <th scope="col" data-drop="1">
                        "Tags"
                    </th>
                    <th scope="col" data-drop="4">
                        "Last activity"
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <nav class="data-table__foot" aria-label="Pages of devices">
            <span>{format!("{shown} on this page, by device id")}</span>
            <span class="cluster">
                {first
                    .map(|href| {
                        view! {
                            <a class="button button--small" href=href>
                                "First devices"
                            </a>
                        }
                    })}
                {next
                    .map(|href| {
                        view! {
                            <a class="button button--small" href=href>
                                "Next devices"
                            </a>
                        }
                    })}
            </span>
        </nav>
    }
    .into_any()
}

/// One device.
#[component]
fn Row(row: DeviceSummary, as_of: Timestamp) -> impl IntoView {
    let id = row.device_id.to_string();
    let (tags, left_out) = device::other_tags(&row.tags, 4);
    let is_off = row.status == hub_wire::device::DeviceStatus::Disabled;
    view! {
        <tr>
            <th scope="row" class="data-table__clip">
                <a href=paths::device(&id)>
                    <code>{id.clone()}</code>
                </a>
            </th>
            <td class="to-end">
                <Connection state=row.connection_state />
                {is_off.then_some(view! { <span class="panel__note">" put off"</span> })}
            </td>
            <td class="data-table__clip on-wide" data-drop="3">
                {device::place(&row.tags)}
            </td>
            <td class="data-table__clip on-wide" data-drop="1">
                <Tags tags left_out />
            </td>
            <td class="data-table__clip on-wide" data-drop="4">
                <TimeText at=row.last_activity_time as_of style=Moment::Relative />
            </td>
        </tr>
    }
    .into_any()
}

/// Tags as name and value.
#[component]
pub(crate) fn Tags(tags: Vec<(String, String)>, #[prop(default = 0)] left_out: usize) -> impl IntoView {
    let tags: Vec<_> = tags
        .into_iter()
        .map(|(name, value)| {
            view! {
                <span class="tag">
                    {name}
                    "="
                    <b>{value}</b>
                </span>
            }
        })
        .collect();
    view! {
        <span class="tag-list devices__tags">
            {tags}
            {(left_out > 0).then(|| view! { <span class="panel__note">{format!("and {left_out} more")}</span> })}
        </span>
    }
    .into_any()
}
