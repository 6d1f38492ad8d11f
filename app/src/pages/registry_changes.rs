//! `/registry-changes`: changes of many devices in the hub's registry, newest first.

use console_wire::registry::RegistryChange;
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::registry::{ChangeList, list_changes},
    data::read::{ReadOptions, use_read},
    format::registry,
    kit::{BadgeView, Column, ColumnHeads, ErrorPanel, Icon, PollBadge, TimeFormat, TimeText, UnknownParams},
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5_000;

/// The page.
#[component]
pub(crate) fn RegistryChangesPage() -> impl IntoView {
    let params = use_query_map();
    let before = Memo::new(move |_| Some(params.with(|params| params.get("before").unwrap_or_default())));
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["before"])));
    let is_running = |list: &ChangeList| list.page.items.iter().any(|change| change.end_time.is_none());
    let read = use_read(before, ReadOptions::every(POLL).only_while(is_running), list_changes);
    let list = Memo::new(move |_| read.good().with(|good| good.as_ref().map(|good| good.value.clone())));
    let failed = Memo::new(move |_| read.error().filter(|_| list.with(Option::is_none)));
    view! {
        <Title text="Registry changes" />
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <a
                            class="button button--quiet button--icon button--small run__back"
                            href=paths::DEVICES
                            aria-label="Back to devices"
                        >
                            <Icon name="arrow-left" is_large=true />
                        </a>
                        <h1>"Registry changes"</h1>
                    </div>
                    <p class="page__lead">
                        <span>"Devices that were created, enabled, disabled or deleted together"</span>
                    </p>
                </div>
                <div class="page__actions">
                    <PollBadge stale_since=read.stale_since() />
                    <a class="button" href=paths::DEVICE_NEW>
                        <Icon name="plus" />
                        "New devices"
                    </a>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    move || match failed.get() {
                        Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                        None => list.get().map(|list| view! { <List list /> }).into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn List(list: ChangeList) -> impl IntoView {
    let ChangeList { page, as_of } = list;
    if page.items.is_empty() {
        return view! {
            <section class="empty-state" aria-labelledby="empty-title">
                <h2 id="empty-title">"No registry changes yet."</h2>
                <p class="empty-state__text">
                    "Select devices on the devices page to enable, disable or delete them, or create devices from a CSV file. Each change is listed here with the result of every device."
                </p>
                <div class="cluster">
                    <a class="button button--primary" href=paths::DEVICE_NEW>
                        <Icon name="plus" />
                        "Create devices"
                    </a>
                    <a class="link" href=paths::DEVICES>
                        "Choose devices"
                    </a>
                </div>
            </section>
        }
        .into_any();
    }
    let columns = ["Change", "Status", "Devices", "Asked for", "By"].map(|name| Column::new(name, ""));
    let rows: Vec<AnyView> =
        page.items.into_iter().map(|change| view! { <Row change as_of /> }.into_any()).collect();
    let older = page.next_cursor.map(|cursor| {
        view! {
            <p>
                <a class="button button--small" href=paths::registry_changes_before(&cursor)>
                    "Older"
                </a>
            </p>
        }
    });
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack">
            <caption class="visually-hidden">"Registry changes, newest first"</caption>
            <ColumnHeads columns=columns.into() />
            <tbody>{rows}</tbody>
        </table>
        {older}
    }
    .into_any()
}

#[component]
fn Row(change: RegistryChange, as_of: Timestamp) -> impl IntoView {
    let by = change.created_by.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let link = match (change.undo_of, change.rerun_of) {
        (Some(of), _) => format!("Change {}, undoes {of}", change.change_id),
        (_, Some(of)) => format!("Change {}, again after {of}", change.change_id),
        _ => format!("Change {}", change.change_id),
    };
    view! {
        <tr>
            <th scope="row">
                <a class="data-table__main" href=paths::registry_change(change.change_id)>
                    {registry::headline(&change)}
                </a>
                <span class="data-table__sub">{link}</span>
            </th>
            <td>
                <BadgeView badge=registry::badge(&change) />
            </td>
            <td>{registry::summary(&change)}</td>
            <td>
                <TimeText at=change.created_time as_of style=TimeFormat::Relative />
            </td>
            <td>{by}</td>
        </tr>
    }
    .into_any()
}
